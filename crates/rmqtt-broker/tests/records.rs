//! What a node of two workers writes down, and what waits for it.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

#[path = "support/node.rs"]
#[allow(dead_code, reason = "shared with others, who use another part")]
mod node;

use node::{Client, Node, publish, subscribe};
use rmqtt_codec::{ProtocolVersion, QoS};

const V5: ProtocolVersion = ProtocolVersion::V5;

fn keeper() -> Client<'static> {
    Client::new(V5, "keeper").expiry(100).persistent()
}

/// CONNACK went out before the Will was written down, so a crash right after it lost the Will that the
/// broker had to have stored by then.
#[test]
fn connack_waits_for_the_will_to_be_stored() {
    let mut node = Node::with_late_store();
    let link = node.open(&keeper().will("gone", b"x").on_worker(0));
    assert_eq!(node.written(), [["SessionOpened", "WillSet"]]);
    assert_eq!(node.received(link), [""; 0]);
    node.persist(true);
    assert_eq!(node.received(link), ["CONNACK 0x00"]);
    assert_eq!(node.written(), [[""; 0]; 0]);
}

/// The end of the old connection was written down behind the beginning of the new one, so that after a
/// crash the session of a connected client was found without a connection, and its expiry had begun at
/// the take-over.
#[test]
fn a_take_over_is_written_down_in_its_order() {
    for worker in [0, 1] {
        let mut node = Node::with_late_store();
        let old = node.open(&keeper().will("gone", b"old").on_worker(0));
        node.persist(true);
        node.received(old);
        node.written();
        let new = node.open(&keeper().resume().will("gone", b"new").on_worker(worker));
        let expected = ["SessionDetached", "WillCleared", "SessionOpened", "WillSet"];
        assert_eq!(node.written(), [expected]);
        assert_eq!(node.received(old), ["DISCONNECT 0x8e"]);
        assert_eq!(node.received(new), [""; 0]);
        node.persist(true);
        assert_eq!(node.received(new), ["CONNACK present 0x00"]);
        assert_eq!(node.written(), [[""; 0]; 0]);
    }
}

/// Of two links that waited for the store at the same time, the first was accepted, although what was
/// stored of the session was by then what the second had said.
#[test]
fn of_links_that_wait_for_the_store_the_latest_gets_the_session() {
    let mut node = Node::with_late_store();
    let link = node.open(&keeper().on_worker(0));
    node.persist(true);
    node.cut(link);
    node.persist(true);
    node.written();
    let first = node.open(&keeper().resume().on_worker(0));
    let second = node.open(&keeper().resume().on_worker(1));
    assert_eq!(node.written().len(), 2);
    node.persist(true);
    assert_eq!(node.received(first), ["CONNACK 0x88"]);
    assert!(node.is_closed(first));
    assert_eq!(node.received(second), ["CONNACK present 0x00"]);
    assert_eq!(node.written(), [[""; 0]; 0]);
}

/// A client that was gone before its session had been stored left the session in the store for ever.
#[test]
fn a_session_whose_client_is_gone_before_it_is_stored_is_ended_in_the_store() {
    let mut node = Node::with_late_store();
    let link = node.open(&keeper().on_worker(0));
    node.cut(link);
    assert_eq!(node.written(), [["SessionOpened", "WillCleared"]]);
    node.persist(true);
    assert_eq!(node.written(), [["SessionEnded"]]);
    assert_eq!(node.sessions(), 0);
}

/// A delayed message was acknowledged and written down nowhere.
#[test]
fn a_delayed_message_is_stored_until_it_is_in_the_queues() {
    let mut node = Node::with_late_store_and_delays();
    let keeper = node.open(&keeper().on_worker(1));
    node.persist(true);
    node.send(keeper, &subscribe(1, "t", QoS::AtLeastOnce));
    node.persist(true);
    node.received(keeper);
    let publisher = node.connect(&Client::new(V5, "publisher").on_worker(0));
    node.written();
    node.send(publisher, &publish("$delayed/3/t", b"x", QoS::AtLeastOnce, 7));
    assert_eq!(node.written(), [["Delayed"]]);
    assert_eq!(node.received(publisher), [""; 0]);
    node.persist(true);
    assert_eq!(node.received(publisher), ["PUBACK 7 0x00"]);
    node.advance(3_001);
    let written = node.written();
    assert_eq!(written[0], ["DelayedDone", "Enqueued"], "in one batch");
    assert_eq!(node.received(keeper), ["PUBLISH t x q1 id=1"]);
}

/// A Will that was published when its delay had passed stayed in the store, and would have been published
/// again after a restart.
#[test]
fn a_will_is_cleared_in_the_store_when_its_delay_has_passed() {
    let mut node = Node::with_late_store();
    let link = node.open(&keeper().will("gone", b"x").will_delay(3).on_worker(0));
    node.persist(true);
    node.cut(link);
    node.persist(true);
    node.written();
    node.advance(4_000);
    assert_eq!(node.written(), [["WillCleared"]]);
}

/// Of two links that waited for the store, the first got the session, and what the second had said of it,
/// its Will too, stayed in the store.
#[test]
fn what_a_link_had_to_say_that_came_to_nothing_is_taken_back() {
    let mut node = Node::with_late_store();
    let link = node.open(&keeper().on_worker(0));
    node.persist(true);
    node.cut(link);
    node.persist(true);
    let first = node.open(&keeper().resume().will("gone", b"first").on_worker(0));
    let second = node.open(&keeper().resume().on_worker(0));
    node.cut(second);
    node.written();
    node.persist(true);
    let expected = ["SessionDetached", "WillCleared", "SessionOpened", "WillSet"];
    assert_eq!(node.written(), [expected]);
    assert_eq!(node.received(first), [""; 0]);
    node.persist(true);
    assert_eq!(node.received(first), ["CONNACK present 0x00"]);
}

/// It was sent before that was written down: after a crash in between it was sent with another packet
/// id, and its receiver took it for another message.
#[test]
fn a_qos_2_message_is_sent_when_it_is_stored_as_sent() {
    for committed in [true, false] {
        let mut node = Node::with_late_store();
        let link = node.open(&keeper().on_worker(0));
        node.persist(true);
        node.send(link, &subscribe(1, "t", QoS::ExactlyOnce));
        node.persist(true);
        node.received(link);
        node.written();
        let publisher = node.connect(&Client::new(V5, "publisher").on_worker(0));
        node.send(publisher, &publish("t", b"once", QoS::ExactlyOnce, 1));
        node.send(link, &[0xC0, 0]);
        assert_eq!(node.received(link), [""; 0], "what comes later stays behind it");
        node.persist(committed);
        let received = node.received(link);
        assert_eq!(received[0], "PUBLISH t once q2 id=1");
        assert_eq!(received.len(), 2);
        node.cut(link);
        node.persist(true);
        node.written();
        let link = node.open(&keeper().resume().on_worker(0));
        node.persist(true);
        let again = node.written().concat();
        assert!(again.contains(&"Sent".to_owned()), "{again:?}");
        node.persist(true);
        assert_eq!(node.received(link)[1..], ["PUBLISH t once q2 id=1 dup"]);
    }
}

/// That a QoS 2 message was taken was stored while the message was still on its way to the directory: after a
/// crash in between, its repetition was taken for known, and acknowledged, and nobody got it.
#[test]
fn a_qos_2_message_is_stored_as_taken_together_with_where_it_goes() {
    let mut node = Node::with_late_store_and_delays();
    let keeper = node.open(&keeper().on_worker(0));
    node.persist(true);
    node.received(keeper);
    node.written();
    for (topic, retain, kept) in [
        ("t", false, None),
        ("t", true, Some("Retained")),
        ("$delayed/3/t", false, Some("Delayed")),
    ] {
        let mut packet = publish(topic, b"x", QoS::ExactlyOnce, 7);
        packet[0] |= u8::from(retain);
        node.send(keeper, &packet);
        let expected: Vec<_> = kept.into_iter().chain(["Received"]).collect();
        assert_eq!(node.written(), [expected], "{topic}, retain: {retain}");
        assert_eq!(node.received(keeper), [""; 0]);
        node.persist(true);
        assert_eq!(node.received(keeper).len(), 1, "PUBREC");
        node.send(keeper, &[0x62, 2, 0, 7]);
        node.persist(true);
        node.received(keeper);
        node.written();
    }
}
