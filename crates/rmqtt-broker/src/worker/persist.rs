//! What has to be committed before a promise leaves.

use rmqtt_codec::{PacketId, QoS, ReasonCode};
use rmqtt_message::{MessageRef, Now, Record, SessionId, WillRecord};
use rmqtt_session::{Ticket, Will};

use super::link::{Link, LinkState};
use super::tables::{Desk, Output, Tables};
use super::waiter::Waiter;
use super::{Submitted, Worker};
use crate::address::{Address, LinkToken};
use crate::matched::{Match, Receiver};
use crate::session_card::SessionCard;

impl Worker {
    /// The records of this turn were handed to the store.
    pub(super) fn on_submitted(&mut self, submitted: Submitted, now: Now) {
        let waiters = core::mem::take(&mut self.tables.waiters);
        for waiter in &waiters {
            if let Waiter::Output(token) = waiter {
                self.tables.close_mark(*token);
            }
        }
        match submitted {
            Submitted::Done => self.release_waiters(waiters, true, now),
            Submitted::Refused => self.release_waiters(waiters, false, now),
            Submitted::Pending(batch) => {
                if !waiters.is_empty() {
                    self.tables.submitted.push_back((batch, waiters));
                }
            }
        }
    }

    pub(super) fn on_persisted(&mut self, upto: u64, committed: bool, now: Now) {
        while self.tables.submitted.front().is_some_and(|(batch, _)| *batch <= upto) {
            if let Some((_, waiters)) = self.tables.submitted.pop_front() {
                self.release_waiters(waiters, committed, now);
            }
        }
    }

    fn release_waiters(&mut self, waiters: Vec<Waiter>, committed: bool, now: Now) {
        // What is not stored is not acknowledged with success: 0x97, and nothing before MQTT 5.
        let code = (!committed).then_some(ReasonCode::QuotaExceeded);
        for waiter in waiters {
            match waiter {
                Waiter::Acknowledgement(address, ticket) => {
                    self.tables.settle(address, ticket, code);
                    self.read_on(address, now);
                }
                // Also where it could not be stored: that clients go on having their messages while the
                // disk is full is worth more than what a crash would repeat then.
                Waiter::Output(token) => self.tables.release_output(token),
                Waiter::Link(token, entrance) => self.enter(token, entrance, committed, now),
            }
        }
    }

    /// A client that was not read because of its unacknowledged messages may be read again.
    fn read_on(&mut self, address: Address, now: Now) {
        let seat = self.tables.seats.get_mut_at(address.slot, address.epoch);
        let Some(link) = seat.and_then(|seat| seat.link) else { return };
        let token = self.tables.token(link);
        let waits = self.tables.links.get(link.0).is_none_or(|place| place.waits);
        if !waits && self.tables.wants_read(link) {
            self.continue_link(token, now);
        }
    }
}

impl Tables {
    pub(super) fn records_len(&self) -> usize {
        self.records.as_bytes().len()
    }

    /// Tickets that an acknowledgement waits for: one, if records were written since `before`.
    pub(super) fn tickets_since(&self, before: usize) -> u32 {
        u32::from(self.records_len() > before)
    }

    pub(super) fn wait_for_records(&mut self, address: Address, ticket: Ticket) {
        self.waiters.push(Waiter::Acknowledgement(address, ticket));
    }

    /// A ticket's answer has come.
    pub(super) fn settle(&mut self, address: Address, ticket: Ticket, code: Option<ReasonCode>) {
        let Some(Desk { seat, output, mut journal, .. }) = self.desk(address.slot, address.epoch)
        else {
            return;
        };
        match output {
            Some(Output { link, before, out }) => {
                seat.session.settle(ticket, code, Some(out), &mut journal);
                let unanswered = seat.session.take_unanswered();
                self.note_output(link, before);
                self.overflowed.extend(unanswered.map(|cause| (address, cause)));
            }
            None => seat.session.settle(ticket, code, None, &mut journal),
        }
        self.weigh(address.slot);
    }

    /// Writes down that a session has a connection, the one of a link that is about to get it, and the
    /// Will of that `[MQTT-3.1.2-7]`. `false`: nothing of the session is kept.
    pub(super) fn record_opened(
        &mut self,
        token: LinkToken,
        card: &SessionCard,
        epoch: u64,
        now: Now,
    ) -> bool {
        if !self.keeps_records || !self.is_open(token) {
            return false;
        }
        let Some(Link { state: LinkState::Claiming(request), .. }) = self.links.get(token.link.0)
        else {
            return false;
        };
        if request.session_expiry_s == 0 {
            return false;
        }
        let session = card.id;
        self.records.push(&Record::SessionOpened {
            session,
            client_id: &card.client_id,
            epoch,
            expiry_interval_s: request.session_expiry_s,
            wall_ms: now.wall_ms,
        });
        self.records.push(&will_of(session, request.will.as_deref()));
        true
    }

    /// Takes back what was written down of a connection that has not come about.
    pub(super) fn record_not_opened(&mut self, slot: u32, now: Now) {
        let Some(seat) = self.seats.get(slot) else { return };
        if !self.keeps_records || !seat.session.is_persistent() || seat.link.is_some() {
            return;
        }
        let (session, expiry_interval_s) = (seat.card.id, seat.session.expiry_interval_s());
        let wall_ms = now.wall_ms;
        self.records.push(&Record::SessionDetached { session, expiry_interval_s, wall_ms });
        self.records.push(&will_of(session, seat.session.will()));
    }

    /// The session's Will, whose delay has passed, is published in this turn. Where another connection has
    /// been written down meanwhile, it has taken the Will's place already.
    pub(super) fn record_will_published(&mut self, slot: u32) {
        let Some(seat) = self.seats.get(slot) else { return };
        if self.keeps_records && seat.session.is_persistent() && seat.is_settled {
            self.records.push(&Record::WillCleared { session: seat.card.id });
        }
    }

    /// Writes down that a client's QoS 2 message is taken: in the batch that says where it goes.
    pub(super) fn record_taken(&mut self, address: Address, packet_id: PacketId) {
        if let Some(Desk { seat, mut journal, .. }) = self.desk(address.slot, address.epoch) {
            seat.session.note_taken(packet_id, &mut journal);
        }
    }

    /// The session's name, if records about it are kept.
    pub(super) fn recorded(&mut self, address: Address) -> Option<SessionId> {
        if !self.keeps_records {
            return None;
        }
        let seat = self.seats.get_mut_at(address.slot, address.epoch)?;
        seat.session.is_persistent().then(|| seat.session.id())
    }

    /// Writes down that the persistent receivers have this message in their queues: one record,
    /// however many they are.
    pub(super) fn record_enqueued(&mut self, message: &MessageRef<'_>, matched: &Match) {
        self.receivers.clear();
        for receiver in matched.receivers() {
            if let Some(receiver) = matched.as_received(receiver, message.publisher) {
                self.add_receiver(message, matched, receiver);
            }
        }
        self.push_enqueued(message);
    }

    /// As [`Tables::record_enqueued`], for the member of a shared group that gets the message.
    pub(super) fn record_member(
        &mut self,
        message: &MessageRef<'_>,
        matched: &Match,
        member: &Receiver,
    ) {
        if self.keeps_records {
            self.receivers.clear();
            self.add_receiver(message, matched, member);
            self.push_enqueued(message);
        }
    }

    /// The member of a shared group for whom a message was written down does not get it after all.
    pub(super) fn record_passed_over(&mut self, message: &MessageRef<'_>, member: &Receiver) {
        let is_recorded = member.is_persistent() && member.qos.min(message.qos) > QoS::AtMostOnce;
        if self.keeps_records && is_recorded {
            let session = member.session;
            self.records.push(&Record::Dequeued { session, message: message.id });
        }
    }

    /// As [`Tables::record_enqueued`], for a retained message and its one receiver.
    pub(super) fn record_for_one(
        &mut self,
        address: Address,
        message: &MessageRef<'_>,
        qos: QoS,
        subscription_ids: &[u32],
    ) {
        if qos == QoS::AtMostOnce {
            return;
        }
        if let Some(session) = self.recorded(address) {
            self.receivers.clear();
            self.receivers.push(session, qos, true, subscription_ids);
            self.push_enqueued(message);
        }
    }

    fn add_receiver(&mut self, message: &MessageRef<'_>, matched: &Match, receiver: &Receiver) {
        let qos = receiver.qos.min(message.qos);
        if receiver.is_persistent() && qos > QoS::AtMostOnce {
            let retain = message.retain && receiver.retain_as_published();
            let ids = matched.subscription_ids(receiver);
            self.receivers.push(receiver.session, qos, retain, ids);
        }
    }

    fn push_enqueued(&mut self, message: &MessageRef<'_>) {
        if !self.receivers.is_empty() {
            let receivers = self.receivers.as_receivers();
            self.records.push(&Record::Enqueued { message: *message, receivers });
        }
    }
}

fn will_of(session: SessionId, will: Option<&Will>) -> Record<'_> {
    match will {
        None => Record::WillCleared { session },
        Some(will) => Record::WillSet { session, will: will_record(will) },
    }
}

fn will_record(will: &Will) -> WillRecord<'_> {
    WillRecord {
        topic: &will.topic,
        properties: &will.properties,
        payload: &will.payload,
        qos: will.qos,
        retain: will.retain,
        delay_interval_s: will.delay_interval_s,
        message_expiry_interval_s: will.message_expiry_interval_s,
    }
}
