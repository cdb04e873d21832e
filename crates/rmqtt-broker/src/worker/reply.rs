//! What the directory and other workers say.

use std::sync::Arc;

use rmqtt_codec::{QoS, ReasonCode};
use rmqtt_message::{Message, Now, Record};
use rmqtt_session::{Delivery, Keep, SubscribeRequest, UnsubscribeRequest};

use super::Worker;
use super::packet::outcome;
use crate::address::Address;
use crate::batch::{Batch, Order};
use crate::delayed::DelayedMessage;
use crate::hook::{Client, Event, Point};
use crate::request::{Caller, Origin, Reply, RetainedDelivery};

impl Worker {
    pub(super) fn on_reply(&mut self, reply: Reply, now: Now) {
        match reply {
            Reply::Claimed { token, card, session } => self.on_claimed(token, card, session, now),
            Reply::Continue { token, card, address } => {
                self.on_continue(token, &card, address, now);
            }
            Reply::NotClaimed { token, card, code } => self.on_not_claimed(token, &card, code),
            Reply::Replace { address, token, card, session } => {
                self.on_replace(address, token, card, session, now);
            }
            Reply::Subscribed { caller, request, codes, retained } => {
                let before = self.tables.records_len();
                self.note_subscribed(caller.address, &request, &codes);
                self.record_subscribed(caller.address, &request, &codes);
                self.set_codes(caller, codes);
                self.settle_caller(caller, before, None);
                self.deliver_retained(caller.address, &retained, now);
                self.continue_caller(caller, now);
            }
            Reply::Unsubscribed { caller, request, codes } => {
                let before = self.tables.records_len();
                self.note_unsubscribed(caller.address, &request, &codes);
                self.record_unsubscribed(caller.address, &request, &codes);
                self.set_codes(caller, codes);
                self.settle_caller(caller, before, None);
                self.continue_caller(caller, now);
            }
            Reply::Route { message, matched, origin } => {
                let from = match origin {
                    Origin::Client(caller) => Some(caller.address),
                    Origin::Broker { .. } | Origin::Schedule { .. } => None,
                };
                let before = self.tables.records_len();
                if matches!(origin, Origin::Schedule { .. }) {
                    self.record_due(&message);
                }
                self.record_retained(&message);
                self.dispatch(&message, from, &matched, now);
                self.on_placed(origin, before, outcome(!matched.is_empty()), now);
            }
            Reply::Delayed { origin, waits } => {
                let before = self.tables.records_len();
                let code = match waits {
                    Ok(waits) => {
                        self.record_delayed(&waits);
                        ReasonCode::Success
                    }
                    Err((message, code)) => {
                        let client = match origin {
                            Origin::Client(caller) => {
                                self.client_told_at(caller.address, Point::MessageDropped)
                            }
                            Origin::Broker { .. } | Origin::Schedule { .. } => None,
                        };
                        self.count_refused(client.as_ref(), &message.view(), code, false);
                        code
                    }
                };
                self.on_placed(origin, before, code, now);
            }
        }
    }

    pub(super) fn on_batch(&mut self, batch: &mut Batch, now: Now) {
        let orders: Vec<_> = batch.drain_orders().collect();
        for order in orders {
            match order {
                Order::Claimed { token, card, session } => {
                    self.on_claimed(token, card, session, now);
                }
                Order::Pause { publisher } => self.tables.pause_publisher(publisher, now),
                Order::Resume { publisher } => self.resume_publisher(publisher, now),
            }
        }
        self.deliver_batch(batch, now);
        batch.clear();
    }

    /// A message of a client is where it belongs: the acknowledgement may leave, and the client's
    /// next packet be read.
    pub(super) fn on_placed(&mut self, origin: Origin, before: usize, code: ReasonCode, now: Now) {
        let Origin::Client(caller) = origin else { return };
        let Caller { address, ticket } = caller;
        let seat = self.tables.seats.get_mut_at(address.slot, address.epoch);
        let taken = seat.zip(ticket).and_then(|(seat, ticket)| seat.session.taken_under(ticket));
        if let Some(packet_id) = taken.filter(|_| !code.is_error()) {
            self.tables.record_taken(address, packet_id);
        }
        self.settle_caller(caller, before, Some(code));
        self.continue_caller(caller, now);
    }

    fn set_codes(&mut self, caller: Caller, codes: Box<[ReasonCode]>) {
        let Caller { address, ticket: Some(ticket), .. } = caller else { return };
        if let Some(seat) = self.tables.seats.get_mut_at(address.slot, address.epoch) {
            seat.session.set_codes(ticket, codes);
        }
    }

    /// The directory has answered. Records written since `before` hold the acknowledgement back a
    /// little longer.
    pub(super) fn settle_caller(
        &mut self,
        caller: Caller,
        before: usize,
        code: Option<ReasonCode>,
    ) {
        let Caller { address, ticket: Some(ticket), .. } = caller else { return };
        if self.tables.records_len() > before
            && let Some(seat) = self.tables.seats.get_mut_at(address.slot, address.epoch)
        {
            seat.session.hold(ticket);
            self.tables.wait_for_records(address, ticket);
        }
        self.tables.settle(address, ticket, code);
    }

    /// The session's link reads on, if this was the last answer that it waited for.
    pub(super) fn continue_caller(&mut self, caller: Caller, now: Now) {
        let Address { slot, epoch, .. } = caller.address;
        let Some(seat) = self.tables.seats.get_mut_at(slot, epoch) else { return };
        seat.unanswered -= 1;
        if let Some(link) = seat.link.filter(|_| seat.unanswered == 0) {
            self.continue_link(self.tables.token(link), now);
        }
    }

    /// Retained messages for a new subscription; they carry RETAIN 1 `[MQTT-3.3.1-8]`.
    fn deliver_retained(&mut self, address: Address, retained: &[RetainedDelivery], now: Now) {
        for delivery in retained {
            let view = delivery.message.view();
            let ids = delivery.subscription_id.as_slice();
            self.tables.record_for_one(address, &view, delivery.qos, ids);
            let mut copy = core::mem::take(&mut self.tables.copy);
            let mut keep = Keep::new(Some(delivery.message.clone()), &mut copy);
            let client = self.tables.receiving_client(address);
            if let Some(desk) = self.tables.desk(address.slot, address.epoch) {
                desk.shapes.begin(1);
                let to_client = Delivery {
                    message: &view,
                    qos: delivery.qos,
                    retain: true,
                    subscription_ids: ids,
                    share: None,
                };
                let online = desk.output.as_ref().map(|output| (output.link, output.before));
                let delivered = desk.deliver(&to_client, &mut keep, client.as_ref(), now);
                if let Some((link, before)) = online {
                    self.tables.note_output(link, before);
                }
                let online = online.is_some();
                self.tables.on_delivered(address, &to_client, &delivered, online, client.as_ref());
            }
            self.tables.copy = copy;
        }
    }

    /// Counts subscriptions and shows them to hooks.
    fn note_subscribed(
        &mut self,
        address: Address,
        request: &SubscribeRequest,
        codes: &[ReasonCode],
    ) {
        let client = self.client_told_at(address, Point::SessionSubscribed);
        for (wanted, code) in request.wanted.iter().zip(codes) {
            if code.is_error() {
                self.tables.counters.client_subscribe_error += 1;
                continue;
            }
            self.tables.counters.session_subscribed += 1;
            if let (Some(client), Ok(subscription)) = (&client, wanted) {
                let subscription_id = request.subscription_id;
                let event = Event::SessionSubscribed { client, subscription, subscription_id };
                self.tables.hooks.observe(&event);
            }
        }
    }

    fn note_unsubscribed(
        &mut self,
        address: Address,
        request: &UnsubscribeRequest,
        codes: &[ReasonCode],
    ) {
        let client = self.client_told_at(address, Point::SessionUnsubscribed);
        for (unwanted, code) in request.filters.iter().zip(codes) {
            if *code != ReasonCode::Success {
                continue;
            }
            self.tables.counters.session_unsubscribed += 1;
            if let (Some(client), Ok(subscription)) = (&client, unwanted) {
                let event = Event::SessionUnsubscribed { client, subscription };
                self.tables.hooks.observe(&event);
            }
        }
    }

    fn client_told_at(&mut self, address: Address, point: Point) -> Option<Arc<Client>> {
        let seat = self.tables.seats.get_mut_at(address.slot, address.epoch)?;
        self.tables.points.contains(point).then(|| seat.client())
    }

    fn record_subscribed(
        &mut self,
        address: Address,
        request: &SubscribeRequest,
        codes: &[ReasonCode],
    ) {
        let Some(session) = self.tables.recorded(address) else { return };
        for (wanted, code) in request.wanted.iter().zip(codes) {
            if let Ok(wanted) = wanted
                && !code.is_error()
            {
                self.tables.records.push(&Record::Subscribed {
                    session,
                    filter: &wanted.filter,
                    share: wanted.share.as_deref(),
                    limit: wanted.limit,
                    options: wanted.options,
                    subscription_id: request.subscription_id,
                });
            }
        }
    }

    fn record_unsubscribed(
        &mut self,
        address: Address,
        request: &UnsubscribeRequest,
        codes: &[ReasonCode],
    ) {
        let Some(session) = self.tables.recorded(address) else { return };
        for (unwanted, code) in request.filters.iter().zip(codes) {
            if let Ok(unwanted) = unwanted
                && *code == ReasonCode::Success
            {
                self.tables.records.push(&Record::Unsubscribed {
                    session,
                    filter: &unwanted.filter,
                    share: unwanted.share.as_deref(),
                });
            }
        }
    }

    /// A message waits for its time. One of QoS 0 is promised to nobody.
    fn record_delayed(&mut self, kept: &DelayedMessage) {
        let DelayedMessage { message, due_wall_ms } = kept;
        if self.tables.keeps_records && message.qos() > QoS::AtMostOnce {
            let (message, due_wall_ms) = (message.view(), *due_wall_ms);
            self.tables.records.push(&Record::Delayed { message, due_wall_ms });
        }
    }

    /// The time of a message has come: it is routed in this turn.
    fn record_due(&mut self, message: &Message) {
        if self.tables.keeps_records && message.qos() > QoS::AtMostOnce {
            self.tables.records.push(&Record::DelayedDone { message: message.id() });
        }
    }

    fn record_retained(&mut self, message: &Message) {
        let view = message.view();
        if !view.retain || !self.tables.keeps_records {
            return;
        }
        let record = if view.payload.is_empty() {
            Record::RetainedRemoved { topic: view.topic }
        } else {
            Record::Retained { message: view }
        };
        self.tables.records.push(&record);
    }
}
