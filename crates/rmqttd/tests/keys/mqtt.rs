//! `[mqtt]`

use rmqtt_test::{Connect, Started, Version, shows_key, shows_key_given};

use crate::taken_before;

const DELAYED: (&str, &str) = ("listener.tcp.external.delayed_publish", "true");

#[test]
fn one_more_delayed_message_than_may_wait_comes_at_once() {
    let at_once = |broker: &mut Started| {
        let mut client = broker.client("c");
        client.subscribe("t", 1);
        for payload in ["first", "second"] {
            client.publish("$delayed/3600/t", 1, payload);
        }
        client.publish("t", 1, "sentinel");
        taken_before(&mut client, "sentinel")
    };
    shows_key_given(
        "mqtt.delayed_publish_max",
        &[DELAYED],
        [("1", vec!["second".to_owned()]), ("2", vec![])],
        at_once,
    );
}

#[test]
fn a_delayed_message_that_finds_no_room_comes_at_once_or_is_refused() {
    let code = |broker: &mut Started| {
        let mut client = broker.client("c");
        client.subscribe("t", 0);
        client.publish("$delayed/3600/t", 1, "m")
    };
    shows_key_given(
        "mqtt.delayed_publish_immediate",
        &[DELAYED, ("mqtt.delayed_publish_max", "0")],
        [("true", 0), ("false", 0x87)],
        code,
    );
}

#[test]
fn one_more_session_than_there_may_be_is_refused() {
    let code = |broker: &mut Started| {
        let _first = broker.client("first");
        broker.connect_code(&Connect::new(Version::V5, "second"))
    };
    shows_key("mqtt.max_sessions", [("1", 0x88), ("2", 0)], code);
}
