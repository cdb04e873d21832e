use std::collections::VecDeque;

use rmqtt_codec::{PacketId, ReasonCode};

/// Names one pending acknowledgement of a session. A number is never given twice in a session's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// An acknowledgement that leaves when everything it promises is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Acknowledgement {
    PubAck(PacketId, ReasonCode),
    PubRec(PacketId, ReasonCode),
    PubRel(PacketId, ReasonCode),
    PubComp(PacketId, ReasonCode),
    SubAck(PacketId, Box<[ReasonCode]>),
    UnsubAck(PacketId, Box<[ReasonCode]>),
    /// It belonged to a connection that has ended: nothing is sent, but what follows still waits.
    Muted {
        received: Option<PacketId>,
    },
}

/// Holds acknowledgements back until the tickets behind them are closed, and lets them out in the
/// order in which their packets came `[MQTT-4.6.0-2]`, `[MQTT-4.6.0-3]`, `[MQTT-4.6.0-4]`.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    first: u64,
    /// Most sessions wait for nothing.
    queue: Option<Box<Queue>>,
}

#[derive(Debug, Default)]
struct Queue {
    pending: VecDeque<Pending>,
}

#[derive(Debug)]
struct Pending {
    open: u32,
    acknowledgement: Acknowledgement,
}

impl Gate {
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_none()
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.as_ref().map_or(0, |queue| queue.pending.len())
    }

    /// Puts an acknowledgement behind those that wait already. It has `open` tickets of the same name.
    pub(crate) fn push(&mut self, acknowledgement: Acknowledgement, open: u32) -> Ticket {
        let ticket = Ticket(self.first + self.len() as u64);
        let queue = self.queue.get_or_insert_default();
        queue.pending.push_back(Pending { open, acknowledgement });
        ticket
    }

    /// `ticket` has to wait for one thing more.
    pub(crate) fn hold(&mut self, ticket: Ticket) {
        if let Some(pending) = self.pending_mut(ticket) {
            pending.open += 1;
        }
    }

    /// One thing that `ticket` waited for is decided. A `code` becomes that of the acknowledgement; a
    /// refusal is final. Gives the packet id of a QoS 2 message that was refused and has to be
    /// forgotten.
    pub(crate) fn settle(&mut self, ticket: Ticket, code: Option<ReasonCode>) -> Option<PacketId> {
        let pending = self.pending_mut(ticket)?;
        debug_assert!(pending.open > 0, "a ticket is closed once");
        pending.open = pending.open.saturating_sub(1);
        let refused = pending.acknowledgement.decide(code?)?;
        // Its repetition on a new connection, which waits behind it, is refused with it.
        let index = usize::try_from(ticket.0 - self.first).unwrap_or(usize::MAX);
        let later = self.queue.iter_mut().flat_map(|queue| queue.pending.iter_mut().skip(index));
        for pending in later {
            if let Acknowledgement::PubRec(packet_id, reason) = &mut pending.acknowledgement
                && *packet_id == refused
                && let Some(code) = code
            {
                *reason = code;
            }
        }
        Some(refused)
    }

    /// The codes of a SUBACK or UNSUBACK are known.
    pub(crate) fn set_codes(&mut self, ticket: Ticket, codes: Box<[ReasonCode]>) {
        let acknowledgement = self.pending_mut(ticket).map(|pending| &mut pending.acknowledgement);
        if let Some(Acknowledgement::SubAck(_, reasons) | Acknowledgement::UnsubAck(_, reasons)) =
            acknowledgement
        {
            *reasons = codes;
        }
    }

    /// The packet id of the QoS 2 message that `ticket` acknowledges, and that was not refused.
    pub(crate) fn received(&self, ticket: Ticket) -> Option<PacketId> {
        let index = usize::try_from(ticket.0.checked_sub(self.first)?).ok()?;
        match self.queue.as_ref()?.pending.get(index)?.acknowledgement {
            Acknowledgement::PubRec(packet_id, code) if !code.is_error() => Some(packet_id),
            Acknowledgement::Muted { received } => received,
            _ => None,
        }
    }

    fn pending_mut(&mut self, ticket: Ticket) -> Option<&mut Pending> {
        let index = usize::try_from(ticket.0.checked_sub(self.first)?).ok()?;
        self.queue.as_mut()?.pending.get_mut(index)
    }

    /// The next acknowledgement whose turn has come.
    pub(crate) fn pop_ready(&mut self) -> Option<Acknowledgement> {
        let pending = &mut self.queue.as_mut()?.pending;
        if pending.front()?.open > 0 {
            return None;
        }
        let popped = pending.pop_front();
        if pending.is_empty() {
            self.queue = None;
        }
        self.first += 1;
        popped.map(|pending| pending.acknowledgement)
    }

    /// The connection is gone: what waits is not sent any more, but keeps its place, so that the
    /// answer to a repeated QoS 2 message still waits for what the first one waits for.
    pub(crate) fn mute(&mut self) {
        for pending in self.queue.iter_mut().flat_map(|queue| &mut queue.pending) {
            pending.acknowledgement.mute();
        }
    }
}

impl Acknowledgement {
    /// Takes a code, unless it has been refused already. Gives the packet id of a QoS 2 message that
    /// is refused by it.
    fn decide(&mut self, code: ReasonCode) -> Option<PacketId> {
        match self {
            Self::PubAck(_, reason) if !reason.is_error() => *reason = code,
            Self::PubRec(packet_id, reason) if !reason.is_error() => {
                *reason = code;
                return code.is_error().then_some(*packet_id);
            }
            Self::SubAck(_, reasons) => reasons.fill(code),
            // It has no code that says more.
            Self::UnsubAck(_, reasons) => reasons.fill(ReasonCode::UnspecifiedError),
            Self::Muted { received } if code.is_error() => return received.take(),
            Self::PubAck(..)
            | Self::PubRec(..)
            | Self::PubRel(..)
            | Self::PubComp(..)
            | Self::Muted { .. } => {}
        }
        None
    }

    /// There is no connection any more to send it on.
    pub(crate) fn mute(&mut self) {
        let received = match *self {
            Self::PubRec(packet_id, _) => Some(packet_id),
            Self::Muted { received } => received,
            _ => None,
        };
        *self = Self::Muted { received };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ack(id: u16) -> Acknowledgement {
        Acknowledgement::PubAck(PacketId::new(id).unwrap(), ReasonCode::Success)
    }

    #[test]
    fn acknowledgements_leave_in_the_order_of_their_packets_whatever_settles_first() {
        let mut gate = Gate::default();
        let first = gate.push(ack(1), 2);
        let second = gate.push(ack(2), 1);
        gate.settle(second, None);
        assert_eq!(gate.pop_ready(), None);
        gate.settle(first, None);
        assert_eq!(gate.pop_ready(), None, "one of two tickets is still open");
        gate.settle(first, None);
        assert_eq!(gate.pop_ready(), Some(ack(1)));
        assert_eq!(gate.pop_ready(), Some(ack(2)));
        assert_eq!(gate.settle(second, None), None, "a late answer changes nothing");
    }

    #[test]
    fn a_refusal_becomes_the_reason_code_and_names_the_message_to_forget() {
        let mut gate = Gate::default();
        let id = PacketId::new(7).unwrap();
        let ticket = gate.push(Acknowledgement::PubRec(id, ReasonCode::Success), 1);
        assert_eq!(gate.settle(ticket, Some(ReasonCode::QuotaExceeded)), Some(id));
        assert_eq!(gate.pop_ready(), Some(Acknowledgement::PubRec(id, ReasonCode::QuotaExceeded)));
    }

    #[test]
    fn a_refusal_is_final_and_holds_for_the_repetition_behind_it() {
        let mut gate = Gate::default();
        let id = PacketId::new(3).unwrap();
        let first = gate.push(Acknowledgement::PubRec(id, ReasonCode::Success), 2);
        gate.mute();
        gate.push(Acknowledgement::PubRec(id, ReasonCode::Success), 0);
        assert_eq!(gate.settle(first, Some(ReasonCode::QuotaExceeded)), Some(id));
        gate.settle(first, Some(ReasonCode::Success));
        assert_eq!(gate.pop_ready(), Some(Acknowledgement::Muted { received: None }));
        let refused = Acknowledgement::PubRec(id, ReasonCode::QuotaExceeded);
        assert_eq!(gate.pop_ready(), Some(refused));
    }

    #[test]
    fn a_muted_acknowledgement_keeps_its_place() {
        let mut gate = Gate::default();
        let old = gate.push(ack(1), 1);
        gate.mute();
        gate.push(ack(2), 0);
        assert_eq!(gate.pop_ready(), None);
        gate.settle(old, None);
        assert_eq!(gate.pop_ready(), Some(Acknowledgement::Muted { received: None }));
        assert_eq!(gate.pop_ready(), Some(ack(2)));
    }
}
