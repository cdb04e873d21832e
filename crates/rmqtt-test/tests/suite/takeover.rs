//! A second connection with the same client identifier.

use rmqtt_test::{Case, Packet, RawClient, Version, broker_test};

#[broker_test(v31, v311("MQTT-3.1.4-2"), v5("MQTT-3.1.4-3", "MQTT-3.14.2-2", "MQTT-4.13.2-1"))]
fn the_older_connection_is_told_and_closed(case: &Case) {
    let mut old = case.client("c");
    let mut new = case.client("c");
    old.expect_refusal(&[0x8E]);
    new.expect_nothing();
}

#[broker_test(v31, v311("MQTT-3.1.4-2"), v5("MQTT-3.1.4-3"))]
fn every_version_takes_over_from_every_other(case: &Case) {
    for version in [Version::V31, Version::V311, Version::V5] {
        let mut old = case.client_of(version, "c");
        let new = case.client("c");
        old.expect_refusal(&[0x8E]);
        new.leave();
    }
}

#[broker_test(v311("MQTT-3.1.2-4"), v31, v5("MQTT-3.1.2-5"))]
fn a_take_over_keeps_the_session_with_its_messages_in_flight(case: &Case) {
    let topic = case.topic("t");
    let mut old = case.persistent("c");
    old.subscribe(&topic, 2);
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 1, "one");
    publisher.publish(&topic, 2, "two");
    let one = old.expect_delivery();
    let two = old.expect_delivery();
    let mut new = case.persistent("c");
    assert!(new.connack().session_present || case.version() == Version::V31);
    let again = new.expect_message(&topic, "one");
    assert_eq!((again.packet_id, again.dup), (one.packet_id, true));
    let again = new.expect_message(&topic, "two");
    assert_eq!((again.packet_id, again.dup), (two.packet_id, true));
    publisher.publish(&topic, 1, "three");
    new.expect_message(&topic, "three");
    old.expect_refusal(&[0x8E]);
}

#[broker_test(v311("MQTT-3.1.2-6"), v31, v5("MQTT-3.1.2-4"))]
fn a_clean_take_over_discards_the_session(case: &Case) {
    let topic = case.topic("t");
    let mut old = case.persistent("c");
    old.subscribe(&topic, 1);
    let mut new = case.client("c");
    assert!(!new.connack().session_present);
    case.client("pub").publish(&topic, 1, "lost");
    new.expect_nothing();
    old.expect_refusal(&[0x8E]);
}

#[broker_test(v31, v311("MQTT-3.1.4-2"), v5("MQTT-3.1.4-3"))]
fn a_storm_of_take_overs_leaves_one_connection_that_works(case: &Case) {
    let topic = case.topic("t");
    let connections: Vec<RawClient> = (0..50)
        .map(|_| {
            let mut client = case.open();
            client.send(&case.persistent_packet("c"));
            client
        })
        .collect();
    // Each is accepted and then taken over by a later one, or closed before it was accepted.
    for mut connection in connections {
        while connection.next_packet().is_some_and(|packet| !matches!(packet, Packet::ConnAck(_))) {
        }
    }
    let mut last = case.persistent("c");
    last.subscribe(&topic, 1);
    case.client("pub").publish(&topic, 1, "m");
    last.expect_message(&topic, "m");
}

#[broker_test(v31, v311, v5)]
fn messages_published_during_take_overs_are_neither_lost_nor_out_of_order(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("c");
    subscriber.subscribe(&topic, 1);
    let mut publisher = case.client("pub");
    for number in 0..40 {
        publisher.publish(&topic, 1, &number.to_string());
        if number % 4 == 3 {
            subscriber = case.persistent("c");
        }
        subscriber.expect_message(&topic, &number.to_string());
        // The acknowledgement is handled before the next take-over.
        subscriber.ping();
    }
    subscriber.expect_nothing();
}
