use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rmqtt_message::SessionId;

use crate::address::Address;

/// What the whole node knows of a session. Everything but the two flags is fixed for its life.
#[derive(Debug)]
pub struct SessionCard {
    /// Its name.
    pub id: SessionId,
    /// Whose it is.
    pub client_id: Arc<str>,
    /// Where it lives.
    pub address: Address,
    online: AtomicBool,
    persistent: AtomicBool,
    over: AtomicBool,
}

impl SessionCard {
    /// The card of a session that is about to begin.
    #[must_use]
    pub fn new(id: SessionId, client_id: Arc<str>, address: Address, persistent: bool) -> Self {
        Self {
            id,
            client_id,
            address,
            online: AtomicBool::new(true),
            persistent: AtomicBool::new(persistent),
            over: AtomicBool::new(false),
        }
    }

    /// The card of a session from an earlier life of the node.
    pub(crate) fn offline(id: SessionId, client_id: Arc<str>, address: Address) -> Self {
        let card = Self::new(id, client_id, address, true);
        card.set_online(false);
        card
    }

    /// Whether it has a connection. Others see a change a moment later: they use it to choose well,
    /// never to be right.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.online.load(Ordering::Relaxed)
    }

    pub(crate) fn set_online(&self, online: bool) {
        self.online.store(online, Ordering::Relaxed);
    }

    /// Whether the session has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    pub(crate) fn set_over(&self) {
        self.over.store(true, Ordering::Relaxed);
        self.set_online(false);
    }

    /// Whether its state outlives its connection.
    #[must_use]
    pub fn is_persistent(&self) -> bool {
        self.persistent.load(Ordering::Acquire)
    }

    pub(crate) fn set_persistent(&self, persistent: bool) {
        self.persistent.store(persistent, Ordering::Release);
    }
}

/// A session's place in the route table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct SessionRef(pub u32);
