//! What a message costs from the bytes of its PUBLISH to the bytes at its receivers, in instructions
//! per delivery: the engine alone, without sockets.
//!
//! "Same worker": publisher and receivers are one worker's. "Across": the receivers are the other
//! worker's, so that the message goes through a batch.
#![allow(clippy::unwrap_used, reason = "in a benchmark a panic is the report")]

#[path = "../tests/support/node.rs"]
#[allow(dead_code, reason = "a benchmark uses a part of what the tests do")]
mod node;

use std::process::ExitCode;

use instruction_count::{Case, main as measure};
use node::{Client, Node, publish, subscribe};
use rmqtt_codec::{ProtocolVersion, QoS};

const CASES: [Case; 10] = [
    case("3.1.1 QoS 0, 1 to 1, same worker", |n| {
        run(&Load::new(ProtocolVersion::V311, 0, 1, 0), n)
    }),
    case("3.1.1 QoS 0, 1 to 1, across", |n| run(&Load::new(ProtocolVersion::V311, 0, 1, 1), n)),
    case("3.1.1 QoS 0, 1 to 100, same worker", |n| {
        run(&Load::new(ProtocolVersion::V311, 0, 100, 0), n)
    }),
    case("3.1.1 QoS 0, 1 to 100, across", |n| run(&Load::new(ProtocolVersion::V311, 0, 100, 1), n)),
    case("3.1.1 QoS 1, 1 to 1, same worker", |n| {
        run(&Load::new(ProtocolVersion::V311, 1, 1, 0), n)
    }),
    case("3.1.1 QoS 1, 1 to 1, across", |n| run(&Load::new(ProtocolVersion::V311, 1, 1, 1), n)),
    case("3.1.1 QoS 1, 1 to 100, same worker", |n| {
        run(&Load::new(ProtocolVersion::V311, 1, 100, 0), n)
    }),
    case("3.1.1 QoS 1, 1 to 100, across", |n| run(&Load::new(ProtocolVersion::V311, 1, 100, 1), n)),
    case("5.0 QoS 0, 1 to 1, same worker", |n| run(&Load::new(ProtocolVersion::V5, 0, 1, 0), n)),
    case("5.0 QoS 1, 1 to 1, same worker", |n| run(&Load::new(ProtocolVersion::V5, 1, 1, 0), n)),
];

/// Messages of one read of the publisher's socket.
const MESSAGES_PER_READ: u64 = 20;

struct Load {
    version: ProtocolVersion,
    qos: QoS,
    receivers: u16,
    receivers_on: u16,
}

impl Load {
    fn new(version: ProtocolVersion, qos: u8, receivers: u16, receivers_on: u16) -> Self {
        Self { version, qos: QoS::from_u8(qos).unwrap(), receivers, receivers_on }
    }
}

fn main() -> ExitCode {
    measure(&CASES, |_costs| Ok(()))
}

const fn case(name: &'static str, run: fn(u64) -> u64) -> Case {
    Case { name, operations: 50, run }
}

/// Publishes `reads` times as many messages as one read brings; gives the deliveries.
fn run(load: &Load, reads: u64) -> u64 {
    let Load { version, qos, receivers, receivers_on } = *load;
    let mut node = Node::new();
    let topic = "site/7/device/tmp/values";
    let subscribers: Vec<_> = (0..receivers)
        .map(|n| {
            let client_id = format!("subscriber{n}");
            let client = Client::new(version, &client_id).on_worker(receivers_on);
            let subscriber = node.connect(&client);
            node.send(subscriber, &subscribe(1, topic, qos));
            node.received(subscriber);
            subscriber
        })
        .collect();
    let publisher = node.connect(&Client::new(version, "publisher").on_worker(0));
    let message = node.encoded(publisher, &publish(topic, &[b'x'; 64], qos, 1));
    let read = message.repeat(usize::try_from(MESSAGES_PER_READ).unwrap());
    let mut delivered = 0;
    for _ in 0..reads {
        node.send_bytes(publisher, &read);
        for &subscriber in &subscribers {
            delivered += node.acknowledge_publishes(subscriber);
        }
        node.forget(publisher);
    }
    assert_eq!(delivered, reads * MESSAGES_PER_READ * u64::from(receivers));
    delivered
}
