//! How the sockets of a worker are driven.
//!
//! The engine does no I/O; what has to happen in a turn is in [`crate::turn`]. A driver waits for its
//! sockets, feeds the engine, and lends the turn its sockets as [`Sockets`].

use std::io;

use rmqtt_broker::LinkId;

use crate::link::Link;

#[cfg(target_os = "linux")]
pub(crate) mod epoll;
pub(crate) mod linger;
pub(crate) mod link_table;
pub(crate) mod portable;

/// Which driver the workers use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    /// One level-triggered epoll per worker.
    #[cfg(target_os = "linux")]
    Epoll,
    /// One task per connection, on every system.
    Portable,
}

impl Default for Driver {
    /// epoll where there is one.
    fn default() -> Self {
        #[cfg(target_os = "linux")]
        return Self::Epoll;
        #[cfg(not(target_os = "linux"))]
        return Self::Portable;
    }
}

/// The sockets of a worker, as its turn sees them.
pub(crate) trait Sockets {
    /// Takes a socket in and waits for its bytes from now on. `false`: the system refuses it, and the
    /// socket is closed.
    fn insert(&mut self, link: LinkId, socket: Link) -> bool;

    /// Gives a socket away, to another worker. `None`: it is not known, or was lost on the way.
    fn remove(&mut self, link: LinkId) -> Option<Link>;

    /// Writes `last` as far as it goes, then closes the socket so that its peer can still read all
    /// that was written. A peer that was never written to has nothing to read.
    fn close(&mut self, link: LinkId, last: &[u8]);

    /// Writes once, without waiting.
    fn write(&mut self, link: LinkId, bytes: &[u8]) -> Written;

    /// The engine takes bytes of this link again.
    fn resume(&mut self, link: LinkId);

    /// Are closed sockets still waiting for their peers?
    fn is_lingering(&self) -> bool;
}

/// What became of bytes that had to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// So many were taken; if not all, the driver goes on when the socket takes more.
    Bytes(usize),
    /// The connection is gone, and so is its socket.
    Lost,
}

/// Is the connection whole, although a read or a write did nothing?
pub(crate) fn is_temporary(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
