//! SUBSCRIBE: filters, codes, options and what they match.

use rmqtt_test::{Case, Packet, Property, Publish, Subscribe, Unsubscribe, broker_test};

/// Whether a message for `topic` reaches a subscription to `filter`, both taken as they are.
fn matches(case: &Case, filter: &str, topic: &str) -> bool {
    let mut client = case.client("match");
    let sentinel = case.topic("sentinel");
    assert!(client.subscribe(filter, 0) < 0x80, "{filter} is refused");
    client.subscribe(&sentinel, 0);
    client.publish(topic, 0, "m");
    client.publish(&sentinel, 0, "sentinel");
    let mut found = false;
    loop {
        let delivery = client.take();
        if delivery.topic == sentinel {
            return found;
        }
        found |= delivery.topic == topic && delivery.text() == "m";
    }
}

#[broker_test(
    v31,
    v311("MQTT-3.8.4-1", "MQTT-3.8.4-2", "MQTT-2.3.1-7"),
    v5("MQTT-3.8.4-1", "MQTT-3.8.4-2", "MQTT-2.2.1-6")
)]
fn suback_has_the_packet_id_of_the_subscribe(case: &Case) {
    let mut client = case.client("c");
    for id in [1, 0x0100, u16::MAX] {
        let suback = client.subscribe_with(Subscribe::new().id(id).filter(case.topic("t"), 0));
        assert_eq!((suback.packet_id, suback.codes), (id, vec![0]));
    }
}

#[broker_test(
    v31,
    v311("MQTT-3.8.4-4", "MQTT-3.8.4-5", "MQTT-3.9.3-1", "MQTT-3.9.3-2"),
    v5("MQTT-3.8.4-5", "MQTT-3.8.4-6", "MQTT-3.8.4-7", "MQTT-3.9.3-1", "MQTT-3.9.3-2")
)]
fn suback_has_one_code_per_filter_in_their_order(case: &Case) {
    let mut client = case.client("c");
    // Another list when read backwards.
    let qos = [0, 2, 1, 1, 0, 2];
    let mut subscribe = Subscribe::new();
    for (number, qos) in qos.iter().enumerate() {
        subscribe = subscribe.filter(case.topic(&number.to_string()), *qos);
    }
    assert_eq!(client.subscribe_with(subscribe).codes, qos);
    client.publish(&case.topic("5"), 2, "m");
    assert_eq!(client.expect_message(&case.topic("5"), "m").qos, 2);
}

#[broker_test(v31, v311("MQTT-3.8.3-3"), v5("MQTT-3.8.3-2"))]
fn a_subscribe_without_a_filter_ends_the_connection(case: &Case) {
    let mut client = case.client("c");
    client.send(&Subscribe::new());
    client.expect_refusal(&[0x82]);
}

#[broker_test(v31, v311("MQTT-2.3.1-1"), v5("MQTT-2.2.1-3"))]
fn a_subscribe_with_packet_id_zero_ends_the_connection(case: &Case) {
    let mut client = case.client("c");
    client.send(&Subscribe::new().id(0).filter("t", 0));
    client.expect_refusal(&[0x81, 0x82]);
}

#[broker_test(v31, v311("MQTT-3.8.3-4"), v5)]
fn a_requested_qos_of_three_ends_the_connection(case: &Case) {
    let mut client = case.client("c");
    client.send(&Subscribe::new().filter(case.topic("t"), 3));
    client.expect_refusal(&[0x81, 0x82]);
}

#[broker_test(v311("MQTT-3.8.3-4"), v5("MQTT-3.8.3-5"))]
fn reserved_bits_of_the_options_end_the_connection(case: &Case) {
    let bits: &[u8] = if case.is_v5() { &[0x40, 0x80] } else { &[0x04, 0x08, 0x10, 0x20, 0x80] };
    for bit in bits {
        let mut client = case.client("c");
        client.send(&Subscribe::new().filter(case.topic("t"), *bit));
        client.expect_refusal(&[0x81]);
    }
}

#[broker_test(v5)]
fn a_retain_handling_of_three_is_a_protocol_error(case: &Case) {
    let mut client = case.client("c");
    client.send(&Subscribe::new().filter(case.topic("t"), 0x30));
    client.expect_refusal(&[0x81, 0x82]);
}

#[broker_test(v31, v311("MQTT-3.8.3-1"), v5("MQTT-3.8.3-1"))]
fn a_filter_that_is_not_utf_8_ends_the_connection(case: &Case) {
    for filter in [&b"\xFF"[..], b"a/\xC0\x80", b"a\0"] {
        let mut client = case.client("c");
        client.send(&Subscribe::new().filter(filter, 0));
        client.expect_refusal(&[0x81, 0x82, 0x8F]);
    }
}

#[broker_test(
    v311("MQTT-3.8.4-5", "MQTT-4.7.1-2", "MQTT-4.7.1-3"),
    v5("MQTT-3.8.4-7", "MQTT-4.7.1-1", "MQTT-4.7.1-2")
)]
fn an_invalid_filter_is_refused_by_its_code_beside_valid_ones(case: &Case) {
    let mut client = case.client("c");
    for invalid in ["a/#/b", "a#", "#/a", "a+", "+a/b", "a/b+/c", "##", "a/##", "++"] {
        let subscribe = Subscribe::new()
            .filter(case.topic("before"), 1)
            .filter(invalid, 1)
            .filter(case.topic("after"), 0);
        let refused = if case.is_v5() { 0x8F } else { 0x80 };
        if case.is_peer() {
            expect_refused_or_closed(case, &subscribe.id(1), refused);
        } else {
            assert_eq!(client.subscribe_with(subscribe).codes, [1, refused, 0], "{invalid}");
        }
    }
    client.subscribe(&case.topic("after"), 0);
    client.publish(&case.topic("after"), 0, "still here");
    client.expect_message(&case.topic("after"), "still here");
}

/// An invalid filter may be answered with its code, or as a malformed packet.
fn expect_refused_or_closed(case: &Case, subscribe: &Subscribe, refused: u8) {
    let mut client = case.client("invalid");
    client.send(subscribe);
    match client.next_packet() {
        Some(Packet::SubAck(suback)) => assert_eq!(suback.codes, [1, refused, 0]),
        None | Some(Packet::Disconnect(_)) => {}
        other => panic!("a refusal expected, not {other:?}"),
    }
}

#[broker_test(v31, v311("MQTT-4.7.3-2", "MQTT-1.5.3-2"), v5("MQTT-4.7.3-2", "MQTT-1.5.4-2"))]
fn a_filter_with_a_null_character_ends_the_connection(case: &Case) {
    let mut client = case.client("c");
    client.send(&Subscribe::new().id(1).filter("a\0b", 0));
    client.expect_refusal(&[0x81, 0x8F]);
    let mut client = case.client("c");
    client.send(&Unsubscribe::new().id(1).filter("a\0b"));
    client.expect_refusal(&[0x81, 0x8F]);
}

#[broker_test(v31, v311("MQTT-4.7.3-1"), v5("MQTT-4.7.3-1"))]
fn an_empty_filter_is_refused(case: &Case) {
    let mut client = case.client("c");
    client.send(&Subscribe::new().id(1).filter("", 0));
    match client.next_packet() {
        Some(Packet::SubAck(suback)) => assert!(suback.codes[0] >= 0x80),
        Some(Packet::Disconnect(disconnect)) => {
            assert!([0x81, 0x82, 0x8F].contains(&disconnect.reason));
        }
        None => {}
        other => panic!("a refusal expected, not {other:?}"),
    }
}

#[broker_test(
    v31,
    v311("MQTT-3.8.3-2", "MQTT-4.7.1-2", "MQTT-4.7.1-3"),
    v5("MQTT-4.7.1-1", "MQTT-4.7.1-2")
)]
fn wildcards_match_whole_levels(case: &Case) {
    let yes = [
        ("a/b", "a/b"),
        ("a/+", "a/b"),
        ("a/+", "a/"),
        ("+/b", "a/b"),
        ("a/+/c", "a/b/c"),
        ("a/#", "a"),
        ("a/#", "a/"),
        ("a/#", "a/b/c"),
        ("a/+/#", "a/b"),
        ("a/+/#", "a/b/c/d"),
        ("+/+", "/a"),
        ("/+", "/a"),
        ("+", "a"),
        ("a//b", "a//b"),
        ("a/+/b", "a//b"),
    ];
    let no = [
        ("a/b", "a/b/"),
        ("a/b", "a/B"),
        ("a/b", "/a/b"),
        ("a/+", "a"),
        ("a/+", "a/b/c"),
        ("a/+/#", "a"),
        ("+", "/a"),
        ("a/#", "ab"),
        ("a/b/#", "a/bc"),
        ("a", "a/"),
    ];
    for (filter, topic) in yes {
        assert!(matches(case, &case.topic(filter), &case.topic(topic)), "{filter} {topic}");
    }
    for (filter, topic) in no {
        assert!(!matches(case, &case.topic(filter), &case.topic(topic)), "{filter} {topic}");
    }
}

#[broker_test(v31, v311("MQTT-4.7.2-1"), v5("MQTT-4.7.2-1"))]
fn leading_wildcards_do_not_match_topics_that_begin_with_a_dollar_sign(case: &Case) {
    let level = case.client_id("x");
    let dollar = format!("$own/{level}");
    assert!(!matches(case, "#", &dollar));
    assert!(!matches(case, "+/#", &dollar));
    assert!(!matches(case, &format!("+/{level}"), &dollar));
    assert!(matches(case, &format!("$own/{level}"), &dollar));
    assert!(matches(case, "$own/+", &dollar));
    assert!(matches(case, "$own/#", &dollar));
    assert!(matches(case, "#", &case.topic("plain/$inner")));
    assert!(matches(case, &case.topic("+/+"), &case.topic("plain/$inner")));
}

#[broker_test(v31, v311("MQTT-3.8.4-3"), v5("MQTT-3.8.4-3"))]
fn a_repeated_filter_replaces_the_former_subscription(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    let mut publisher = case.client("pub");
    for granted in [2, 0, 1] {
        assert_eq!(subscriber.subscribe(&topic, granted), granted);
        publisher.publish(&topic, 2, "m");
        assert_eq!(subscriber.expect_message(&topic, "m").qos, granted);
        subscriber.ping();
        subscriber.expect_nothing();
    }
}

#[broker_test(v31, v311("MQTT-3.8.4-3"), v5("MQTT-3.8.4-4"))]
fn no_message_is_lost_while_a_subscription_is_replaced(case: &Case) {
    const ROUNDS: u16 = 50;
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 1);
    let mut publisher = case.client("pub");
    for round in 1..=ROUNDS {
        // Neither waits for the other.
        publisher.send(&Publish::new(&topic, format!("{round} a")).qos(1).id(2 * round));
        subscriber.send(&Subscribe::new().id(1_000 + round).filter(&topic, 1));
        publisher.send(&Publish::new(&topic, format!("{round} b")).qos(1).id(2 * round + 1));
    }
    for round in 1..=ROUNDS {
        subscriber.expect_message(&topic, &format!("{round} a"));
        subscriber.expect_message(&topic, &format!("{round} b"));
    }
}

#[broker_test(v31, v311("MQTT-3.8.4-4"), v5("MQTT-3.8.4-5"))]
fn the_last_of_equal_filters_in_one_subscribe_counts(case: &Case) {
    let topic = case.topic("t");
    let mut client = case.client("c");
    let subscribe = Subscribe::new().filter(&topic, 2).filter(&topic, 0);
    assert_eq!(client.subscribe_with(subscribe).codes, [2, 0]);
    client.publish(&topic, 1, "m");
    assert_eq!(client.expect_message(&topic, "m").qos, 0);
    client.ping();
    client.expect_nothing();
}

#[broker_test(v31, v311, v5)]
fn a_subscription_is_in_force_when_suback_arrives(case: &Case) {
    let mut publisher = case.client("pub");
    let mut subscriber = case.client("sub");
    for number in 0..100 {
        let topic = case.topic(&format!("n/{number}"));
        subscriber.subscribe(&topic, 0);
        publisher.publish(&topic, 0, "m");
        subscriber.expect_message(&topic, "m");
    }
}

#[broker_test(v31, v311, v5)]
fn a_subscribe_with_a_thousand_filters_is_granted(case: &Case) {
    let mut client = case.client("c");
    let mut subscribe = Subscribe::new();
    for number in 0..1_000 {
        subscribe = subscribe.filter(case.topic(&format!("n/{number}/+")), 1);
    }
    assert_eq!(client.subscribe_with(subscribe).codes, [1; 1_000]);
    client.publish(&case.topic("n/999/x"), 1, "m");
    client.expect_message(&case.topic("n/999/x"), "m");
}

#[broker_test(v5("MQTT-3.8.3-3"))]
fn no_local_keeps_ones_own_messages_away(case: &Case) {
    let topic = case.topic("t");
    let mut client = case.client("c");
    client.subscribe(&topic, Subscribe::NO_LOCAL | 1);
    client.publish(&topic, 1, "own");
    case.client("other").publish(&topic, 1, "other's");
    client.expect_message(&topic, "other's");
}

#[broker_test(v5("MQTT-3.3.4-3", "MQTT-3.3.4-4", "MQTT-3.3.4-5"))]
fn every_matching_subscription_identifier_is_delivered(case: &Case) {
    let topic = case.topic("a/b");
    let mut subscriber = case.client("sub");
    let filters = [("a/b", 1), ("a/+", 268_435_455), ("#", 128), ("a/c", 9)];
    for (filter, identifier) in filters {
        let filter = case.topic(filter);
        subscriber.subscribe_with(Subscribe::new().filter(filter, 1).identifier(identifier));
    }
    subscriber.subscribe(&case.topic("+/b"), 0);
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 1, "m");
    publisher.publish(&topic, 1, "end");
    let mut identifiers = Vec::new();
    loop {
        let delivery = subscriber.take();
        if delivery.text() == "end" {
            break;
        }
        identifiers.extend(delivery.properties.subscription_identifiers());
    }
    identifiers.sort_unstable();
    assert_eq!(identifiers, [1, 128, 268_435_455]);
}

#[broker_test(v5("MQTT-3.3.4-3"))]
fn a_replaced_subscription_has_the_new_identifier(case: &Case) {
    let topic = case.topic("t");
    let mut client = case.client("c");
    for identifier in [Some(1), Some(2), None] {
        let subscribe = Subscribe::new().filter(&topic, 0);
        client.subscribe_with(match identifier {
            Some(identifier) => subscribe.identifier(identifier),
            None => subscribe,
        });
        client.publish(&topic, 0, "m");
        let delivery = client.expect_message(&topic, "m");
        let expected: Vec<u32> = identifier.into_iter().collect();
        assert_eq!(delivery.properties.subscription_identifiers(), expected);
    }
}

#[broker_test(v5("MQTT-3.3.4-3"))]
fn subscription_identifiers_survive_a_resume(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe_with(Subscribe::new().filter(&topic, 1).identifier(77));
    subscriber.leave();
    case.client("pub").publish(&topic, 1, "queued");
    let mut subscriber = case.persistent("sub");
    let delivery = subscriber.expect_message(&topic, "queued");
    assert_eq!(delivery.properties.subscription_identifiers(), [77]);
    case.client("pub").publish(&topic, 1, "live");
    let delivery = subscriber.expect_message(&topic, "live");
    assert_eq!(delivery.properties.subscription_identifiers(), [77]);
}

#[broker_test(v5)]
fn a_subscription_identifier_of_zero_is_a_protocol_error(case: &Case) {
    let mut client = case.client("c");
    client.send(&Subscribe::new().filter(case.topic("t"), 0).identifier(0));
    client.expect_refusal(&[0x82]);
}

#[broker_test(v5)]
fn user_properties_of_a_subscribe_are_accepted(case: &Case) {
    let mut client = case.client("c");
    let subscribe = Subscribe::new()
        .filter(case.topic("t"), 0)
        .property(Property::user("a", "1"))
        .property(Property::user("a", "1"));
    assert_eq!(client.subscribe_with(subscribe).codes, [0]);
}

#[broker_test(v31, v311, v5, config = "max_subscriptions = 2")]
fn subscriptions_beyond_the_limit_are_refused_by_their_codes(case: &Case) {
    let mut client = case.client("c");
    let subscribe = Subscribe::new()
        .filter(case.topic("1"), 0)
        .filter(case.topic("2"), 1)
        .filter(case.topic("3"), 0);
    let codes = client.subscribe_with(subscribe).codes;
    assert_eq!(codes[..2], [0, 1]);
    assert!(codes[2] >= 0x80);
    // A replacement needs no further place.
    assert_eq!(client.subscribe(&case.topic("2"), 2), 2);
    client.unsubscribe(&case.topic("1"));
    assert_eq!(client.subscribe(&case.topic("3"), 0), 0);
}
