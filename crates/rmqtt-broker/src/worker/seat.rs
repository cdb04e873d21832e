use std::sync::Arc;

use rmqtt_session::Session;

use crate::address::{Address, LinkId};
use crate::session_card::{SessionCard, SessionRef};

/// A session in its worker's table.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) session: Session,
    pub(super) card: Arc<SessionCard>,
    /// Hash of its client identifier.
    pub(super) client_hash: u64,
    /// Its place in the route table.
    pub(super) route: SessionRef,
    /// Counts its connections: the fencing token that records carry.
    pub(super) tenure: u64,
    pub(super) link: Option<LinkId>,
    /// Questions to the directory, of this connection or an earlier one, that are not answered. Until
    /// they are, no further packet is taken: what was published first is routed first.
    pub(super) unanswered: u32,
    /// When the client last acknowledged something or took bytes, monotonic milliseconds.
    pub(super) progress_mono_ms: u64,
    /// When the wheel will look at it, monotonic milliseconds.
    pub(super) armed_ms: u64,
    /// Publishers that wait for its queue to drain.
    pub(super) paused: Option<Box<Paused>>,
}

/// Publishers that wait for a receiver.
#[derive(Debug, Default)]
pub(super) struct Paused {
    pub(super) publishers: Vec<Address>,
}
