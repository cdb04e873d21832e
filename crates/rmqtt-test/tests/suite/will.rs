//! The will.

use std::time::Duration;

use rmqtt_test::request::kind;
use rmqtt_test::{Case, Disconnect, Property, Publish, RawClient, Will, broker_test};

/// Longer than any will delay of these tests.
const PATIENCE: Duration = Duration::from_secs(15);

/// A client that watches the will's topic.
fn watcher(case: &Case, topic: &str) -> RawClient {
    let mut watcher = case.client("watch");
    watcher.set_deadline(PATIENCE);
    watcher.subscribe(topic, 2);
    watcher
}

/// Shows that no will arrived so far: the next message on its topic is this one.
fn expect_only_sentinel(case: &Case, watcher: &mut RawClient, topic: &str) {
    case.client("sentinel").publish(topic, 1, "sentinel");
    watcher.expect_message(topic, "sentinel");
}

#[broker_test(
    v31,
    v311("MQTT-3.1.2-8", "MQTT-3.1.2-9", "MQTT-3.1.2-16"),
    v5("MQTT-3.1.2-7", "MQTT-3.1.2-8", "MQTT-3.1.2-14")
)]
fn the_will_is_published_when_the_connection_breaks(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = watcher(case, &topic);
    for qos in 0..=2 {
        let will = Will::new(topic.as_str(), format!("will {qos}")).qos(qos);
        case.join(&case.connect_packet("c").will(will)).abort();
        let delivery = watcher.expect_message(&topic, &format!("will {qos}"));
        assert_eq!((delivery.qos, delivery.retain), (qos, false));
    }
}

#[broker_test(v31, v311("MQTT-3.1.2-8"), v5("MQTT-3.1.2-8"))]
fn the_will_is_published_when_the_keep_alive_ends(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = watcher(case, &topic);
    let will = Will::new(topic.as_str(), "silent");
    let _client = case.join(&case.connect_packet("c").keep_alive(1).will(will));
    watcher.expect_message(&topic, "silent");
}

#[broker_test(v31, v311("MQTT-3.1.2-8"), v5("MQTT-3.1.2-8"))]
fn the_will_is_published_when_the_server_closes_for_a_protocol_error(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = watcher(case, &topic);
    let will = Will::new(topic.as_str(), "broken");
    let mut client = case.join(&case.connect_packet("c").will(will));
    client.send(&Publish::new(&topic, "x").qos(3).id(1));
    client.expect_refusal(&[0x81]);
    watcher.expect_message(&topic, "broken");
}

#[broker_test(v31, v311("MQTT-3.1.2-8"), v5("MQTT-3.1.2-8"))]
fn the_will_is_published_when_a_clean_session_takes_over(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = watcher(case, &topic);
    let will = Will::new(topic.as_str(), "taken over");
    let mut old = case.join(&case.connect_packet("c").will(will));
    let _new = case.client("c");
    watcher.expect_message(&topic, "taken over");
    while old.next_packet().is_some() {}
}

#[broker_test(v31, v311("MQTT-3.1.2-10", "MQTT-3.14.4-3"), v5("MQTT-3.1.2-10", "MQTT-3.14.4-3"))]
fn a_normal_disconnect_discards_the_will(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = watcher(case, &topic);
    let will = Will::new(topic.as_str(), "never");
    case.join(&case.connect_packet("c").will(will)).leave();
    expect_only_sentinel(case, &mut watcher, &topic);
}

#[broker_test(v5("MQTT-3.14.4-3", "MQTT-3.1.2-10"))]
fn a_disconnect_packet_without_a_body_discards_the_will(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = watcher(case, &topic);
    let will = Will::new(topic.as_str(), "never");
    let mut client = case.join(&case.connect_packet("c").will(will));
    client.send_bytes(&[kind::DISCONNECT, 0]);
    client.stop_sending();
    while client.next_packet().is_some() {}
    expect_only_sentinel(case, &mut watcher, &topic);
}

#[broker_test(v5("MQTT-3.1.2-8"))]
fn a_disconnect_with_another_reason_publishes_the_will(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = watcher(case, &topic);
    for reason in [0x04, 0x80, 0x81, 0x96] {
        let will = Will::new(topic.as_str(), format!("{reason:#x}"));
        let client = case.join(&case.connect_packet("c").will(will));
        client.leave_with(&Disconnect::new(reason));
        watcher.expect_message(&topic, &format!("{reason:#x}"));
    }
}

#[broker_test(v31, v311("MQTT-3.1.2-10", "MQTT-3.1.2-12"), v5("MQTT-3.1.2-10"))]
fn a_published_will_is_forgotten(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = watcher(case, &topic);
    let will = Will::new(topic.as_str(), "once");
    let with_will = case.persistent_packet("c").will(will);
    // The session goes on, or ends, which is when a Will that it still has is published.
    for next in [case.persistent_packet("c"), case.connect_packet("c")] {
        case.join(&with_will).abort();
        watcher.expect_message(&topic, "once");
        case.join(&next).abort();
        expect_only_sentinel(case, &mut watcher, &topic);
    }
}

#[broker_test(v31, v311("MQTT-3.1.2-12"), v5)]
fn a_resumed_session_brings_its_own_will_or_none(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = watcher(case, &topic);
    let with = |payload: &str| case.persistent_packet("c").will(Will::new(topic.as_str(), payload));
    case.join(&with("first")).leave();
    case.persistent("c").abort();
    expect_only_sentinel(case, &mut watcher, &topic);
    case.join(&with("second")).abort();
    watcher.expect_message(&topic, "second");
}

#[broker_test(v31, v311, v5)]
fn an_empty_will_payload_is_published(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = watcher(case, &topic);
    case.join(&case.connect_packet("c").will(Will::new(topic.as_str(), ""))).abort();
    watcher.expect_message(&topic, "");
}

#[broker_test(v31, v311, v5)]
fn a_will_topic_with_a_wildcard_is_refused(case: &Case) {
    for topic in ["w/#", "w/+", "+", "#"] {
        let mut client = case.open();
        client.send(&case.connect_packet("c").will(Will::new(topic, "x")));
        client.expect_connect_rejected(&[0x81, 0x82, 0x90]);
    }
}

#[broker_test(v31, v311, v5)]
fn an_empty_will_topic_is_refused(case: &Case) {
    let mut client = case.open();
    client.send(&case.connect_packet("c").will(Will::new("", "x")));
    client.expect_connect_rejected(&[0x81, 0x82, 0x90]);
}

#[broker_test(v5("MQTT-3.1.3-10"))]
fn the_will_carries_its_properties(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = watcher(case, &topic);
    let will = Will::new(topic.as_str(), "text")
        .property(Property::PayloadFormatIndicator(1))
        .property(Property::MessageExpiryInterval(300))
        .property(Property::ContentType("text/plain".into()))
        .property(Property::ResponseTopic("answer".into()))
        .property(Property::CorrelationData(vec![0, 1]))
        .property(Property::user("b", "1"))
        .property(Property::user("a", "2"))
        .property(Property::user("b", "3"));
    case.join(&case.connect_packet("c").will(will)).abort();
    let properties = watcher.take().properties;
    assert_eq!(properties.payload_format_indicator(), Some(1));
    assert!(properties.message_expiry_interval().is_some_and(|left| left <= 300));
    assert_eq!(properties.content_type().as_deref(), Some("text/plain"));
    assert_eq!(properties.response_topic().as_deref(), Some("answer"));
    assert_eq!(properties.correlation_data(), Some(vec![0, 1]));
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(properties.user_properties(), [pair("b", "1"), pair("a", "2"), pair("b", "3")]);
}

#[broker_test(v5)]
fn a_property_that_no_will_has_is_refused(case: &Case) {
    for property in [
        Property::TopicAlias(1),
        Property::SessionExpiryInterval(1),
        Property::ReasonString("x".into()),
    ] {
        let mut client = case.open();
        let will = Will::new(case.topic("w"), "x").property(property);
        client.send(&case.connect_packet("c").will(will));
        client.expect_connect_rejected(&[0x81, 0x82]);
    }
}

#[broker_test(v5("MQTT-3.1.3-9"))]
fn a_delayed_will_is_not_published_when_the_session_is_resumed_in_time(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = watcher(case, &topic);
    let will = Will::new(topic.as_str(), "never").property(Property::WillDelayInterval(2));
    case.join(&case.persistent_packet("c").will(will)).abort();
    let _resumed = case.persistent("c");
    // The will of another client with the same delay, but later, shows that the time has passed.
    let other = Will::new(topic.as_str(), "other").property(Property::WillDelayInterval(2));
    case.join(&case.persistent_packet("d").will(other)).abort();
    watcher.expect_message(&topic, "other");
    watcher.ping();
    watcher.expect_nothing();
}

#[broker_test(v5("MQTT-3.1.2-8"))]
fn a_delayed_will_is_published_after_its_delay(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = watcher(case, &topic);
    let delayed = |payload: &str, seconds| {
        Will::new(topic.as_str(), payload).property(Property::WillDelayInterval(seconds))
    };
    case.join(&case.persistent_packet("slow").will(delayed("slow", 4))).abort();
    case.join(&case.persistent_packet("fast").will(delayed("fast", 2))).abort();
    expect_only_sentinel(case, &mut watcher, &topic);
    watcher.expect_message(&topic, "fast");
    watcher.expect_message(&topic, "slow");
}

#[broker_test(v5("MQTT-3.1.2-8"))]
fn a_delayed_will_is_published_when_the_session_ends_before_its_delay(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = watcher(case, &topic);
    let will = || Will::new(topic.as_str(), "early").property(Property::WillDelayInterval(3_600));
    // No session expiry: the session ends with the connection.
    case.join(&case.connect_packet("a").will(will())).abort();
    watcher.expect_message(&topic, "early");
    // The session expires after a second.
    case.join(&case.connect_packet("b").session_expiry(1).will(will())).abort();
    watcher.expect_message(&topic, "early");
}

#[broker_test(v5("MQTT-3.1.2-8"))]
fn a_delayed_will_is_published_when_a_clean_start_ends_the_session(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = watcher(case, &topic);
    let will = Will::new(topic.as_str(), "ended").property(Property::WillDelayInterval(3_600));
    case.join(&case.persistent_packet("c").will(will)).abort();
    let _clean = case.client("c");
    watcher.expect_message(&topic, "ended");
}

#[broker_test(v5("MQTT-3.1.3-9"))]
fn a_take_over_in_time_keeps_a_delayed_will_back(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = watcher(case, &topic);
    let will = Will::new(topic.as_str(), "never").property(Property::WillDelayInterval(2));
    let mut old = case.join(&case.persistent_packet("c").will(will));
    let _new = case.persistent("c");
    old.expect_refusal(&[0x8E]);
    let other = Will::new(topic.as_str(), "other").property(Property::WillDelayInterval(2));
    case.join(&case.persistent_packet("d").will(other)).abort();
    watcher.expect_message(&topic, "other");
    watcher.ping();
    watcher.expect_nothing();
}

#[broker_test(v31, v311, v5)]
fn the_will_comes_after_everything_its_client_published(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = watcher(case, &topic);
    let will = Will::new(topic.as_str(), "will").qos(1);
    let mut client = case.join(&case.connect_packet("c").will(will));
    for number in 0..50 {
        client.publish(&topic, 1, &number.to_string());
    }
    client.abort();
    for number in 0..50 {
        watcher.expect_message(&topic, &number.to_string());
    }
    watcher.expect_message(&topic, "will");
}
