//! Deciders that take their time, and what waits for them.

use std::future::pending;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rmqtt::hook::{
    Answer, AuthResult, Client, ConnectInfo, Exchange, Handler, MessageRef, Point, Publish,
    PublishAcl, PublishView, Subscribe, SubscribeAcl, Unsubscribe, Verdict,
};
use rmqtt_test::{Connect, Packet, Publish as PublishPacket, RawClient, Version, Will};
use tokio::sync::Semaphore;

use crate::broker::{Broker, drivers, open_policy};

/// Longer than anything that goes well takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Tells what it begins to work out, and never answers, except that it admits "later" a little later.
struct Slow(Mutex<Sender<Point>>);

impl Slow {
    fn new() -> (Self, Receiver<Point>) {
        let (sender, asked) = channel();
        (Self(Mutex::new(sender)), asked)
    }

    fn ask<T: Send + 'static>(&self, point: Point) -> Answer<T> {
        let asked = self.0.lock().unwrap().clone();
        Answer::later(async move {
            // The test may be over.
            let _ = asked.send(point);
            pending().await
        })
    }
}

impl Handler for Slow {
    fn client_authenticate(
        &self,
        connect: &Arc<ConnectInfo>,
        _exchange: &Exchange,
        _so_far: Option<&AuthResult>,
    ) -> Answer<AuthResult> {
        match connect.username.as_deref() {
            Some("slow") => self.ask(Point::ClientAuthenticate),
            Some("later") => Answer::later(async {
                tokio::task::yield_now().await;
                Verdict::Stop(AuthResult::allow())
            }),
            _ => Answer::pass(),
        }
    }

    fn client_subscribe(
        &self,
        _client: &Arc<Client>,
        _subscribe: &Subscribe<'_>,
    ) -> Answer<String> {
        self.ask(Point::ClientSubscribe)
    }

    fn client_subscribe_check_acl(
        &self,
        _client: &Arc<Client>,
        subscribe: &Subscribe<'_>,
    ) -> Answer<SubscribeAcl> {
        match subscribe.filter {
            "checked" => self.ask(Point::ClientSubscribeCheckAcl),
            _ => Answer::pass(),
        }
    }

    fn client_unsubscribe(
        &self,
        _client: &Arc<Client>,
        _unsubscribe: &Unsubscribe<'_>,
    ) -> Answer<String> {
        self.ask(Point::ClientUnsubscribe)
    }

    fn message_publish(
        &self,
        _client: &Arc<Client>,
        _publish: &PublishView<'_>,
    ) -> Answer<Publish> {
        self.ask(Point::MessagePublish)
    }

    fn message_publish_check_acl(
        &self,
        _client: &Arc<Client>,
        publish: &PublishView<'_>,
    ) -> Answer<PublishAcl> {
        match publish.topic() {
            "checked" => self.ask(Point::MessagePublishCheckAcl),
            _ => Answer::pass(),
        }
    }
}

const POINTS: [Point; 6] = [
    Point::ClientAuthenticate,
    Point::ClientSubscribe,
    Point::ClientSubscribeCheckAcl,
    Point::ClientUnsubscribe,
    Point::MessagePublish,
    Point::MessagePublishCheckAcl,
];

/// Once nothing bounded what waited for a slow decider: clients that left as soon as they had asked
/// filled the memory, since their questions stayed.
#[test]
fn beyond_the_bound_of_what_waits_nobody_is_waited_for() {
    for driver in drivers() {
        let (slow, asked) = Slow::new();
        let broker = Broker::start_hooked(driver, open_policy(), &POINTS, slow);
        // There is room for one at a time.
        broker.context().hooks().set_waiting_bytes_max(0);
        let mut quick = RawClient::connected(broker.address(), &Connect::new(Version::V5, "quick"));

        let connect = Connect::new(Version::V5, "first").user_name("slow");
        let mut first = RawClient::open(broker.address(), Version::V5);
        first.send(&connect);
        assert_eq!(asked.recv_timeout(PATIENCE).unwrap(), Point::ClientAuthenticate);
        // Its leaving does not end the question.
        drop(first);

        for version in [Version::V311, Version::V5] {
            let mut second = RawClient::open(broker.address(), version);
            second.send(&Connect::new(version, "second").user_name("slow").password("p"));
            second.expect_connect_refused(&[if version == Version::V5 { 0x88 } else { 3 }]);
        }
        assert_eq!(quick.subscribe("checked", 1), 0x87, "access fails closed");
        assert_eq!(quick.subscribe("t", 1), 1, "changes fail open");
        for qos in 1..=2 {
            assert_eq!(quick.publish("checked", qos, "m"), 0x87, "access fails closed");
            assert_eq!(quick.publish("t", qos, "m"), 0, "changes fail open");
            quick.expect_message("t", "m");
        }
        quick.unsubscribe("t");
        assert_eq!(quick.publish("t", 1, "m"), 0x10, "changes fail open");
    }
}

/// Tells of each message that it is asked about and lets it pass when it may; tells of each message
/// that was allowed.
struct Gate {
    asked: Mutex<Sender<String>>,
    published: Mutex<Sender<String>>,
    open: Arc<Semaphore>,
}

impl Handler for Gate {
    fn message_publish(&self, _client: &Arc<Client>, publish: &PublishView<'_>) -> Answer<Publish> {
        let (asked, open) = (self.asked.lock().unwrap().clone(), Arc::clone(&self.open));
        let topic = publish.topic().to_owned();
        Answer::later(async move {
            asked.send(topic).unwrap();
            open.acquire().await.unwrap().forget();
            Verdict::Pass
        })
    }

    fn message_published(&self, _client: Option<&Arc<Client>>, message: &MessageRef<'_>) {
        self.published.lock().unwrap().send(message.topic.to_owned()).unwrap();
    }
}

/// Once a shutdown waited for connections only: a Will that a decider still worked on was lost, and so
/// was a message whose client had been sent away.
#[test]
fn a_shutdown_waits_for_messages_that_are_being_judged() {
    for driver in drivers() {
        for topic in ["will", "message"] {
            let (asked_sender, asked) = channel();
            let (published_sender, published) = channel();
            let open = Arc::new(Semaphore::new(0));
            let gate = Gate {
                asked: Mutex::new(asked_sender),
                published: Mutex::new(published_sender),
                open: Arc::clone(&open),
            };
            let points = [Point::MessagePublish, Point::MessagePublished];
            let broker = Broker::start_hooked(driver, open_policy(), &points, gate);
            let connect = Connect::new(Version::V5, "c").will(Will::new("will", "over"));
            let mut client = RawClient::connected(broker.address(), &connect);
            let client = if topic == "will" {
                client.abort();
                None
            } else {
                client.send(&PublishPacket::new("message", "m"));
                Some(client)
            };
            assert_eq!(asked.recv_timeout(PATIENCE).unwrap(), topic);

            let mut shutdown = broker.begin_shutdown();
            if let Some(mut client) = client {
                match client.next_packet() {
                    Some(Packet::Disconnect(disconnect)) => assert_eq!(disconnect.reason, 0x8B),
                    other => panic!("{other:?}"),
                }
                // It has a Will too.
                assert_eq!(asked.recv_timeout(PATIENCE).unwrap(), "will");
            }
            let waited = broker.block_on(async |_| {
                tokio::time::timeout(Duration::from_millis(200), &mut shutdown).await
            });
            assert!(waited.is_err(), "it has not waited for the decider");
            open.add_permits(2);
            assert!(broker.wait(shutdown), "not in time");
            let published: Vec<String> = published.try_iter().collect();
            assert!(published.contains(&topic.to_owned()), "{published:?}");
        }
    }
}

#[test]
fn an_answer_makes_room_for_the_next_question() {
    for driver in drivers() {
        let (slow, _asked) = Slow::new();
        let broker =
            Broker::start_hooked(driver, open_policy(), &[Point::ClientAuthenticate], slow);
        broker.context().hooks().set_waiting_bytes_max(0);
        for _ in 0..5 {
            let connect = Connect::new(Version::V5, "c").user_name("later");
            RawClient::connected(broker.address(), &connect).leave();
        }
    }
}
