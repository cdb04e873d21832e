//! `[listener.tcp.*]`: what is understood beyond the protocol.

use rmqtt_test::{Started, shows_key};

use crate::taken_before;

#[test]
fn an_exclusive_subscription_is_one_where_it_is_understood() {
    let second = |broker: &mut Started| {
        let mut first = broker.client("first");
        first.subscribe("$exclusive/t", 0);
        broker.client("second").subscribe("$exclusive/t", 0)
    };
    shows_key("listener.tcp.external.limit_subscription", [("true", 0x97), ("false", 0)], second);
}

#[test]
fn a_delayed_topic_is_an_ordinary_one_where_it_is_not_understood() {
    let at_once = |broker: &mut Started| {
        let mut client = broker.client("c");
        client.subscribe("$delayed/3600/t", 1);
        client.subscribe("t", 1);
        client.publish("$delayed/3600/t", 1, "m");
        client.publish("t", 1, "sentinel");
        taken_before(&mut client, "sentinel")
    };
    shows_key(
        "listener.tcp.external.delayed_publish",
        [("true", vec![]), ("false", vec!["m".to_owned()])],
        at_once,
    );
}

#[test]
fn a_shared_subscription_is_refused_where_it_is_not_understood() {
    let answers = |broker: &mut Started| {
        let mut client = broker.client("c");
        let available = client.connack().properties.shared_subscription_available();
        (available, client.subscribe("$share/g/t", 0))
    };
    shows_key(
        "listener.tcp.external.shared_subscription",
        [("true", (Some(1), 0)), ("false", (Some(0), 0x9E))],
        answers,
    );
}
