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
    /// Output of a link.
    Output(LinkToken),
    /// A link that gets its session then.
    Link(LinkToken, Entrance),
}

/// How a link gets its session.
#[derive(Debug)]
pub(super) enum Entrance {
    /// The session is new.
    New { card: Arc<SessionCard>, route: SessionRef },
    /// The session is at this address. `tenure`: the number of this beginning among all that were begun,
    /// and perhaps written down.
    Known { address: Address, tenure: u64 },
}

/// What came for a session before it had begun, or before it was known whose it is.
#[derive(Debug)]
pub(super) enum Early {
    /// A link that continues it.
    Continue(LinkToken),
    /// A link that continues it, if a later one comes to nothing.
    Overtaken(LinkToken),
    /// A clean start that replaces it; the link has its new session then.
    Replace(LinkToken, Arc<SessionCard>, SessionRef),
}
