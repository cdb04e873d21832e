//! Who waits for something that others have yet to do.

use std::sync::Arc;

use rmqtt_session::Ticket;

use crate::address::{Address, LinkToken};
use crate::session_card::{SessionCard, SessionRef};

/// Somebody who waits for the records of a turn.
#[derive(Debug)]
pub(super) enum Waiter {
    /// An acknowledgement.
    Acknowledgement(Address, Ticket),
    /// A link that gets its session then.
    Link(LinkToken, Entrance),
}

/// How a link gets its session.
#[derive(Debug)]
pub(super) enum Entrance {
    /// The session is new.
    New { card: Arc<SessionCard>, route: SessionRef },
    /// The session is at this address. `tenure`: what was written down; another link that was faster has
    /// taken that number.
    Known { address: Address, tenure: u64 },
}

/// What came for a session before it had begun.
#[derive(Debug)]
pub(super) enum Early {
    /// A link that continues it.
    Continue(LinkToken),
    /// A clean start that replaces it; the link has its new session then.
    Replace(LinkToken, Arc<SessionCard>, SessionRef),
}
