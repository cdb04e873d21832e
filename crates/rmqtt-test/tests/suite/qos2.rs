//! QoS 2 in both directions.

use rmqtt_test::request::{acknowledge, acknowledge_with, kind};
use rmqtt_test::{Case, Packet, Property, Publish, Subscribe, broker_test};

#[broker_test(
    v31,
    v311("MQTT-2.3.1-6", "MQTT-3.3.4-1", "MQTT-4.3.3-2"),
    v5("MQTT-2.2.1-5", "MQTT-3.3.4-1", "MQTT-4.3.3-8", "MQTT-4.3.3-11")
)]
fn publish_and_pubrel_are_answered_with_the_same_packet_id(case: &Case) {
    let topic = case.topic("t");
    let mut client = case.client("c");
    for id in [1, 0x0100, u16::MAX] {
        client.publish_with(Publish::new(&topic, "m").qos(2).id(id));
    }
    client.expect_nothing();
}

#[broker_test(v31, v311("MQTT-4.6.0-3"), v5("MQTT-4.6.0-3"))]
fn pubrecs_leave_in_the_order_of_the_publishes(case: &Case) {
    let topic = case.topic("t");
    let mut client = case.client("c");
    let ids = [7, 3, 9, 1, 200, 5];
    for id in ids {
        client.send(&Publish::new(&topic, "m").qos(2).id(id));
    }
    for id in ids {
        match client.next_packet() {
            Some(Packet::PubRec(ack)) => assert_eq!(ack.packet_id, id),
            other => panic!("PUBREC expected, not {other:?}"),
        }
    }
}

#[broker_test(v31, v311("MQTT-4.6.0-4"), v5("MQTT-4.6.0-4"))]
fn pubrels_leave_in_the_order_of_the_pubrecs(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 2);
    let mut publisher = case.client("pub");
    for number in 0..5 {
        publisher.publish(&topic, 2, &number.to_string());
    }
    let ids: Vec<_> =
        (0..5).map(|_| subscriber.expect_delivery().packet_id.expect("QoS 2 has an id")).collect();
    for id in &ids {
        subscriber.send_bytes(&acknowledge(kind::PUBREC, *id));
    }
    for id in ids {
        match subscriber.next_packet() {
            Some(Packet::PubRel(ack)) => assert_eq!(ack.packet_id, id),
            other => panic!("PUBREL expected, not {other:?}"),
        }
    }
}

#[broker_test(v31, v311("MQTT-4.3.3-2"), v5("MQTT-4.3.3-10"))]
fn a_repeated_publish_before_pubrel_is_delivered_once(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 2);
    let mut publisher = case.client("pub");
    let publish = Publish::new(&topic, "once").qos(2).id(5);
    publisher.send(&publish);
    publisher.expect_pubrec(5);
    publisher.send(&publish.clone().dup());
    publisher.expect_pubrec(5);
    publisher.send_bytes(&acknowledge(kind::PUBREL, 5));
    publisher.expect_pubcomp(5);
    publisher.publish(&topic, 2, "sentinel");
    subscriber.expect_message(&topic, "once");
    subscriber.expect_message(&topic, "sentinel");
}

#[broker_test(v31, v311("MQTT-4.3.3-2", "MQTT-4.1.0-1"), v5("MQTT-4.3.3-10", "MQTT-3.1.2-23"))]
fn a_publish_repeated_after_a_resume_is_delivered_once(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 2);
    let mut publisher = case.persistent("pub");
    let publish = Publish::new(&topic, "once").qos(2).id(5);
    publisher.send(&publish);
    publisher.expect_pubrec(5);
    publisher.abort();
    let mut publisher = case.persistent("pub");
    publisher.send(&publish.dup());
    assert!(publisher.expect_pubrec(5).reason < 0x80);
    publisher.send_bytes(&acknowledge(kind::PUBREL, 5));
    publisher.expect_pubcomp(5);
    publisher.publish_with(Publish::new(&topic, "sentinel").qos(2).id(6));
    subscriber.expect_message(&topic, "once");
    subscriber.expect_message(&topic, "sentinel");
}

#[broker_test(v31, v311("MQTT-4.3.3-2"), v5("MQTT-4.3.3-12"))]
fn a_packet_id_is_free_again_after_pubcomp(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 2);
    let mut publisher = case.client("pub");
    for payload in ["a", "b", "c"] {
        publisher.publish_with(Publish::new(&topic, payload).qos(2).id(1));
    }
    for payload in ["a", "b", "c"] {
        subscriber.expect_message(&topic, payload);
    }
}

#[broker_test(v31, v311("MQTT-4.3.3-2"), v5("MQTT-4.3.3-11"))]
fn a_pubrel_repeated_after_a_resume_is_answered_with_pubcomp(case: &Case) {
    let topic = case.topic("t");
    let mut publisher = case.persistent("pub");
    publisher.send(&Publish::new(&topic, "m").qos(2).id(5));
    publisher.expect_pubrec(5);
    publisher.abort();
    let mut publisher = case.persistent("pub");
    publisher.send_bytes(&acknowledge(kind::PUBREL, 5));
    assert_eq!(publisher.expect_pubcomp(5).reason, 0);
    publisher.send_bytes(&acknowledge(kind::PUBREL, 5));
    publisher.expect_pubcomp(5);
}

#[broker_test(v5("MQTT-3.7.2-1"))]
fn pubrel_of_an_unknown_packet_id_is_answered_with_its_reason(case: &Case) {
    let mut client = case.client("c");
    client.send_bytes(&acknowledge(kind::PUBREL, 77));
    let reason = client.expect_pubcomp(77).reason;
    // To complete what is unknown is permitted too.
    assert!(reason == 0x92 || case.is_peer() && reason == 0, "{reason:#04x}");
}

#[broker_test(v5("MQTT-3.6.2-1"))]
fn pubrec_of_an_unknown_packet_id_is_answered_with_its_reason(case: &Case) {
    let mut client = case.client("c");
    client.send_bytes(&acknowledge(kind::PUBREC, 77));
    let reason = client.expect_pubrel(77).reason;
    assert!(reason == 0x92 || case.is_peer() && reason == 0, "{reason:#04x}");
}

#[broker_test(v5("MQTT-3.5.2-1"))]
fn pubrec_says_that_nobody_subscribed(case: &Case) {
    let reason = case.client("pub").publish(&case.topic("t"), 2, "to nobody");
    // A server may choose to keep that to itself.
    assert!(reason == 0x10 || case.is_peer() && reason == 0, "{reason:#04x}");
}

#[broker_test(
    v31,
    v311("MQTT-4.3.3-1", "MQTT-3.6.1-1"),
    v5("MQTT-4.3.3-1", "MQTT-4.3.3-2", "MQTT-4.3.3-4", "MQTT-3.6.1-1")
)]
fn the_server_sends_publish_then_pubrel_and_waits_for_each_answer(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 2);
    case.client("pub").publish(&topic, 2, "m");
    let delivery = subscriber.expect_delivery();
    assert_eq!((delivery.qos, delivery.dup), (2, false));
    subscriber.expect_nothing();
    let id = delivery.packet_id.expect("QoS 2 has an id");
    subscriber.send_bytes(&acknowledge(kind::PUBREC, id));
    subscriber.expect_pubrel(id);
    subscriber.send_bytes(&acknowledge(kind::PUBCOMP, id));
    subscriber.expect_nothing();
}

#[broker_test(
    v31,
    v311("MQTT-4.4.0-1", "MQTT-3.3.1-1", "MQTT-2.3.1-3"),
    v5("MQTT-4.4.0-1", "MQTT-3.3.1-1")
)]
fn a_message_without_pubrec_is_sent_again_on_resume(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 2);
    case.client("pub").publish(&topic, 2, "again");
    let first = subscriber.expect_delivery();
    subscriber.abort();
    let mut subscriber = case.persistent("sub");
    let second = subscriber.expect_message(&topic, "again");
    assert_eq!((second.packet_id, second.dup, second.qos), (first.packet_id, true, 2));
    subscriber.expect_nothing();
}

#[broker_test(
    v31,
    v311("MQTT-4.4.0-1", "MQTT-4.3.3-1", "MQTT-2.3.1-3"),
    v5("MQTT-4.4.0-1", "MQTT-4.3.3-5", "MQTT-4.3.3-6")
)]
fn a_pubrel_without_pubcomp_is_sent_again_on_resume_and_the_message_is_not(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 2);
    case.client("pub").publish(&topic, 2, "once");
    let id = subscriber.expect_delivery().packet_id.expect("QoS 2 has an id");
    subscriber.send_bytes(&acknowledge(kind::PUBREC, id));
    subscriber.expect_pubrel(id);
    subscriber.abort();
    let mut subscriber = case.persistent("sub");
    match subscriber.next_packet() {
        Some(Packet::PubRel(pubrel)) => assert_eq!(pubrel.packet_id, id),
        other => panic!("PUBREL expected, not {other:?}"),
    }
    subscriber.send_bytes(&acknowledge(kind::PUBCOMP, id));
    subscriber.expect_nothing();
    subscriber.leave();
    case.persistent("sub").expect_nothing();
}

#[broker_test(v31, v311("MQTT-2.3.1-4"), v5("MQTT-2.2.1-4"))]
fn a_new_message_avoids_the_packet_id_of_a_pending_pubrel(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 2);
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 2, "first");
    let id = subscriber.expect_delivery().packet_id.expect("QoS 2 has an id");
    subscriber.send_bytes(&acknowledge(kind::PUBREC, id));
    subscriber.expect_pubrel(id);
    subscriber.abort();
    let mut subscriber = case.persistent("sub");
    subscriber.expect_pubrel(id);
    for number in 0..4 {
        publisher.publish(&topic, 2, &number.to_string());
        assert_ne!(subscriber.expect_message(&topic, &number.to_string()).packet_id, Some(id));
    }
    subscriber.send_bytes(&acknowledge(kind::PUBCOMP, id));
    subscriber.expect_nothing();
}

#[broker_test(v5("MQTT-4.3.3-4", "MQTT-4.4.0-2"))]
fn a_pubrec_with_an_error_ends_the_exchange(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 2);
    case.client("pub").publish(&topic, 2, "refused");
    let id = subscriber.expect_delivery().packet_id.expect("QoS 2 has an id");
    subscriber.send_bytes(&acknowledge_with(kind::PUBREC, id, 0x97));
    subscriber.expect_nothing();
    subscriber.abort();
    case.persistent("sub").expect_nothing();
}

#[broker_test(v5("MQTT-4.3.3-13"))]
fn the_exchange_goes_on_after_the_message_expired(case: &Case) {
    let mut publisher = case.client("pub");
    let publish = Publish::new(case.topic("t"), "m")
        .qos(2)
        .id(5)
        .property(Property::MessageExpiryInterval(1));
    publisher.send(&publish);
    publisher.expect_pubrec(5);
    case.pass_seconds(2);
    publisher.send(&publish.dup());
    publisher.expect_pubrec(5);
    publisher.send_bytes(&acknowledge(kind::PUBREL, 5));
    publisher.expect_pubcomp(5);
}

#[broker_test(v31, v311("MQTT-4.3.3-2"), v5("MQTT-4.3.3-3", "MQTT-4.3.3-8"))]
fn a_message_is_delivered_exactly_once_across_a_lost_connection_on_both_sides(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 2);
    let mut publisher = case.persistent("pub");
    publisher.send(&Publish::new(&topic, "m").qos(2).id(9));
    publisher.expect_pubrec(9);
    subscriber.abort();
    publisher.abort();
    let mut publisher = case.persistent("pub");
    publisher.send(&Publish::new(&topic, "m").qos(2).id(9).dup());
    publisher.expect_pubrec(9);
    publisher.send_bytes(&acknowledge(kind::PUBREL, 9));
    publisher.expect_pubcomp(9);
    publisher.publish(&topic, 2, "sentinel");
    let mut subscriber = case.persistent("sub");
    subscriber.expect_message(&topic, "m");
    subscriber.expect_message(&topic, "sentinel");
    subscriber.expect_nothing();
}

#[broker_test(v31, v311("MQTT-2.3.1-2"), v5("MQTT-2.2.1-3"))]
fn another_message_with_a_packet_id_in_use_is_taken_for_the_same(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 2);
    let mut publisher = case.client("pub");
    for payload in ["first", "second"] {
        publisher.send(&Publish::new(&topic, payload).qos(2).id(7));
        assert!(publisher.expect_pubrec(7).reason < 0x80);
    }
    // What is answered under the same identifier meanwhile leaves the exchange alone.
    publisher.subscribe_with(Subscribe::new().id(7).filter(case.topic("other"), 0));
    publisher.send_bytes(&acknowledge(kind::PUBREL, 7));
    publisher.expect_pubcomp(7);
    publisher.publish_with(Publish::new(&topic, "sentinel").qos(2).id(8));
    let received = std::iter::from_fn(|| {
        Some(subscriber.take().text().to_owned()).filter(|text| text != "sentinel")
    });
    let received: Vec<_> = received.collect();
    // What a server makes of the second is its own affair, as long as it answers.
    assert!(received == ["first"] || case.is_peer(), "{received:?}");
}

#[broker_test(v5("MQTT-4.3.3-9"), config = "max_topic_levels = 3")]
fn a_packet_id_is_free_again_after_a_pubrec_that_refuses(case: &Case) {
    let topic = case.topic("a/b");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 2);
    let mut publisher = case.client("pub");
    let refused = Publish::new(format!("{topic}/c/d"), "refused").qos(2).id(5);
    assert!(publisher.publish_with(refused) >= 0x80);
    assert_eq!(publisher.publish_with(Publish::new(&topic, "taken").qos(2).id(5)), 0);
    subscriber.expect_message(&topic, "taken");
}

#[broker_test(v31, v311("MQTT-4.6.0-1"), v5("MQTT-4.6.0-1"))]
fn what_is_sent_again_in_another_order_is_answered_as_it_comes(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 2);
    let publish = |id: u16| Publish::new(&topic, id.to_string()).qos(2).id(id);
    let mut publisher = case.persistent("pub");
    for id in [1, 2, 3] {
        publisher.send(&publish(id));
        publisher.expect_pubrec(id);
    }
    publisher.abort();
    let mut publisher = case.persistent("pub");
    for id in [3, 1, 2] {
        publisher.send(&publish(id).dup());
    }
    for id in [3, 1, 2] {
        match publisher.next_packet() {
            Some(Packet::PubRec(ack)) => assert_eq!(ack.packet_id, id),
            other => panic!("PUBREC expected, not {other:?}"),
        }
        publisher.send_bytes(&acknowledge(kind::PUBREL, id));
    }
    for id in [3, 1, 2] {
        publisher.expect_pubcomp(id);
    }
    publisher.publish_with(Publish::new(&topic, "sentinel").qos(2).id(4));
    let mut received: Vec<_> = (0..3).map(|_| subscriber.take().payload).collect();
    received.sort();
    assert_eq!(received, [b"1", b"2", b"3"]);
    subscriber.expect_message(&topic, "sentinel");
}

#[broker_test(v5("MQTT-3.2.2-5"))]
fn a_client_that_goes_on_with_state_that_is_gone_is_told_so(case: &Case) {
    let topic = case.topic("t");
    let mut other = case.client("other");
    let mut client = case.persistent("c");
    client.subscribe(&topic, 2);
    client.send(&Publish::new(&topic, "m").qos(2).id(5));
    client.expect_pubrec(5);
    other.publish(&topic, 2, "to it");
    let id = client.expect_delivery().packet_id.expect("QoS 2 has an id");
    client.abort();
    let mut client = case.client("c");
    assert!(!client.connack().session_present);
    client.send_bytes(&acknowledge(kind::PUBREL, 5));
    let reason = client.expect_pubcomp(5).reason;
    assert!(reason == 0x92 || case.is_peer() && reason == 0, "{reason:#04x}");
    client.send_bytes(&acknowledge(kind::PUBREC, id));
    let reason = client.expect_pubrel(id).reason;
    assert!(reason == 0x92 || case.is_peer() && reason == 0, "{reason:#04x}");
    // Its subscription is gone too.
    other.publish(&topic, 2, "to nobody");
    client.expect_nothing();
}
