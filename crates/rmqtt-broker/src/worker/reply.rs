//! What the directory and other workers say.

use rmqtt_codec::{PacketId, QoS, ReasonCode};
use rmqtt_message::Now;
use rmqtt_session::{Delivery, Keep};

use super::Worker;
use super::packet::outcome;
use super::tables::Desk;
use crate::address::{Address, LinkToken};
use crate::batch::{Batch, Order};
use crate::request::{Origin, Reply, RetainedDelivery};

impl Worker {
    pub(super) fn on_reply(&mut self, reply: Reply, now: Now) {
        match reply {
            Reply::Claimed {
                token,
                card,
                session,
            } => self.on_claimed(token, card, session, now),
            Reply::Continue {
                token,
                card,
                address,
            } => {
                self.on_continue(token, &card, address, now);
            }
            Reply::NotClaimed { token, card, code } => self.on_not_claimed(token, &card, code),
            Reply::Replace {
                address,
                token,
                card,
                session,
            } => {
                self.replace_session(address.slot, address.epoch, now);
                if token.worker == self.config.index {
                    self.on_claimed(token, card, session, now);
                } else {
                    self.batch_for(token.worker).order(Order::Claimed {
                        token,
                        card,
                        session,
                    });
                }
            }
            Reply::Subscribed {
                address,
                packet_id,
                codes,
                retained,
            } => {
                self.answer_at(address, |session, out| {
                    session.acknowledge_subscribe(packet_id, codes, 0, out);
                });
                self.deliver_retained(address, &retained, now);
                self.continue_session_link(address, now);
            }
            Reply::Unsubscribed {
                address,
                packet_id,
                codes,
            } => {
                self.answer_at(address, |session, out| {
                    session.acknowledge_unsubscribe(packet_id, codes, 0, out);
                });
                self.continue_session_link(address, now);
            }
            Reply::Route {
                message,
                matched,
                origin,
            } => {
                let from = match origin {
                    Origin::Client { address, .. } => Some(address),
                    Origin::Broker { .. } => None,
                };
                let any = !matched.is_empty();
                self.dispatch(&message, from, &matched, now);
                self.on_placed(origin, outcome(any), now);
            }
            Reply::Delayed { origin, code } => {
                if code.is_error() {
                    self.tables.counters.publishes_refused += 1;
                }
                self.on_placed(origin, code, now);
            }
        }
    }

    pub(super) fn on_batch(&mut self, batch: &mut Batch, now: Now) {
        let orders: Vec<_> = batch.drain_orders().collect();
        for order in orders {
            match order {
                Order::Claimed {
                    token,
                    card,
                    session,
                } => {
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
    fn on_placed(&mut self, origin: Origin, code: ReasonCode, now: Now) {
        let Origin::Client {
            address,
            acknowledge,
        } = origin
        else {
            return;
        };
        if let Some((qos, packet_id)) = acknowledge {
            self.acknowledge_at(address, qos, packet_id, code);
        }
        self.continue_session_link(address, now);
    }

    fn acknowledge_at(
        &mut self,
        address: Address,
        qos: QoS,
        packet_id: PacketId,
        code: ReasonCode,
    ) {
        self.answer_at(address, |session, out| {
            session.acknowledge_publish(qos, packet_id, code, 0, out);
        });
    }

    fn answer_at(
        &mut self,
        address: Address,
        write: impl FnOnce(&mut rmqtt_session::Session, &mut Vec<u8>),
    ) {
        if self.tables.seats.is_at(address.slot, address.epoch) {
            self.answer(address.slot, write);
        }
    }

    fn continue_session_link(&mut self, address: Address, now: Now) {
        let seat = self.tables.seats.get_mut_at(address.slot, address.epoch);
        if let Some(link) = seat.and_then(|seat| seat.link) {
            let token: LinkToken = self.tables.token(link);
            self.continue_link(token, now);
        }
    }

    /// Retained messages for a new subscription; they carry RETAIN 1 `[MQTT-3.3.1-8]`.
    fn deliver_retained(&mut self, address: Address, retained: &[RetainedDelivery], now: Now) {
        for delivery in retained {
            let view = delivery.message.view();
            let mut copy = core::mem::take(&mut self.tables.copy);
            let mut keep = Keep::new(Some(delivery.message.clone()), &mut copy);
            let desk = self.tables.desk(address.slot, address.epoch);
            if let Some(Desk {
                seat,
                output,
                shapes,
            }) = desk
            {
                shapes.begin(1);
                let ids = delivery.subscription_id.as_slice();
                let to_client = Delivery {
                    message: &view,
                    qos: delivery.qos,
                    retain: true,
                    subscription_ids: ids,
                };
                let noted = output.as_ref().map(|output| (output.link, output.before));
                let out = output.map(|output| output.out);
                let delivered = seat
                    .session
                    .deliver(&to_client, &mut keep, shapes, out, now);
                if let Some((link, before)) = noted {
                    self.tables.note_output(link, before);
                }
                self.tables.count_delivered(address, &delivered);
            }
            self.tables.copy = copy;
        }
    }
}
