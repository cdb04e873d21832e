//! DISCONNECT of the client.

use rmqtt_test::request::kind;
use rmqtt_test::wire::Writer;
use rmqtt_test::{Case, Disconnect, Property, Publish, broker_test};

#[broker_test(v31, v311("MQTT-3.14.4-1"), v5("MQTT-3.14.4-2"))]
fn the_server_closes_after_a_disconnect_without_answering(case: &Case) {
    let mut client = case.client("c");
    client.send(&Disconnect::new(0));
    client.expect_close();
}

#[broker_test(v31, v311("MQTT-3.14.4-2"), v5("MQTT-3.14.4-1"))]
fn packets_behind_a_disconnect_are_not_processed(case: &Case) {
    use rmqtt_test::request::Request;
    let topic = case.topic("t");
    let mut watcher = case.client("watch");
    watcher.subscribe(&topic, 0);
    let mut client = case.client("c");
    let mut bytes = Publish::new(&topic, "before").bytes(case.version());
    bytes.extend(Disconnect::new(0).bytes(case.version()));
    bytes.extend(Publish::new(&topic, "behind").bytes(case.version()));
    client.send_bytes(&bytes);
    while client.next_packet().is_some() {}
    case.client("pub").publish(&topic, 0, "sentinel");
    watcher.expect_message(&topic, "before");
    watcher.expect_message(&topic, "sentinel");
}

#[broker_test(v31, v311, v5)]
fn what_was_published_before_a_disconnect_is_delivered(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 1);
    for number in 0..20 {
        let mut client = case.client("c");
        client.send(&Publish::new(&topic, number.to_string()));
        client.send(&Publish::new(&topic, number.to_string()).qos(1).id(1));
        client.send(&Disconnect::new(0));
        client.stop_sending();
        while client.next_packet().is_some() {}
        for qos in 0..=1 {
            assert_eq!(subscriber.expect_message(&topic, &number.to_string()).qos, qos);
        }
    }
}

#[broker_test(v5("MQTT-3.14.2-1"))]
fn every_form_of_a_normal_disconnect_is_understood(case: &Case) {
    for bytes in
        [&[kind::DISCONNECT, 0][..], &[kind::DISCONNECT, 1, 0], &[kind::DISCONNECT, 2, 0, 0]]
    {
        let mut client = case.client("c");
        client.send_bytes(bytes);
        client.expect_close();
    }
}

#[broker_test(v5)]
fn a_disconnect_may_carry_a_reason_string_and_user_properties(case: &Case) {
    let mut client = case.client("c");
    let disconnect = Disconnect::new(0)
        .property(Property::ReasonString("done".into()))
        .property(Property::user("a", "1"))
        .property(Property::user("a", "1"));
    client.send(&disconnect);
    client.expect_close();
}

#[broker_test(v5)]
fn a_repeated_property_in_disconnect_is_a_protocol_error(case: &Case) {
    let mut client = case.client("c");
    let disconnect = Disconnect::new(0)
        .property(Property::ReasonString("one".into()))
        .property(Property::ReasonString("two".into()));
    client.send(&disconnect);
    client.expect_refusal(&[0x82]);
}

#[broker_test(v5("MQTT-3.14.0-1"))]
fn no_disconnect_comes_before_connack(case: &Case) {
    let inputs = [
        Writer::new().string("t").byte(0).packet(kind::PUBLISH),
        Writer::new().packet(kind::AUTH),
        Writer::new().byte(0x18).byte(0).packet(kind::AUTH),
        Writer::new().raw(&[0xFF; 20]).packet(kind::CONNECT),
    ];
    for bytes in inputs {
        let mut client = case.open();
        client.send_bytes(&bytes);
        while let Some(packet) = client.next_packet() {
            assert!(!matches!(packet, rmqtt_test::Packet::Disconnect(_)), "{packet:?}");
        }
    }
}

#[broker_test(v31, v311, v5)]
fn a_subscription_of_a_client_that_left_receives_nothing(case: &Case) {
    // The broker must not deliver to, or hold on to, a clean session that is gone.
    let topic = case.topic("t");
    let mut gone = case.client("gone");
    gone.subscribe(&topic, 0);
    gone.leave();
    let mut publisher = case.client("pub");
    let reason = publisher.publish(&topic, 1, "to nobody");
    assert!(!case.is_v5() || reason == 0x10, "{reason:#x}");
}
