//! Conversations with a node of two workers, on one thread and without sockets.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

#[path = "support/node.rs"]
#[allow(dead_code, reason = "shared with the benchmark, which uses another part")]
mod node;

use node::{Client, Node, publish, subscribe};
use rmqtt_codec::{ProtocolVersion, QoS};
use rmqtt_session::{ListenerPolicy, QueueRate};

const VERSIONS: [ProtocolVersion; 3] =
    [ProtocolVersion::V31, ProtocolVersion::V311, ProtocolVersion::V5];

#[test]
fn a_message_reaches_subscribers_on_both_workers_with_the_lower_qos() {
    for version in VERSIONS {
        for published in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let mut node = Node::new();
            let near = node.connect(&Client::new(version, "near").on_worker(0));
            let far = node.connect(&Client::new(version, "far").on_worker(1));
            node.send(near, &subscribe(1, "a/+", QoS::AtLeastOnce));
            node.send(far, &subscribe(1, "a/#", QoS::ExactlyOnce));
            assert_eq!(node.received(near), ["SUBACK 1 [1]"]);
            assert_eq!(node.received(far), ["SUBACK 1 [2]"]);
            let publisher = node.connect(&Client::new(version, "publisher").on_worker(0));
            node.send(publisher, &publish("a/b", b"hello", published, 7));
            let acknowledgement: &[&str] = match published {
                QoS::AtMostOnce => &[],
                QoS::AtLeastOnce => &["PUBACK 7 0x00"],
                QoS::ExactlyOnce => &["PUBREC 7 0x00"],
            };
            assert_eq!(node.received(publisher), acknowledgement);
            let expected = |granted: QoS| {
                let qos = granted.min(published);
                let id = if qos == QoS::AtMostOnce { "" } else { " id=1" };
                [format!("PUBLISH a/b hello q{}{id}", qos.as_u8())]
            };
            assert_eq!(node.received(near), expected(QoS::AtLeastOnce), "{version:?}");
            assert_eq!(node.received(far), expected(QoS::ExactlyOnce), "{version:?}");
        }
    }
}

#[test]
fn a_session_goes_on_where_it_was_whichever_worker_the_client_comes_to() {
    for worker in [0, 1] {
        let mut node = Node::new();
        let v5 = ProtocolVersion::V5;
        let first = node.connect(&Client::new(v5, "c").expiry(100).on_worker(0));
        node.send(first, &subscribe(1, "t", QoS::AtLeastOnce));
        node.received(first);
        node.cut(first);
        let publisher = node.connect(&Client::new(v5, "p").on_worker(1));
        node.send(publisher, &publish("t", b"1", QoS::AtLeastOnce, 1));
        node.send(publisher, &publish("t", b"2", QoS::AtLeastOnce, 2));
        let again = node.open(&Client::new(v5, "c").expiry(100).resume().on_worker(worker));
        assert_eq!(
            node.received(again),
            ["CONNACK present 0x00", "PUBLISH t 1 q1 id=1", "PUBLISH t 2 q1 id=2"]
        );
    }
}

#[test]
fn a_second_connection_takes_the_session_over_and_the_first_is_told() {
    for worker in [0, 1] {
        let mut node = Node::new();
        let v5 = ProtocolVersion::V5;
        let first = node.connect(&Client::new(v5, "c").expiry(100).on_worker(0));
        let second = node.open(&Client::new(v5, "c").expiry(100).resume().on_worker(worker));
        assert_eq!(node.received(first), ["DISCONNECT 0x8e"]);
        assert!(node.is_closed(first));
        assert_eq!(node.received(second), ["CONNACK present 0x00"]);
        let third = node.open(&Client::new(v5, "c").expiry(100).on_worker(1 - worker));
        assert_eq!(node.received(second), ["DISCONNECT 0x8e"]);
        assert_eq!(node.received(third), ["CONNACK 0x00"], "a clean start has no session");
        assert_eq!(node.sessions(), 1);
    }
}

#[test]
fn a_retained_message_comes_with_the_subscription_and_later_ones_live() {
    let mut node = Node::new();
    let v5 = ProtocolVersion::V5;
    let publisher = node.connect(&Client::new(v5, "p").on_worker(1));
    node.send(publisher, &node::publish_retained("r/1", b"old"));
    let subscriber = node.connect(&Client::new(v5, "s").on_worker(0));
    node.send(subscriber, &subscribe(1, "r/#", QoS::AtMostOnce));
    assert_eq!(node.received(subscriber), ["SUBACK 1 [0]", "PUBLISH r/1 old q0 retain"]);
    node.send(publisher, &node::publish_retained("r/1", b"new"));
    assert_eq!(node.received(subscriber), ["PUBLISH r/1 new q0"]);
}

#[test]
fn a_link_that_breaks_publishes_its_will_and_one_that_says_goodbye_does_not() {
    for version in VERSIONS {
        let mut node = Node::new();
        let watcher = node.connect(&Client::new(version, "w").on_worker(0));
        node.send(watcher, &subscribe(1, "will", QoS::AtMostOnce));
        node.received(watcher);
        let broken = node.connect(&Client::new(version, "b").will("will", b"gone").on_worker(1));
        node.cut(broken);
        assert_eq!(node.received(watcher), ["PUBLISH will gone q0"]);
        let polite = node.connect(&Client::new(version, "b").will("will", b"gone").on_worker(1));
        node.send(polite, &[0xE0, 0]);
        assert!(node.is_closed(polite));
        assert_eq!(node.received(watcher), [""; 0]);
    }
}

#[test]
fn a_silent_client_is_closed_after_one_and_a_half_keep_alive_intervals() {
    let mut node = Node::new();
    let client = node.connect(&Client::new(ProtocolVersion::V5, "c").keep_alive(10).on_worker(0));
    node.advance(14_900);
    assert!(!node.is_closed(client));
    node.advance(200);
    assert_eq!(node.received(client), ["DISCONNECT 0x8d"]);
    assert!(node.is_closed(client));
    assert_eq!(node.sessions(), 0);
}

#[test]
fn a_link_without_connect_is_closed_at_its_deadline() {
    let mut node = Node::new();
    let link = node.accept(0);
    node.advance(ListenerPolicy::default().handshake_timeout_ms + 100);
    assert!(node.is_closed(link));
}

#[test]
fn messages_beyond_the_window_wait_for_acknowledgements() {
    let mut node = Node::new();
    let v5 = ProtocolVersion::V5;
    let slow = node.connect(&Client::new(v5, "s").receive_maximum(2).on_worker(0));
    node.send(slow, &subscribe(1, "t", QoS::AtLeastOnce));
    node.received(slow);
    let publisher = node.connect(&Client::new(v5, "p").on_worker(1));
    for n in 1..=4 {
        node.send(publisher, &publish("t", n.to_string().as_bytes(), QoS::AtLeastOnce, n));
    }
    assert_eq!(node.received(slow), ["PUBLISH t 1 q1 id=1", "PUBLISH t 2 q1 id=2"]);
    node.send(slow, &[0x40, 2, 0, 1]);
    assert_eq!(node.received(slow), ["PUBLISH t 3 q1 id=3"]);
    node.send(slow, &[0x40, 2, 0, 3]);
    assert_eq!(node.received(slow), ["PUBLISH t 4 q1 id=4"]);
}

#[test]
fn one_member_of_a_shared_group_gets_each_message() {
    let mut node = Node::new();
    let v5 = ProtocolVersion::V5;
    let members: Vec<_> = (0..4_u16)
        .map(|n| {
            let member = node.connect(&Client::new(v5, &format!("m{n}")).on_worker(n % 2));
            node.send(member, &subscribe(1, "$share/g/t", QoS::AtMostOnce));
            node.received(member);
            member
        })
        .collect();
    let publisher = node.connect(&Client::new(v5, "p").on_worker(1));
    for _ in 0..8 {
        node.send(publisher, &publish("t", b"x", QoS::AtMostOnce, 0));
    }
    for member in members {
        assert_eq!(node.received(member).len(), 2, "round robin");
    }
}

#[test]
fn silent_links_over_their_bound_go_oldest_first_and_leave_clients_alone() {
    let mut node = Node::with_silent_links_max(3);
    let client = node.connect(&Client::new(ProtocolVersion::V311, "c").on_worker(0));
    let silent: Vec<_> = (0..5).map(|_| node.accept(0)).collect();
    let closed: Vec<_> = silent.iter().map(|&link| node.is_closed(link)).collect();
    assert_eq!(closed, [true, true, false, false, false]);
    node.send(silent[2], &[0x10]);
    node.accept(0);
    assert!(!node.is_closed(silent[2]), "half-sent ones have a bound of their own");
    assert!(!node.is_closed(client));
}

#[test]
fn no_local_holds_back_own_messages_and_overlaps_keep_the_rest() {
    let mut node = Node::new();
    let client = node.connect(&Client::new(ProtocolVersion::V5, "c").on_worker(0));
    node.send(client, &node::subscribe_no_local(1, "t/#"));
    node.send(client, &publish("t/1", b"own", QoS::AtMostOnce, 0));
    assert_eq!(node.received(client), ["SUBACK 1 [0]"]);
    node.send(client, &subscribe(2, "t/+", QoS::AtMostOnce));
    node.send(client, &publish("t/1", b"own", QoS::AtMostOnce, 0));
    assert_eq!(node.received(client), ["SUBACK 2 [0]", "PUBLISH t/1 own q0"]);
}

/// A persistent subscriber on one worker and a publisher on the other, both stored.
fn stored_pair(version: ProtocolVersion) -> (Node, node::Socket, node::Socket) {
    let mut node = Node::with_late_store();
    let client = Client::new(version, "keeper").expiry(100).persistent().on_worker(0);
    let keeper = node.open(&client);
    assert_eq!(node.received(keeper), [""; 0], "CONNACK waits for the session to be stored");
    node.persist(true);
    assert_eq!(node.received(keeper), ["CONNACK 0x00"]);
    node.send(keeper, &subscribe(1, "t", QoS::ExactlyOnce));
    assert_eq!(node.received(keeper), [""; 0], "SUBACK waits for the subscription to be stored");
    node.persist(true);
    assert_eq!(node.received(keeper), ["SUBACK 1 [2]"]);
    let publisher = node.connect(&Client::new(version, "publisher").on_worker(1));
    (node, keeper, publisher)
}

#[test]
fn acknowledgements_wait_until_the_message_is_stored_and_leave_in_order() {
    for version in VERSIONS {
        let (mut node, keeper, publisher) = stored_pair(version);
        node.send(publisher, &publish("t", b"1", QoS::AtLeastOnce, 1));
        node.send(publisher, &publish("t", b"2", QoS::ExactlyOnce, 2));
        node.send(publisher, &publish("nobody", b"3", QoS::AtLeastOnce, 3));
        assert_eq!(node.received(publisher), [""; 0]);
        let first = node.received(keeper);
        assert_eq!(first, ["PUBLISH t 1 q1 id=1"], "QoS 1 does not wait, QoS 2 does");
        node.persist(true);
        assert_eq!(node.received(keeper), ["PUBLISH t 2 q2 id=2"]);
        let nobody = if version == ProtocolVersion::V5 { "PUBACK 3 0x10" } else { "PUBACK 3 0x00" };
        assert_eq!(node.received(publisher), ["PUBACK 1 0x00", "PUBREC 2 0x00", nobody]);
    }
}

#[test]
fn what_is_not_stored_is_refused_and_new_when_it_is_repeated() {
    let (mut node, _, publisher) = stored_pair(ProtocolVersion::V5);
    node.send(publisher, &publish("t", b"1", QoS::AtLeastOnce, 1));
    node.send(publisher, &publish("t", b"2", QoS::ExactlyOnce, 2));
    node.persist(false);
    assert_eq!(node.received(publisher), ["PUBACK 1 0x97", "PUBREC 2 0x97"]);
    node.send(publisher, &publish("t", b"2", QoS::ExactlyOnce, 2));
    node.persist(true);
    assert_eq!(node.received(publisher), ["PUBREC 2 0x00"], "it is taken as a new message");
}

/// Once the connection stayed open, and a client that waited for its acknowledgement waited for ever:
/// what is not acknowledged is only sent again on a new connection [MQTT-3.1.1: 4.8.0-2].
#[test]
fn a_connection_of_3_x_ends_with_a_message_that_is_not_stored() {
    for version in [ProtocolVersion::V31, ProtocolVersion::V311] {
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let (mut node, keeper, _) = stored_pair(version);
            let client = || Client::new(version, "sender").persistent().on_worker(1);
            let sender = node.open(&client());
            node.persist(true);
            node.received(sender);
            node.send(sender, &publish("t", b"1", qos, 1));
            node.persist(false);
            assert_eq!(node.received(sender), [""; 0]);
            assert!(node.is_closed(sender));
            assert!(!node.is_closed(keeper), "nobody else is concerned");
            let sender = node.open(&client().resume());
            node.persist(true);
            node.received(sender);
            node.send(sender, &publish("t", b"1", qos, 1));
            node.persist(true);
            let taken = if qos == QoS::AtLeastOnce { "PUBACK 1 0x00" } else { "PUBREC 1 0x00" };
            assert_eq!(node.received(sender), [taken]);
        }
    }
}

#[test]
fn an_answer_for_a_connection_that_is_gone_is_not_given_to_the_next() {
    let mut node = Node::with_late_store();
    let client = || Client::new(ProtocolVersion::V5, "c").expiry(100).persistent();
    let first = node.open(&client().on_worker(0));
    node.persist(true);
    node.send(first, &subscribe(1, "t", QoS::AtLeastOnce));
    node.send(first, &publish("q", b"x", QoS::ExactlyOnce, 5));
    node.cut(first);
    let second = node.open(&client().resume().on_worker(1));
    node.send(second, &[]);
    node.persist(true);
    assert_eq!(node.received(second), ["CONNACK present 0x00"], "no SUBACK, no PUBREC");
    node.send(second, &publish("q", b"x", QoS::ExactlyOnce, 5));
    assert_eq!(node.received(second), ["PUBREC 5 0x00"]);
}

#[test]
fn a_session_that_cannot_be_stored_is_refused() {
    let mut node = Node::with_late_store();
    let client = Client::new(ProtocolVersion::V5, "c").expiry(100).persistent().on_worker(0);
    let link = node.open(&client);
    node.persist(false);
    assert_eq!(node.received(link), ["CONNACK 0x88"]);
    assert!(node.is_closed(link));
    assert_eq!(node.sessions(), 0);
}

#[test]
fn a_session_that_is_not_stored_in_time_is_refused() {
    let mut node = Node::with_late_store();
    let client = Client::new(ProtocolVersion::V5, "c").expiry(100).persistent().on_worker(0);
    let link = node.open(&client);
    node.advance(15_000);
    assert_eq!(node.received(link), ["CONNACK 0x88"]);
    assert!(node.is_closed(link));
    node.persist(true);
    assert_eq!(node.sessions(), 0);
}

#[test]
fn what_a_member_of_a_shared_group_has_not_acknowledged_goes_to_another_when_it_ends() {
    for (near, far) in [(0, 0), (0, 1), (1, 0)] {
        let mut node = Node::new();
        let v5 = ProtocolVersion::V5;
        let first = node.connect(&Client::new(v5, "first").receive_maximum(1).on_worker(near));
        node.send(first, &subscribe(1, "$share/g/t", QoS::AtLeastOnce));
        node.received(first);
        let publisher = node.connect(&Client::new(v5, "p").on_worker(0));
        for n in 1..=3 {
            node.send(publisher, &publish("t", n.to_string().as_bytes(), QoS::AtLeastOnce, n));
        }
        assert_eq!(node.received(first), ["PUBLISH t 1 q1 id=1"], "the others wait");
        let second = node.connect(&Client::new(v5, "second").on_worker(far));
        node.send(second, &subscribe(1, "$share/g/t", QoS::AtLeastOnce));
        node.received(second);
        node.cut(first);
        assert_eq!(
            node.received(second),
            ["PUBLISH t 1 q1 id=1", "PUBLISH t 2 q1 id=2", "PUBLISH t 3 q1 id=3"]
        );
    }
}

#[test]
fn a_publisher_pauses_for_a_receiver_that_gets_on_and_for_no_other() {
    for worker in [0, 1] {
        let mut node = Node::with_queue(8);
        let v5 = ProtocolVersion::V5;
        let receiver = node.connect(&Client::new(v5, "r").receive_maximum(1).on_worker(worker));
        node.send(receiver, &subscribe(1, "t", QoS::AtLeastOnce));
        let publisher = node.connect(&Client::new(v5, "p").on_worker(0));
        for n in 1..=6 {
            assert!(node.is_read(publisher), "message {n}");
            node.send(publisher, &publish("t", b"x", QoS::AtLeastOnce, n));
        }
        assert!(!node.is_read(publisher), "the queue is more than half full");
        for id in 1..=4 {
            node.send(receiver, &[0x40, 2, 0, id]);
        }
        assert!(node.is_read(publisher), "it has drained to a quarter");
        for n in 7..=10 {
            node.send(publisher, &publish("t", b"x", QoS::AtLeastOnce, n));
        }
        assert!(!node.is_read(publisher));
        node.advance(1_100);
        assert!(node.is_read(publisher), "no pause is longer than a second");
        node.send(publisher, &publish("t", b"x", QoS::AtLeastOnce, 11));
        assert!(node.is_read(publisher), "the receiver is stalled");
    }
}

/// The filter was answered with a code that only SUBACK has, and the worker ended with a panic.
#[test]
fn a_shared_filter_can_be_unsubscribed_where_there_are_no_shared_subscriptions() {
    let mut node = Node::without_shared_subscriptions();
    let client = node.connect(&Client::new(ProtocolVersion::V5, "c"));
    node.send(client, &subscribe(1, "$share/g/a", QoS::AtMostOnce));
    assert_eq!(node.received(client), ["SUBACK 1 [158]"]);
    node.send_bytes(client, b"\xA2\x0F\x00\x02\x00\x00\x0A$share/g/a");
    assert_eq!(node.received(client), ["UNSUBACK 2 [17]"]);
}

/// With a full window the timer of the queue's rate was due again as soon as it had fired: the worker
/// did not sleep until the client acknowledged.
#[test]
fn a_queue_with_a_rate_lets_its_worker_sleep_while_the_window_is_full() {
    let mut node = Node::with_queue_rate(QueueRate { messages: 1, period_ms: 500 });
    let v5 = ProtocolVersion::V5;
    let receiver = node.connect(&Client::new(v5, "r").receive_maximum(1));
    node.send(receiver, &subscribe(1, "t", QoS::AtLeastOnce));
    let publisher = node.connect(&Client::new(v5, "p"));
    for id in 1..=4 {
        node.send(publisher, &publish("t", b"x", QoS::AtLeastOnce, id));
    }
    node.forget(receiver);
    node.send(receiver, &[0x40, 2, 0, 1]);
    assert_eq!(node.received(receiver), ["PUBLISH t x q1 id=2"]);
    node.advance(1_000);
    node.advance(1);
    assert!(node.rests_ms().is_none_or(|ms| ms > 0), "{:?}", node.rests_ms());
    node.send(receiver, &[0x40, 2, 0, 2]);
    assert_eq!(node.received(receiver), ["PUBLISH t x q1 id=3"], "a new period has begun");
    node.send(receiver, &[0x40, 2, 0, 3]);
    assert_eq!(node.received(receiver), Vec::<String>::new(), "one in each");
    node.advance(600);
    assert_eq!(node.received(receiver), ["PUBLISH t x q1 id=4"]);
}

/// A socket that a worker was handed after it had begun to shut down got a session, and was told nothing of
/// the end.
#[test]
fn a_link_that_comes_during_the_shutdown_is_closed_at_once() {
    let mut node = Node::new();
    let before = node.connect(&Client::new(ProtocolVersion::V5, "before").on_worker(0));
    node.begin_shutdown(0);
    assert_eq!(node.received(before), ["DISCONNECT 0x8b"]);
    assert!(node.is_closed(before));
    let after = node.accept(0);
    assert!(node.is_closed(after));
    assert_eq!(node.sessions(), 0);
}

/// Each time that a client came back to its session it left a timer behind for as long as the session
/// would have lasted without it.
#[test]
fn a_session_has_one_timer_however_often_its_client_comes_back() {
    let mut node = Node::new();
    let v5 = ProtocolVersion::V5;
    let client = Client::new(v5, "c").expiry(7_200).keep_alive(60).on_worker(0);
    let mut connection = node.connect(&client);
    for _ in 0..100 {
        node.cut(connection);
        connection = node.open(&Client::new(v5, "c").expiry(7_200).keep_alive(60).resume());
        assert_eq!(node.received(connection), ["CONNACK present 0x00"]);
        node.advance(10);
    }
    assert!(node.timers() <= 2, "{} timers", node.timers());
    node.cut(connection);
    for _ in 0..72 {
        node.advance(99_000);
    }
    assert_eq!(node.sessions(), 1, "it lasts as long as it may");
    node.advance(99_000);
    node.advance(99_000);
    assert_eq!((node.sessions(), node.timers()), (0, 0));
}

#[test]
fn what_short_sessions_leave_in_the_wheel_is_gone_within_minutes() {
    let mut node = Node::new();
    for _ in 0..100 {
        let client = Client::new(ProtocolVersion::V5, "c").keep_alive(65_535);
        let connection = node.connect(&client);
        node.cut(connection);
    }
    assert_eq!(node.sessions(), 0);
    node.advance(301_000);
    assert_eq!(node.timers(), 0);
}
