use std::sync::Arc;

use rmqtt_session::{ConnectRequest, Handshake, ListenerPolicy};

use crate::peer::Peer;

/// One connection: where it stands, what has come in part, and what has to go out.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) state: LinkState,
    pub(super) policy: Arc<ListenerPolicy>,
    pub(super) peer: Peer,
    /// A cut packet, or packets that have to wait.
    pub(super) input: Vec<u8>,
    pub(super) out: Vec<u8>,
    /// How much of `out` the socket has taken.
    pub(super) written: usize,
    pub(super) dirty: bool,
    /// It has sent at least one byte.
    pub(super) heard: bool,
    /// An answer is awaited before the next packet.
    pub(super) waits: bool,
    /// Paused for a receiver's queue until then, monotonic milliseconds; or [`NOT_PAUSED`].
    pub(super) paused_until_ms: u64,
}

#[derive(Debug)]
pub(super) enum LinkState {
    /// Until CONNECT is accepted.
    Handshake(Box<Handshake>),
    /// The directory is asked for the session.
    Claiming(Box<ConnectRequest>),
    /// It is just being given its session, or refused.
    Leaving,
    /// The session in this slot is connected by it.
    Online(u32),
}

/// A link that nobody has paused.
pub(super) const NOT_PAUSED: u64 = u64::MAX;

impl Link {
    /// Ends a pause; `false`: there was none.
    pub(super) fn resume_reading(&mut self) -> bool {
        core::mem::replace(&mut self.paused_until_ms, NOT_PAUSED) != NOT_PAUSED
    }

    /// Bytes that the socket has not taken.
    pub(super) fn pending(&self) -> usize {
        self.out.len() - self.written
    }
}
