//! QoS 1 in both directions.

use rmqtt_test::request::{acknowledge, acknowledge_with, kind};
use rmqtt_test::{Case, Publish, Version, broker_test};

#[broker_test(
    v31,
    v311("MQTT-2.3.1-6", "MQTT-3.3.4-1", "MQTT-4.3.2-2"),
    v5("MQTT-2.2.1-5", "MQTT-3.3.4-1", "MQTT-4.3.2-4")
)]
fn publish_is_answered_with_puback_of_the_same_packet_id(case: &Case) {
    let topic = case.topic("t");
    let mut client = case.client("c");
    for id in [1, 0x0100, 0x00FF, u16::MAX] {
        client.publish_with(Publish::new(&topic, "m").qos(1).id(id));
    }
    client.expect_nothing();
}

#[broker_test(v31, v311("MQTT-4.6.0-2"), v5("MQTT-4.6.0-2"))]
fn pubacks_leave_in_the_order_of_the_publishes(case: &Case) {
    let topic = case.topic("t");
    let mut client = case.client("c");
    let ids = [7, 3, 9, 1, 200, 5];
    for id in ids {
        client.send(&Publish::new(&topic, "m").qos(1).id(id));
    }
    for id in ids {
        match client.next_packet() {
            Some(rmqtt_test::Packet::PubAck(ack)) => assert_eq!(ack.packet_id, id),
            other => panic!("PUBACK expected, not {other:?}"),
        }
    }
}

#[broker_test(
    v31,
    v311("MQTT-2.3.1-4", "MQTT-4.3.2-1"),
    v5("MQTT-2.2.1-4", "MQTT-4.3.2-1", "MQTT-4.3.2-2")
)]
fn messages_in_flight_have_packet_ids_of_their_own(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 1);
    let mut publisher = case.client("pub");
    for number in 0..10 {
        publisher.publish(&topic, 1, &number.to_string());
    }
    let deliveries: Vec<_> = (0..10).map(|_| subscriber.expect_delivery()).collect();
    let mut ids: Vec<_> = deliveries.iter().map(|delivery| delivery.packet_id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 10);
    assert!(deliveries.iter().all(|delivery| !delivery.dup && delivery.qos == 1));
}

#[broker_test(v31, v311("MQTT-4.3.2-1"), v5("MQTT-4.3.2-1"))]
fn an_acknowledged_message_is_not_delivered_again(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 1);
    case.client("pub").publish(&topic, 1, "once");
    subscriber.expect_message(&topic, "once");
    subscriber.ping();
    subscriber.leave();
    case.persistent("sub").expect_nothing();
}

#[broker_test(
    v31,
    v311("MQTT-4.4.0-1", "MQTT-3.3.1-1", "MQTT-2.3.1-3", "MQTT-4.5.0-2"),
    v5("MQTT-4.4.0-1", "MQTT-3.3.1-1", "MQTT-4.3.2-3", "MQTT-4.5.0-2")
)]
fn an_unacknowledged_message_is_sent_again_with_dup_and_the_same_packet_id(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 1);
    case.client("pub").publish(&topic, 1, "again");
    let first = subscriber.expect_delivery();
    subscriber.abort();
    let mut subscriber = case.persistent("sub");
    let second = subscriber.expect_message(&topic, "again");
    assert_eq!((second.packet_id, second.dup), (first.packet_id, true));
    subscriber.expect_nothing();
}

#[broker_test(v31, v311("MQTT-4.6.0-6"), v5("MQTT-4.4.0-1"))]
fn messages_are_sent_again_in_their_first_order(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 1);
    let mut publisher = case.client("pub");
    for number in 0..6 {
        publisher.publish(&topic, 1, &number.to_string());
    }
    let deliveries: Vec<_> = (0..6).map(|_| subscriber.expect_delivery()).collect();
    subscriber.accept(&deliveries[2]);
    subscriber.ping();
    subscriber.abort();
    publisher.publish(&topic, 1, "6");
    let mut subscriber = case.persistent("sub");
    for number in [0, 1, 3, 4, 5, 6] {
        let delivery = subscriber.expect_message(&topic, &number.to_string());
        assert_eq!(delivery.dup, number != 6);
    }
    subscriber.expect_nothing();
}

#[broker_test(v5("MQTT-4.4.0-1"), config = "message_retry_interval = \"1s\"")]
fn nothing_is_sent_again_while_an_mqtt_5_connection_lasts(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 2);
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 1, "one");
    publisher.publish(&topic, 2, "two");
    let one = subscriber.expect_delivery();
    let two = subscriber.expect_delivery();
    case.pass_seconds(3);
    subscriber.expect_nothing();
    subscriber.accept(&one);
    subscriber.accept(&two);
    subscriber.expect_nothing();
}

#[broker_test(v31, v311("MQTT-2.3.1-1"), v5("MQTT-2.2.1-3"))]
fn a_packet_id_of_zero_ends_the_connection(case: &Case) {
    for qos in [1, 2] {
        let mut client = case.client("c");
        client.send(&Publish::new(case.topic("t"), "x").qos(qos).id(0));
        client.expect_refusal(&[0x81, 0x82]);
    }
}

#[broker_test(v5)]
fn puback_says_that_nobody_subscribed(case: &Case) {
    let topic = case.topic("t");
    let mut publisher = case.client("pub");
    assert_eq!(publisher.publish(&topic, 1, "to nobody"), 0x10);
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 0);
    assert_eq!(publisher.publish(&topic, 1, "to somebody"), 0);
    subscriber.unsubscribe(&topic);
    assert_eq!(publisher.publish(&topic, 1, "to nobody"), 0x10);
}

#[broker_test(v5("MQTT-4.4.0-2", "MQTT-4.3.2-3"))]
fn a_message_refused_with_a_puback_error_counts_as_acknowledged(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 1);
    case.client("pub").publish(&topic, 1, "refused");
    let id = subscriber.expect_delivery().packet_id.expect("QoS 1 has an id");
    subscriber.send_bytes(&acknowledge_with(kind::PUBACK, id, 0x83));
    subscriber.ping();
    subscriber.abort();
    case.persistent("sub").expect_nothing();
}

#[broker_test(v31, v311, v5)]
fn a_puback_for_an_unknown_packet_id_does_no_harm(case: &Case) {
    let topic = case.topic("t");
    let mut client = case.client("c");
    client.send_bytes(&acknowledge(kind::PUBACK, 4711));
    client.subscribe(&topic, 1);
    client.publish(&topic, 1, "still here");
    client.expect_message(&topic, "still here");
}

#[broker_test(v31, v311("MQTT-4.3.2-2"), v5("MQTT-4.3.2-5"))]
fn a_packet_id_is_free_again_after_puback(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 1);
    let mut publisher = case.client("pub");
    for payload in ["a", "b", "c"] {
        publisher.publish_with(Publish::new(&topic, payload).qos(1).id(1));
    }
    for payload in ["a", "b", "c"] {
        subscriber.expect_message(&topic, payload);
    }
}

#[broker_test(v31, v311, v5)]
fn many_more_messages_than_the_window_arrive_exactly_in_order(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 1);
    let mut publisher = case.client_of(Version::V311, "pub");
    for number in 0..500 {
        publisher.publish(&topic, 1, &number.to_string());
    }
    for number in 0..500 {
        subscriber.expect_message(&topic, &number.to_string());
    }
    subscriber.ping();
    subscriber.expect_nothing();
}
