//! `[listener.tcp.*]`: how long a client may be silent.

use rmqtt_test::{Connect, Started, Version, shows_key};

use crate::is_closed;

/// The keep-alive that the broker sets for a client that asks for this one.
fn told_to(broker: &Started, asks_s: u16) -> Option<u16> {
    let client = broker.join(&Connect::new(Version::V5, "c").keep_alive(asks_s));
    client.connack().properties.server_keep_alive()
}

#[test]
fn a_shorter_keep_alive_than_may_be_is_prolonged() {
    shows_key(
        "listener.tcp.external.min_keepalive",
        [("0", Some(10)), ("30", Some(30))],
        |broker| told_to(broker, 10),
    );
}

#[test]
fn a_longer_keep_alive_than_may_be_is_shortened() {
    shows_key(
        "listener.tcp.external.max_keepalive",
        [("65535", Some(100)), ("30", Some(30))],
        |broker| told_to(broker, 100),
    );
}

#[test]
fn a_client_may_be_silent_for_ever_only_where_that_is_allowed() {
    shows_key(
        "listener.tcp.external.allow_zero_keepalive",
        [("true", 0), ("false", 0x88)],
        |broker| broker.connect_code(&Connect::new(Version::V5, "c").keep_alive(0)),
    );
}

#[test]
fn a_silent_client_is_given_up_after_its_keep_alive_with_the_factor() {
    let is_given_up = |broker: &mut Started| {
        is_closed(&mut broker.join(&Connect::new(Version::V5, "c").keep_alive(1)))
    };
    shows_key(
        "listener.tcp.external.keepalive_backoff",
        [("0.5", true), ("100", false)],
        is_given_up,
    );
}
