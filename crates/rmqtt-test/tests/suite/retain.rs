//! Retained messages.

use rmqtt_test::{Case, Property, Publish, Subscribe, Will, broker_test};

/// Stores a retained message and waits until the broker has it.
fn retain(case: &Case, topic: &str, payload: &str) {
    case.client("retainer").publish_with(Publish::new(topic, payload).qos(1).retain());
}

#[broker_test(
    v31,
    v311("MQTT-3.3.1-5", "MQTT-3.3.1-6", "MQTT-3.3.1-8"),
    v5("MQTT-3.3.1-5", "MQTT-3.3.1-9")
)]
fn a_new_subscription_receives_the_retained_message_marked_so(case: &Case) {
    let topic = case.topic("t");
    for qos in 0..=2 {
        let payload = format!("kept {qos}");
        let mut publisher = case.client("pub");
        publisher.publish_with(Publish::new(&topic, payload.as_str()).qos(qos).retain());
        publisher.ping();
        let mut subscriber = case.client("sub");
        subscriber.subscribe(&topic, 2);
        let delivery = subscriber.expect_message(&topic, &payload);
        assert_eq!((delivery.retain, delivery.qos), (true, qos));
        subscriber.expect_nothing();
    }
}

#[broker_test(v31, v311("MQTT-3.3.1-5", "MQTT-3.3.1-7"), v5("MQTT-3.3.1-5"))]
fn a_retained_message_replaces_the_former(case: &Case) {
    let topic = case.topic("t");
    retain(case, &topic, "old");
    retain(case, &topic, "new");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 0);
    subscriber.expect_message(&topic, "new");
    subscriber.ping();
    subscriber.expect_nothing();
}

#[broker_test(v31, v311("MQTT-3.3.1-7"), v5("MQTT-3.3.1-5"))]
fn a_retained_message_of_qos_0_replaces_one_of_a_higher_qos(case: &Case) {
    let topic = case.topic("t");
    retain(case, &topic, "old");
    let mut client = case.client("c");
    client.publish_with(Publish::new(&topic, "new").retain());
    client.subscribe(&topic, 0);
    client.expect_message(&topic, "new");
    client.ping();
    client.expect_nothing();
}

#[broker_test(v31, v311("MQTT-3.3.1-9"), v5("MQTT-3.3.1-12"))]
fn an_established_subscription_receives_a_retained_publish_unmarked(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 1);
    retain(case, &topic, "live");
    assert!(!subscriber.expect_message(&topic, "live").retain);
}

#[broker_test(v31, v311("MQTT-3.3.1-10", "MQTT-3.3.1-11"), v5("MQTT-3.3.1-6", "MQTT-3.3.1-7"))]
fn an_empty_retained_message_removes_the_stored_one_and_is_delivered_itself(case: &Case) {
    let topic = case.topic("t");
    retain(case, &topic, "kept");
    let mut live = case.client("live");
    live.subscribe(&topic, 0);
    live.expect_message(&topic, "kept");
    retain(case, &topic, "");
    assert!(!live.expect_message(&topic, "").retain);
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 0);
    subscriber.ping();
    subscriber.expect_nothing();
    // The empty message itself is not stored: a wildcard finds nothing there either.
    retain(case, &case.topic("u"), "sentinel");
    subscriber.subscribe(&case.topic("+"), 0);
    subscriber.expect_message(&case.topic("u"), "sentinel");
    subscriber.ping();
    subscriber.expect_nothing();
}

#[broker_test(v31, v311("MQTT-3.3.1-12"), v5("MQTT-3.3.1-8"))]
fn a_message_without_retain_neither_stores_nor_removes(case: &Case) {
    let topic = case.topic("t");
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 1, "not kept");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 0);
    subscriber.ping();
    subscriber.expect_nothing();
    retain(case, &topic, "kept");
    subscriber.expect_message(&topic, "kept");
    publisher.publish(&topic, 1, "not kept");
    publisher.publish(&topic, 1, "");
    let mut late = case.client("late");
    late.subscribe(&topic, 0);
    late.expect_message(&topic, "kept");
}

#[broker_test(v31, v311("MQTT-3.1.2-7"), v5)]
fn retained_messages_outlive_the_session_that_published_them(case: &Case) {
    let topic = case.topic("t");
    retain(case, &topic, "kept");
    case.client("retainer").leave();
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 0);
    subscriber.expect_message(&topic, "kept");
}

#[broker_test(v31, v311("MQTT-3.3.1-6"), v5("MQTT-3.3.1-9"))]
fn wildcards_find_every_matching_retained_message(case: &Case) {
    for topic in ["a", "a/b", "a/c", "a/b/c", "b"] {
        retain(case, &case.topic(topic), topic);
    }
    for (filter, expected) in [
        ("#", vec!["a", "a/b", "a/b/c", "a/c", "b"]),
        ("a/#", vec!["a", "a/b", "a/b/c", "a/c"]),
        ("+", vec!["a", "b"]),
        ("a/+", vec!["a/b", "a/c"]),
        ("+/b/#", vec!["a/b", "a/b/c"]),
        ("x/#", vec![]),
    ] {
        let mut subscriber = case.client("sub");
        subscriber.subscribe(&case.topic(filter), 0);
        let mut received: Vec<_> =
            expected.iter().map(|_| subscriber.take().text().to_owned()).collect();
        received.sort();
        assert_eq!(received, expected, "{filter}");
        subscriber.ping();
        subscriber.expect_nothing();
    }
}

#[broker_test(v31, v311, v5)]
fn a_retained_message_arrives_with_the_lower_qos(case: &Case) {
    let topic = case.topic("t");
    case.client("pub").publish_with(Publish::new(&topic, "kept").qos(2).retain());
    for granted in 0..=2 {
        let mut subscriber = case.client("sub");
        subscriber.subscribe(&topic, granted);
        assert_eq!(subscriber.expect_message(&topic, "kept").qos, granted);
    }
}

#[broker_test(v31, v311("MQTT-3.8.4-3"), v5("MQTT-3.8.4-3", "MQTT-3.8.4-4", "MQTT-3.3.1-9"))]
fn a_repeated_subscription_receives_retained_messages_again(case: &Case) {
    let topic = case.topic("t");
    retain(case, &topic, "kept");
    let mut subscriber = case.client("sub");
    for qos in [0, 1, 1] {
        subscriber.subscribe(&topic, qos);
        assert!(subscriber.expect_message(&topic, "kept").retain);
    }
    // It was replaced, not added: a live message comes once.
    case.client("pub").publish(&topic, 1, "live");
    subscriber.expect_message(&topic, "live");
    subscriber.ping();
    subscriber.expect_nothing();
}

#[broker_test(v5("MQTT-3.3.1-10"))]
fn retain_handling_1_sends_retained_messages_only_to_a_new_subscription(case: &Case) {
    let topic = case.topic("t");
    retain(case, &topic, "kept");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, Subscribe::RETAINED_IF_NEW);
    subscriber.expect_message(&topic, "kept");
    subscriber.subscribe(&topic, Subscribe::RETAINED_IF_NEW);
    subscriber.ping();
    subscriber.expect_nothing();
    subscriber.unsubscribe(&topic);
    subscriber.subscribe(&topic, Subscribe::RETAINED_IF_NEW);
    subscriber.expect_message(&topic, "kept");
}

#[broker_test(v5("MQTT-3.3.1-11"))]
fn retain_handling_2_sends_no_retained_messages(case: &Case) {
    let topic = case.topic("t");
    retain(case, &topic, "kept");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, Subscribe::NO_RETAINED);
    subscriber.ping();
    subscriber.expect_nothing();
    case.client("pub").publish(&topic, 0, "live");
    subscriber.expect_message(&topic, "live");
}

#[broker_test(v5("MQTT-3.3.1-12", "MQTT-3.3.1-13"))]
fn retain_as_published_keeps_the_flag_of_the_publisher(case: &Case) {
    let topic = case.topic("t");
    let mut keeping = case.client("keeping");
    keeping.subscribe(&topic, Subscribe::RETAIN_AS_PUBLISHED);
    let mut clearing = case.client("clearing");
    clearing.subscribe(&topic, 0);
    let mut publisher = case.client("pub");
    publisher.publish_with(Publish::new(&topic, "kept").retain());
    publisher.publish(&topic, 0, "live");
    assert!(keeping.expect_message(&topic, "kept").retain);
    assert!(!keeping.expect_message(&topic, "live").retain);
    assert!(!clearing.expect_message(&topic, "kept").retain);
    assert!(!clearing.expect_message(&topic, "live").retain);
}

#[broker_test(v5("MQTT-3.3.2-4", "MQTT-3.3.2-15", "MQTT-3.3.2-16", "MQTT-3.3.2-17"))]
fn a_retained_message_keeps_its_properties(case: &Case) {
    let topic = case.topic("t");
    let publish = Publish::new(&topic, "kept")
        .retain()
        .qos(1)
        .property(Property::PayloadFormatIndicator(1))
        .property(Property::ContentType("text/plain".into()))
        .property(Property::ResponseTopic("answer/here".into()))
        .property(Property::CorrelationData(vec![1, 0, 2]))
        .property(Property::user("name", "value"));
    case.client("pub").publish_with(publish);
    let mut subscriber = case.client("sub");
    subscriber.subscribe_with(Subscribe::new().filter(&topic, 0).identifier(7));
    let properties = subscriber.take().properties;
    assert_eq!(properties.payload_format_indicator(), Some(1));
    assert_eq!(properties.content_type().as_deref(), Some("text/plain"));
    assert_eq!(properties.response_topic().as_deref(), Some("answer/here"));
    assert_eq!(properties.correlation_data(), Some(vec![1, 0, 2]));
    assert_eq!(properties.user_properties(), [("name".into(), "value".into())]);
    assert_eq!(properties.subscription_identifiers(), [7]);
}

#[broker_test(v31, v311, v5)]
fn a_retained_message_reaches_a_subscriber_of_every_version(case: &Case) {
    use rmqtt_test::Version;
    let topic = case.topic("t");
    retain(case, &topic, "kept");
    for version in [Version::V31, Version::V311, Version::V5] {
        let mut subscriber = case.client_of(version, "sub");
        subscriber.subscribe(&topic, 1);
        assert!(subscriber.expect_message(&topic, "kept").retain);
    }
}

#[broker_test(v31, v311("MQTT-3.1.2-17"), v5("MQTT-3.1.2-15"))]
fn a_retained_will_is_stored(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = case.client("watch");
    watcher.subscribe(&topic, 0);
    let will = Will::new(topic.as_str(), "gone").retain();
    case.join(&case.connect_packet("c").will(will)).abort();
    assert!(!watcher.expect_message(&topic, "gone").retain);
    let mut late = case.client("late");
    late.subscribe(&topic, 0);
    assert!(late.expect_message(&topic, "gone").retain);
}

#[broker_test(v31, v311("MQTT-3.1.2-16"), v5("MQTT-3.1.2-14"))]
fn a_will_without_retain_is_not_stored(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = case.client("watch");
    watcher.subscribe(&topic, 0);
    case.join(&case.connect_packet("c").will(Will::new(topic.as_str(), "gone"))).abort();
    watcher.expect_message(&topic, "gone");
    let mut late = case.client("late");
    late.subscribe(&topic, 0);
    late.ping();
    late.expect_nothing();
}

#[broker_test(v31, v311, v5)]
fn a_retained_message_is_there_for_whoever_subscribes_after_its_acknowledgement(case: &Case) {
    let mut publisher = case.client("pub");
    for number in 0..50 {
        let topic = case.topic(&format!("n/{number}"));
        publisher.publish_with(Publish::new(&topic, "kept").qos(1).retain());
        let mut subscriber = case.client("sub");
        subscriber.subscribe(&topic, 0);
        subscriber.expect_message(&topic, "kept");
    }
}

#[broker_test(v31, v311, v5)]
fn a_thousand_retained_messages_reach_a_new_subscriber(case: &Case) {
    let mut publisher = case.client("pub");
    for number in 0..1_000 {
        let topic = case.topic(&format!("n/{number}"));
        publisher.publish_with(Publish::new(&topic, "kept").retain());
    }
    publisher.ping();
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&case.topic("n/#"), 1);
    let mut topics: Vec<_> = (0..1_000).map(|_| subscriber.take().topic).collect();
    topics.sort();
    topics.dedup();
    assert_eq!(topics.len(), 1_000);
}
