//! A QoS 0 message costs no allocation once the broker is warm, counted in the running process.
//!
//! Alone in its process, since it counts all of it: the clients here allocate nothing either.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use rmqtt::Driver;
use rmqtt_test::request::Request;
use rmqtt_test::wire::Writer;
use rmqtt_test::{Connect, Subscribe, Version};

#[path = "../support/counting_allocator.rs"]
mod counting_allocator;
#[path = "../support/server.rs"]
mod server;
#[path = "../support/stream.rs"]
mod stream;

const TOPIC: &str = "sensors/7/temperature";
const PAYLOAD: &[u8] = &[b'.'; 64];
/// Messages on their way at a time: each alone, and many in one read.
const WINDOWS: [usize; 2] = [1, 100];
/// So many windows are one round.
const EXCHANGES: usize = 150;
/// The first rounds warm the broker up. Timers that move on allocate now and then, however many
/// messages there are; what a message costs, every round pays.
const ROUNDS: usize = 6;

#[test]
fn a_qos_0_message_from_worker_to_worker_allocates_nothing() {
    let runtime = server::runtime();
    for driver in [
        #[cfg(target_os = "linux")]
        Driver::Epoll,
        Driver::Portable,
    ] {
        for version in [Version::V311, Version::V5] {
            let context = server::start(&runtime, driver);
            let mut pair = Pair::connect(context.listening()[0].addr, version);
            let workers = runtime.block_on(context.counters_by_worker());
            let links: Vec<u64> = workers.iter().map(|counters| counters.links_opened).collect();
            assert_eq!(links, [1, 1], "each client has its own worker");
            for window in WINDOWS {
                let rounds = (0..ROUNDS).map(|_| {
                    let before = counting_allocator::allocations();
                    pair.exchange(window);
                    counting_allocator::allocations() - before
                });
                let least = rounds.min();
                assert_eq!(least, Some(0), "{driver:?} {version:?} window {window}");
            }
            runtime.block_on(context.shutdown(Duration::from_secs(5)));
        }
    }
}

/// A publisher and a subscriber that exchange bytes they know beforehand.
struct Pair {
    publisher: TcpStream,
    subscriber: TcpStream,
    /// One PUBLISH, and the same bytes as the subscriber has to get them.
    packet: Vec<u8>,
    /// The longest window of them.
    packets: Vec<u8>,
    input: Vec<u8>,
}

impl Pair {
    fn connect(address: SocketAddr, version: Version) -> Self {
        let connect = |name| {
            stream::join(
                TcpStream::connect(address).unwrap(),
                &Connect::new(version, name).keep_alive(0),
            )
        };
        let (mut subscriber, publisher) = (connect("subscriber"), connect("publisher"));
        let subscribe = Subscribe::new().id(1).filter("sensors/+/temperature", 0);
        subscriber.write_all(&subscribe.bytes(version)).unwrap();
        assert_eq!(stream::read_packet(&mut subscriber)[0], 0x90, "SUBACK");
        let writer = Writer::new().string(TOPIC);
        let writer = if version.is_v5() { writer.byte(0) } else { writer };
        let packet = writer.raw(PAYLOAD).packet(0x30);
        let packets = packet.repeat(WINDOWS[1]);
        let input = vec![0; packets.len()];
        Self { publisher, subscriber, packet, packets, input }
    }

    fn exchange(&mut self, window: usize) {
        for _ in 0..EXCHANGES {
            self.publisher.write_all(&self.packets[..self.packet.len() * window]).unwrap();
            let input = &mut self.input[..self.packet.len() * window];
            self.subscriber.read_exact(input).unwrap();
            assert!(input.chunks(self.packet.len()).all(|packet| packet == self.packet));
        }
    }
}
