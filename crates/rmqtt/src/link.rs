//! A connection on its way to a worker, or from one to another.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use rmqtt_net::Slot;
use rmqtt_session::ListenerPolicy;

/// A socket and its place among the connections of its listener.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) stream: TcpStream,
    pub(crate) slot: Slot,
}

/// A connection that was just accepted.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) link: Link,
    pub(crate) peer: SocketAddr,
    pub(crate) policy: Arc<ListenerPolicy>,
}
