//! `[listener.tcp.*]`: whether there is the listener, where, and what connections it takes.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use rmqtt_test::{
    Connect, Heard, Packet, Publish, RawClient, Started, Version, shows_key, shows_key_given,
};
use rustix::process::Signal;

use crate::{A_WHILE, is_closed};

/// Sixty-four clients, the same each time, whose CONNECTs the broker finds all at once.
pub(crate) fn connect_all_at_once(broker: &Started) -> Vec<RawClient> {
    let mut clients: Vec<RawClient> = (0..64).map(|_| broker.open()).collect();
    broker.signal(Signal::STOP);
    for (number, client) in clients.iter_mut().enumerate() {
        client.send(&Connect::new(Version::V5, &format!("c{number}")));
    }
    broker.signal(Signal::CONT);
    clients
}

fn takes_connections(addr: SocketAddr) -> bool {
    TcpStream::connect_timeout(&addr, Duration::from_secs(5)).is_ok()
}

/// The broker's port on another address of this machine.
fn other_address(broker: &Started) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 2], broker.address().port()))
}

#[test]
fn a_listener_that_is_not_enabled_is_not_there() {
    shows_key_given(
        "listener.tcp.other.enable",
        &[("listener.tcp.other.addr", "\"127.0.0.2:{port}\"")],
        [("true", true), ("false", false)],
        |broker| takes_connections(other_address(broker)),
    );
}

#[test]
fn a_listener_is_at_its_address() {
    let listens =
        |broker: &mut Started| [broker.address(), other_address(broker)].map(takes_connections);
    shows_key(
        "listener.tcp.external.addr",
        [("\"{address}\"", [true, false]), ("\"127.0.0.2:{port}\"", [false, true])],
        listens,
    );
}

#[test]
fn one_more_connection_than_there_may_be_is_closed() {
    let is_refused = |broker: &mut Started| {
        let _first = broker.client("first");
        let mut second = broker.open();
        second.send(&Connect::new(Version::V5, "second"));
        second.heard_within(A_WHILE) == Heard::Close
    };
    shows_key("listener.tcp.external.max_connections", [("1", true), ("2", false)], is_refused);
}

#[test]
fn one_more_handshake_than_there_may_be_at_a_time_is_refused() {
    let is_any_refused = |broker: &mut Started| {
        let is_refused = |client: &mut RawClient| match client.next_packet() {
            Some(Packet::ConnAck(connack)) => connack.code != 0,
            other => panic!("CONNACK expected, not {other:?}"),
        };
        connect_all_at_once(broker).iter_mut().any(is_refused)
    };
    shows_key_given(
        "listener.tcp.external.max_handshaking_limit",
        &[("runtime.workers", "1")],
        [("1", true), ("64", false)],
        is_any_refused,
    );
}

#[test]
fn a_connection_without_a_connect_is_closed_in_time() {
    shows_key(
        "listener.tcp.external.handshake_timeout",
        [("\"200ms\"", true), ("\"1h\"", false)],
        |broker| is_closed(&mut broker.open()),
    );
}

#[test]
fn a_packet_that_is_too_large_ends_the_connection() {
    let is_too_large = |broker: &mut Started| {
        let mut client = broker.client("c");
        client.send(&Publish::new("t", vec![b'x'; 150]).qos(1).id(1));
        match client.next_packet() {
            Some(Packet::Disconnect(disconnect)) => disconnect.reason == 0x95,
            Some(Packet::PubAck(_)) => false,
            other => panic!("{other:?}"),
        }
    };
    shows_key(
        "listener.tcp.external.max_packet_size",
        [("\"100B\"", true), ("\"200B\"", false)],
        is_too_large,
    );
}
