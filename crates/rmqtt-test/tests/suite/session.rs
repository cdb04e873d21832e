//! Session state: what is kept, for how long, and what a clean start discards.

use rmqtt_test::{Case, Connect, Disconnect, Property, Version, broker_test};

#[broker_test(
    v311("MQTT-3.1.2-4", "MQTT-3.2.2-2", "MQTT-3.2.2-3", "MQTT-3.1.4-3"),
    v5("MQTT-3.1.2-5", "MQTT-3.1.2-6", "MQTT-3.2.2-3", "MQTT-3.1.4-4")
)]
fn session_present_says_whether_a_session_was_resumed(case: &Case) {
    let first = case.persistent("c");
    assert!(!first.connack().session_present);
    first.leave();
    let second = case.persistent("c");
    assert!(second.connack().session_present);
    second.abort();
    assert!(case.persistent("c").connack().session_present);
}

#[broker_test(
    v31,
    v311("MQTT-3.1.2-4", "MQTT-3.1.2-5", "MQTT-4.1.0-1", "MQTT-4.1.0-2"),
    v5("MQTT-3.1.2-5", "MQTT-3.1.2-23", "MQTT-4.1.0-1")
)]
fn a_resumed_session_has_its_subscriptions_and_the_messages_that_came_meanwhile(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 2);
    subscriber.leave();
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 1, "one");
    publisher.publish(&topic, 2, "two");
    publisher.publish(&topic, 1, "three");
    let mut subscriber = case.persistent("sub");
    assert_eq!(subscriber.expect_message(&topic, "one").qos, 1);
    assert_eq!(subscriber.expect_message(&topic, "two").qos, 2);
    assert_eq!(subscriber.expect_message(&topic, "three").qos, 1);
    publisher.publish(&topic, 1, "live");
    subscriber.expect_message(&topic, "live");
    subscriber.ping();
    subscriber.expect_nothing();
}

#[broker_test(v31, v311("MQTT-3.1.2-5"), v5("MQTT-3.1.2-23"))]
fn messages_after_a_broken_connection_are_kept_as_after_a_disconnect(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 1);
    subscriber.abort();
    let mut publisher = case.client("pub");
    for number in 0..100 {
        publisher.publish(&topic, 1, &number.to_string());
    }
    let mut subscriber = case.persistent("sub");
    for number in 0..100 {
        subscriber.expect_message(&topic, &number.to_string());
    }
}

#[broker_test(
    v31,
    v311("MQTT-3.1.2-6", "MQTT-3.2.2-1", "MQTT-3.1.4-3"),
    v5("MQTT-3.1.2-4", "MQTT-3.2.2-2", "MQTT-3.1.4-4")
)]
fn a_clean_connect_discards_the_former_session(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 1);
    subscriber.leave();
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 1, "lost");
    let mut clean = case.client("sub");
    assert!(!clean.connack().session_present);
    publisher.publish(&topic, 1, "not subscribed");
    clean.ping();
    clean.expect_nothing();
    clean.leave();
    // Nothing of the old session comes back.
    let mut again = case.persistent("sub");
    assert!(!again.connack().session_present);
    again.expect_nothing();
}

#[broker_test(v31, v311("MQTT-3.1.2-6"), v5("MQTT-4.1.0-2"))]
fn a_clean_session_ends_with_its_connection(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 1);
    subscriber.abort();
    case.client("pub").publish(&topic, 1, "lost");
    let mut later = case.persistent("sub");
    assert!(!later.connack().session_present);
    later.expect_nothing();
}

#[broker_test(v5("MQTT-4.1.0-2", "MQTT-3.1.2-23"))]
fn a_session_ends_when_its_expiry_interval_has_passed(case: &Case) {
    let topic = case.topic("t");
    let expiring = case.connect_packet("sub").clean(false).session_expiry(1);
    let mut subscriber = case.join(&expiring);
    subscriber.subscribe(&topic, 1);
    subscriber.leave();
    case.pass_seconds(3);
    let mut later = case.join(&expiring);
    assert!(!later.connack().session_present);
    later.expect_nothing();
}

#[broker_test(v5("MQTT-4.1.0-1", "MQTT-3.1.2-23"))]
fn a_session_is_kept_while_its_connection_lasts_longer_than_the_interval(case: &Case) {
    let topic = case.topic("t");
    let expiring = case.connect_packet("sub").clean(false).session_expiry(1);
    let mut subscriber = case.join(&expiring);
    subscriber.subscribe(&topic, 1);
    case.pass_seconds(3);
    case.client("pub").publish(&topic, 1, "still here");
    subscriber.expect_message(&topic, "still here");
}

#[broker_test(v5("MQTT-3.1.2-23"))]
fn a_session_is_kept_within_its_expiry_interval(case: &Case) {
    let patient = case.connect_packet("c").clean(false).session_expiry(60);
    let hasty = case.connect_packet("d").clean(false).session_expiry(1);
    case.join(&patient).leave();
    case.join(&hasty).leave();
    case.pass_seconds(3);
    assert!(!case.join(&hasty).connack().session_present);
    assert!(case.join(&patient).connack().session_present);
}

#[broker_test(v5)]
fn the_largest_session_expiry_interval_is_accepted(case: &Case) {
    let forever = case.connect_packet("c").clean(false).session_expiry(u32::MAX);
    case.join(&forever).leave();
    assert!(case.join(&forever).connack().session_present);
    case.join(&case.connect_packet("c")).leave();
}

#[broker_test(v5("MQTT-3.1.2-23"))]
fn a_disconnect_may_shorten_the_session_expiry_interval(case: &Case) {
    let client = case.persistent("c");
    let end_now = Disconnect::new(0).property(Property::SessionExpiryInterval(0));
    client.leave_with(&end_now);
    assert!(!case.persistent("c").connack().session_present);
}

#[broker_test(v5("MQTT-3.1.2-23"))]
fn a_disconnect_may_lengthen_the_session_expiry_interval(case: &Case) {
    let client = case.join(&case.connect_packet("c").session_expiry(1));
    let longer = Disconnect::new(0).property(Property::SessionExpiryInterval(60));
    client.leave_with(&longer);
    case.pass_seconds(3);
    assert!(case.persistent("c").connack().session_present);
}

#[broker_test(v5)]
fn a_disconnect_must_not_give_an_expiry_to_a_session_that_had_none(case: &Case) {
    let mut client = case.client("c");
    client.send(&Disconnect::new(0).property(Property::SessionExpiryInterval(60)));
    client.expect_refusal(&[0x82]);
    assert!(!case.persistent("c").connack().session_present);
}

#[broker_test(v5, config = "max_session_expiry_interval = \"10s\"")]
fn the_server_says_when_it_shortens_the_session_expiry_interval(case: &Case) {
    let client = case.persistent("c");
    assert_eq!(client.connack().properties.session_expiry_interval(), Some(10));
    let short = case.join(&case.connect_packet("d").session_expiry(5));
    assert_eq!(short.connack().properties.session_expiry_interval().unwrap_or(5), 5);
}

#[broker_test(v31, v311, config = "session_expiry_interval = \"1s\"")]
fn a_session_of_3_x_ends_after_the_listeners_interval(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 1);
    subscriber.leave();
    case.pass_seconds(3);
    case.client("pub").publish(&topic, 1, "lost");
    case.persistent("sub").expect_nothing();
}

#[broker_test(v311, v5)]
fn a_session_moves_between_versions_of_the_protocol(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 1);
    subscriber.leave();
    let other = if case.is_v5() { Version::V311 } else { Version::V5 };
    case.client("pub").publish(&topic, 1, "queued");
    let mut moved = case.join(&Connect::persistent(other, &case.client_id("sub")));
    assert!(moved.connack().session_present);
    moved.expect_message(&topic, "queued");
    case.client("pub").publish(&topic, 1, "live");
    moved.expect_message(&topic, "live");
}

#[broker_test(v31, v311, v5)]
fn a_session_that_was_resumed_many_times_loses_and_repeats_nothing(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 2);
    let mut publisher = case.client("pub");
    let mut next = 0;
    for round in 0..10 {
        for number in 0..5 {
            publisher.publish(&topic, 2, &format!("{round}.{number}"));
        }
        for number in 0..3 {
            subscriber.expect_message(&topic, &format!("{round}.{number}"));
            next += 1;
        }
        // Two are left unanswered or not even read.
        subscriber.ping();
        subscriber.abort();
        subscriber = case.persistent("sub");
        for number in 3..5 {
            subscriber.expect_message(&topic, &format!("{round}.{number}"));
            next += 1;
        }
    }
    assert_eq!(next, 50);
    subscriber.expect_nothing();
}

#[broker_test(v31, v311, v5, config = "max_mqueue_len = 10")]
fn a_full_queue_drops_the_oldest_messages(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 1);
    subscriber.leave();
    let mut publisher = case.client("pub");
    for number in 0..30 {
        publisher.publish(&topic, 1, &number.to_string());
    }
    let mut subscriber = case.persistent("sub");
    for number in 20..30 {
        subscriber.expect_message(&topic, &number.to_string());
    }
    subscriber.ping();
    subscriber.expect_nothing();
}
