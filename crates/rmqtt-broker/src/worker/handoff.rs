use std::sync::Arc;

use rmqtt_message::Now;
use rmqtt_session::{ConnectRequest, ListenerPolicy};

use super::Worker;
use super::link::{Link, LinkState, NOT_PAUSED};
use crate::address::{Address, LinkId};
use crate::peer::Peer;

/// A link between two workers: everything but its socket.
#[derive(Debug)]
pub struct Handoff {
    pub(super) request: Box<ConnectRequest>,
    /// Where its session lives.
    pub(super) address: Address,
    pub(super) policy: Arc<ListenerPolicy>,
    pub(super) peer: Peer,
    pub(super) input: Vec<u8>,
    pub(super) out: Vec<u8>,
}

impl Worker {
    pub(super) fn on_handoff(&mut self, handoff: Handoff, now: Now) -> LinkId {
        let Handoff { request, address, policy, peer, input, out } = handoff;
        let timeout_ms = policy.handshake_timeout_ms;
        let link = Link {
            state: LinkState::Claiming(request),
            policy: Arc::clone(&policy),
            peer,
            input,
            out: Vec::new(),
            written: 0,
            dirty: false,
            heard: true,
            waits: true,
            paused_until_ms: NOT_PAUSED,
        };
        let token = self.tables.insert_link(link);
        self.tables.write(token.link, |buffer| buffer.extend_from_slice(&out));
        self.tables.counters.links_opened += 1;
        self.tables.handshakes.begin(&policy);
        self.tables.deadlines.enter(token, timeout_ms, now.mono_ms);
        if self.shutting_down {
            self.drop_link(token.link);
        } else {
            self.continue_session(token, address, now);
        }
        token.link
    }
}
