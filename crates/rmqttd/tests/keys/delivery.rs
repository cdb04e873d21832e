//! `[listener.tcp.*]`: messages on their way.

use std::thread;

use rmqtt_test::{Connect, Heard, Packet, Started, Version, shows_key};

use crate::{A_WHILE, deliveries_before_ping, persistent, taken_before};

#[test]
fn as_many_messages_are_in_flight_as_may_be() {
    let in_flight = |broker: &mut Started| {
        let mut client = broker.client("c");
        client.subscribe("t", 1);
        for number in 0..5 {
            client.publish("t", 1, &number.to_string());
        }
        let announced = client.connack().properties.receive_maximum();
        (announced, deliveries_before_ping(&mut client).len())
    };
    shows_key(
        "listener.tcp.external.max_inflight",
        [("1", (Some(1), 1)), ("3", (Some(3), 3))],
        in_flight,
    );
}

#[test]
fn a_higher_qos_than_may_be_is_not_granted() {
    let granted = |broker: &mut Started| {
        let mut client = broker.client("c");
        (client.connack().properties.maximum_qos(), client.subscribe("t", 2))
    };
    shows_key(
        "listener.tcp.external.max_qos_allowed",
        [("1", (Some(1), 1)), ("2", (None, 2))],
        granted,
    );
}

#[test]
fn clients_are_told_how_many_topic_aliases_they_have() {
    shows_key(
        "listener.tcp.external.max_topic_aliases",
        [("0", Some(0)), ("7", Some(7))],
        |broker| broker.client("c").connack().properties.topic_alias_maximum(),
    );
}

#[test]
fn what_a_client_does_not_acknowledge_is_sent_again() {
    let is_sent_again = |broker: &mut Started| {
        let mut client = broker.join(&Connect::new(Version::V311, "c"));
        client.subscribe("t", 1);
        client.publish("t", 1, "m");
        assert!(!client.expect_delivery().dup);
        match client.heard_within(A_WHILE) {
            Heard::Packet(Packet::Publish(delivery)) => delivery.dup,
            Heard::Nothing => false,
            other => panic!("{other:?}"),
        }
    };
    shows_key(
        "listener.tcp.external.message_retry_interval",
        [("\"1s\"", true), ("\"1h\"", false)],
        is_sent_again,
    );
}

#[test]
fn a_message_that_brings_no_expiry_expires_by_that_of_the_listener() {
    let kept = |broker: &mut Started| {
        let mut sleeper = broker.join(&persistent("sleeper"));
        sleeper.subscribe("t", 1);
        sleeper.leave();
        let mut publisher = broker.client("publisher");
        publisher.publish("t", 1, "m");
        // The time itself is what this is about.
        thread::sleep(A_WHILE);
        publisher.publish("t", 1, "sentinel");
        taken_before(&mut broker.join(&persistent("sleeper")), "sentinel")
    };
    shows_key(
        "listener.tcp.external.message_expiry_interval",
        [("\"1s\"", vec![]), ("\"1h\"", vec!["m".to_owned()])],
        kept,
    );
}
