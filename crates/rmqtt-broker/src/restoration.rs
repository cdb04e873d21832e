//! What an earlier life of the node has left, and how it comes back.

use core::net::SocketAddr;
use std::sync::Arc;

use rmqtt_codec::SubscriptionOptions;
use rmqtt_message::SessionId;
use rmqtt_session::Restored;

use crate::address::Address;
use crate::directory::Directory;
use crate::session_card::{SessionCard, SessionRef};

/// A session as it was when the node ended.
#[derive(Debug)]
pub struct RestoredSession {
    /// Its client identifier.
    pub client_id: Arc<str>,
    /// Its protocol's part.
    pub session: Restored,
    /// Its last connection.
    pub login: RestoredLogin,
    /// The fencing token of that connection.
    pub tenure: u64,
    /// Its subscriptions.
    pub subscriptions: Vec<RestoredSubscription>,
}

/// How a client came in the last time.
#[derive(Debug, Clone, Copy)]
pub struct RestoredLogin {
    /// Where from.
    pub peer: SocketAddr,
    /// When, Unix seconds.
    pub connected_wall_s: u32,
    /// Whether it asked for a clean start.
    pub clean_start: bool,
    /// Whether nobody had accepted its credentials.
    pub anonymous: bool,
}

/// A subscription of such a session.
#[derive(Debug, Clone)]
pub struct RestoredSubscription {
    /// The filter without a prefix.
    pub filter: Box<str>,
    /// The group of a shared subscription.
    pub share: Option<Box<str>>,
    /// The options, with the granted QoS.
    pub options: SubscriptionOptions,
    /// The Subscription Identifier.
    pub subscription_id: Option<u32>,
}

/// Distributes sessions among the workers, before any of them runs: the directory knows all of them
/// before the first message is routed.
#[derive(Debug)]
pub struct Restoration {
    shares: Vec<RestoredShare>,
    next: usize,
    last_session: SessionId,
}

/// The sessions that one worker gets.
#[derive(Debug, Default)]
pub struct RestoredShare {
    pub(crate) seats: Vec<RestoredSeat>,
}

#[derive(Debug)]
pub(crate) struct RestoredSeat {
    pub(crate) session: Restored,
    pub(crate) card: Arc<SessionCard>,
    pub(crate) route: SessionRef,
    pub(crate) login: RestoredLogin,
    pub(crate) tenure: u64,
}

impl Restoration {
    /// For a node with so many workers.
    #[must_use]
    pub fn new(workers: u16) -> Self {
        let shares = (0..workers).map(|_| RestoredShare::default()).collect();
        Self { shares, next: 0, last_session: SessionId::BROKER }
    }

    /// Gives a session to the worker whose turn it is, and makes it known to the `directory` with its
    /// subscriptions. `false`: its client has a session already, which stays.
    pub fn add(&mut self, session: RestoredSession, directory: &mut Directory) -> bool {
        let RestoredSession { client_id, session, login, tenure, subscriptions } = session;
        self.last_session = self.last_session.max(session.id);
        let worker = self.next;
        let seats = &mut self.shares[worker].seats;
        let address = Address {
            worker: u16::try_from(worker).expect("workers are numbered by 16 bits"),
            slot: u32::try_from(seats.len()).expect("fewer than 2^32 sessions"),
            epoch: FIRST_EPOCH,
        };
        let card = Arc::new(SessionCard::offline(session.id, client_id, address));
        let Some(route) = directory.restore(Arc::clone(&card), &subscriptions) else {
            return false;
        };
        seats.push(RestoredSeat { session, card, route, login, tenure });
        self.next = (worker + 1) % self.shares.len();
        true
    }

    /// The largest name of a session so far: new ones have larger ones.
    #[must_use]
    pub fn last_session(&self) -> SessionId {
        self.last_session
    }

    /// The share of each worker, for [`crate::Worker::restore`].
    #[must_use]
    pub fn into_shares(self) -> Vec<RestoredShare> {
        self.shares
    }
}

/// The first tenant of a slot.
const FIRST_EPOCH: u32 = 0;
