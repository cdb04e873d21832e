//! Messages to their receivers: here, and on other workers.

use core::num::NonZeroU64;
use std::sync::Arc;

use rmqtt_codec::QoS;
use rmqtt_message::{Message, MessageRef, Now, SessionId};
use rmqtt_session::{CloseCause, Delivered, Delivery, DropReason, Keep, Orphan, Watch as _};

use super::Worker;
use super::link::NOT_PAUSED;
use super::seat::Seat;
use super::tables::Tables;
use super::watching::{Watching, count_sent};
use crate::address::Address;
use crate::batch::{Batch, ChosenMember, Order, Shipment};
use crate::hook::{Client, DroppedReason, Event, Point, Points};
use crate::matched::{GroupKey, Match, Receiver, Share, ShareMember};
use crate::strategy::{MemberFacts, ShareRequest};

/// How often a message for a shared group is passed on when the chosen member turns out to be gone.
const HOPS_MAX: u8 = 3;

impl Worker {
    /// Hands a message to everybody who is subscribed; `false`: that is nobody. `from`: the session
    /// that can be paused if a receiver cannot keep up.
    pub(super) fn route(
        &mut self,
        message: &MessageRef<'_>,
        from: Option<Address>,
        now: Now,
    ) -> bool {
        let hash = self.routes.hash(message.topic);
        let Self { memo, routes, tables, .. } = self;
        let matched = memo.matched(message.topic, hash, routes);
        if matched.is_empty() {
            tables.note_unmatched(message);
            return false;
        }
        tables.dispatch(&Shipment { message, owned: None, from }, matched, now);
        true
    }

    /// Hands a message to those whom the directory has named.
    pub(super) fn dispatch(
        &mut self,
        message: &Message,
        from: Option<Address>,
        matched: &Arc<Match>,
        now: Now,
    ) {
        if matched.is_empty() {
            self.tables.note_unmatched(&message.view());
            return;
        }
        let shipment = Shipment { message: &message.view(), owned: Some(message), from };
        self.tables.dispatch(&shipment, matched, now);
    }

    /// Messages that other workers have routed to sessions of this one.
    pub(super) fn deliver_batch(&mut self, batch: &Batch, now: Now) {
        for arrived in batch.arrived() {
            let shipment = arrived.shipment();
            let Some(member) = arrived.member else {
                let receivers = arrived.matched.receivers_on(self.config.index);
                self.tables.deliver_all(&shipment, arrived.matched, receivers, now);
                continue;
            };
            if !self.tables.takes(&member.receiver) && member.hops < HOPS_MAX {
                self.choose_again(&shipment, member, now);
            } else {
                let ChosenMember { receiver, group, .. } = &member;
                self.tables.deliver_one(&shipment, arrived.matched, receiver, *group, now);
            }
        }
    }

    /// A member of a shared group is gone, or its queue is full: another one, of those who are members
    /// now, gets the message.
    fn choose_again(&mut self, shipment: &Shipment<'_>, member: ChosenMember, now: Now) {
        self.tables.record_passed_over(shipment.message, &member.receiver);
        let topic = shipment.message.topic;
        let hash = self.routes.hash(topic);
        let Self { memo, routes, tables, .. } = self;
        let matched = memo.matched(topic, hash, routes);
        let Some(share) = matched.shares.iter().find(|share| share.group == member.group) else {
            tables.counters.dropped_no_member += 1;
            tables.drop_message(None, shipment.message, DroppedReason::NoMember);
            return;
        };
        let not = Some(member.receiver.session);
        tables.hand_to_member(shipment, matched, share, not, member.hops + 1, now);
    }

    /// A member's session has ended before it took this message.
    pub(super) fn hand_on(&mut self, orphan: &Orphan, from: SessionId, now: Now) {
        let message = orphan.message.view();
        let hash = self.routes.hash(message.topic);
        let Self { memo, routes, tables, .. } = self;
        let matched = memo.matched(message.topic, hash, routes);
        let group = GroupKey(orphan.share.get());
        let Some(share) = matched.shares.iter().find(|share| share.group == group) else {
            tables.counters.dropped_no_member += 1;
            tables.drop_message(None, &message, DroppedReason::NoMember);
            return;
        };
        let shipment = Shipment { message: &message, owned: Some(&orphan.message), from: None };
        tables.hand_to_member(&shipment, matched, share, Some(from), 0, now);
    }

    /// The publisher may go on.
    pub(super) fn resume_publisher(&mut self, publisher: Address, now: Now) {
        let seat = self.tables.seats.get_mut_at(publisher.slot, publisher.epoch);
        let Some(link) = seat.and_then(|seat| seat.link) else {
            return;
        };
        let token = self.tables.token(link);
        let Some(place) = self.tables.links.get_mut(link.0) else {
            return;
        };
        if place.resume_reading() && !place.waits {
            self.continue_link(token, now);
        }
    }
}

impl Tables {
    fn dispatch(&mut self, shipment: &Shipment<'_>, matched: &Arc<Match>, now: Now) {
        let copy;
        let mut shipment = *shipment;
        let message = shipment.message;
        if shipment.owned.is_none() && message.qos > QoS::AtMostOnce && matched.keeps() {
            // One copy for all who have to keep it, on whatever worker.
            copy = message.to_message(&mut self.copy);
            shipment.owned = Some(&copy);
        }
        if self.keeps_records && shipment.owned.is_some() && matched.keeps() {
            self.record_enqueued(message, matched);
        }
        let here = matched.receivers_on(self.worker);
        self.deliver_all(&shipment, matched, here, now);
        if self.workers > 1 && here.len() < matched.receivers().len() {
            for worker in 0..self.workers {
                if worker != self.worker && !matched.receivers_on(worker).is_empty() {
                    self.batches[usize::from(worker)].push_to_all(&shipment, matched);
                }
            }
        }
        for share in &matched.shares {
            self.hand_to_member(&shipment, matched, share, None, 0, now);
        }
    }

    fn deliver_all(
        &mut self,
        shipment: &Shipment<'_>,
        matched: &Match,
        receivers: &[Receiver],
        now: Now,
    ) {
        let mut copy = core::mem::take(&mut self.copy);
        let mut keep = Keep::new(shipment.owned.cloned(), &mut copy);
        self.shapes.begin(receivers.len());
        for receiver in receivers {
            self.deliver(shipment, &mut keep, matched, receiver, None, now);
        }
        self.copy = copy;
    }

    /// To the member of a shared group that was chosen.
    fn deliver_one(
        &mut self,
        shipment: &Shipment<'_>,
        matched: &Match,
        receiver: &Receiver,
        group: GroupKey,
        now: Now,
    ) {
        let mut copy = core::mem::take(&mut self.copy);
        let mut keep = Keep::new(shipment.owned.cloned(), &mut copy);
        self.shapes.begin(1);
        self.deliver(shipment, &mut keep, matched, receiver, NonZeroU64::new(group.0), now);
        self.copy = copy;
    }

    fn deliver(
        &mut self,
        shipment: &Shipment<'_>,
        keep: &mut Keep<'_>,
        matched: &Match,
        receiver: &Receiver,
        share: Option<NonZeroU64>,
        now: Now,
    ) {
        let message = shipment.message;
        let Some(receiver) = matched.as_received(receiver, message.publisher) else { return };
        let address = self.address(receiver);
        let client = self.receiving_client(address);
        let Some(desk) = self.desk(receiver.slot, receiver.epoch) else {
            self.counters.stale_deliveries += 1;
            return;
        };
        let delivery = Delivery {
            message,
            qos: receiver.qos.min(message.qos),
            // [MQTT-3.3.1-12], [MQTT-3.3.1-13]
            retain: message.retain && receiver.retain_as_published(),
            subscription_ids: matched.subscription_ids(receiver),
            share,
        };
        let online = desk.output.as_ref().map(|output| (output.link, output.before));
        let delivered = desk.deliver(&delivery, keep, client.as_ref(), now);
        if let Some((link, before)) = online {
            self.note_output(link, before);
            if delivery.qos > QoS::AtMostOnce {
                if delivered == Delivered::Sent {
                    self.arm_retry(receiver.slot, now);
                } else {
                    self.relieve(receiver.slot, shipment.from, now);
                }
            }
        }
        self.on_delivered(address, &delivery, &delivered, online.is_some(), client.as_ref());
    }

    /// The client at `address` as hooks see it, if one looks on.
    pub(super) fn receiving_client(&mut self, address: Address) -> Option<Arc<Client>> {
        if !self.points.intersects(Points::DELIVERY) {
            return None;
        }
        self.seats.get_mut_at(address.slot, address.epoch).map(Seat::client)
    }

    fn note_unmatched(&mut self, message: &MessageRef<'_>) {
        self.counters.messages_nonsubscribed.count(message.sender.kind);
        if self.points.contains(Point::MessageNonsubscribed) {
            self.hooks.observe(&Event::MessageNonsubscribed { message });
        }
    }

    /// Whether a member of a shared group is there and has room.
    fn takes(&mut self, receiver: &Receiver) -> bool {
        let seat = self.seats.get_mut_at(receiver.slot, receiver.epoch);
        seat.is_some_and(|seat| !seat.session.is_full())
    }

    /// What became of a message that was given to the session at `address`.
    pub(super) fn on_delivered(
        &mut self,
        address: Address,
        delivery: &Delivery<'_>,
        delivered: &Delivered,
        online: bool,
        client: Option<&Arc<Client>>,
    ) {
        let message = delivery.message;
        match delivered {
            Delivered::Sent => {
                count_sent(&mut self.counters, message, delivery.retain);
                if delivery.qos == QoS::AtMostOnce {
                    return;
                }
            }
            Delivered::Queued => self.on_queued(delivery, online, client),
            Delivered::QueuedInPlaceOf(dropped) => {
                for older in dropped {
                    self.drop_at_receiver(client, &older.view(), DropReason::QueueFull);
                }
                self.on_queued(delivery, online, client);
            }
            Delivered::Dropped(reason) => self.drop_at_receiver(client, message, *reason),
            Delivered::Overflowed => {
                self.drop_at_receiver(client, message, DropReason::QueueFull);
                self.overflowed.push((address, CloseCause::QueueOverflow));
            }
        }
        self.weigh(address.slot);
    }

    fn on_queued(&mut self, delivery: &Delivery<'_>, online: bool, client: Option<&Arc<Client>>) {
        self.counters.messages_queued += 1;
        if let Some(client) = client
            && !online
            && self.points.contains(Point::OfflineMessage)
        {
            let (message, qos) = (delivery.message, delivery.qos);
            self.hooks.observe(&Event::OfflineMessage { client, message, qos });
        }
    }

    fn drop_at_receiver(
        &mut self,
        client: Option<&Arc<Client>>,
        message: &MessageRef<'_>,
        reason: DropReason,
    ) {
        let (counters, hooks) = (&mut self.counters, &mut *self.hooks);
        Watching { counters, hooks, points: self.points, client }.dropped(message, reason);
    }

    /// Chooses one member of the group and hands it the message `[MQTT-4.8.2-4]`. `not`: a member that
    /// was chosen before and turned out to be gone or full.
    fn hand_to_member(
        &mut self,
        shipment: &Shipment<'_>,
        matched: &Arc<Match>,
        share: &Share,
        not: Option<SessionId>,
        hops: u8,
        now: Now,
    ) {
        let request = ShareRequest {
            group: share.group,
            publisher_hash: self.publisher_hash(shipment),
            topic_hash: share.topic_hash,
        };
        // Who of this worker's members is gone or full is found out by and by; of other workers' members,
        // those workers know.
        let mut passed_over: Vec<SessionId> = Vec::new();
        let member = loop {
            let is_out = |member: &ShareMember| {
                member.card.is_over()
                    || Some(member.card.id) == not
                    || passed_over.contains(&member.card.id)
            };
            let chosen = self.chooser.choose(request, &share.members, |member| MemberFacts {
                session: member.card.id,
                online: member.card.is_online() && !is_out(member),
                local: true,
            });
            let chosen = chosen
                .map(|index| &share.members[index])
                .filter(|member| !is_out(member))
                .or_else(|| share.members.iter().find(|member| !is_out(member)));
            let Some(member) = chosen else {
                // All are full: one of them gets it all the same, and its queue's policy decides.
                break share.members.iter().find(|member| !member.card.is_over());
            };
            let is_here = member.card.address.worker == self.worker;
            if !is_here || self.takes(&member.receiver) {
                break Some(member);
            }
            passed_over.push(member.card.id);
        };
        let Some(ShareMember { receiver, card }) = member else {
            self.counters.dropped_no_member += 1;
            self.drop_message(None, shipment.message, DroppedReason::NoMember);
            return;
        };
        self.record_member(shipment.message, matched, receiver);
        if card.address.worker == self.worker {
            self.deliver_one(shipment, matched, receiver, share.group, now);
        } else {
            let chosen = ChosenMember { receiver: *receiver, group: share.group, hops };
            self.batches[usize::from(card.address.worker)]
                .push_to_member(shipment, matched, chosen);
        }
    }

    /// What picks the member for the strategies that look at the publisher: its client identifier
    /// where its session is known here, else its session.
    fn publisher_hash(&mut self, shipment: &Shipment<'_>) -> u64 {
        let here = shipment.from.filter(|from| from.worker == self.worker);
        let seat = here.and_then(|from| self.seats.get_mut_at(from.slot, from.epoch));
        seat.map_or(shipment.message.publisher.0, |seat| seat.client_hash)
    }

    fn address(&self, receiver: &Receiver) -> Address {
        Address { worker: self.worker, slot: receiver.slot, epoch: receiver.epoch }
    }

    /// Pauses the publisher of a message that had to wait, where the receiver's queue is half full: the
    /// receiver gets on, but not as fast as it is written to. One that does not get on at all pauses
    /// nobody.
    fn relieve(&mut self, slot: u32, from: Option<Address>, now: Now) {
        let Some(publisher) = from else { return };
        let Some(seat) = self.seats.get_mut(slot) else { return };
        let pause_max_ms = seat.session.policy().publisher_pause_max_ms;
        let is_stalled = seat.progress_mono_ms.saturating_add(pause_max_ms) < now.mono_ms;
        if is_stalled || !seat.session.is_filling() {
            return;
        }
        let paused = &mut seat.paused.get_or_insert_default().publishers;
        if !paused.contains(&publisher) {
            if paused.len() >= PAUSED_MAX {
                return;
            }
            paused.push(publisher);
        }
        if publisher.worker == self.worker {
            self.pause_publisher(publisher, now);
        } else {
            self.batches[usize::from(publisher.worker)].order(Order::Pause { publisher });
        }
    }

    /// A receiver's queue is filling: its publisher reads nothing for a while.
    pub(super) fn pause_publisher(&mut self, publisher: Address, now: Now) {
        let seat = self.seats.get_mut_at(publisher.slot, publisher.epoch);
        let Some(link) = seat.and_then(|seat| seat.link) else {
            return;
        };
        let token = self.token(link);
        let Some(place) = self.links.get_mut(link.0) else {
            return;
        };
        if place.paused_until_ms == NOT_PAUSED && place.policy.publisher_pause_max_ms > 0 {
            let until = now.mono_ms.saturating_add(place.policy.publisher_pause_max_ms);
            place.paused_until_ms = until;
            self.counters.publishers_paused += 1;
            self.arm_link(token, until);
        }
    }

    /// The session's queue has drained, or will not: publishers that waited for it go on.
    pub(super) fn resume_publishers(&mut self, slot: u32) {
        let Some(seat) = self.seats.get_mut(slot) else {
            return;
        };
        if seat.link.is_some() && !seat.session.has_drained() {
            return;
        }
        let Some(paused) = seat.paused.take() else { return };
        for publisher in paused.publishers {
            if publisher.worker == self.worker {
                self.resumed.push(publisher);
            } else {
                self.batches[usize::from(publisher.worker)].order(Order::Resume { publisher });
            }
        }
    }
}

/// Publishers that one receiver can pause at a time; others go on until its queue is full.
const PAUSED_MAX: usize = 64;
