//! Messages to the client: at once, or through the window and the queue.

use rmqtt_codec::{
    AckType, PacketId, PublishHead, QoS, encode_ack_short, encode_publish, encoded_publish_len,
};
use rmqtt_message::{Message, MessageRef, Now};

use crate::delivery::{Delivered, Delivery, DropReason, Orphan, Room, Shapes};
use crate::inflight::{Entry, Resend, Resent};
use crate::journal::Journal;
use crate::outbox::{Offered, Outbox, Waiting};
use crate::session::Session;
use crate::watch::Watch;

impl Session {
    /// Delivers one message. `out`: the connection's output, if there is one.
    pub fn deliver(
        &mut self,
        delivery: &Delivery<'_>,
        room: &mut Room<'_, '_>,
        out: Option<&mut Vec<u8>>,
        now: Now,
    ) -> Delivered {
        let delivered = self.deliver_or_queue(delivery, room, out, now);
        let not_kept = matches!(delivered, Delivered::Dropped(_) | Delivered::Overflowed);
        if not_kept && delivery.qos > QoS::AtMostOnce {
            self.note_dequeued(delivery.message.id, &mut room.journal);
        }
        delivered
    }

    fn deliver_or_queue(
        &mut self,
        delivery: &Delivery<'_>,
        room: &mut Room<'_, '_>,
        out: Option<&mut Vec<u8>>,
        now: Now,
    ) -> Delivered {
        if delivery.message.is_expired(now)
            || room.watch.as_mut().is_some_and(|watch| watch.is_expired(delivery.message))
        {
            return Delivered::Dropped(DropReason::Expired);
        }
        let Some(out) = out else { return self.queue(delivery, room) };
        let is_slow = out.len() >= self.policy.output_high_water;
        if delivery.qos == QoS::AtMostOnce {
            if is_slow {
                return Delivered::Dropped(DropReason::SlowReader);
            }
            if self.outbox.as_ref().is_some_and(|outbox| outbox.has_unacknowledged()) {
                return self.queue(delivery, room);
            }
            let replacement = room.watch.as_mut().and_then(|watch| watch.sending(delivery.message));
            return match self.write_first(delivery, replacement.as_ref(), None, room, out, now) {
                true => Delivered::Sent,
                false => Delivered::Dropped(DropReason::TooLarge),
            };
        }
        let must_wait = is_slow
            || self.outbox.as_ref().is_some_and(|outbox| outbox.has_acknowledged())
            || !self.inflight.has_room(self.window);
        if must_wait {
            return self.queue(delivery, room);
        }
        let replacement = room.watch.as_mut().and_then(|watch| watch.sending(delivery.message));
        let keeps = self.keeps_messages()
            || delivery.share.is_some()
            || room.watch.as_ref().is_some_and(|watch| watch.keeps_messages());
        let kept = keeps.then(|| match &replacement {
            None => room.keep.message(delivery.message),
            Some(replacement) => replacement.clone(),
        });
        let packet_id = self.inflight.push(delivery, kept, now);
        if self.write_first(delivery, replacement.as_ref(), Some(packet_id), room, out, now) {
            self.note_sent(packet_id, delivery.message.id, delivery.qos, &mut room.journal);
            Delivered::Sent
        } else {
            self.inflight.take_back(packet_id);
            Delivered::Dropped(DropReason::TooLarge)
        }
    }

    /// Writes a message that did not have to wait. One that somebody has changed is encoded for this
    /// receiver alone.
    fn write_first(
        &mut self,
        delivery: &Delivery<'_>,
        replacement: Option<&Message>,
        packet_id: Option<PacketId>,
        room: &mut Room<'_, '_>,
        out: &mut Vec<u8>,
        now: Now,
    ) -> bool {
        match replacement {
            None => {
                let head = head(delivery.message, delivery, packet_id, now);
                self.write_publish(head, delivery.message, Some(room.shapes), out)
            }
            Some(replacement) => {
                let message = replacement.view();
                self.write_publish(head(&message, delivery, packet_id, now), &message, None, out)
            }
        }
    }

    /// Sends what may go now: first what a reconnect has to repeat, then what waits in the queue.
    /// `watch` hears what becomes of messages that had waited.
    pub fn refill(
        &mut self,
        out: &mut Vec<u8>,
        journal: &mut Journal<'_>,
        now: Now,
        watch: &mut dyn Watch,
    ) {
        while out.len() < self.policy.output_high_water {
            match self.resend_one(out, journal, now) {
                Resent::Sent => {}
                Resent::GivenUp(packet_id, message) => {
                    self.note_acknowledged(packet_id, journal);
                    if let Some(message) = message {
                        watch.dropped(&message.view(), DropReason::TooLarge);
                    }
                }
                Resent::Nothing => break,
            }
        }
        while out.len() < self.policy.output_high_water {
            let has_room = self.inflight.has_room(self.window);
            let Some(waiting) = self.next_waiting(has_room, now) else { break };
            let message = waiting.message.view();
            let is_acknowledged = waiting.qos > QoS::AtMostOnce;
            if message.is_expired(now) || watch.is_expired(&message) {
                if is_acknowledged {
                    self.note_dequeued(message.id, journal);
                }
                watch.dropped(&message, DropReason::Expired);
                continue;
            }
            let replacement = watch.sending(&message);
            let sent = replacement.as_ref().unwrap_or(&waiting.message);
            let delivery = Delivery {
                message: &message,
                qos: waiting.qos,
                retain: waiting.retain,
                subscription_ids: waiting.subscription_ids.as_deref().unwrap_or_default(),
                share: waiting.share,
            };
            let packet_id = is_acknowledged.then(|| {
                let keeps =
                    self.keeps_messages() || waiting.share.is_some() || watch.keeps_messages();
                let kept = keeps.then(|| sent.clone());
                self.inflight.push(&delivery, kept, now)
            });
            let view = sent.view();
            if !self.write_publish(head(&view, &delivery, packet_id, now), &view, None, out) {
                if let Some(packet_id) = packet_id {
                    self.inflight.take_back(packet_id);
                    self.note_dequeued(message.id, journal);
                }
                watch.dropped(&message, DropReason::TooLarge);
                continue;
            }
            watch.sent(&view, waiting.retain);
            if let Some(packet_id) = packet_id {
                self.note_sent(packet_id, message.id, waiting.qos, journal);
            }
        }
        let is_done = |outbox: &Outbox| match self.policy.queue_rate {
            None => outbox.is_empty(),
            // What left it in this period counts for what comes next.
            Some(rate) => outbox.is_empty() && outbox.dequeued.next_period(rate) <= now.mono_ms,
        };
        if self.outbox.as_deref().is_some_and(is_done) {
            self.outbox = None;
        }
    }

    /// The next message that may leave the queue now. The rate of the queue holds for it.
    fn next_waiting(&mut self, with_acknowledged: bool, now: Now) -> Option<Waiting> {
        let outbox = self.outbox.as_mut()?;
        if let Some(rate) = self.policy.queue_rate {
            let ready = outbox.has_unacknowledged() || with_acknowledged && !outbox.is_empty();
            if !ready || !outbox.dequeued.take(rate, now) {
                return None;
            }
        }
        outbox.pop(with_acknowledged)
    }

    /// The session is over: gives what it leaves to other members of shared groups, in order. `lost`
    /// hears of the other messages that still waited.
    pub fn take_remains(&mut self, lost: &mut dyn FnMut(&MessageRef<'_>)) -> Vec<Orphan> {
        let mut orphans: Vec<_> = self.inflight.take_orphans().collect();
        for waiting in self.outbox.take().iter_mut().flat_map(|outbox| outbox.drain()) {
            match waiting.share {
                Some(share) => orphans.push(Orphan { message: waiting.message, share }),
                None => lost(&waiting.message.view()),
            }
        }
        orphans
    }

    fn queue(&mut self, delivery: &Delivery<'_>, room: &mut Room<'_, '_>) -> Delivered {
        let limits = self.policy.queue;
        let outbox = self.outbox.get_or_insert_with(Box::<Outbox>::default);
        let offered = outbox.offer(room.keep.message(delivery.message), delivery, &limits);
        match offered {
            Offered::Queued => Delivered::Queued,
            Offered::QueuedInPlaceOf(dropped) => {
                for waiting in dropped.iter().filter(|waiting| waiting.qos > QoS::AtMostOnce) {
                    self.note_dequeued(waiting.message.id(), &mut room.journal);
                }
                Delivered::QueuedInPlaceOf(dropped.into_iter().map(|w| w.message).collect())
            }
            Offered::Refused => Delivered::Dropped(DropReason::QueueFull),
            Offered::Overflowed => Delivered::Overflowed,
        }
    }

    fn resend_one(&mut self, out: &mut Vec<u8>, journal: &mut Journal<'_>, now: Now) -> Resent {
        let (packet_size_max, version) = (self.packet_size_max as usize, self.version);
        // Whether the first sending was written down is not known: the store may have failed.
        let mut sent_twice = None;
        let resent = self.inflight.resend_next(self.window, now, |resend| match resend {
            Resend::PubRel(packet_id) => {
                encode_ack_short(AckType::PubRel, packet_id, out);
                true
            }
            Resend::Publish(packet_id, entry) => {
                let Some(message) = entry.message.as_ref() else { return false };
                let message = message.view();
                let head = head_again(&message, packet_id, entry, now);
                let body = message.body();
                sent_twice = (entry.qos == QoS::ExactlyOnce).then_some((packet_id, message.id));
                encoded_publish_len(version, &head, &body) <= packet_size_max
                    && encode_publish(version, &head, &body, out).is_ok()
            }
        });
        if let (Resent::Sent, Some((packet_id, message))) = (&resent, sent_twice) {
            self.note_sent(packet_id, message, QoS::ExactlyOnce, journal);
        }
        resent
    }

    /// Writes a PUBLISH; `false`: it would be larger than the client takes `[MQTT-3.1.2-24]`.
    fn write_publish(
        &mut self,
        mut head: PublishHead<'_>,
        message: &MessageRef<'_>,
        shapes: Option<&mut Shapes>,
        out: &mut Vec<u8>,
    ) -> bool {
        if let Some(aliases) = self.outbound_aliases() {
            head.topic_alias = aliases.alias_for(message.topic);
        }
        let limit = self.packet_size_max as usize;
        if let Some(template) =
            shapes.and_then(|shapes| shapes.template(self.version, &head, message))
        {
            if template.len() > limit {
                return false;
            }
            template.append_to(out, head.packet_id, head.dup);
            return true;
        }
        let body = message.body();
        if limit < u32::MAX as usize && encoded_publish_len(self.version, &head, &body) > limit {
            return false;
        }
        if encode_publish(self.version, &head, &body, out).is_err() {
            return false;
        }
        if let Some(alias) = head.topic_alias
            && let Some(aliases) = self.outbound_aliases()
        {
            aliases.confirm(alias, message.topic);
        }
        true
    }
}

fn head<'d>(
    message: &MessageRef<'_>,
    delivery: &Delivery<'d>,
    packet_id: Option<PacketId>,
    now: Now,
) -> PublishHead<'d> {
    PublishHead {
        // A new delivery of the broker is no repetition [MQTT-3.3.1-3].
        dup: false,
        qos: delivery.qos,
        retain: delivery.retain,
        packet_id,
        message_expiry_interval_s: message.remaining_expiry_s(now),
        topic_alias: None,
        subscription_ids: delivery.subscription_ids,
    }
}

fn head_again<'e>(
    message: &MessageRef<'_>,
    packet_id: PacketId,
    entry: &'e Entry,
    now: Now,
) -> PublishHead<'e> {
    PublishHead {
        // [MQTT-3.3.1-1]
        dup: true,
        qos: entry.qos,
        retain: entry.retain,
        packet_id: Some(packet_id),
        message_expiry_interval_s: message.remaining_expiry_s(now),
        topic_alias: None,
        subscription_ids: entry.subscription_ids.as_deref().unwrap_or_default(),
    }
}
