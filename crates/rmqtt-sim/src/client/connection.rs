use std::collections::{BTreeMap, VecDeque};

use rmqtt_codec::PacketId;
use rmqtt_message::Now;

use super::session::Awaits;
use crate::ledger::{MessageNumber, Moment, SubscriptionNumber};
use crate::network::WireNumber;
use crate::scenario::Persona;

/// What a client keeps for as long as one connection lasts.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) wire: WireNumber,
    pub(super) phase: Phase,
    /// Whether CONNECT asked for a new session.
    pub(super) clean_start: bool,
    /// Whether CONNECT asked for a session that outlives the connection.
    pub(super) is_persistent: bool,
    /// Messages that it takes at a time.
    pub(super) window: u16,
    /// A cut packet.
    pub(super) input: Vec<u8>,
    /// Messages sent behind CONNECT, until CONNACK has come.
    pub(super) eager: Vec<MessageNumber>,
    /// What it has to answer, in order.
    pub(super) answers: VecDeque<Answer>,
    pub(super) subscribing: BTreeMap<u16, SubscriptionNumber>,
    pub(super) unsubscribing: BTreeMap<u16, &'static str>,
    /// PUBLISH packets that the broker takes at a time.
    pub(super) quota: u16,
    /// PUBLISH packets of this connection without their last acknowledgement, as the broker counts.
    pub(super) quota_used: u16,
    pub(super) broker_aliases_max: u16,
    /// Topics by alias that the client has set, and that the broker has set.
    pub(super) aliases_out: BTreeMap<u16, &'static str>,
    pub(super) aliases_in: BTreeMap<u16, String>,
    pub(super) keep_alive_s: u16,
    /// It has asked to be judged anew, and has no answer yet.
    pub(super) is_authenticating: bool,
    /// When it began, Unix milliseconds.
    pub(super) dialled_wall_ms: u64,
    pub(super) dialled: Moment,
    pub(super) sent_mono_ms: u64,
    /// It reads nothing before this event.
    pub(super) stalled_until: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Connecting,
    Online,
}

/// An acknowledgement that the client owes.
#[expect(clippy::enum_variant_names, reason = "the names of the packets")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    PubAck(PacketId, MessageNumber),
    PubRec(PacketId, MessageNumber),
    PubRel(PacketId),
    PubComp(PacketId),
}

impl Connection {
    /// A connection on which CONNECT is being sent.
    pub(super) fn new(
        wire: WireNumber,
        persona: &Persona,
        clean_start: bool,
        is_persistent: bool,
        now: Now,
        dialled: Moment,
    ) -> Self {
        Self {
            wire,
            phase: Phase::Connecting,
            clean_start,
            is_persistent,
            window: persona.receive_maximum.unwrap_or(u16::MAX),
            input: Vec::new(),
            eager: Vec::new(),
            answers: VecDeque::new(),
            subscribing: BTreeMap::new(),
            unsubscribing: BTreeMap::new(),
            quota: u16::MAX,
            quota_used: 0,
            broker_aliases_max: 0,
            aliases_out: BTreeMap::new(),
            aliases_in: BTreeMap::new(),
            keep_alive_s: persona.keep_alive_s,
            is_authenticating: false,
            dialled_wall_ms: now.wall_ms,
            dialled,
            sent_mono_ms: now.mono_ms,
            stalled_until: 0,
        }
    }

    /// A message has got its last acknowledgement.
    pub(super) fn give_back_quota(&mut self) {
        self.quota_used = self.quota_used.saturating_sub(1);
    }

    /// Whether the client may send what awaits `awaits` next: a PUBLISH takes a place, PUBREL none.
    pub(super) fn has_quota(&self, awaits: Awaits) -> bool {
        awaits == Awaits::PubComp || self.quota_used < self.quota
    }
}
