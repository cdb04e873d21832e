use std::sync::Arc;

use rmqtt_session::Session;

use crate::address::{Address, LinkId};
use crate::hook::Client;
use crate::load::Load;
use crate::peer::Peer;
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
    /// Counts its connections, those that were begun and never accepted too: the fencing token that records
    /// carry.
    pub(super) tenure: u64,
    /// Whether the latest of them has been accepted, or has come to nothing.
    pub(super) is_settled: bool,
    pub(super) link: Option<LinkId>,
    /// How its client came in, this time or last time.
    pub(super) arrival: Arrival,
    /// The client as hooks see it; made when the first of them looks.
    client: Option<Arc<Client>>,
    /// Questions to the directory or to hooks, of this connection or an earlier one, that are not
    /// answered. Until they are, no further packet is taken: what was published first is routed first.
    pub(super) unanswered: u32,
    /// When the client last acknowledged something or took bytes, monotonic milliseconds.
    pub(super) progress_mono_ms: u64,
    /// When the wheel will look at it, monotonic milliseconds.
    pub(super) armed_ms: u64,
    /// Publishers that wait for its queue to drain.
    pub(super) paused: Option<Box<Paused>>,
    /// What the worker's gauges hold of it.
    pub(super) counted: Load,
    /// A hook is judging whether the client may stay.
    pub(super) keep_alive_asked: bool,
}

/// How a client came in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    pub(super) peer: Peer,
    /// Unix seconds; 32 bits hold them until 2106.
    pub(super) wall_s: u32,
    pub(super) clean_start: bool,
    pub(super) anonymous: bool,
}

/// Publishers that wait for a receiver.
#[derive(Debug, Default)]
pub(super) struct Paused {
    pub(super) publishers: Vec<Address>,
}

impl Seat {
    pub(super) fn new(
        session: Session,
        card: Arc<SessionCard>,
        route: SessionRef,
        client_hash: u64,
        arrival: Arrival,
    ) -> Self {
        Self {
            session,
            card,
            client_hash,
            route,
            tenure: FIRST_TENURE,
            is_settled: true,
            link: None,
            arrival,
            client: None,
            unanswered: 0,
            progress_mono_ms: 0,
            armed_ms: u64::MAX,
            paused: None,
            counted: Load::default(),
            keep_alive_asked: false,
        }
    }

    /// The client has come back.
    pub(super) fn arrive(&mut self, arrival: Arrival) {
        self.arrival = arrival;
        self.client = None;
    }

    /// What is known of the client has changed.
    pub(super) fn forget_client(&mut self) {
        self.client = None;
    }

    /// The client as hooks see it.
    pub(super) fn client(&mut self) -> Arc<Client> {
        let Self { session, card, arrival, .. } = self;
        let client = self.client.get_or_insert_with(|| {
            Arc::new(Client {
                session: card.id,
                client_id: Arc::clone(&card.client_id),
                username: session.username().map(Into::into),
                peer: arrival.peer.into(),
                policy: Arc::clone(session.policy()),
                version: session.version(),
                clean_start: arrival.clean_start,
                keep_alive_s: session.keep_alive_s(),
                session_expiry_s: session.expiry_interval_s(),
                connected_wall_ms: u64::from(arrival.wall_s) * 1000,
                superuser: session.is_superuser(),
                anonymous: arrival.anonymous,
            })
        });
        Arc::clone(client)
    }

    pub(super) fn load(&self) -> Load {
        Load {
            queued: u32::try_from(self.session.queue_len()).unwrap_or(u32::MAX),
            out_inflight: u16::try_from(self.session.inflight_len()).unwrap_or(u16::MAX),
            in_inflight: u16::try_from(self.session.inbound_len()).unwrap_or(u16::MAX),
        }
    }
}

/// The fencing token of a session's first connection.
pub(super) const FIRST_TENURE: u64 = 1;
