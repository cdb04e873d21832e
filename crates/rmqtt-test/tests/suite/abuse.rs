//! Peers that mean harm or are broken: others must not notice.

use std::net::TcpStream;
use std::sync::{Mutex, PoisonError};

use rmqtt_test::{Case, Publish, broker_test};

/// As many as an attacker easily opens; within the usual limit of descriptors for both processes.
const CONNECTIONS: usize = 10_000;

/// Two tests at a time would use up the descriptors of their process.
static MANY: Mutex<()> = Mutex::new(());

fn open(case: &Case, count: usize, bytes: &[u8]) -> Vec<TcpStream> {
    use std::io::Write;
    (0..count)
        .filter_map(|_| {
            let mut stream = TcpStream::connect(case.broker().address()).ok()?;
            stream.write_all(bytes).ok()?;
            Some(stream)
        })
        .collect()
}

#[broker_test(v5, config = "max_handshaking_limit = 10\nhandshake_timeout = \"60s\"")]
fn silent_connections_neither_delay_a_client_nor_count_as_handshakes(case: &Case) {
    let _alone = MANY.lock().unwrap_or_else(PoisonError::into_inner);
    let silent = open(case, CONNECTIONS, b"");
    assert!(silent.len() > CONNECTIONS / 2, "{} connections", silent.len());
    let mut client = case.client("c");
    client.expect_nothing();
    client.subscribe(&case.topic("t"), 1);
    client.publish(&case.topic("t"), 1, "m");
    client.expect_message(&case.topic("t"), "m");
    drop(silent);
}

#[broker_test(v5, config = "max_handshaking_limit = 10\nhandshake_timeout = \"60s\"")]
fn half_sent_connects_neither_delay_a_client_nor_count_as_handshakes(case: &Case) {
    let _alone = MANY.lock().unwrap_or_else(PoisonError::into_inner);
    let half = open(case, CONNECTIONS, &[0x10, 0x40, 0x00, 0x04, b'M', b'Q']);
    assert!(half.len() > CONNECTIONS / 2, "{} connections", half.len());
    let mut client = case.client("c");
    client.expect_nothing();
    client.publish(&case.topic("t"), 1, "m");
    drop(half);
}

#[broker_test(v31, v311, v5)]
fn a_subscriber_that_does_not_read_delays_nobody(case: &Case) {
    let topic = case.topic("t");
    let mut stuck = case.client("stuck");
    stuck.subscribe(&topic, 0);
    let mut reader = case.client("reader");
    reader.subscribe(&topic, 0);
    let mut publisher = case.client("pub");
    let payload = "x".repeat(50_000);
    for _ in 0..400 {
        publisher.publish(&topic, 0, &payload);
        assert_eq!(reader.take().payload.len(), payload.len());
    }
    drop(stuck);
}

#[broker_test(v31, v311, v5)]
fn a_subscriber_that_does_not_acknowledge_delays_nobody(case: &Case) {
    let topic = case.topic("t");
    let mut stuck = case.client("stuck");
    stuck.subscribe(&topic, 2);
    let mut reader = case.client("reader");
    reader.subscribe(&topic, 1);
    let mut publisher = case.client("pub");
    for number in 0..200 {
        publisher.publish(&topic, 1, &number.to_string());
        reader.expect_message(&topic, &number.to_string());
    }
    stuck.ping();
}

#[broker_test(v31, v311, v5)]
fn connections_that_come_and_go_leave_the_broker_usable(case: &Case) {
    let topic = case.topic("t");
    for number in 0..300 {
        let mut client = case.client(&format!("c{}", number % 7));
        client.subscribe(&topic, 1);
        match number % 3 {
            0 => client.leave(),
            1 => client.abort(),
            _ => drop(client),
        }
    }
    let mut subscriber = case.client("sub");
    subscriber.subscribe(&topic, 1);
    case.client("pub").publish(&topic, 1, "m");
    subscriber.expect_message(&topic, "m");
}

#[broker_test(v31, v311, v5)]
fn a_thousand_subscribers_each_receive_a_message_once(case: &Case) {
    let topic = case.topic("t");
    let mut subscribers: Vec<_> = (0..1_000)
        .map(|number| {
            let mut subscriber = case.client(&format!("s{number}"));
            subscriber.subscribe(&topic, 1);
            subscriber
        })
        .collect();
    let mut publisher = case.client("pub");
    publisher.publish_with(Publish::new(&topic, "all").qos(1));
    for subscriber in &mut subscribers {
        subscriber.expect_message(&topic, "all");
        subscriber.ping();
        subscriber.expect_nothing();
    }
}

#[broker_test(v31, v311, v5)]
fn a_flood_of_one_publisher_leaves_another_its_turn(case: &Case) {
    let mut flood = case.client("flood");
    let flood_topic = case.topic("flood");
    let mut sink = case.client("sink");
    sink.subscribe(&flood_topic, 0);
    let publish = Publish::new(&flood_topic, "x".repeat(100));
    for _ in 0..20_000 {
        flood.send(&publish);
    }
    let topic = case.topic("t");
    let mut client = case.client("c");
    client.subscribe(&topic, 1);
    client.publish(&topic, 1, "m");
    client.expect_message(&topic, "m");
    flood.ping();
}
