//! UNSUBSCRIBE.

use rmqtt_test::{Case, Unsubscribe, broker_test};

#[broker_test(
    v31,
    v311("MQTT-3.10.4-2", "MQTT-3.10.4-4", "MQTT-2.3.1-7"),
    v5("MQTT-3.10.4-2", "MQTT-3.10.4-4", "MQTT-2.2.1-6")
)]
fn an_unsubscribed_filter_receives_nothing_more(case: &Case) {
    let topic = case.topic("t");
    let other = case.topic("u");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 1);
    subscriber.subscribe(&other, 1);
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 1, "before");
    subscriber.expect_message(&topic, "before");
    let unsuback = subscriber.unsubscribe_with(Unsubscribe::new().id(0x0102).filter(&topic));
    assert_eq!(unsuback.packet_id, 0x0102);
    assert_eq!(unsuback.codes, if case.is_v5() { vec![0] } else { vec![] });
    publisher.publish(&topic, 1, "after");
    publisher.publish(&other, 1, "sentinel");
    subscriber.expect_message(&other, "sentinel");
}

#[broker_test(v31, v311("MQTT-3.10.4-5"), v5("MQTT-3.10.4-4", "MQTT-3.10.4-5"))]
fn an_unknown_filter_is_acknowledged_too(case: &Case) {
    let mut client = case.client("c");
    let unsuback = client.unsubscribe(&case.topic("never"));
    assert_eq!(unsuback.codes, if case.is_v5() { vec![0x11] } else { vec![] });
}

#[broker_test(v31, v311("MQTT-3.10.4-6"), v5("MQTT-3.10.4-6", "MQTT-3.11.3-1", "MQTT-3.11.3-2"))]
fn several_filters_are_removed_in_their_order(case: &Case) {
    let (one, two, three) = (case.topic("1"), case.topic("2"), case.topic("3"));
    let mut client = case.client("c");
    for filter in [&one, &two, &three] {
        client.subscribe(filter, 0);
    }
    let unsubscribe =
        Unsubscribe::new().filter(&one).filter(case.topic("never")).filter(&three).filter(&one);
    let codes = client.unsubscribe_with(unsubscribe).codes;
    assert_eq!(codes, if case.is_v5() { vec![0, 0x11, 0, 0x11] } else { vec![] });
    for topic in [&one, &three, &two] {
        client.publish(topic, 0, "m");
    }
    client.expect_message(&two, "m");
    client.ping();
    client.expect_nothing();
}

#[broker_test(v31, v311("MQTT-3.10.4-1"), v5("MQTT-3.10.4-1"))]
fn filters_are_compared_character_by_character(case: &Case) {
    let topic = case.topic("a/b");
    let mut client = case.client("c");
    client.subscribe(&topic, 0);
    client.subscribe(&case.topic("a/+"), 0);
    for other in ["a/#", "a/B", "a/b/", "+/b", "a"] {
        let codes = client.unsubscribe(&case.topic(other)).codes;
        assert_eq!(codes, if case.is_v5() { vec![0x11] } else { vec![] });
    }
    client.unsubscribe(&case.topic("a/+"));
    client.publish(&topic, 0, "m");
    client.expect_message(&topic, "m");
    client.ping();
    client.expect_nothing();
}

#[broker_test(v31, v311("MQTT-3.10.4-3"), v5("MQTT-3.10.4-3"))]
fn exchanges_that_began_before_are_completed(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 2);
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 1, "one");
    publisher.publish(&topic, 2, "two");
    let one = subscriber.expect_delivery();
    let two = subscriber.expect_delivery();
    subscriber.unsubscribe(&topic);
    subscriber.accept(&one);
    subscriber.accept(&two);
    subscriber.expect_nothing();
}

#[broker_test(v31, v311("MQTT-3.10.3-2"), v5("MQTT-3.10.3-2"))]
fn an_unsubscribe_without_a_filter_ends_the_connection(case: &Case) {
    let mut client = case.client("c");
    client.send(&Unsubscribe::new());
    client.expect_refusal(&[0x82]);
}

#[broker_test(v31, v311("MQTT-2.3.1-1"), v5("MQTT-2.2.1-3"))]
fn an_unsubscribe_with_packet_id_zero_ends_the_connection(case: &Case) {
    let mut client = case.client("c");
    client.send(&Unsubscribe::new().id(0).filter("t"));
    client.expect_refusal(&[0x81, 0x82]);
}

#[broker_test(v31, v311("MQTT-3.10.3-1"), v5("MQTT-3.10.3-1"))]
fn a_filter_to_unsubscribe_that_is_not_utf_8_ends_the_connection(case: &Case) {
    for filter in [&b"\xFF"[..], b"a\0"] {
        let mut client = case.client("c");
        client.send(&Unsubscribe::new().filter(filter));
        client.expect_refusal(&[0x81, 0x82, 0x8F]);
    }
}

#[broker_test(v31, v311, v5)]
fn an_unsubscription_survives_a_resume(case: &Case) {
    let topic = case.topic("t");
    let other = case.topic("u");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 1);
    subscriber.subscribe(&other, 1);
    subscriber.unsubscribe(&topic);
    subscriber.leave();
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 1, "gone");
    publisher.publish(&other, 1, "sentinel");
    case.persistent("sub").expect_message(&other, "sentinel");
}
