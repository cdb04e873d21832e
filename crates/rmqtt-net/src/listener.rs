//! One bound address and the loop that accepts on it.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use thiserror::Error;
use tokio::net::TcpListener;

use crate::accept_failure::AcceptFailure;
use crate::slot::{Slot, Slots};

/// What a listener is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerConfig {
    /// Its name in messages.
    pub name: String,
    /// Where it listens; port 0 lets the system choose.
    pub addr: SocketAddr,
    /// Connections that the system completes before they are accepted.
    pub backlog: u32,
    /// TCP_NODELAY of accepted connections.
    pub nodelay: bool,
    /// SO_REUSEADDR: a restart need not wait for the connections of the process before it.
    pub reuseaddr: bool,
    /// SO_REUSEPORT: several processes share the address (where the system has it).
    pub reuseport: bool,
    /// IPV6_V6ONLY of an address of IPv6: `[::]` leaves IPv4 to another listener of the same port.
    /// False leaves it as the system has it, which mostly is that `[::]` takes both.
    pub only_v6: bool,
    /// SO_KEEPALIVE of accepted connections.
    pub tcp_keepalive: bool,
    /// Connections at a time; one more is accepted and closed at once, so that its peer learns of it.
    pub max_connections: usize,
}

impl ListenerConfig {
    /// A listener with the options that suit most.
    #[must_use]
    pub fn new(name: impl Into<String>, addr: SocketAddr) -> Self {
        Self {
            name: name.into(),
            addr,
            backlog: 1_024,
            nodelay: true,
            reuseaddr: true,
            reuseport: false,
            only_v6: false,
            tcp_keepalive: true,
            max_connections: 1_024_000,
        }
    }
}

/// Why a listener could not be started.
#[derive(Debug, Error)]
#[error("listener {name}: cannot listen on {addr}: {source}")]
pub struct BindError {
    name: String,
    addr: SocketAddr,
    source: io::Error,
}

impl BindError {
    /// The system's reason.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        self.source.kind()
    }
}

/// A connection as it comes from the system.
#[derive(Debug)]
pub struct Accepted {
    /// The socket, non-blocking.
    pub stream: TcpStream,
    /// Who is at the other end.
    pub peer: SocketAddr,
    /// Its place among the listener's connections; to be dropped with the connection.
    pub slot: Slot,
}

/// Who takes the connections of a listener. Its methods run in the accept loop and must not block.
pub trait Acceptor {
    /// A connection was accepted.
    fn accepted(&mut self, accepted: Accepted);

    /// A connection was closed at once, because the listener has `max_connections` already.
    fn turned_away(&mut self, peer: SocketAddr);

    /// `accept` failed; after [`AcceptFailure::Exhausted`] it is tried again soon, and the acceptor
    /// may close something meanwhile.
    fn failed(&mut self, failure: AcceptFailure, error: &io::Error);
}

/// A bound address.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    local_addr: SocketAddr,
    config: ListenerConfig,
    slots: Arc<Slots>,
}

impl Listener {
    /// Binds and listens. Needs the context of the tokio runtime that will poll [`Listener::run`].
    ///
    /// # Errors
    /// The system's reason, with the listener's name and address.
    pub fn bind(config: ListenerConfig) -> Result<Self, BindError> {
        match bound(&config) {
            Ok((socket, local_addr)) => {
                let slots = Slots::new(config.max_connections);
                Ok(Self { socket, local_addr, config, slots })
            }
            Err(source) => Err(BindError { name: config.name, addr: config.addr, source }),
        }
    }

    /// The address that it listens on, with the port that the system chose.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Accepts until the future is dropped, which closes the listening socket.
    pub async fn run(self, mut acceptor: impl Acceptor) {
        let mut pause = Pause::default();
        loop {
            match self.socket.accept().await.and_then(|(stream, peer)| self.prepared(stream, peer))
            {
                Ok((stream, peer)) => {
                    pause = Pause::default();
                    match self.slots.take() {
                        Some(slot) => acceptor.accepted(Accepted { stream, peer, slot }),
                        None => acceptor.turned_away(peer),
                    }
                }
                Err(error) => {
                    let failure = AcceptFailure::of(&error);
                    acceptor.failed(failure, &error);
                    match failure {
                        AcceptFailure::Connection => pause = Pause::default(),
                        AcceptFailure::Exhausted | AcceptFailure::Other => pause.wait().await,
                    }
                }
            }
        }
    }

    fn prepared(
        &self,
        stream: tokio::net::TcpStream,
        peer: SocketAddr,
    ) -> io::Result<(TcpStream, SocketAddr)> {
        let stream = stream.into_std()?;
        let socket = SockRef::from(&stream);
        // A connection that its peer has reset refuses options on some systems; reading it tells.
        let _ = socket.set_tcp_nodelay(self.config.nodelay);
        let _ = socket.set_keepalive(self.config.tcp_keepalive);
        Ok((stream, peer))
    }
}

fn bound(config: &ListenerConfig) -> io::Result<(TcpListener, SocketAddr)> {
    let socket = Socket::new(Domain::for_address(config.addr), Type::STREAM, Some(Protocol::TCP))?;
    // On Windows SO_REUSEADDR would let another process take the address over.
    #[cfg(not(windows))]
    socket.set_reuse_address(config.reuseaddr)?;
    #[cfg(unix)]
    socket.set_reuse_port(config.reuseport)?;
    if config.only_v6 && config.addr.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&config.addr.into())?;
    socket.listen(i32::try_from(config.backlog).unwrap_or(i32::MAX))?;
    let socket: std::net::TcpListener = socket.into();
    let local_addr = socket.local_addr()?;
    Ok((TcpListener::from_std(socket)?, local_addr))
}

/// The time between two tries while accepting fails: doubled each time, up to a second.
struct Pause(Duration);

impl Pause {
    const MIN: Duration = Duration::from_millis(10);
    const MAX: Duration = Duration::from_secs(1);

    async fn wait(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(Self::MAX);
    }
}

impl Default for Pause {
    fn default() -> Self {
        Self(Self::MIN)
    }
}
