//! A broker without the plugin that keeps retained messages.

use rmqtt_test::{Case, Publish, Will, broker_test};

#[broker_test(
    v5("MQTT-3.2.2-14"),
    preamble = "plugins.disabled_default_startups = [\"rmqtt-retainer\"]"
)]
fn a_retained_message_ends_the_connection(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 1);
    for qos in 0..=2 {
        let mut client = case.client("c");
        assert_eq!(client.connack().properties.retain_available(), Some(0));
        client.send(&Publish::new(&topic, "x").retain().qos(qos).id(1));
        client.expect_refusal(&[0x9A]);
    }
    case.client("c").publish(&topic, 1, "not retained");
    subscriber.expect_message(&topic, "not retained");
}

#[broker_test(
    v5("MQTT-3.2.2-13"),
    preamble = "plugins.disabled_default_startups = [\"rmqtt-retainer\"]"
)]
fn a_retained_will_is_refused(case: &Case) {
    let mut client = case.open();
    client.send(&case.connect_packet("c").will(Will::new(case.topic("w"), "x").retain()));
    client.expect_connect_refused(&[0x9A]);
    case.join(&case.connect_packet("d").will(Will::new(case.topic("w"), "x"))).leave();
}
