//! PUBLISH: topics, payloads, flags, order and the properties handed on.

use rmqtt_test::property::Variable;
use rmqtt_test::{Case, Property, Publish, Subscribe, Version, broker_test};

#[broker_test(
    v31,
    v311("MQTT-3.3.1-2", "MQTT-3.3.2-3", "MQTT-3.3.4-1", "MQTT-4.3.1-1", "MQTT-4.5.0-1"),
    v5(
        "MQTT-3.3.1-2",
        "MQTT-3.3.2-1",
        "MQTT-3.3.2-3",
        "MQTT-3.3.4-1",
        "MQTT-4.3.1-1",
        "MQTT-4.5.0-1"
    )
)]
fn a_qos_0_message_reaches_every_matching_subscriber_unchanged(case: &Case) {
    let topic = case.topic("a/b");
    let mut one = case.client("one");
    let mut two = case.client("two");
    let mut other = case.client("other");
    one.subscribe(&topic, 0);
    two.subscribe(&case.topic("a/+"), 0);
    other.subscribe(&case.topic("a/c"), 0);
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 0, "payload");
    publisher.publish(&case.topic("a/c"), 0, "sentinel");
    for client in [&mut one, &mut two] {
        let delivery = client.expect_message(&topic, "payload");
        assert_eq!((delivery.qos, delivery.dup, delivery.retain), (0, false, false));
    }
    other.expect_message(&case.topic("a/c"), "sentinel");
}

#[broker_test(v31, v311, v5)]
fn every_version_receives_what_every_other_version_publishes(case: &Case) {
    let topic = case.topic("t");
    let versions = [Version::V31, Version::V311, Version::V5];
    let mut publisher = case.client("pub");
    for version in versions {
        let mut subscriber = case.client_of(version, &format!("s{}", version.level()));
        subscriber.subscribe(&topic, 2);
        for qos in 0..=2 {
            publisher.publish(&topic, qos, "across versions");
            assert_eq!(subscriber.expect_message(&topic, "across versions").qos, qos);
        }
        subscriber.leave();
    }
}

#[broker_test(v31, v311, v5)]
fn a_payload_of_any_bytes_is_delivered_unchanged(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 2);
    let mut publisher = case.client("pub");
    let all_bytes: Vec<u8> = (0..=255).collect();
    for payload in [vec![], vec![0], all_bytes, vec![0xFF; 70_000], vec![b'x'; 900_000]] {
        for qos in 0..=2 {
            publisher.publish_with(Publish::new(&topic, payload.clone()).qos(qos));
            assert!(subscriber.take().payload == payload, "{} bytes, {qos}", payload.len());
        }
    }
}

#[broker_test(v31, v311("MQTT-4.7.3-3"), v5("MQTT-4.7.3-3"))]
fn a_topic_of_65_535_bytes_is_delivered(case: &Case) {
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&case.topic("#"), 0);
    let prefix = case.topic("");
    let topic = format!("{prefix}{}", "x".repeat(65_535 - prefix.len()));
    case.client("pub").publish(&topic, 1, "long");
    assert!(subscriber.take().topic == topic);
}

#[broker_test(v31, v311("MQTT-3.3.2-2", "MQTT-4.7.1-1"), v5("MQTT-3.3.2-2", "MQTT-4.7.0-1"))]
fn a_topic_name_with_a_wildcard_ends_the_connection(case: &Case) {
    for name in ["#", "+", "a/#", "a/+/b", "a+", "a#b"] {
        let mut client = case.client("c");
        client.send(&Publish::new(name, "x"));
        client.expect_refusal(&[0x90]);
    }
}

#[broker_test(v31, v311("MQTT-4.7.3-1"), v5("MQTT-4.7.3-1"))]
fn an_empty_topic_name_ends_the_connection(case: &Case) {
    let mut client = case.client("c");
    client.send(&Publish::new("", "x"));
    client.expect_refusal(&[0x82, 0x90]);
}

#[broker_test(v31, v311("MQTT-4.7.3-2", "MQTT-1.5.3-2"), v5("MQTT-4.7.3-2", "MQTT-1.5.4-2"))]
fn a_topic_name_with_a_null_character_ends_the_connection(case: &Case) {
    let mut client = case.client("c");
    client.send(&Publish::new("a\0b", "x"));
    client.expect_refusal(&[0x81, 0x90]);
}

#[broker_test(v31, v311("MQTT-3.3.2-1", "MQTT-1.5.3-1"), v5("MQTT-3.3.2-1", "MQTT-1.5.4-1"))]
fn a_topic_name_that_is_not_utf_8_ends_the_connection(case: &Case) {
    for name in [&b"\xFF"[..], b"a\xC0\x80", b"a\xED\xA0\x80", b"\xF4\x90\x80\x80", b"a\xE2\x82"] {
        let mut client = case.client("c");
        client.send(&Publish::new(name, "x"));
        client.expect_refusal(&[0x81, 0x90]);
    }
}

#[broker_test(v31, v311("MQTT-1.5.3-3"), v5("MQTT-1.5.4-3"))]
fn a_byte_order_mark_is_kept(case: &Case) {
    let topic = case.topic("\u{FEFF}a\u{FEFF}");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 0);
    let mut publisher = case.client("pub");
    publisher.publish(&case.topic("a"), 0, "without");
    publisher.publish(&topic, 0, "with");
    subscriber.expect_message(&topic, "with");
}

#[broker_test(v31, v311("MQTT-4.7.3-4"), v5("MQTT-4.7.3-4"))]
fn topics_are_neither_normalised_nor_folded(case: &Case) {
    // "é" precomposed and decomposed; case; empty levels.
    let names = ["caf\u{E9}", "cafe\u{301}", "CAF\u{E9}", "/caf\u{E9}", "caf\u{E9}/", "caf\u{E9} "];
    let mut subscribers: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(number, name)| {
            let mut subscriber = case.client(&format!("s{number}"));
            subscriber.subscribe(&case.topic(name), 0);
            subscriber
        })
        .collect();
    let mut publisher = case.client("pub");
    for name in names {
        publisher.publish(&case.topic(name), 0, name);
    }
    publisher.ping();
    for (subscriber, name) in subscribers.iter_mut().zip(names) {
        subscriber.expect_message(&case.topic(name), name);
        subscriber.expect_nothing();
    }
}

#[broker_test(v31, v311("MQTT-3.3.1-4"), v5("MQTT-3.3.1-4"))]
fn a_qos_of_three_ends_the_connection(case: &Case) {
    let mut client = case.client("c");
    client.send(&Publish::new(case.topic("t"), "x").qos(3).id(1));
    client.expect_refusal(&[0x81]);
}

#[broker_test(v311("MQTT-3.3.1-2"), v5("MQTT-3.3.1-2"))]
fn dup_with_qos_0_ends_the_connection(case: &Case) {
    let mut client = case.client("c");
    client.send(&Publish::new(case.topic("t"), "x").dup());
    client.expect_refusal(&[0x81, 0x82]);
}

#[broker_test(v31, v311("MQTT-2.3.1-5"), v5("MQTT-2.2.1-2"))]
fn a_qos_0_message_carries_no_packet_id(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 2);
    // The bytes where an identifier would stand are payload in 3.x.
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 0, "no id");
    assert_eq!(subscriber.expect_message(&topic, "no id").packet_id, None);
}

#[broker_test(v31, v311("MQTT-3.3.1-3"), v5("MQTT-3.3.1-3"))]
fn dup_of_the_publisher_is_not_handed_on(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 2);
    let mut publisher = case.client("pub");
    for qos in [1, 2] {
        publisher.publish_with(Publish::new(&topic, "again?").qos(qos).dup());
        assert!(!subscriber.expect_message(&topic, "again?").dup);
    }
}

#[broker_test(v31, v311("MQTT-4.6.0-5", "MQTT-4.6.0-6"), v5("MQTT-4.6.0-5", "MQTT-4.6.0-6"))]
fn messages_of_one_publisher_arrive_in_their_order(case: &Case) {
    let topic = case.topic("t");
    // More than the window holds, so that some wait in the queue.
    let numbers = 0..400;
    for qos in 0..=2 {
        let mut subscriber = case.client(&format!("sub{qos}"));
        subscriber.subscribe(&topic, qos);
        let mut publisher = case.client("pub");
        for number in numbers.clone() {
            publisher.publish(&topic, qos, &number.to_string());
        }
        for number in numbers.clone() {
            subscriber.expect_message(&topic, &number.to_string());
        }
        subscriber.leave();
    }
}

#[broker_test(v31, v311("MQTT-3.8.4-6"), v5("MQTT-3.8.4-8"))]
fn a_message_arrives_with_the_lower_of_its_qos_and_the_granted(case: &Case) {
    let topic = case.topic("t");
    let mut publisher = case.client("pub");
    for granted in 0..=2 {
        let mut subscriber = case.client("sub");
        assert_eq!(subscriber.subscribe(&topic, granted), granted);
        for published in 0..=2 {
            publisher.publish(&topic, published, "m");
            assert_eq!(subscriber.expect_message(&topic, "m").qos, published.min(granted));
        }
        subscriber.leave();
    }
}

#[broker_test(v31, v311, v5)]
fn a_publisher_receives_its_own_message_if_it_subscribed(case: &Case) {
    let topic = case.topic("t");
    let mut client = case.client("c");
    client.subscribe(&topic, 1);
    client.publish(&topic, 1, "echo");
    client.expect_message(&topic, "echo");
}

#[broker_test(v311("MQTT-3.3.5-1"), v31, v5("MQTT-3.3.4-2"))]
fn overlapping_filters_deliver_with_the_highest_granted_qos(case: &Case) {
    let topic = case.topic("a/b");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&case.topic("a/b"), 1);
    subscriber.subscribe(&case.topic("a/+"), 2);
    subscriber.subscribe(&case.topic("#"), 0);
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 2, "m");
    publisher.publish(&topic, 0, "end");
    let mut received = Vec::new();
    loop {
        let delivery = subscriber.take();
        if delivery.text() == "end" {
            break;
        }
        received.push(delivery.qos);
    }
    assert_eq!(received.iter().max(), Some(&2), "{received:?}");
    assert!(received.len() <= 3, "{received:?}");
}

#[broker_test(v5("MQTT-3.3.2-4"))]
fn the_payload_format_indicator_is_handed_on(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 0);
    let mut publisher = case.client("pub");
    for indicator in [0, 1] {
        let property = Property::PayloadFormatIndicator(indicator);
        publisher.publish_with(Publish::new(&topic, "text").property(property));
        let delivery = subscriber.take();
        assert_eq!(delivery.properties.payload_format_indicator().unwrap_or(0), indicator);
        if indicator == 1 {
            assert_eq!(delivery.properties.payload_format_indicator(), Some(1));
        }
    }
}

#[broker_test(v5)]
fn a_payload_format_indicator_above_one_is_refused(case: &Case) {
    let mut client = case.client("c");
    let property = Property::PayloadFormatIndicator(2);
    client.send(&Publish::new(case.topic("t"), "x").property(property));
    client.expect_refusal(&[0x81, 0x82, 0x99]);
}

#[broker_test(v5("MQTT-3.3.2-20", "MQTT-3.3.2-17", "MQTT-3.3.2-18", "MQTT-1.5.7-1"))]
fn content_type_and_user_properties_are_handed_on_in_order(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 2);
    let pairs = [("b", "1"), ("a", "2"), ("b", "1"), ("", ""), ("ü", "水")];
    let mut publisher = case.client("pub");
    for qos in 0..=2 {
        let mut publish =
            Publish::new(&topic, "m").qos(qos).property(Property::ContentType("text/plain".into()));
        for (name, value) in pairs {
            publish = publish.property(Property::user(name, value));
        }
        publisher.publish_with(publish);
        let properties = subscriber.take().properties;
        assert_eq!(properties.content_type().as_deref(), Some("text/plain"));
        let expected: Vec<_> =
            pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        assert_eq!(properties.user_properties(), expected);
    }
}

#[broker_test(v5("MQTT-3.3.4-6"))]
fn a_subscription_identifier_of_a_publisher_is_a_protocol_error(case: &Case) {
    let mut client = case.client("c");
    let property = Property::SubscriptionIdentifier(Variable(1));
    client.send(&Publish::new(case.topic("t"), "x").property(property));
    client.expect_refusal(&[0x82]);
}

#[broker_test(v5("MQTT-3.2.2-11"), config = "max_qos_allowed = 1")]
fn a_qos_above_the_maximum_ends_the_connection(case: &Case) {
    let mut client = case.client("c");
    client.send(&Publish::new(case.topic("t"), "x").qos(2).id(1));
    client.expect_refusal(&[0x9B]);
}

#[broker_test(v5("MQTT-3.2.2-12"), config = "max_qos_allowed = 1")]
fn a_will_qos_above_the_maximum_is_refused(case: &Case) {
    let mut client = case.open();
    let will = rmqtt_test::Will::new(case.topic("w"), "x").qos(2);
    client.send(&case.connect_packet("c").will(will));
    client.expect_connect_refused(&[0x9B]);
}

#[broker_test(v31, v311, v5("MQTT-3.2.2-10"), config = "max_qos_allowed = 1")]
fn a_subscription_above_the_maximum_qos_is_granted_the_maximum(case: &Case) {
    let mut client = case.client("c");
    let filters = Subscribe::new()
        .filter(case.topic("0"), 0)
        .filter(case.topic("1"), 1)
        .filter(case.topic("2"), 2);
    assert_eq!(client.subscribe_with(filters).codes, [0, 1, 1]);
}

#[broker_test(v311, v5, config = "max_topic_levels = 3")]
fn a_topic_with_more_levels_than_allowed_is_refused(case: &Case) {
    let mut client = case.client("c");
    assert!(client.subscribe(&case.topic("b/c"), 0) < 0x80);
    assert!(client.subscribe(&case.topic("b/c/d"), 0) >= 0x80);
    client.publish(&case.topic("b/c"), 0, "three");
    client.expect_message(&case.topic("b/c"), "three");
}
