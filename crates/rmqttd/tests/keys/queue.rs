//! `[listener.tcp.*]`: the queue of a session.

use rmqtt_test::{
    ABSENT, Connect, Heard, Property, Publish, RawClient, Started, Version, shows_key,
    shows_key_given,
};

use crate::{A_WHILE, deliveries_before_ping, persistent};

/// What a client finds that was away while messages with these payloads were published.
fn found_by_a_sleeper(broker: &Started, payloads: &[String]) -> Vec<String> {
    let mut sleeper = broker.join(&persistent("sleeper"));
    sleeper.subscribe("t", 1);
    sleeper.leave();
    let mut publisher = broker.client("publisher");
    for payload in payloads {
        publisher.publish("t", 1, payload);
    }
    let mut sleeper = broker.join(&persistent("sleeper"));
    deliveries_before_ping(&mut sleeper).iter().map(|found| found.text().to_owned()).collect()
}

fn owned<const N: usize>(payloads: [&str; N]) -> Vec<String> {
    payloads.map(str::to_owned).to_vec()
}

#[test]
fn a_queue_holds_as_many_messages_as_it_may() {
    shows_key(
        "listener.tcp.external.max_mqueue_len",
        [("1", owned(["c"])), ("2", owned(["b", "c"]))],
        |broker| found_by_a_sleeper(broker, &owned(["a", "b", "c"])),
    );
}

#[test]
fn a_queue_holds_as_many_bytes_as_it_may() {
    let found = |broker: &mut Started| {
        let payloads = ["a", "b", "c"].map(|letter| letter.repeat(1_000));
        found_by_a_sleeper(broker, &payloads).len()
    };
    shows_key("listener.tcp.external.max_mqueue_bytes", [("\"1500B\"", 1), ("\"1M\"", 3)], found);
}

#[test]
fn what_gives_way_in_a_full_queue_is_the_oldest_or_the_newest() {
    shows_key_given(
        "listener.tcp.external.mqueue_overflow",
        &[("listener.tcp.external.max_mqueue_len", "2")],
        [("\"drop_oldest\"", owned(["b", "c"])), ("\"drop_new\"", owned(["a", "b"]))],
        |broker| found_by_a_sleeper(broker, &owned(["a", "b", "c"])),
    );
}

#[test]
fn what_has_waited_leaves_the_queue_at_its_rate() {
    shows_key(
        "listener.tcp.external.mqueue_rate_limit",
        [("\"2,1h\"", owned(["a", "b"])), (ABSENT, owned(["a", "b", "c"]))],
        |broker| found_by_a_sleeper(broker, &owned(["a", "b", "c"])),
    );
}

/// The receiver gets on, and takes one message at a time; the queue has room for eight. Its worker may
/// be a while behind the publisher's before it says that the queue fills.
#[test]
fn a_publisher_pauses_for_a_queue_that_is_half_full() {
    let is_paused = |broker: &mut Started| {
        let one_at_a_time = Connect::new(Version::V5, "slow").property(Property::ReceiveMaximum(1));
        let mut receiver = broker.join(&one_at_a_time);
        receiver.subscribe("t", 1);
        let mut publisher = broker.client("publisher");
        let is_silent = |publisher: &mut RawClient, id: u16| {
            publisher.send(&Publish::new("t", "m").qos(1).id(id));
            publisher.heard_within(A_WHILE) == Heard::Nothing
        };
        (1..=2_000).any(|id| is_silent(&mut publisher, id))
    };
    shows_key_given(
        "listener.tcp.external.publisher_pause_max",
        &[("listener.tcp.external.max_mqueue_len", "8")],
        [("\"1h\"", true), ("\"0s\"", false)],
        is_paused,
    );
}
