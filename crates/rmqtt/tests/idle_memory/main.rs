//! What an idle connection costs, counted in the running process.
//!
//! Alone in its process, since it counts all of it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::TcpStream;
use std::time::Duration;

use rmqtt::Driver;
use rmqtt_test::{Connect, Version};

#[path = "../support/counting_allocator.rs"]
mod counting_allocator;
#[path = "../support/server.rs"]
mod server;
#[path = "../support/stream.rs"]
mod stream;

const CONNECTIONS: u32 = 2_000;
/// Bytes of heap for each, everything included: the socket's entry, the link, the session, its timer,
/// its client identifier, and what tables have grown.
const BYTES_MAX: i64 = 600;

#[test]
fn an_idle_mqtt_5_connection_takes_at_most_600_bytes_of_heap() {
    let runtime = server::runtime();
    let context = server::start(&runtime, Driver::Epoll);
    let address = context.listening()[0].addr;
    let connect = |number: u32| {
        let client_id = format!("client-{number:013}");
        assert_eq!(client_id.len(), 20);
        stream::join(
            TcpStream::connect(address).unwrap(),
            &Connect::new(Version::V5, &client_id).keep_alive(60),
        )
    };
    // What the first connections make once and for all is not theirs.
    drop([connect(1_000_000), connect(1_000_001)]);
    let mut clients: Vec<TcpStream> = Vec::with_capacity(CONNECTIONS as usize);
    let before = counting_allocator::live_bytes();
    clients.extend((0..CONNECTIONS).map(connect));
    let each = (counting_allocator::live_bytes() - before) / i64::from(CONNECTIONS);
    println!("{each} bytes for each of {CONNECTIONS} idle connections");
    assert!(each <= BYTES_MAX, "{each} bytes");
    drop(clients);
    runtime.block_on(context.shutdown(Duration::from_secs(5)));
}
