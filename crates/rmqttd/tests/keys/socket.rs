//! `[listener.tcp.*]`: the options of its sockets.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rmqtt_test::{Started, shows_key};
use rustix::net::sockopt::set_socket_reuseport;
use rustix::net::{AddressFamily, SocketType, bind, socket};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, Signal, pidfd_getfd, pidfd_open};

use crate::system::TcpSocket;

/// The broker sleeps, so that what the system accepts stays where it is.
#[test]
fn the_system_accepts_as_many_connections_as_its_backlog_has_room_for() {
    let are_accepted = |broker: &mut Started| {
        broker.signal(Signal::STOP);
        let connections: Vec<_> = (0..8).map(|_| try_to_connect(broker.address())).collect();
        broker.signal(Signal::CONT);
        connections.iter().all(Option::is_some)
    };
    shows_key("listener.tcp.external.backlog", [("1", false), ("64", true)], are_accepted);
}

fn try_to_connect(addr: SocketAddr) -> Option<TcpStream> {
    TcpStream::connect_timeout(&addr, Duration::from_millis(500)).ok()
}

/// Whether small packets wait does not show in what is sent, only in when: so the option is read from
/// the broker's own socket.
#[test]
fn the_option_nodelay_is_that_of_connections() {
    shows_key("listener.tcp.external.nodelay", [("true", true), ("false", false)], |broker| {
        let mut client = broker.client("c");
        client.ping();
        TcpStream::from(socket_of_the_client(broker)).nodelay().unwrap()
    });
}

/// A copy of the broker's end of the one connection that it has.
fn socket_of_the_client(broker: &Started) -> OwnedFd {
    let descriptor = TcpSocket::of_the_client(broker).descriptor(broker);
    let id = i32::try_from(broker.process_id()).unwrap();
    let process = pidfd_open(Pid::from_raw(id).unwrap(), PidfdFlags::empty()).unwrap();
    let descriptor = i32::try_from(descriptor).unwrap();
    pidfd_getfd(process.as_fd(), descriptor, PidfdGetfdFlags::empty()).unwrap()
}

/// The broker closes first, so that its end of the connection keeps the address for a while after it
/// is gone.
#[test]
fn an_address_can_be_had_again_at_once_where_it_may_be_reused() {
    let is_free = |broker: &mut Started| {
        let mut client = broker.client("c");
        // A reserved packet type.
        client.send_bytes(&[0x00, 0x00]);
        while client.next_packet().is_some() {}
        drop(client);
        broker.end();
        // It asks for the same, as each listener but that of the broker without the option does.
        TcpListener::bind(broker.address()).is_ok()
    };
    shows_key("listener.tcp.external.reuseaddr", [("true", true), ("false", false)], is_free);
}

#[test]
fn an_address_can_be_shared_where_both_say_so() {
    let can_be_shared = |broker: &mut Started| {
        let second = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        set_socket_reuseport(&second, true).unwrap();
        bind(&second, &broker.address()).is_ok()
    };
    shows_key("listener.tcp.external.reuseport", [("true", true), ("false", false)], can_be_shared);
}

#[test]
fn the_system_watches_silent_connections_where_it_is_told_to() {
    const KEEPALIVE: u8 = 2;
    let is_watched = |broker: &mut Started| {
        let mut client = broker.client("c");
        client.ping();
        // While something is sent, another timer runs.
        let mut timer = 1;
        broker.wait_until("the rest of the connection", || {
            timer = TcpSocket::of_the_client(broker).timer;
            timer != 1
        });
        timer == KEEPALIVE
    };
    shows_key(
        "listener.tcp.external.tcp_keepalive",
        [("true", true), ("false", false)],
        is_watched,
    );
}
