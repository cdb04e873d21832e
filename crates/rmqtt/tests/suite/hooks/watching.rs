//! Every point is reached, in its order and with its data.

use rmqtt::Driver;
use rmqtt::hook::Point;
use rmqtt_test::{Connect, Publish, RawClient, Version, Will};

use super::recorder::{Recorder, Seen};
use crate::broker::{Broker, drivers, open_policy};

/// Every point that this build reaches.
fn points() -> Vec<Point> {
    Point::ALL.into_iter().filter(|point| *point != Point::GrpcMessageReceived).collect()
}

fn start(driver: Driver) -> (Broker, Seen) {
    let seen = Seen::default();
    let recorder = Recorder(seen.clone());
    let broker = Broker::start_hooked(driver, open_policy(), &points(), recorder);
    (broker, seen)
}

#[test]
fn a_client_is_seen_from_its_connect_to_the_end_of_its_session() {
    for driver in drivers() {
        let (broker, seen) = start(driver);
        assert_eq!(seen.take(), ["before_startup"]);
        let connect =
            Connect::new(Version::V5, "c").user_name("u").password("right").keep_alive(60);
        let mut client = RawClient::connected(broker.address(), &connect);
        let expected = [
            "client_connect c u",
            "client_authenticate c",
            "client_connack c 0x00",
            "session_created c",
            "client_connected c 60 false",
        ];
        assert_eq!(seen.take(), expected);

        client.ping();
        assert_eq!(seen.take(), ["client_keepalive c true"]);

        client.subscribe("a/+", 1);
        let expected = [
            "client_keepalive c false",
            "client_subscribe c a/+ 1",
            "client_subscribe_check_acl c a/+",
            "session_subscribed c a/+",
        ];
        assert_eq!(seen.take(), expected);

        client.unsubscribe("a/+");
        let expected =
            ["client_keepalive c false", "client_unsubscribe c a/+", "session_unsubscribed c a/+"];
        assert_eq!(seen.take(), expected);

        client.leave();
        seen.wait_for("session_terminated c the session ended with its connection");
        let expected = [
            "client_keepalive c false",
            "client_disconnected c the client disconnected",
            "session_terminated c the session ended with its connection",
        ];
        assert_eq!(seen.take(), expected);
    }
}

#[test]
fn a_refused_client_is_seen_and_gets_no_session() {
    for driver in drivers() {
        let (broker, seen) = start(driver);
        seen.take();
        let mut client = RawClient::open(broker.address(), Version::V5);
        client.send(&Connect::new(Version::V5, "c").user_name("u").password("wrong"));
        client.expect_connect_refused(&[0x86]);
        let expected = ["client_connect c u", "client_authenticate c", "client_connack c 0x86"];
        assert_eq!(seen.take(), expected);
    }
}

#[test]
fn a_message_is_seen_from_its_publisher_to_its_receiver() {
    for driver in drivers() {
        let (broker, seen) = start(driver);
        // On different workers.
        let publisher = Connect::new(Version::V311, "p").user_name("u").password("right");
        let mut publisher = RawClient::connected(broker.address(), &publisher);
        let mut receiver = RawClient::connected(broker.address(), &Connect::new(Version::V5, "r"));
        receiver.subscribe("t", 2);
        for qos in 1..=2 {
            seen.take();
            publisher.publish("t", qos, "m");
            receiver.expect_message("t", "m");
            receiver.ping();
            let lines = seen.take();
            let message = "t m from Client p u";
            let at = |line: &str| {
                let found = lines.iter().position(|seen| seen == line);
                found.unwrap_or_else(|| panic!("{line} is not in {lines:#?}"))
            };
            let order = [
                at(&format!("message_publish p {message}")),
                at("message_publish_check_acl p t"),
                at("message_published p t"),
                at("message_expiry_check r t"),
                at(&format!("message_delivered r {message}")),
                at(&format!("message_acked r {message}")),
            ];
            assert!(order.is_sorted(), "{lines:#?}");
            let acked = lines.iter().filter(|line| line.starts_with("message_acked")).count();
            assert_eq!(acked, 1, "{lines:#?}");
        }
        seen.take();
        publisher.publish("nobody/listens", 0, "m");
        seen.wait_for("message_nonsubscribed nobody/listens m from Client p u");
    }
}

#[test]
fn what_waits_for_a_client_that_is_away_and_what_is_dropped_is_seen() {
    for driver in drivers() {
        let mut policy = open_policy();
        policy.queue.messages_max = 1;
        let seen = Seen::default();
        let recorder = Recorder(seen.clone());
        let broker = Broker::start_hooked(driver, policy, &points(), recorder);
        let mut publisher = RawClient::connected(broker.address(), &Connect::new(Version::V5, "p"));
        let away = Connect::persistent(Version::V5, "away");
        let mut receiver = RawClient::connected(broker.address(), &away);
        receiver.subscribe("t", 1);
        publisher.publish("t", 1, "unacknowledged");
        receiver.expect_delivery();
        receiver.abort();
        let message = "t unacknowledged from Client p -";
        seen.wait_for(&format!("offline_inflight_messages away {message}"));

        publisher.publish("t", 1, "first");
        seen.wait_for("offline_message away t first from Client p - 1");
        publisher.publish("t", 1, "second");
        seen.wait_for("message_dropped away t: the session's queue is full");

        seen.take();
        let clean = Connect::new(Version::V5, "away");
        RawClient::connected(broker.address(), &clean).leave();
        seen.wait_for("message_dropped away t: the session ended");
        seen.wait_for("session_terminated away a clean start replaced the session");
    }
}

#[test]
fn a_will_is_seen_like_a_publish_of_its_client() {
    for driver in drivers() {
        let (broker, seen) = start(driver);
        let connect = Connect::new(Version::V5, "w")
            .user_name("u")
            .password("right")
            .will(Will::new("t", "over"));
        RawClient::connected(broker.address(), &connect).abort();
        seen.wait_for("message_nonsubscribed t over from Will w u");
        let lines = seen.take();
        let publish = lines.iter().skip_while(|line| !line.starts_with("message_publish "));
        let expected = [
            "message_publish w t over from Will w u",
            "message_publish_check_acl w t",
            "message_published w t",
            "message_nonsubscribed t over from Will w u",
        ];
        assert!(publish.take(4).eq(&expected), "{lines:#?}");
    }
}

#[test]
fn handlers_are_called_only_while_their_register_is_started() {
    for driver in drivers() {
        let (mut broker, seen) = start(driver);
        broker.register().stop();
        let mut client = RawClient::connected(broker.address(), &Connect::new(Version::V5, "c"));
        client.publish("t", 1, "m");
        assert_eq!(seen.take(), ["before_startup"]);
        broker.register().start();
        client.ping();
        client.send(&Publish::new("t", "m"));
        seen.wait_for("message_nonsubscribed t m from Client c -");
    }
}
