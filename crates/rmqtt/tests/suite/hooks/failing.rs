//! Deciders that do not decide.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use rmqtt::hook::{
    Answer, AuthResult, Client, ConnectInfo, Exchange, Future, Handler, MessageRef, Point, Publish,
    PublishAcl, PublishView, Subscribe, SubscribeAcl, Unsubscribe, UserPropertiesBuf, Verdict,
};
use rmqtt::{Driver, MqttServer, ReasonCode, ServerContext};
use rmqtt_test::{Connect, Packet, RawClient, Version};

use crate::broker::{Broker, drivers, open_policy};
use crate::quiet_panic::panic_quietly;

/// How a handler fails.
#[derive(Clone, Copy, Debug)]
enum Failure {
    PanicsAtOnce,
    PanicsLater,
    NeverAnswers,
}

const FAILURES: [Failure; 3] = [Failure::PanicsAtOnce, Failure::PanicsLater, Failure::NeverAnswers];

struct Failing(Failure);

impl Failing {
    fn fail<T: Send + 'static>(&self) -> Answer<T> {
        match self.0 {
            Failure::PanicsAtOnce => panic_quietly(),
            Failure::PanicsLater => Answer::later(async { panic_quietly() }),
            Failure::NeverAnswers => Answer::later(std::future::pending()),
        }
    }
}

impl Handler for Failing {
    fn before_startup(&self) -> Future<()> {
        match self.fail::<()>() {
            Answer::Later(work) => Box::pin(async {
                let _ = work.await;
            }),
            Answer::Now(_) => Box::pin(async {}),
        }
    }

    fn client_connect(
        &self,
        _connect: &Arc<ConnectInfo>,
        _so_far: &UserPropertiesBuf,
    ) -> Answer<UserPropertiesBuf> {
        self.fail()
    }

    fn client_authenticate(
        &self,
        _connect: &Arc<ConnectInfo>,
        _exchange: &Exchange,
        _so_far: Option<&AuthResult>,
    ) -> Answer<AuthResult> {
        self.fail()
    }

    fn client_connack(
        &self,
        _connect: &Arc<ConnectInfo>,
        _reason: ReasonCode,
    ) -> Answer<ReasonCode> {
        self.fail()
    }

    fn client_connected(&self, _client: &Arc<Client>, _session_present: bool) {
        panic_quietly()
    }

    fn client_keepalive(&self, _client: &Arc<Client>, _is_ping: bool) -> Answer<ReasonCode> {
        self.fail()
    }

    fn client_subscribe(
        &self,
        _client: &Arc<Client>,
        _subscribe: &Subscribe<'_>,
    ) -> Answer<String> {
        self.fail()
    }

    fn client_subscribe_check_acl(
        &self,
        _client: &Arc<Client>,
        _subscribe: &Subscribe<'_>,
    ) -> Answer<SubscribeAcl> {
        self.fail()
    }

    fn client_unsubscribe(
        &self,
        _client: &Arc<Client>,
        _unsubscribe: &Unsubscribe<'_>,
    ) -> Answer<String> {
        self.fail()
    }

    fn message_publish(
        &self,
        _client: &Arc<Client>,
        _publish: &PublishView<'_>,
    ) -> Answer<Publish> {
        self.fail()
    }

    fn message_publish_check_acl(
        &self,
        _client: &Arc<Client>,
        _publish: &PublishView<'_>,
    ) -> Answer<PublishAcl> {
        self.fail()
    }

    fn message_delivered(
        &self,
        _client: &Arc<Client>,
        _message: &MessageRef<'_>,
    ) -> Verdict<Publish> {
        panic_quietly()
    }

    fn message_expiry_check(
        &self,
        _client: &Arc<Client>,
        _message: &MessageRef<'_>,
    ) -> Verdict<bool> {
        panic_quietly()
    }
}

/// Says something at points where others fail.
struct Reliable(Sender<Point>);

impl Handler for Reliable {
    fn before_startup(&self) -> Future<()> {
        let sender = self.0.clone();
        Box::pin(async move { sender.send(Point::BeforeStartup).unwrap() })
    }

    fn client_connect(
        &self,
        _connect: &Arc<ConnectInfo>,
        _so_far: &UserPropertiesBuf,
    ) -> Answer<UserPropertiesBuf> {
        let mut properties = UserPropertiesBuf::new();
        properties.push("from", "the next").unwrap();
        Verdict::Proceed(properties).into()
    }

    fn client_connack(
        &self,
        connect: &Arc<ConnectInfo>,
        _reason: ReasonCode,
    ) -> Answer<ReasonCode> {
        match &*connect.client_id {
            "banned" => Verdict::Stop(ReasonCode::Banned).into(),
            _ => Answer::pass(),
        }
    }

    fn client_keepalive(&self, client: &Arc<Client>, is_ping: bool) -> Answer<ReasonCode> {
        match &*client.client_id {
            "expired" if is_ping => Verdict::Stop(ReasonCode::MaximumConnectTime).into(),
            _ => Answer::pass(),
        }
    }

    fn client_unsubscribe(
        &self,
        _client: &Arc<Client>,
        unsubscribe: &Unsubscribe<'_>,
    ) -> Answer<String> {
        match unsubscribe.filter {
            "old" => Verdict::Stop("new".to_owned()).into(),
            _ => Answer::pass(),
        }
    }

    fn message_expiry_check(
        &self,
        _client: &Arc<Client>,
        message: &MessageRef<'_>,
    ) -> Verdict<bool> {
        if message.payload == b"stale" { Verdict::Stop(true) } else { Verdict::Pass }
    }
}

fn start(driver: Driver, failure: Failure, points: &[Point]) -> Broker {
    let broker = Broker::start_hooked(driver, open_policy(), points, Failing(failure));
    broker.context().hooks().set_deadline(Duration::from_millis(50));
    broker
}

fn each(points: &[Point], test: impl Fn(&Broker)) {
    for driver in drivers() {
        for failure in FAILURES {
            test(&start(driver, failure, points));
        }
    }
}

fn client(broker: &Broker) -> RawClient {
    RawClient::connected(broker.address(), &Connect::new(Version::V5, "c"))
}

#[test]
fn authentication_fails_closed() {
    each(&[Point::ClientAuthenticate], |broker| {
        let mut client = RawClient::open(broker.address(), Version::V5);
        client.send(&Connect::new(Version::V5, "c"));
        client.expect_connect_refused(&[0x88]);
    });
}

#[test]
fn access_rules_fail_closed() {
    each(&[Point::ClientSubscribeCheckAcl, Point::MessagePublishCheckAcl], |broker| {
        let mut client = client(broker);
        assert_eq!(client.subscribe("t", 1), 0x87);
        assert_eq!(client.publish("t", 1, "m"), 0x87);
    });
}

#[test]
fn who_changes_things_fails_open_and_observers_change_nothing() {
    let points = [
        Point::ClientConnected,
        Point::ClientSubscribe,
        Point::MessagePublish,
        Point::MessageDelivered,
    ];
    each(&points, |broker| {
        let mut client = client(broker);
        assert_eq!(client.subscribe("t", 1), 1);
        assert_eq!(client.publish("t", 1, "m"), 0);
        client.expect_message("t", "m");
    });
}

/// Each point, with a handler that fails and behind it one that answers.
fn each_with_reliable(points: &[Point], test: impl Fn(&Broker)) {
    each(points, |broker| {
        let mut register = broker.context().hooks().register("reliable");
        let reliable = Arc::new(Reliable(channel().0));
        for point in points {
            register.add(*point, Arc::clone(&reliable) as Arc<dyn Handler>);
        }
        register.start();
        test(broker);
    });
}

#[test]
fn connect_and_connack_fail_open_and_the_next_handler_is_heard() {
    each_with_reliable(&[Point::ClientConnect, Point::ClientConnack], |broker| {
        let client = client(broker);
        let properties = client.connack().properties.user_properties();
        assert_eq!(properties, [("from".to_owned(), "the next".to_owned())]);
        let mut banned = RawClient::open(broker.address(), Version::V5);
        banned.send(&Connect::new(Version::V5, "banned"));
        banned.expect_connect_refused(&[0x8A]);
    });
}

#[test]
fn keep_alive_fails_open_and_the_next_handler_is_heard() {
    each_with_reliable(&[Point::ClientKeepalive], |broker| {
        let mut stays = client(broker);
        for _ in 0..2 {
            stays.ping();
            assert_eq!(stays.publish("t", 1, "m"), 0x10);
        }
        let mut goes = RawClient::open(broker.address(), Version::V5);
        goes.send(&Connect::new(Version::V5, "expired"));
        goes.send_bytes(&[0xC0, 0]);
        loop {
            match goes.next_packet() {
                Some(Packet::Disconnect(disconnect)) => {
                    assert_eq!(disconnect.reason, 0xA0);
                    break;
                }
                Some(Packet::ConnAck(_) | Packet::PingResp) => {}
                other => panic!("{other:?}"),
            }
        }
    });
}

#[test]
fn unsubscribe_fails_open_and_the_next_handler_is_heard() {
    each_with_reliable(&[Point::ClientUnsubscribe], |broker| {
        let mut client = client(broker);
        client.subscribe("t", 0);
        client.subscribe("new", 0);
        assert_eq!(client.unsubscribe("t").codes, [0]);
        assert_eq!(client.unsubscribe("t").codes, [0x11], "it is gone");
        assert_eq!(client.unsubscribe("old").codes, [0]);
        assert_eq!(client.unsubscribe("new").codes, [0x11], "it is gone");
    });
}

#[test]
fn the_expiry_check_fails_open_and_the_next_handler_is_heard() {
    each_with_reliable(&[Point::MessageExpiryCheck], |broker| {
        let mut client = client(broker);
        client.subscribe("t", 1);
        client.publish("t", 1, "stale");
        client.publish("t", 1, "fresh");
        client.expect_message("t", "fresh");
        client.expect_nothing();
    });
}

#[tokio::test]
async fn who_is_not_ready_at_the_start_does_not_keep_the_broker_from_it() {
    for failure in FAILURES {
        let scx = ServerContext::new().workers(1).build().await.unwrap();
        scx.hooks().set_deadline(Duration::from_millis(50));
        let (sender, asked) = channel();
        let mut register = scx.hooks().register("test");
        register.add(Point::BeforeStartup, Arc::new(Failing(failure)));
        register.add(Point::BeforeStartup, Arc::new(Reliable(sender)));
        register.start();
        MqttServer::new(scx.clone()).build().start().await.unwrap();
        assert_eq!(asked.try_recv(), Ok(Point::BeforeStartup), "{failure:?}");
        assert!(scx.shutdown(Duration::from_secs(20)).await);
    }
}
