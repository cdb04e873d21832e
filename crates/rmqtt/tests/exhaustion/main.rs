//! A process without descriptors makes room for clients that speak.
//!
//! Alone in its process, since it takes the descriptors away from all of it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::File;
use std::net::TcpStream;
use std::time::Duration;

use rmqtt::{Driver, ServerContext};
use rmqtt_test::{Connect, Version};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::{Domain, Socket, Type};
use tokio::runtime::Runtime;

#[path = "../support/server.rs"]
mod server;
#[path = "../support/stream.rs"]
mod stream;

const SILENT: usize = 20;
const SPEAKING: usize = 4;
/// More than this process has open, so that the rest can be filled up.
const DESCRIPTORS: u64 = 256;

#[test]
fn a_silent_connection_gives_way_when_there_is_no_descriptor_left() {
    let runtime = server::runtime();
    for driver in [Driver::Epoll, Driver::Portable] {
        let context = server::start(&runtime, driver);
        let address = context.listening()[0].addr;
        let silent: Vec<TcpStream> =
            (0..SILENT).map(|_| TcpStream::connect(address).unwrap()).collect();
        wait_for_links(&runtime, &context, SILENT);
        let sockets: Vec<Socket> =
            (0..SPEAKING).map(|_| Socket::new(Domain::IPV4, Type::STREAM, None).unwrap()).collect();

        let before = getrlimit(Resource::Nofile);
        setrlimit(Resource::Nofile, Rlimit { current: Some(DESCRIPTORS), ..before }).unwrap();
        let fillers: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
        assert!(!fillers.is_empty(), "there was room before");

        // They stay, and take the descriptors of silent ones.
        let mut speaking = Vec::new();
        for (number, socket) in sockets.into_iter().enumerate() {
            socket.connect(&address.into()).unwrap();
            let connect = Connect::new(Version::V311, &format!("speaks-{number}"));
            speaking.push(stream::join(socket.into(), &connect));
        }
        let counters = runtime.block_on(context.counters());
        assert!(counters.links_shed >= 1, "{counters:?}");

        drop(fillers);
        setrlimit(Resource::Nofile, before).unwrap();
        drop((silent, speaking));
        runtime.block_on(context.shutdown(Duration::from_secs(5)));
    }
}

fn wait_for_links(runtime: &Runtime, context: &ServerContext, links: usize) {
    // Every question is a turn of each worker, in which it takes in what was accepted.
    while runtime.block_on(context.counters()).links_opened < links as u64 {}
}
