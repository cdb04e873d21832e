//! Listeners over real sockets.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{self, Read};
use std::net::{SocketAddr, TcpStream};

use rmqtt_net::{AcceptFailure, Accepted, Acceptor, Listener, ListenerConfig};
use socket2::SockRef;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

#[derive(Debug)]
enum Event {
    Accepted(Accepted),
    TurnedAway(SocketAddr),
}

struct Recorder(UnboundedSender<Event>);

impl Acceptor for Recorder {
    fn accepted(&mut self, accepted: Accepted) {
        self.0.send(Event::Accepted(accepted)).unwrap();
    }

    fn turned_away(&mut self, peer: SocketAddr) {
        self.0.send(Event::TurnedAway(peer)).unwrap();
    }

    fn failed(&mut self, _failure: AcceptFailure, error: &io::Error) {
        panic!("{error}");
    }
}

fn config() -> ListenerConfig {
    ListenerConfig {
        name: "test".to_owned(),
        addr: "127.0.0.1:0".parse().unwrap(),
        backlog: 64,
        nodelay: true,
        reuseaddr: true,
        reuseport: false,
        only_v6: false,
        tcp_keepalive: true,
        max_connections: 100,
    }
}

fn start(config: ListenerConfig) -> (SocketAddr, UnboundedReceiver<Event>) {
    let listener = Listener::bind(config).unwrap();
    let addr = listener.local_addr();
    let (sender, receiver) = unbounded_channel();
    tokio::spawn(listener.run(Recorder(sender)));
    (addr, receiver)
}

async fn accepted(events: &mut UnboundedReceiver<Event>) -> Accepted {
    match events.recv().await.unwrap() {
        Event::Accepted(accepted) => accepted,
        Event::TurnedAway(peer) => panic!("{peer} was turned away"),
    }
}

#[tokio::test]
async fn an_accepted_connection_does_not_block_and_has_the_options_of_its_listener() {
    for on in [true, false] {
        let (addr, mut events) =
            start(ListenerConfig { nodelay: on, tcp_keepalive: on, ..config() });
        let client = TcpStream::connect(addr).unwrap();
        let mut server = accepted(&mut events).await;
        assert_eq!(server.peer, client.local_addr().unwrap());
        let socket = SockRef::from(&server.stream);
        assert_eq!(socket.tcp_nodelay().unwrap(), on);
        assert_eq!(socket.keepalive().unwrap(), on);
        let error = server.stream.read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    }
}

#[tokio::test]
async fn one_connection_too_many_is_closed_until_another_one_ends() {
    let (addr, mut events) = start(ListenerConfig { max_connections: 1, ..config() });
    let _first = TcpStream::connect(addr).unwrap();
    let kept = accepted(&mut events).await;

    let mut second = TcpStream::connect(addr).unwrap();
    match events.recv().await.unwrap() {
        Event::TurnedAway(peer) => assert_eq!(peer, second.local_addr().unwrap()),
        Event::Accepted(accepted) => panic!("{accepted:?}"),
    }
    assert_eq!(second.read(&mut [0]).unwrap(), 0);

    drop(kept);
    let _third = TcpStream::connect(addr).unwrap();
    accepted(&mut events).await;
}

#[tokio::test]
async fn an_address_that_is_taken_is_an_error_that_names_listener_and_address() {
    let (addr, _events) = start(config());
    let error = Listener::bind(ListenerConfig { addr, ..config() }).unwrap_err().to_string();
    let start = format!("listener test: cannot listen on {addr}: ");
    assert!(error.starts_with(&start), "{error}");
}

#[tokio::test]
async fn an_address_for_everything_may_leave_ipv4_to_another_listener() {
    // A machine without IPv6 has nothing to show.
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        return;
    }
    let all_of_v4 = "0.0.0.0:0".parse().unwrap();
    let (v4, _events) = start(ListenerConfig { addr: all_of_v4, ..config() });
    let addr = SocketAddr::new("::".parse().unwrap(), v4.port());
    let config = |only_v6| ListenerConfig { addr, only_v6, ..config() };
    let error = Listener::bind(config(false)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    let (v6, _events) = start(config(true));
    assert_eq!(v6, addr);
}
