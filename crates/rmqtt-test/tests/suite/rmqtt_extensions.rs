//! What RMQTT adds to the protocol: `$delayed`, `$exclusive` and `$limit`.

use rmqtt_test::{Case, Publish, broker_test};

#[broker_test(v31, v311, v5, config = "delayed_publish = true")]
fn a_delayed_message_is_published_on_its_topic_after_its_delay(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 1);
    let mut publisher = case.client("pub");
    publisher.publish(&format!("$delayed/4/{topic}"), 1, "slow");
    publisher.publish(&format!("$delayed/2/{topic}"), 1, "fast");
    publisher.publish(&topic, 1, "at once");
    subscriber.expect_message(&topic, "at once");
    subscriber.expect_message(&topic, "fast");
    subscriber.expect_message(&topic, "slow");
    subscriber.ping();
    subscriber.expect_nothing();
}

#[broker_test(v31, v311, v5, config = "delayed_publish = true")]
fn a_delayed_message_outlives_its_publisher(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 2);
    let mut publisher = case.client("pub");
    publisher.publish(&format!("$delayed/1/{topic}"), 2, "later");
    publisher.leave();
    assert_eq!(subscriber.expect_message(&topic, "later").qos, 2);
}

#[broker_test(v31, v311, v5, config = "delayed_publish = true")]
fn a_delayed_retained_message_is_stored_after_its_delay(case: &Case) {
    let topic = case.topic("t");
    let mut watcher = case.client("watch");
    watcher.subscribe(&topic, 0);
    let delayed = format!("$delayed/2/{topic}");
    case.client("pub").publish_with(Publish::new(delayed, "kept").qos(1).retain());
    let mut early = case.client("early");
    early.subscribe(&topic, 0);
    early.expect_nothing();
    watcher.expect_message(&topic, "kept");
    let mut late = case.client("late");
    late.subscribe(&topic, 0);
    assert!(late.expect_message(&topic, "kept").retain);
}

#[broker_test(v31, v311, v5, config = "delayed_publish = false")]
fn a_delayed_topic_is_an_ordinary_topic_where_the_listener_has_no_delays(case: &Case) {
    let topic = format!("$delayed/1/{}", case.topic("t"));
    let mut client = case.client("c");
    client.subscribe(&topic, 0);
    client.publish(&topic, 0, "plain");
    client.expect_message(&topic, "plain");
}

#[broker_test(
    v311,
    v5,
    config = "delayed_publish = true",
    preamble = "[mqtt]\ndelayed_publish_max = 1\ndelayed_publish_immediate = true"
)]
fn beyond_the_maximum_delayed_messages_are_published_at_once(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 1);
    let mut publisher = case.client("pub");
    publisher.publish(&format!("$delayed/2/{topic}"), 1, "waits");
    publisher.publish(&format!("$delayed/2/{topic}"), 1, "at once");
    subscriber.expect_message(&topic, "at once");
    subscriber.expect_message(&topic, "waits");
}

#[broker_test(
    v311,
    v5,
    config = "delayed_publish = true",
    preamble = "[mqtt]\ndelayed_publish_max = 1\ndelayed_publish_immediate = false"
)]
fn beyond_the_maximum_delayed_messages_are_dropped_where_configured_so(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 0);
    let mut publisher = case.client("pub");
    publisher.publish(&format!("$delayed/1/{topic}"), 0, "waits");
    publisher.publish(&format!("$delayed/1/{topic}"), 0, "dropped");
    subscriber.expect_message(&topic, "waits");
    case.client("late").publish(&topic, 1, "sentinel");
    subscriber.expect_message(&topic, "sentinel");
}

#[broker_test(v31, v311, v5, config = "limit_subscription = true")]
fn an_exclusive_filter_has_one_subscriber(case: &Case) {
    let topic = case.topic("t");
    let filter = format!("$exclusive/{topic}");
    let mut first = case.client("first");
    let mut second = case.client("second");
    assert_eq!(first.subscribe(&filter, 1), 1);
    assert!(second.subscribe(&filter, 1) >= 0x80);
    assert_eq!(first.subscribe(&filter, 0), 0, "its holder may subscribe again");
    case.client("pub").publish(&topic, 1, "m");
    first.expect_message(&topic, "m");
    second.ping();
    second.expect_nothing();
    first.unsubscribe(&filter);
    assert_eq!(second.subscribe(&filter, 1), 1);
}

#[broker_test(v31, v311, v5, config = "limit_subscription = true")]
fn an_exclusive_filter_is_free_when_its_session_ends(case: &Case) {
    let filter = format!("$exclusive/{}", case.topic("t"));
    let mut first = case.client("first");
    assert_eq!(first.subscribe(&filter, 0), 0);
    first.leave();
    // The end of the session is noticed at once by whoever takes the same path afterwards.
    let mut second = case.client("second");
    assert_eq!(second.subscribe(&filter, 0), 0);
}

#[broker_test(v31, v311, v5, config = "limit_subscription = true")]
fn a_limited_filter_has_at_most_its_number_of_subscribers(case: &Case) {
    let topic = case.topic("t");
    let filter = format!("$limit/2/{topic}");
    let mut clients: Vec<_> = (0..3).map(|number| case.client(&format!("c{number}"))).collect();
    let granted: Vec<_> =
        clients.iter_mut().map(|client| client.subscribe(&filter, 1) < 0x80).collect();
    assert_eq!(granted, [true, true, false]);
    case.client("pub").publish(&topic, 1, "m");
    for client in &mut clients[..2] {
        client.expect_message(&topic, "m");
    }
    clients[2].ping();
    clients[2].expect_nothing();
}

#[broker_test(v5, config = "limit_subscription = true")]
fn a_malformed_limit_is_refused_by_its_code(case: &Case) {
    let mut client = case.client("c");
    for filter in
        ["$limit/x/t", "$limit/2", "$limit/2/", "$limit/-1/t", "$exclusive/", "$exclusive/a/#/b"]
    {
        let code = client.subscribe(filter, 0);
        assert!(code >= 0x80, "{filter}: {code:#x}");
    }
}

#[broker_test(v31, v311, v5, config = "limit_subscription = false")]
fn an_exclusive_filter_is_an_ordinary_filter_where_the_listener_has_no_limits(case: &Case) {
    let topic = format!("$exclusive/{}", case.topic("t"));
    let mut first = case.client("first");
    let mut second = case.client("second");
    first.subscribe(&topic, 0);
    second.subscribe(&topic, 0);
    first.publish(&topic, 0, "m");
    first.expect_message(&topic, "m");
    second.expect_message(&topic, "m");
}
