use std::collections::{BTreeMap, VecDeque};

use rmqtt_codec::{PacketId, QoS};

use crate::ledger::{MessageNumber, SessionNumber};
use crate::network::WireNumber;

/// What a client keeps between connections.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) number: SessionNumber,
    /// Sent, or to be sent again, and not acknowledged to the end; in the order of the first sending.
    pub(super) outgoing: VecDeque<Outgoing>,
    /// QoS 2 messages that were taken, until they are released.
    pub(super) incoming: BTreeMap<PacketId, MessageNumber>,
    /// Filters that it believes to be subscribed to.
    pub(super) filters: Vec<&'static str>,
    pub(super) last_order: u64,
    /// From the end of its connection to its own; `None`: never.
    pub(super) expiry_ms: Option<u64>,
    /// The last connection of which it knows that it was accepted.
    pub(super) confirmed: WireNumber,
    /// When the client left that one, monotonic milliseconds.
    pub(super) left_mono_ms: Option<u64>,
}

/// A QoS 1 or 2 message on its way to the broker.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) packet_id: PacketId,
    pub(super) message: MessageNumber,
    pub(super) topic: &'static str,
    pub(super) qos: QoS,
    pub(super) retain: bool,
    pub(super) filler: usize,
    pub(super) delay_s: Option<u32>,
    pub(super) expiry_s: Option<u32>,
    pub(super) awaits: Awaits,
    /// PUBREL was sent, on any connection.
    pub(super) is_released: bool,
    /// The connection on which it, or its PUBREL, was sent last.
    pub(super) sent_on: WireNumber,
    /// The connection on which it was published last.
    pub(super) published_on: WireNumber,
}

/// The acknowledgement that has to come next.
#[expect(clippy::enum_variant_names, reason = "the names of the packets")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Awaits {
    PubAck,
    PubRec,
    PubComp,
}

impl Session {
    /// A session that CONNACK has just told of. `outgoing`: what was sent before it.
    pub(super) fn new(
        number: SessionNumber,
        outgoing: VecDeque<Outgoing>,
        expiry_s: u32,
        confirmed: WireNumber,
    ) -> Self {
        Self {
            number,
            outgoing,
            incoming: BTreeMap::new(),
            filters: Vec::new(),
            last_order: 0,
            expiry_ms: (expiry_s != u32::MAX).then(|| u64::from(expiry_s) * 1000),
            confirmed,
            left_mono_ms: None,
        }
    }

    /// Whether the broker may have ended it by now. `detached_mono_ms`: when the broker had done with
    /// the last confirmed connection.
    pub(super) fn may_have_expired(&self, detached_mono_ms: Option<u64>, mono_ms: u64) -> bool {
        let Some(expiry_ms) = self.expiry_ms else {
            return false;
        };
        let ended = [self.left_mono_ms, detached_mono_ms].into_iter().flatten().min();
        ended.is_some_and(|ended| ended.saturating_add(expiry_ms) <= mono_ms)
    }
}
