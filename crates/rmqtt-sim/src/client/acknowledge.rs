use rmqtt_codec::{Ack, AckType, PacketId, QoS, ReasonCode, encode_ack_short};

use super::Client;
use super::connection::Answer;
use super::session::{Awaits, Outgoing};
use crate::coverage::Happening;
use crate::ledger::MessageNumber;
use crate::observation::{Ask, Observation};
use crate::scene::Scene;

impl Client {
    /// Sends up to so many of the acknowledgements that it owes, in order `[MQTT-4.6.0-2]`. `false`:
    /// it owed none.
    pub(super) fn answer(&mut self, number: usize, scene: &mut Scene) -> bool {
        let Some(connection) = &mut self.connection else {
            return false;
        };
        let number = number.min(connection.answers.len());
        let answers: Vec<_> = connection.answers.drain(..number).collect();
        for answer in answers {
            self.send_answer(answer, scene);
        }
        number > 0
    }

    fn send_answer(&mut self, answer: Answer, scene: &mut Scene) {
        let (ack_type, packet_id) = match answer {
            Answer::PubAck(packet_id, message) => {
                self.confirm(message, scene);
                (AckType::PubAck, packet_id)
            }
            Answer::PubRec(packet_id, message) => {
                self.confirm(message, scene);
                (AckType::PubRec, packet_id)
            }
            Answer::PubComp(packet_id) => (AckType::PubComp, packet_id),
            Answer::PubRel(packet_id) => {
                let outgoing = self.session.iter_mut().flat_map(|session| &mut session.outgoing);
                for outgoing in outgoing.filter(|outgoing| outgoing.packet_id == packet_id) {
                    outgoing.is_released = true;
                }
                self.send_release(packet_id, scene);
                return;
            }
        };
        let mut packet = Vec::new();
        encode_ack_short(ack_type, packet_id, &mut packet);
        self.send(&packet, scene);
        if let (Some(connection), Some(session)) = (&self.connection, &self.session)
            && ack_type != AckType::PubRec
        {
            scene.observe(&Observation::Settled {
                wire: connection.wire,
                session: session.number,
                packet_id,
            });
        }
    }

    /// The client answers for the message from now on.
    fn confirm(&self, message: MessageNumber, scene: &mut Scene) {
        if let Some(session) = &self.session {
            scene.ledger.confirm(message, session.number);
        }
    }

    pub(super) fn on_puback(&mut self, ack: &Ack<'_>, scene: &mut Scene) {
        self.answered(Ask::PublishQos1, ack.packet_id, scene);
        if let Some(outgoing) = self.take_outgoing(ack.packet_id, Awaits::PubAck) {
            self.take_over(&outgoing, ack.reason_code, scene);
            self.give_back_quota(&outgoing);
        }
    }

    pub(super) fn on_pubrec(&mut self, ack: &Ack<'_>, scene: &mut Scene) {
        self.answered(Ask::PublishQos2, ack.packet_id, scene);
        let Some(mut outgoing) = self.take_outgoing(ack.packet_id, Awaits::PubRec) else {
            return;
        };
        self.take_over(&outgoing, ack.reason_code, scene);
        if ack.reason_code.is_error() {
            self.give_back_quota(&outgoing);
            return;
        }
        outgoing.awaits = Awaits::PubComp;
        let (Some(connection), Some(session)) = (&mut self.connection, &mut self.session) else {
            return;
        };
        outgoing.sent_on = connection.wire;
        connection.answers.push_back(Answer::PubRel(ack.packet_id));
        // PUBRELs are sent in the order of the PUBRECs, so it may stand behind all that wait for one.
        session.outgoing.push_back(outgoing);
    }

    pub(super) fn on_pubcomp(&mut self, ack: &Ack<'_>, scene: &mut Scene) {
        self.answered(Ask::PubRel, ack.packet_id, scene);
        if let Some(outgoing) = self.take_outgoing(ack.packet_id, Awaits::PubComp) {
            self.give_back_quota(&outgoing);
        }
    }

    /// The broker answers for the message from now on, or refuses it.
    fn take_over(&mut self, outgoing: &Outgoing, code: ReasonCode, scene: &mut Scene) {
        let (number, message) = (self.number, outgoing.message);
        scene.trace(|| format!("{number:?} has {message:?} acknowledged: {code:?}"));
        if code == ReasonCode::NoMatchingSubscribers {
            scene.note(Happening::NobodySubscribed);
        }
        if code == ReasonCode::QuotaExceeded {
            scene.note(Happening::NotStored);
        }
        if !code.is_error() && outgoing.qos > QoS::AtMostOnce {
            scene.ledger.acknowledge(message);
            scene.observe(&Observation::TakenOver { message });
        }
    }

    fn take_outgoing(&mut self, packet_id: PacketId, awaits: Awaits) -> Option<Outgoing> {
        let outgoing = &mut self.session.as_mut()?.outgoing;
        let place = outgoing
            .iter()
            .position(|outgoing| outgoing.packet_id == packet_id && outgoing.awaits == awaits)?;
        outgoing.remove(place)
    }

    /// The message has got its last acknowledgement. It counts only where it was published on this
    /// connection: the broker begins each with nothing in flight.
    fn give_back_quota(&mut self, outgoing: &Outgoing) {
        if let Some(connection) = &mut self.connection
            && connection.wire == outgoing.published_on
        {
            connection.give_back_quota();
        }
    }
}
