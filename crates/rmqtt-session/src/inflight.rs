use core::num::NonZeroU64;
use std::collections::VecDeque;

use rmqtt_codec::{PacketId, QoS};
use rmqtt_message::{Message, Now, SenderKind};

use crate::action::Receipt;
use crate::delivery::{Delivery, Orphan};
use crate::restored::RestoredInflight;

/// QoS 1 and 2 messages sent to the client and not yet acknowledged, in the order of their first
/// sending.
///
/// ```text
///            sent             PUBACK
/// QoS 1  ──────────► PubAck ─────────► gone
///            sent             PUBREC             PUBCOMP
/// QoS 2  ──────────► PubRec ─────────► PubComp ──────────► gone
/// ```
///
/// Packet ids are given in a circle, so the list is sorted by id as seen from its first entry, and an
/// acknowledgement finds its entry at once. An entry that the circle overtakes moves to the backlog.
#[derive(Debug, Default)]
pub(crate) struct Inflight {
    sent: VecDeque<Entry>,
    /// What few sessions have, and those not for long.
    backlog: Option<Box<Backlog>>,
    /// Entries that wait for an acknowledgement.
    live: usize,
    /// PUBLISH packets of this connection that count against the client's Receive Maximum.
    used: u16,
    last_id: u16,
}

#[derive(Debug, Default)]
struct Backlog {
    /// Entries whose ids the circle has passed, oldest first.
    overtaken: Vec<Entry>,
    /// Packet ids still to be sent again, oldest first.
    resend: VecDeque<u16>,
}

/// One message in flight.
#[derive(Debug)]
pub(crate) struct Entry {
    id: PacketId,
    awaits: Awaits,
    /// Sent on the present connection, so it counts against the window.
    counted: bool,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    sender: SenderKind,
    sent_mono_s: u32,
    /// Kept only where the message may have to be sent again.
    pub(crate) message: Option<Message>,
    pub(crate) subscription_ids: Option<Box<[u32]>>,
    share: Option<NonZeroU64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Awaits {
    Nothing,
    PubAck,
    PubRec,
    PubComp,
}

/// What an acknowledgement of the client meant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    /// The message is done. The receipt, where the client has said only now that it has it.
    Done(Option<Receipt>),
    /// PUBREC taken: PUBREL has to follow. The receipt, if it is the first one.
    Released(Option<Receipt>),
    /// No such message, or not at this step.
    Unknown,
}

/// What has to be sent again.
pub(crate) enum Resend<'a> {
    Publish(PacketId, &'a Entry),
    PubRel(PacketId),
}

/// What [`Inflight::resend_next`] has done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Resent {
    Sent,
    /// This message is too large for the client now.
    GivenUp(PacketId, Option<Message>),
    /// Nothing is left, or the window is full.
    Nothing,
}

impl Inflight {
    /// Messages that wait for an acknowledgement.
    pub(crate) fn len(&self) -> usize {
        self.live
    }

    /// The messages in flight that are kept, in the order of their first sending.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.entries().filter_map(|entry| entry.message.as_ref())
    }

    /// Whether something has to be sent again.
    pub(crate) fn has_resend(&self) -> bool {
        self.backlog.as_ref().is_some_and(|backlog| !backlog.resend.is_empty())
    }

    /// Whether one more PUBLISH may be sent within `window` `[MQTT-3.3.4-9]`.
    pub(crate) fn has_room(&self, window: u16) -> bool {
        self.used < window && self.live < usize::from(u16::MAX) && !self.has_resend()
    }

    /// Takes the next unused packet id `[MQTT-2.2.1-4]` for a message that is being sent.
    ///
    /// The caller has seen [`Inflight::has_room`], so at least one id is free.
    pub(crate) fn push(
        &mut self,
        delivery: &Delivery<'_>,
        message: Option<Message>,
        now: Now,
    ) -> PacketId {
        let id = self.next_id();
        let ids = delivery.subscription_ids;
        let subscription_ids = (message.is_some() && !ids.is_empty()).then(|| ids.into());
        let is_twice = delivery.qos == QoS::ExactlyOnce;
        self.sent.push_back(Entry {
            id,
            awaits: if is_twice { Awaits::PubRec } else { Awaits::PubAck },
            counted: true,
            qos: delivery.qos,
            retain: delivery.retain,
            sender: delivery.message.sender.kind,
            sent_mono_s: coarse_s(now),
            message,
            subscription_ids,
            share: delivery.share,
        });
        self.live += 1;
        self.used += 1;
        id
    }

    /// What was in flight in an earlier life of the process, in the order of its first sending.
    pub(crate) fn restore(&mut self, restored: Vec<RestoredInflight>, now: Now) {
        let Some(last) = restored.last() else { return };
        self.last_id = last.packet_id.get();
        self.live += restored.len();
        let entries = restored.into_iter().map(|RestoredInflight { packet_id, message }| Entry {
            id: packet_id,
            awaits: match &message {
                None => Awaits::PubComp,
                Some(message) if message.qos == QoS::ExactlyOnce => Awaits::PubRec,
                Some(_) => Awaits::PubAck,
            },
            counted: false,
            qos: message.as_ref().map_or(QoS::ExactlyOnce, |message| message.qos),
            retain: message.as_ref().is_some_and(|message| message.retain),
            sender: message
                .as_ref()
                .map_or(SenderKind::Client, |restored| restored.message.view().sender.kind),
            sent_mono_s: coarse_s(now),
            subscription_ids: message
                .as_ref()
                .map(|message| message.subscription_ids.clone())
                .filter(|ids| !ids.is_empty()),
            share: None,
            message: message.map(|message| message.message),
        });
        self.backlog.get_or_insert_default().overtaken.extend(entries);
    }

    /// The message just pushed was not sent after all (it is too large for the client).
    pub(crate) fn take_back(&mut self, id: PacketId) {
        debug_assert_eq!(self.sent.back().map(|entry| entry.id), Some(id));
        self.sent.pop_back();
        self.live -= 1;
        self.used -= 1;
    }

    pub(crate) fn on_puback(&mut self, id: PacketId) -> Settled {
        self.finish(id, Awaits::PubAck)
    }

    /// `refused`: the client will not take the message, which ends it `[MQTT-4.3.3-4]`.
    pub(crate) fn on_pubrec(&mut self, id: PacketId, refused: bool) -> Settled {
        if refused {
            return match self.finish(id, Awaits::PubRec) {
                Settled::Done(_refused) => Settled::Done(None),
                other => other,
            };
        }
        match self.find(id) {
            Some(entry) if entry.awaits == Awaits::PubRec => {
                entry.awaits = Awaits::PubComp;
                // From here on only PUBREL is ever sent again `[MQTT-4.3.3-6]`.
                entry.subscription_ids = None;
                Settled::Released(Some(entry.take_receipt()))
            }
            Some(entry) if entry.awaits == Awaits::PubComp => Settled::Released(None),
            _ => Settled::Unknown,
        }
    }

    pub(crate) fn on_pubcomp(&mut self, id: PacketId) -> Settled {
        self.finish(id, Awaits::PubComp)
    }

    /// A new connection of the same session: everything unacknowledged has to be sent again, in its
    /// order `[MQTT-4.4.0-1]`, as far as the new window allows.
    pub(crate) fn begin_resend(&mut self) {
        self.used = 0;
        for entry in self.entries_mut() {
            entry.counted = false;
        }
        let waiting = self.entries().filter(|entry| entry.awaits != Awaits::Nothing);
        let resend: VecDeque<_> = waiting.map(|entry| entry.id.get()).collect();
        if !resend.is_empty() || self.backlog.is_some() {
            self.backlog.get_or_insert_default().resend = resend;
        }
        self.tidy_backlog();
    }

    /// Calls `send` for the next message to send again, if the window has room for it. `send` says
    /// whether the message was sent: one that the client cannot take is done with `[MQTT-3.1.2-25]`.
    pub(crate) fn resend_next(
        &mut self,
        window: u16,
        now: Now,
        send: impl FnOnce(Resend<'_>) -> bool,
    ) -> Resent {
        while let Some(raw) = self.next_resend() {
            let used = self.used;
            let id = PacketId::new(raw).expect("copied from an entry's id");
            // It may have been acknowledged since it was marked.
            let is_settled = |entry: &&mut Entry| entry.awaits == Awaits::Nothing;
            let Some(entry) = self.find(id).filter(|entry| !is_settled(entry)) else {
                self.pop_resend();
                continue;
            };
            let mut resent = Resent::Sent;
            if entry.awaits == Awaits::PubComp {
                send(Resend::PubRel(id));
            } else {
                if used >= window {
                    return Resent::Nothing;
                }
                entry.counted = true;
                entry.sent_mono_s = coarse_s(now);
                let sent = send(Resend::Publish(id, entry));
                let awaits = entry.awaits;
                self.used += 1;
                if !sent {
                    let message = match self.finish(id, awaits) {
                        Settled::Done(receipt) => receipt.and_then(|receipt| receipt.message),
                        Settled::Released(_) | Settled::Unknown => None,
                    };
                    resent = Resent::GivenUp(id, message);
                }
            }
            self.pop_resend();
            return resent;
        }
        Resent::Nothing
    }

    /// When the oldest unacknowledged message is due to be sent again, monotonic milliseconds.
    pub(crate) fn retry_deadline(&self, retry_ms: u64) -> Option<u64> {
        let waiting = self.entries();
        waiting
            .filter(|entry| entry.awaits != Awaits::Nothing && entry.counted)
            .map(|entry| u64::from(entry.sent_mono_s) * 1000 + retry_ms)
            .min()
    }

    /// Marks what has waited `retry_ms` for its acknowledgement to be sent again.
    pub(crate) fn begin_retry(&mut self, retry_ms: u64, now: Now) {
        let mut backlog = self.backlog.take().unwrap_or_default();
        let used = &mut self.used;
        for entry in backlog.overtaken.iter_mut().chain(&mut self.sent) {
            let due = u64::from(entry.sent_mono_s) * 1000 + retry_ms <= now.mono_ms;
            let id = entry.id.get();
            if due && entry.awaits != Awaits::Nothing && !backlog.resend.contains(&id) {
                if entry.counted && entry.awaits != Awaits::PubComp {
                    entry.counted = false;
                    *used -= 1;
                }
                entry.sent_mono_s = coarse_s(now);
                backlog.resend.push_back(id);
            }
        }
        self.backlog = Some(backlog);
        self.tidy_backlog();
    }

    /// Messages of shared groups that the client has not acknowledged and that another member may get:
    /// those of QoS 1, since a QoS 2 message belongs to the client it was sent to `[MQTT-4.8.2-5]`.
    pub(crate) fn take_orphans(&mut self) -> impl Iterator<Item = Orphan> {
        let unacknowledged = self.entries_mut().filter(|entry| entry.awaits == Awaits::PubAck);
        unacknowledged.filter_map(|entry| {
            Some(Orphan { share: entry.share?, message: entry.message.take()? })
        })
    }

    fn finish(&mut self, id: PacketId, expected: Awaits) -> Settled {
        debug_assert_ne!(expected, Awaits::Nothing, "a message is settled once");
        let Some(entry) = self.find(id).filter(|entry| entry.awaits == expected) else {
            return Settled::Unknown;
        };
        entry.awaits = Awaits::Nothing;
        entry.subscription_ids = None;
        let counted = entry.counted;
        let receipt = entry.take_receipt();
        self.live -= 1;
        self.used -= u16::from(counted);
        self.tidy_up();
        Settled::Done((expected != Awaits::PubComp).then_some(receipt))
    }

    fn find(&mut self, id: PacketId) -> Option<&mut Entry> {
        if let Some(first) = self.sent.front() {
            let first = first.id.get();
            let guess = distance(first, id.get());
            let index = match self.sent.get(guess) {
                Some(entry) if entry.id == id => Ok(guess),
                _ => {
                    self.sent.binary_search_by_key(&guess, |entry| distance(first, entry.id.get()))
                }
            };
            if let Ok(index) = index {
                return self.sent.get_mut(index);
            }
        }
        self.backlog.as_mut()?.overtaken.iter_mut().find(|entry| entry.id == id)
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.backlog.iter().flat_map(|backlog| &backlog.overtaken).chain(&self.sent)
    }

    fn entries_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        let backlog = self.backlog.iter_mut();
        backlog.flat_map(|backlog| &mut backlog.overtaken).chain(&mut self.sent)
    }

    fn next_resend(&self) -> Option<u16> {
        self.backlog.as_ref()?.resend.front().copied()
    }

    fn pop_resend(&mut self) {
        if let Some(backlog) = &mut self.backlog {
            backlog.resend.pop_front();
        }
        self.tidy_backlog();
    }

    fn tidy_backlog(&mut self) {
        let is_empty =
            |backlog: &Backlog| backlog.overtaken.is_empty() && backlog.resend.is_empty();
        if self.backlog.as_deref().is_some_and(is_empty) {
            self.backlog = None;
        }
    }

    fn next_id(&mut self) -> PacketId {
        loop {
            self.last_id = self.last_id.wrapping_add(1).max(1);
            let id = PacketId::new(self.last_id).expect("at least one");
            while self.sent.front().is_some_and(|first| first.id == id) {
                let entry = self.sent.pop_front().expect("seen just now");
                if entry.awaits != Awaits::Nothing {
                    self.backlog.get_or_insert_default().overtaken.push(entry);
                }
            }
            let overtaken = self.backlog.iter().flat_map(|backlog| &backlog.overtaken);
            if !overtaken.into_iter().any(|entry| entry.id == id) {
                return id;
            }
        }
    }

    fn tidy_up(&mut self) {
        while self.sent.front().is_some_and(|first| first.awaits == Awaits::Nothing) {
            self.sent.pop_front();
        }
        if let Some(backlog) = &mut self.backlog {
            backlog.overtaken.retain(|entry| entry.awaits != Awaits::Nothing);
        }
        self.tidy_backlog();
        if self.sent.len() > 2 * self.live + SLACK {
            self.sent.retain(|entry| entry.awaits != Awaits::Nothing);
        }
        if self.live == 0 {
            // An idle session keeps no room for a window.
            self.sent = VecDeque::new();
        }
    }
}

/// Settled entries allowed between live ones before the list is packed.
const SLACK: usize = 64;

/// Steps from `first` to `id` along the circle of packet ids 1..=65,535.
fn distance(first: u16, id: u16) -> usize {
    let (first, id) = (usize::from(first), usize::from(id));
    if id >= first { id - first } else { id + 65_535 - first }
}

/// Whole seconds, rounded up: a repetition may come up to a second late, never early.
fn coarse_s(now: Now) -> u32 {
    u32::try_from(now.mono_ms.div_ceil(1000)).unwrap_or(u32::MAX)
}

impl Entry {
    fn take_receipt(&mut self) -> Receipt {
        Receipt { message: self.message.take(), sender: self.sender, retain: self.retain }
    }
}

#[cfg(test)]
mod tests {
    use rmqtt_message::{MessageId, MessageRef, Sender, SessionId};

    use super::*;

    /// Of a message that was not kept.
    const RECEIPT: Receipt = Receipt { message: None, sender: SenderKind::Client, retain: false };
    const NOW: Now = Now { mono_ms: 5_000, wall_ms: 0 };

    fn message() -> Message {
        let message = MessageRef {
            id: MessageId::default(),
            publisher: SessionId(1),
            sender: Sender::default(),
            qos: QoS::ExactlyOnce,
            retain: false,
            published_wall_ms: 0,
            expires_wall_ms: None,
            expiry_is_published: false,
            topic: "t",
            properties: &[],
            payload: &[],
        };
        message.to_message(&mut Vec::new())
    }

    fn push(inflight: &mut Inflight, qos: QoS) -> PacketId {
        let message = message();
        let view = message.view();
        let delivery =
            Delivery { message: &view, qos, retain: false, subscription_ids: &[], share: None };
        inflight.push(&delivery, None, NOW)
    }

    #[test]
    fn qos_1_ends_with_puback_and_qos_2_with_pubcomp() {
        let mut inflight = Inflight::default();
        let one = push(&mut inflight, QoS::AtLeastOnce);
        let two = push(&mut inflight, QoS::ExactlyOnce);
        assert_eq!(inflight.on_pubrec(one, false), Settled::Unknown, "PUBREC answers no QoS 1");
        assert_eq!(inflight.on_puback(two), Settled::Unknown);
        assert_eq!(inflight.on_puback(one), Settled::Done(Some(RECEIPT)));
        assert_eq!(inflight.on_puback(one), Settled::Unknown);
        assert_eq!(inflight.on_pubcomp(two), Settled::Unknown);
        assert_eq!(inflight.on_pubrec(two, false), Settled::Released(Some(RECEIPT)));
        assert_eq!(inflight.on_pubrec(two, false), Settled::Released(None), "PUBREL is sent again");
        assert_eq!(inflight.on_pubcomp(two), Settled::Done(None));
        assert_eq!(inflight.live, 0);
    }

    #[test]
    fn an_id_in_use_is_never_given_again_however_often_the_circle_turns() {
        let mut inflight = Inflight::default();
        let stuck: Vec<_> = (0..3).map(|_| push(&mut inflight, QoS::AtLeastOnce)).collect();
        for _ in 0..200_000 {
            let id = push(&mut inflight, QoS::AtLeastOnce);
            assert!(!stuck.contains(&id));
            assert!(matches!(inflight.on_puback(id), Settled::Done(_)));
        }
        assert_eq!(inflight.live, 3);
        for id in stuck {
            assert!(matches!(inflight.on_puback(id), Settled::Done(_)));
        }
        assert_eq!(inflight.live, 0);
    }

    #[test]
    fn acknowledgements_may_come_in_any_order() {
        let mut inflight = Inflight::default();
        let mut ids: Vec<_> = (0..1_000).map(|_| push(&mut inflight, QoS::AtLeastOnce)).collect();
        let mut state = 7_u64;
        while !ids.is_empty() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let index = (state >> 33) as usize % ids.len();
            assert!(matches!(inflight.on_puback(ids.swap_remove(index)), Settled::Done(_)));
            assert_eq!(inflight.live, ids.len());
            assert!(inflight.sent.len() <= 2 * inflight.live + SLACK, "bounded by what is live");
        }
    }

    #[test]
    fn after_a_reconnect_everything_unacknowledged_goes_again_in_order_within_the_window() {
        let mut inflight = Inflight::default();
        let one = push(&mut inflight, QoS::AtLeastOnce);
        let two = push(&mut inflight, QoS::ExactlyOnce);
        let three = push(&mut inflight, QoS::AtLeastOnce);
        inflight.on_pubrec(two, false);
        inflight.begin_resend();
        assert!(!inflight.has_room(10), "what was sent before goes first");
        let mut sent = Vec::new();
        let mut step = |inflight: &mut Inflight, window| {
            inflight.resend_next(window, NOW, |resend| {
                sent.push(match resend {
                    Resend::Publish(id, _) => (id, "publish"),
                    Resend::PubRel(id) => (id, "pubrel"),
                });
                true
            }) == Resent::Sent
        };
        assert!(step(&mut inflight, 1));
        assert!(step(&mut inflight, 1));
        assert!(!step(&mut inflight, 1), "the window is full");
        inflight.on_puback(one);
        assert!(step(&mut inflight, 1));
        assert!(!step(&mut inflight, 1));
        assert_eq!(sent, [(one, "publish"), (two, "pubrel"), (three, "publish")]);
    }

    #[test]
    fn a_repetition_is_due_after_its_interval_however_short() {
        let mut inflight = Inflight::default();
        let now = Now { mono_ms: 5_900, wall_ms: 0 };
        let message = message();
        let view = message.view();
        let delivery = Delivery {
            message: &view,
            qos: QoS::AtLeastOnce,
            retain: false,
            subscription_ids: &[],
            share: None,
        };
        inflight.push(&delivery, None, now);
        for later in [now, now.plus_ms(64), now.plus_ms(499)] {
            inflight.begin_retry(500, later);
            assert!(!inflight.has_resend());
        }
        inflight.begin_retry(500, now.plus_ms(600));
        assert!(inflight.has_resend());
    }

    #[test]
    fn what_is_acknowledged_before_it_is_sent_again_is_not_sent_again() {
        let mut inflight = Inflight::default();
        let first = push(&mut inflight, QoS::AtLeastOnce);
        let second = push(&mut inflight, QoS::AtLeastOnce);
        inflight.begin_retry(1_000, NOW.plus_ms(2_000));
        assert!(inflight.has_resend());
        assert!(matches!(inflight.on_puback(second), Settled::Done(_)));
        let mut sent = Vec::new();
        while inflight.resend_next(10, NOW, |resend| {
            if let Resend::Publish(id, _) = resend {
                sent.push(id);
            }
            true
        }) != Resent::Nothing
        {}
        assert_eq!(sent, [first]);
        assert_eq!(inflight.live, 1);
        assert!(matches!(inflight.on_puback(first), Settled::Done(_)));
        assert_eq!(inflight.live, 0);
    }
}
