//! A process without descriptors keeps its listener. Alone in its process, since it takes the
//! descriptors away from all of it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io;
use std::net::{SocketAddr, TcpStream};

use rmqtt_net::{AcceptFailure, Accepted, Acceptor, Listener, ListenerConfig};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

struct Recorder(UnboundedSender<Result<Accepted, AcceptFailure>>);

impl Acceptor for Recorder {
    fn accepted(&mut self, accepted: Accepted) {
        self.0.send(Ok(accepted)).unwrap();
    }

    fn turned_away(&mut self, peer: SocketAddr) {
        panic!("{peer} was turned away");
    }

    fn failed(&mut self, failure: AcceptFailure, _error: &io::Error) {
        self.0.send(Err(failure)).unwrap();
    }
}

#[tokio::test]
async fn a_listener_waits_for_descriptors_and_then_accepts_whoever_is_left() {
    let listener = Listener::bind(ListenerConfig {
        name: "test".to_owned(),
        addr: "127.0.0.1:0".parse().unwrap(),
        backlog: 64,
        nodelay: true,
        reuseaddr: true,
        reuseport: false,
        only_v6: false,
        tcp_keepalive: true,
        max_connections: 100,
    })
    .unwrap();
    // The system completes them; nobody has accepted them yet.
    let addr = listener.local_addr();
    let clients: Vec<TcpStream> = (0..5).map(|_| TcpStream::connect(addr).unwrap()).collect();

    let before = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(3), ..before }).unwrap();
    let (sender, mut events) = unbounded_channel();
    tokio::spawn(listener.run(Recorder(sender)));
    for _ in 0..3 {
        assert_eq!(events.recv().await.unwrap().unwrap_err(), AcceptFailure::Exhausted);
    }

    setrlimit(Resource::Nofile, before).unwrap();
    let mut accepted = Vec::new();
    while accepted.len() < clients.len() {
        accepted.extend(events.recv().await.unwrap());
    }
    let peers: Vec<SocketAddr> = accepted.iter().map(|accepted| accepted.peer).collect();
    let expected: Vec<SocketAddr> =
        clients.iter().map(|client| client.local_addr().unwrap()).collect();
    assert_eq!(peers, expected);
}
