//! Message expiry.

use rmqtt_test::{Case, Property, Publish, Version, broker_test};

fn expiring(topic: &str, payload: &str, seconds: u32) -> Publish {
    Publish::new(topic, payload).qos(1).property(Property::MessageExpiryInterval(seconds))
}

#[broker_test(v5("MQTT-3.3.2-5"))]
fn a_queued_message_is_dropped_when_it_expires(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 1);
    subscriber.leave();
    let mut publisher = case.client("pub");
    publisher.publish_with(expiring(&topic, "short", 1));
    publisher.publish_with(expiring(&topic, "long", 600));
    publisher.publish(&topic, 1, "without");
    case.pass_seconds(3);
    let mut subscriber = case.persistent("sub");
    subscriber.expect_message(&topic, "long");
    subscriber.expect_message(&topic, "without");
    subscriber.ping();
    subscriber.expect_nothing();
}

#[broker_test(v5("MQTT-3.3.2-6"))]
fn the_interval_is_lowered_by_the_time_in_the_queue(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 1);
    subscriber.leave();
    case.client("pub").publish_with(expiring(&topic, "m", 600));
    case.pass_seconds(2);
    let delivery = case.persistent("sub").expect_message(&topic, "m");
    let left = delivery.properties.message_expiry_interval().expect("it has an interval");
    assert!((500..=598).contains(&left), "{left}");
}

#[broker_test(v5("MQTT-3.3.2-6"))]
fn a_message_delivered_at_once_keeps_its_interval(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 1);
    case.client("pub").publish_with(expiring(&topic, "m", 600));
    let delivery = subscriber.expect_message(&topic, "m");
    let left = delivery.properties.message_expiry_interval().expect("it has an interval");
    assert!((590..=600).contains(&left), "{left}");
}

#[broker_test(v5("MQTT-3.3.2-5", "MQTT-3.3.2-6"))]
fn retained_messages_expire_and_their_interval_is_lowered(case: &Case) {
    let (short, long) = (case.topic("short"), case.topic("long"));
    let mut publisher = case.client("pub");
    publisher.publish_with(expiring(&short, "short", 1).retain());
    publisher.publish_with(expiring(&long, "long", 600).retain());
    case.pass_seconds(3);
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&case.topic("+"), 1);
    let delivery = subscriber.expect_message(&long, "long");
    let left = delivery.properties.message_expiry_interval().expect("it has an interval");
    assert!((500..=598).contains(&left), "{left}");
    subscriber.ping();
    subscriber.expect_nothing();
}

#[broker_test(v311)]
fn messages_of_mqtt_5_expire_for_subscribers_of_3_x_too(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 1);
    subscriber.leave();
    let mut publisher = case.client_of(Version::V5, "pub");
    publisher.publish_with(expiring(&topic, "short", 1));
    publisher.publish_with(expiring(&topic, "long", 600));
    case.pass_seconds(3);
    let mut subscriber = case.persistent("sub");
    subscriber.expect_message(&topic, "long");
    subscriber.ping();
    subscriber.expect_nothing();
}

#[broker_test(v5("MQTT-3.3.2-5"))]
fn a_message_waiting_behind_a_full_window_expires(case: &Case) {
    let topic = case.topic("t");
    let connect = case.connect_packet("sub").property(Property::ReceiveMaximum(1));
    let mut subscriber = case.join(&connect);
    subscriber.subscribe(&topic, 1);
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 1, "in flight");
    publisher.publish_with(expiring(&topic, "short", 1));
    publisher.publish(&topic, 1, "last");
    let first = subscriber.expect_delivery();
    case.pass_seconds(3);
    subscriber.accept(&first);
    subscriber.expect_message(&topic, "last");
}

#[broker_test(v5("MQTT-4.3.3-7"))]
fn a_qos_2_message_in_flight_does_not_expire(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 2);
    case.client("pub").publish_with(expiring(&topic, "m", 1).qos(2));
    let first = subscriber.expect_delivery();
    subscriber.abort();
    case.pass_seconds(2);
    let again = case.persistent("sub").expect_message(&topic, "m");
    assert_eq!((again.packet_id, again.dup), (first.packet_id, true));
}

#[broker_test(v31, v311, v5, config = "message_expiry_interval = \"1s\"")]
fn the_listeners_interval_applies_to_messages_without_their_own(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = case.persistent("sub");
    subscriber.subscribe(&topic, 1);
    subscriber.leave();
    let mut publisher = case.client("pub");
    publisher.publish(&topic, 1, "default");
    case.client_of(Version::V5, "pub5").publish_with(expiring(&topic, "own", 600));
    case.pass_seconds(3);
    let mut subscriber = case.persistent("sub");
    subscriber.expect_message(&topic, "own");
    subscriber.ping();
    subscriber.expect_nothing();
}
