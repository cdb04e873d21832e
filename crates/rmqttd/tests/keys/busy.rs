//! `[node.busy]`
//!
//! One look at the machine judges load average, processors, handshakes and memory in this order, and
//! writes a line for each that has reached its bound. Where a line must not be there, the line for
//! the memory says that the look has taken place.

use std::time::{Duration, Instant};

use rmqtt_test::{Publish, RawClient, Started, shows_key_given};

use crate::connections::connect_all_at_once;
use crate::persistent;

/// Has the first look found the load average too high?
fn is_busy_at_once(broker: &mut Started) -> bool {
    broker.wait_for_line("overload: allocated memory");
    broker.log().contains("overload: load average")
}

#[test]
fn a_node_looks_for_load_only_where_that_is_enabled() {
    shows_key_given(
        "node.busy.check_enable",
        &[("node.busy.loadavg", "0"), ("node.memory_max", "\"1B\"")],
        [("true", true), ("false", false)],
        is_busy_at_once,
    );
}

#[test]
fn a_node_is_busy_from_a_load_average_on() {
    shows_key_given(
        "node.busy.loadavg",
        &[("node.busy.check_enable", "true"), ("node.memory_max", "\"1B\"")],
        [("0", true), ("1000000", false)],
        is_busy_at_once,
    );
}

/// The bound that is reached, as the line about it has it, once `provoke` has led to one.
fn reached_bound(broker: &Started, line: &str, mut provoke: impl FnMut()) -> String {
    broker.wait_until(line, || {
        provoke();
        broker.log().contains(line)
    });
    let line = broker.wait_for_line(line);
    line.split("the bound is ").nth(1).unwrap().split(';').next().unwrap().to_owned()
}

#[test]
fn a_node_is_busy_from_a_use_of_its_processors_on() {
    let bound = |broker: &mut Started| {
        reached_bound(broker, "overload: CPU", || {
            let until = Instant::now() + Duration::from_millis(20);
            while Instant::now() < until {
                std::hint::spin_loop();
            }
        })
    };
    shows_key_given(
        "node.busy.cpuloadavg",
        &[("node.busy.check_enable", "true"), ("node.busy.update_interval", "\"20ms\"")],
        [("0", "0.0 %".to_owned()), ("1", "1.0 %".to_owned())],
        bound,
    );
}

/// A handshake takes next to no time, so that a look has to fall into one of many. It takes longest
/// where the client is still connected to another worker.
#[test]
fn a_node_is_busy_from_a_number_of_handshakes_on() {
    let bound = |broker: &mut Started| {
        let mut connected = Vec::new();
        reached_bound(broker, "overload: handshakes in progress", || {
            connected = connect_all_at_once(broker);
            connected.iter_mut().for_each(|client| drop(client.next_packet()));
        })
    };
    shows_key_given(
        "node.busy.handshaking",
        &[
            ("node.busy.check_enable", "true"),
            ("node.busy.update_interval", "\"1ms\""),
            ("node.busy.loadavg", "1000000"),
            ("node.busy.cpuloadavg", "1000000"),
            ("runtime.workers", "2"),
        ],
        [("1", "1.00".to_owned()), ("2", "2.00".to_owned())],
        bound,
    );
}

/// The first look is when the node starts; what is used up later is found by the next one.
#[test]
fn the_machine_is_looked_at_once_in_an_interval() {
    let is_refused = |broker: &mut Started| {
        let mut sleeper = broker.join(&persistent("sleeper"));
        sleeper.subscribe("t", 1);
        sleeper.leave();
        let mut publisher = broker.client("publisher");
        (0..150).any(|_| publish_much(&mut publisher) == 0x97)
    };
    shows_key_given(
        "node.busy.update_interval",
        &[("node.memory_max", "\"32M\""), ("listener.tcp.external.max_mqueue_bytes", "\"48M\"")],
        [("\"10ms\"", true), ("\"1h\"", false)],
        is_refused,
    );
}

fn publish_much(publisher: &mut RawClient) -> u8 {
    publisher.publish_with(Publish::new("t", vec![b'x'; 512 * 1024]).qos(1))
}
