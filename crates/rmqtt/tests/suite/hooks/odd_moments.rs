//! Answers of deciders that come when the client has gone on: taken over, left, or sent more.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rmqtt::hook::{
    Answer, AuthResult, Client, ConnectInfo, DroppedReason, Exchange, Handler, MessageRef, Point,
    PublishAcl, PublishView, Verdict,
};
use rmqtt::{Driver, ListenerPolicy, ReasonCode};
use rmqtt_test::{Auth, Connect, Packet, Property, Publish, RawClient, Version, Will};
use tokio::sync::watch;

use crate::broker::{Broker, drivers, open_policy};

/// Decides nothing while it is shut, and says what it was shown.
#[derive(Clone)]
struct Gate {
    open: watch::Sender<bool>,
    shown: Arc<Mutex<Vec<String>>>,
}

impl Gate {
    fn start(driver: Driver, policy: ListenerPolicy, points: &[Point]) -> (Self, Broker) {
        let gate = Self { open: watch::Sender::new(true), shown: Arc::default() };
        let broker = Broker::start_hooked(driver, policy, points, gate.clone());
        (gate, broker)
    }

    fn shut(&self) {
        self.open.send_replace(false);
    }

    fn open(&self) {
        self.open.send_replace(true);
    }

    fn once_open<T: Send + 'static>(&self, verdict: Verdict<T>) -> Answer<T> {
        let mut open = self.open.subscribe();
        Answer::later(async move {
            // The gate outlives the broker's questions.
            let _ = open.wait_for(|open| *open).await;
            verdict
        })
    }

    fn note(&self, text: String) {
        self.shown.lock().unwrap().push(text);
    }

    fn shown(&self) -> Vec<String> {
        self.shown.lock().unwrap().clone()
    }
}

impl Handler for Gate {
    fn client_authenticate(
        &self,
        connect: &Arc<ConnectInfo>,
        _exchange: &Exchange,
        _so_far: Option<&AuthResult>,
    ) -> Answer<AuthResult> {
        self.note(format!("{} asks to be let in", connect.client_id));
        self.once_open(Verdict::Stop(AuthResult::Allow { superuser: true, data: None }))
    }

    fn message_publish_check_acl(
        &self,
        _client: &Arc<Client>,
        publish: &PublishView<'_>,
    ) -> Answer<PublishAcl> {
        self.once_open(match publish.topic() {
            "deadly" => Verdict::Stop(PublishAcl::Deny {
                code: ReasonCode::NotAuthorized,
                disconnect: true,
            }),
            _ => Verdict::Pass,
        })
    }

    fn message_published(&self, client: Option<&Arc<Client>>, message: &MessageRef<'_>) {
        let username = client.and_then(|client| client.username.as_deref());
        self.note(format!("{} published by {}", message.topic, username.unwrap_or("nobody")));
    }

    fn message_delivered(
        &self,
        _client: &Arc<Client>,
        message: &MessageRef<'_>,
    ) -> Verdict<rmqtt::hook::Publish> {
        let sender = message.sender.decode().map_or("nobody", |sender| sender.client_id);
        self.note(format!("{} of {sender} delivered", message.topic));
        Verdict::Pass
    }

    fn message_dropped(
        &self,
        _client: Option<&Arc<Client>>,
        message: &MessageRef<'_>,
        reason: DroppedReason,
    ) {
        self.note(format!("{} dropped: {reason:?}", message.topic));
    }
}

fn connected(broker: &Broker, connect: &Connect) -> RawClient {
    RawClient::connected(broker.address(), connect)
}

fn with_method(client_id: &str) -> Connect {
    Connect::persistent(Version::V5, client_id).property(method())
}

fn method() -> Property {
    Property::AuthenticationMethod("m".to_owned())
}

/// Lets a broker come to what it has heard.
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let until = std::time::Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(std::time::Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_client_that_sends_auth_before_it_is_answered_breaks_the_rules() {
    for driver in drivers() {
        let (gate, broker) = Gate::start(driver, open_policy(), &[Point::ClientAuthenticate]);
        let mut client = connected(&broker, &with_method("c"));
        gate.shut();
        client.send(&Auth::new(0x19).property(method()));
        client.send(&Auth::new(0x18).property(method()));
        client.expect_refusal(&[0x82]);
        gate.open();
    }
}

/// Once it was applied to whoever had the session by then: a client of MQTT 3.1.1 got an AUTH packet,
/// and was a superuser.
#[test]
fn an_answer_to_a_client_that_was_taken_over_is_nobodys() {
    for driver in drivers() {
        let (gate, mut broker) = Gate::start(driver, open_policy(), &[Point::ClientAuthenticate]);
        let mut first = connected(&broker, &with_method("c"));
        gate.shut();
        first.send(&Auth::new(0x19).property(method()));
        // Answered behind AUTH, which is therefore being judged.
        first.ping();
        broker.register().stop();
        let mut second = connected(&broker, &Connect::persistent(Version::V311, "c").clean(false));
        first.expect_refusal(&[0x8E]);
        gate.open();
        second.expect_nothing();
        assert_eq!(second.publish("t", 1, "m"), 0);
    }
}

#[test]
fn a_client_that_left_counts_as_a_handshake_until_it_is_judged() {
    for driver in drivers() {
        let policy = ListenerPolicy { handshakes_max: 1, ..open_policy() };
        let (gate, broker) = Gate::start(driver, policy, &[Point::ClientAuthenticate]);
        gate.shut();
        // Each of the two workers has its own bound.
        for number in 1..=2 {
            let mut impatient = RawClient::open(broker.address(), Version::V5);
            impatient.send(&Connect::new(Version::V5, "impatient"));
            wait_until("the client is judged", || gate.shown().len() == number);
            impatient.reset();
        }
        for _ in 0..2 {
            let mut client = RawClient::open(broker.address(), Version::V5);
            client.send(&Connect::new(Version::V5, "c"));
            client.expect_connect_refused(&[0x88]);
        }
        gate.open();
        wait_until("handshakes end with their answers", || {
            let mut client = RawClient::open(broker.address(), Version::V5);
            client.send(&Connect::new(Version::V5, "c"));
            matches!(client.next_packet(), Some(Packet::ConnAck(connack)) if connack.code == 0)
        });
    }
}

#[test]
fn nothing_that_follows_a_deadly_publication_is_taken() {
    for driver in drivers() {
        let (gate, broker) = Gate::start(driver, open_policy(), &[Point::MessagePublishCheckAcl]);
        let mut receiver = connected(&broker, &Connect::new(Version::V5, "receiver"));
        receiver.subscribe("#", 0);
        gate.shut();
        let mut publisher = connected(&broker, &Connect::new(Version::V5, "publisher"));
        publisher.send(&Publish::new("deadly", "m").qos(1).id(1));
        publisher.send(&Publish::new("t", "too late").qos(1).id(2));
        gate.open();
        assert_eq!(publisher.expect_puback(1).reason, 0x87);
        publisher.expect_refusal(&[0x87]);
        receiver.expect_nothing();
    }
}

#[test]
fn a_publication_is_that_of_the_client_who_sent_it() {
    for driver in drivers() {
        let points = [Point::MessagePublishCheckAcl, Point::MessagePublished];
        let (gate, broker) = Gate::start(driver, open_policy(), &points);
        let connect =
            |username: &str| Connect::persistent(Version::V5, "c").clean(false).user_name(username);
        let mut first = connected(&broker, &connect("first"));
        gate.shut();
        first.send(&Publish::new("t", "m").qos(1).id(1));
        // Before anything else comes, from another connection.
        wait_until("the message is judged", || gate.open.receiver_count() == 1);
        let mut second = RawClient::open(broker.address(), Version::V5);
        second.send(&connect("second"));
        assert!(
            matches!(second.next_packet(), Some(Packet::ConnAck(connack)) if connack.code == 0)
        );
        gate.open();
        // The answer comes from another thread.
        wait_until("the message is published", || !gate.shown().is_empty());
        second.expect_nothing();
        assert_eq!(gate.shown(), ["t published by first"]);
    }
}

/// Once nobody was named where no point was listened to at which a client publishes.
#[test]
fn a_will_names_its_client_to_those_who_see_it_delivered() {
    for driver in drivers() {
        let (gate, broker) = Gate::start(driver, open_policy(), &[Point::MessageDelivered]);
        let mut receiver = connected(&broker, &Connect::new(Version::V5, "receiver"));
        receiver.subscribe("will", 0);
        let mortal = Connect::new(Version::V5, "mortal").will(Will::new("will", "over"));
        connected(&broker, &mortal).abort();
        receiver.expect_message("will", "over");
        assert_eq!(gate.shown(), ["will of mortal delivered"]);
    }
}

#[test]
fn what_the_broker_itself_refuses_is_shown_as_dropped() {
    for driver in drivers() {
        let mut policy = open_policy();
        policy.features.delayed_publish = true;
        let (gate, broker) = Gate::start(driver, policy, &[Point::MessageDropped]);
        let mut publisher = connected(&broker, &Connect::new(Version::V5, "publisher"));
        assert_eq!(publisher.publish("$SYS/mine", 1, "m"), 0x87);
        assert_eq!(publisher.publish("$delayed/x/t", 1, "m"), 0x90);
        let expected = [
            "$SYS/mine dropped: Refused(NotAuthorized)",
            "$delayed/x/t dropped: Refused(TopicNameInvalid)",
        ];
        assert_eq!(gate.shown(), expected);
        assert_eq!(broker.counters().client_publish_error, 2);
    }
}
