//! `[runtime]`

use rmqtt_test::{RawClient, Started, shows_key};

use crate::system::{TcpSocket, awaited_events, threads_named};

/// The epoll driver waits level-triggered; the tasks of the portable one wait edge-triggered.
#[test]
fn the_driver_decides_how_sockets_are_waited_for() {
    const EDGE_TRIGGERED: u32 = 1 << 31;
    let is_edge_triggered = |broker: &mut Started| {
        let mut client = broker.client("c");
        client.ping();
        let socket = TcpSocket::of_the_client(broker).descriptor(broker);
        awaited_events(broker, socket) & EDGE_TRIGGERED != 0
    };
    shows_key("runtime.driver", [("\"epoll\"", false), ("\"portable\"", true)], is_edge_triggered);
}

#[test]
fn there_is_a_thread_for_each_worker() {
    let workers = |broker: &mut Started| {
        // A thread has its name once it works, and each of them has some of these clients.
        let clients: Vec<_> = (0..16).map(|number| broker.client(&format!("c{number}"))).collect();
        let workers = threads_named(broker, "rmqtt-worker-");
        clients.into_iter().for_each(RawClient::leave);
        workers
    };
    shows_key("runtime.workers", [("1", 1), ("3", 3)], workers);
}
