//! `[listener.tcp.*]`: how long sessions last, and what they may hold.

use std::thread;

use rmqtt_test::{Connect, Started, Version, shows_key};

use crate::A_WHILE;

#[test]
fn a_session_of_mqtt_3_expires_by_that_of_the_listener() {
    let is_kept = |broker: &mut Started| {
        let connect = Connect::persistent(Version::V311, "c");
        broker.join(&connect).leave();
        // The time itself is what this is about.
        thread::sleep(A_WHILE);
        broker.join(&connect).connack().session_present
    };
    shows_key(
        "listener.tcp.external.session_expiry_interval",
        [("\"1s\"", false), ("\"1h\"", true)],
        is_kept,
    );
}

#[test]
fn a_longer_expiry_than_may_be_is_shortened() {
    let told = |broker: &mut Started| {
        let client = broker.join(&Connect::new(Version::V5, "c").session_expiry(1_000));
        client.connack().properties.session_expiry_interval()
    };
    shows_key(
        "listener.tcp.external.max_session_expiry_interval",
        [("\"0s\"", None), ("\"10s\"", Some(10))],
        told,
    );
}

#[test]
fn one_more_subscription_than_there_may_be_is_refused() {
    let codes = |broker: &mut Started| {
        let mut client = broker.client("c");
        ["a", "b"].map(|filter| client.subscribe(filter, 0))
    };
    shows_key("listener.tcp.external.max_subscriptions", [("1", [0, 0x97]), ("2", [0, 0])], codes);
}

#[test]
fn a_filter_with_more_levels_than_there_may_be_is_refused() {
    shows_key("listener.tcp.external.max_topic_levels", [("1", 0x8F), ("2", 0)], |broker| {
        broker.client("c").subscribe("a/b", 0)
    });
}
