//! `rmqtt-retainer.toml`

use std::thread;

use rmqtt_test::{ABSENT, Publish, Started, shows_key, shows_key_refused};

use crate::{A_WHILE, taken_before};

/// The retained messages that a new subscriber to everything finds.
fn retained(broker: &Started) -> Vec<String> {
    let mut subscriber = broker.client("subscriber");
    subscriber.subscribe("#", 1);
    subscriber.publish("sentinel", 1, "sentinel");
    taken_before(&mut subscriber, "sentinel")
}

fn retain(broker: &Started, messages: &[(&str, &str)]) {
    let mut publisher = broker.client("publisher");
    for (topic, payload) in messages {
        publisher.publish_with(Publish::new(topic, *payload).qos(1).retain());
    }
}

/// Memory is the one place that this build has.
#[test]
fn another_place_than_memory_is_refused() {
    shows_key_refused(
        "rmqtt-retainer: storage.type",
        "\"ram\"",
        "\"sled\"",
        "storage.type: this build keeps retained messages in memory only",
    );
}

#[test]
fn as_many_messages_are_retained_as_may_be() {
    let number = |broker: &mut Started| {
        retain(broker, &[("a", "a"), ("b", "b"), ("c", "c")]);
        retained(broker).len()
    };
    shows_key("rmqtt-retainer: max_retained_messages", [("1", 1), ("2", 2)], number);
}

#[test]
fn a_message_that_is_too_long_is_not_retained() {
    let number = |broker: &mut Started| {
        retain(broker, &[("a", "a"), ("b", "bb")]);
        retained(broker).len()
    };
    shows_key("rmqtt-retainer: max_payload_size", [("\"1B\"", 1), ("\"2B\"", 2)], number);
}

#[test]
fn a_message_is_retained_for_its_time() {
    let number = |broker: &mut Started| {
        retain(broker, &[("a", "a")]);
        // The time itself is what this is about.
        thread::sleep(A_WHILE);
        retained(broker).len()
    };
    shows_key("rmqtt-retainer: retained_message_ttl", [("\"1s\"", 0), (ABSENT, 1)], number);
}
