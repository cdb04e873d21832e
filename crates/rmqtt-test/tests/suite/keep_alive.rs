//! Keep Alive, PINGREQ and PINGRESP.

use std::time::Duration;

use rmqtt_test::{Case, broker_test};

/// Longer than any keep-alive of these tests and what a server may add to it.
const PATIENCE: Duration = Duration::from_secs(15);

#[broker_test(v31, v311("MQTT-3.12.4-1"), v5("MQTT-3.12.4-1"))]
fn pingreq_is_answered_with_pingresp(case: &Case) {
    let mut client = case.client("c");
    for _ in 0..3 {
        client.expect_nothing();
    }
}

#[broker_test(
    v31,
    v311("MQTT-3.1.2-23", "MQTT-3.1.2-24"),
    v5("MQTT-3.1.2-20", "MQTT-3.1.2-22", "MQTT-3.2.2-22")
)]
fn a_client_that_is_silent_beyond_its_keep_alive_is_closed(case: &Case) {
    let mut client = case.join(&case.connect_packet("c").keep_alive(1));
    client.set_deadline(PATIENCE);
    client.expect_refusal(&[0x8D]);
}

#[broker_test(v31, v311("MQTT-3.1.2-24"), v5("MQTT-3.1.2-22"))]
fn a_client_is_not_closed_before_one_and_a_half_keep_alives(case: &Case) {
    let mut patient = case.join(&case.connect_packet("p").keep_alive(10));
    let mut hasty = case.join(&case.connect_packet("h").keep_alive(1));
    hasty.set_deadline(PATIENCE);
    hasty.expect_refusal(&[0x8D]);
    // The one with the longer keep-alive connected earlier and has been silent for longer.
    patient.expect_nothing();
}

#[broker_test(v31, v311("MQTT-3.1.2-24"), v5("MQTT-3.1.2-22"))]
fn any_packet_keeps_the_connection_alive(case: &Case) {
    let topic = case.topic("t");
    let mut client = case.join(&case.connect_packet("c").keep_alive(2));
    for _ in 0..5 {
        case.pass_seconds(1);
        client.publish(&topic, 0, "alive");
    }
    client.expect_nothing();
}

#[broker_test(v31, v311("MQTT-3.1.2-24"), v5("MQTT-3.1.2-22"))]
fn packets_of_the_server_do_not_keep_a_silent_client_alive(case: &Case) {
    let topic = case.topic("t");
    let mut client = case.join(&case.connect_packet("c").keep_alive(1));
    client.subscribe(&topic, 0);
    let mut publisher = case.client("pub");
    for _ in 0..6 {
        publisher.publish(&topic, 0, "tick");
        case.pass_seconds(1);
    }
    client.set_deadline(PATIENCE);
    let received = std::iter::from_fn(|| client.next_packet()).count();
    // In MQTT 5 the DISCONNECT is one of them. Had the deliveries kept it alive, all would be here
    // and the read would have ended in its deadline.
    assert!(received < 7, "{received} packets");
}

#[broker_test(v31, v311, v5)]
fn a_keep_alive_of_zero_never_ends_the_connection(case: &Case) {
    let mut quiet = case.join(&case.connect_packet("q").keep_alive(0));
    let mut hasty = case.join(&case.connect_packet("h").keep_alive(1));
    hasty.set_deadline(PATIENCE);
    hasty.expect_refusal(&[0x8D]);
    quiet.expect_nothing();
}

#[broker_test(v31, v311, v5)]
fn the_longest_keep_alive_is_accepted(case: &Case) {
    case.join(&case.connect_packet("c").keep_alive(u16::MAX)).expect_nothing();
}

#[broker_test(v5("MQTT-3.1.2-21", "MQTT-3.2.2-21"), config = "max_keepalive = 1")]
fn a_server_keep_alive_replaces_the_clients(case: &Case) {
    let mut client = case.join(&case.connect_packet("c").keep_alive(600));
    assert_eq!(client.connack().properties.server_keep_alive(), Some(1));
    client.set_deadline(PATIENCE);
    client.expect_refusal(&[0x8D]);
}

#[broker_test(v5, config = "min_keepalive = 300")]
fn a_keep_alive_below_the_minimum_is_raised_in_mqtt_5(case: &Case) {
    let client = case.join(&case.connect_packet("c").keep_alive(1));
    assert_eq!(client.connack().properties.server_keep_alive(), Some(300));
}

#[broker_test(v31, v311, config = "min_keepalive = 30\nmax_keepalive = 300")]
fn a_keep_alive_outside_the_limits_is_refused_before_mqtt_5(case: &Case) {
    for seconds in [29, 301] {
        let mut client = case.open();
        client.send(&case.connect_packet("c").keep_alive(seconds));
        client.expect_connect_refused(&[3]);
    }
    case.join(&case.connect_packet("c").keep_alive(30)).expect_nothing();
    case.join(&case.connect_packet("c").keep_alive(300)).expect_nothing();
}

#[broker_test(v31, v311, v5, config = "allow_zero_keepalive = false")]
fn a_keep_alive_of_zero_is_refused_where_it_is_not_allowed(case: &Case) {
    let mut client = case.open();
    client.send(&case.connect_packet("c").keep_alive(0));
    client.expect_connect_refused(if case.is_v5() { &[0x88] } else { &[3] });
}

#[broker_test(v31, v311, v5, config = "handshake_timeout = \"1s\"")]
fn a_connection_without_a_connect_is_closed_after_the_handshake_time(case: &Case) {
    let mut silent = case.open();
    let mut half = case.open();
    half.send_bytes(&[0x10, 0x20, 0x00]);
    silent.set_deadline(PATIENCE);
    half.set_deadline(PATIENCE);
    silent.expect_close();
    half.expect_close();
    case.client("c").expect_nothing();
}
