use rmqtt_codec::{Frame, PacketId, ProtocolVersion, Publish, QoS, ReasonCode};

use crate::action::{Action, Publication, Scratch};
use crate::close_cause::CloseCause;
use crate::gate::{Acknowledgement, Ticket};
use crate::handshake::is_reserved;
use crate::inbound::Arrival;
use crate::journal::Journal;
use crate::session::Session;
use crate::topic_alias::AliasError;

impl Session {
    pub(crate) fn on_publish<'a>(
        &mut self,
        frame: &Frame<'a>,
        scratch: &'a mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<Action<'a>, CloseCause> {
        let publish = Publish::decode(frame, self.version).map_err(CloseCause::Undecodable)?;
        if !publish.properties.subscription_ids.is_empty() {
            // [MQTT-3.3.4-6]
            return Err(CloseCause::UnexpectedPacket("a publisher's Subscription Identifier"));
        }
        let Scratch { topic, properties } = scratch;
        let topic = self.resolve_topic(&publish, topic)?;
        self.check_capabilities(&publish)?;
        let has_properties = self.version == ProtocolVersion::V5;
        let properties =
            if has_properties { publish.properties.forwarded(properties) } else { &[][..] };
        let publication = Publication {
            topic,
            delay_s: None,
            properties,
            payload: publish.payload,
            qos: publish.qos,
            retain: publish.retain,
            message_expiry_interval_s: publish.properties.message_expiry_interval_s,
            packet_id: publish.packet_id,
        };
        if let Some(packet_id) = publish.packet_id {
            match self.inbound.on_publish(publish.qos, packet_id) {
                Arrival::New => {}
                Arrival::Repeated => {
                    // Acknowledged again, not routed again [MQTT-4.3.3-10].
                    let code = ReasonCode::Success;
                    self.acknowledge(Acknowledgement::PubRec(packet_id, code), 0, out);
                    return Ok(Action::Repeated);
                }
                Arrival::IdInUse => {
                    let code = ReasonCode::PacketIdentifierInUse;
                    self.acknowledge(Acknowledgement::PubAck(packet_id, code), 0, out);
                    return Ok(Action::Refused(publication, code));
                }
            }
            self.check_receive_maximum()?;
        }
        let (topic, delay_s) = match self.placed(topic) {
            Ok(placed) => placed,
            Err(code) => {
                self.answer_refused(publish.qos, publish.packet_id, code, out);
                return Ok(Action::Refused(publication, code));
            }
        };
        Ok(Action::Publish(Publication { topic, delay_s, ..publication }))
    }

    /// Writes down that the client's QoS 2 message with this packet id is taken. To be told in the turn in
    /// which the message is routed, or kept for later: if a repetition is known after a restart, then the
    /// message is not lost.
    pub fn note_taken(&self, packet_id: PacketId, journal: &mut Journal<'_>) {
        self.note_received(packet_id, journal);
    }

    /// The packet id of the QoS 2 message whose acknowledgement waits under this ticket.
    #[must_use]
    pub fn taken_under(&self, ticket: Ticket) -> Option<PacketId> {
        self.gate.received(ticket)
    }

    /// The published message is routed; `open` tickets still stand before its acknowledgement.
    pub fn acknowledge_publish(
        &mut self,
        qos: QoS,
        packet_id: PacketId,
        code: ReasonCode,
        open: u32,
        out: &mut Vec<u8>,
    ) -> Option<Ticket> {
        let acknowledgement = match qos {
            QoS::AtMostOnce => return None,
            QoS::AtLeastOnce => Acknowledgement::PubAck(packet_id, code),
            QoS::ExactlyOnce => Acknowledgement::PubRec(packet_id, code),
        };
        self.acknowledge(acknowledgement, open, out)
    }

    /// The broker does not take the message. MQTT 5 is told `code`. A client of 3.x gets an ordinary
    /// acknowledgement, since there is no other, and none at all where the message found no room
    /// (0x97): it sends it again on another connection, see [`Session::take_unanswered`].
    pub fn refuse_publish(
        &mut self,
        qos: QoS,
        packet_id: PacketId,
        code: ReasonCode,
        out: &mut Vec<u8>,
        journal: &mut Journal<'_>,
    ) {
        if qos == QoS::ExactlyOnce && !self.forgets_refused(code) {
            self.note_received(packet_id, journal);
        }
        self.answer_refused(qos, Some(packet_id), code, out);
    }

    fn answer_refused(
        &mut self,
        qos: QoS,
        packet_id: Option<PacketId>,
        code: ReasonCode,
        out: &mut Vec<u8>,
    ) {
        let Some(packet_id) = packet_id else { return };
        if qos == QoS::ExactlyOnce && self.forgets_refused(code) {
            self.inbound.forget(packet_id);
        }
        self.acknowledge_publish(qos, packet_id, code, 0, out);
    }

    /// Whether the client will not go on with a message that was refused with this code.
    pub(crate) fn forgets_refused(&self, code: ReasonCode) -> bool {
        self.version == ProtocolVersion::V5 || code == ReasonCode::QuotaExceeded
    }

    /// The topic name, from the packet or through its alias `[MQTT-3.3.2-8]`.
    fn resolve_topic<'a>(
        &mut self,
        publish: &Publish<'a>,
        resolved: &'a mut String,
    ) -> Result<&'a str, CloseCause> {
        let Some(alias) = publish.properties.topic_alias else {
            return Ok(publish.topic);
        };
        let Some(aliases) = self.inbound_aliases() else {
            return Err(CloseCause::TopicAliasInvalid);
        };
        if publish.topic.is_empty() {
            let topic = aliases.topic(alias).map_err(alias_cause)?;
            resolved.clear();
            resolved.push_str(topic);
            return Ok(resolved);
        }
        aliases.set(alias, publish.topic).map_err(alias_cause)?;
        Ok(publish.topic)
    }

    /// What CONNACK has announced as not available.
    fn check_capabilities(&self, publish: &Publish<'_>) -> Result<(), CloseCause> {
        if publish.qos > self.policy.qos_max {
            return Err(CloseCause::QosNotSupported);
        }
        if publish.retain && !self.policy.offers_retain() {
            return Err(CloseCause::RetainNotSupported);
        }
        Ok(())
    }

    /// A client of MQTT 5 knows the Receive Maximum and has to keep it `[MQTT-3.3.4-7]`; one of 3.x is
    /// slowed down instead.
    fn check_receive_maximum(&self) -> Result<(), CloseCause> {
        let exceeded = self.inbound.outstanding() > self.policy.inflight_max;
        if exceeded && self.version == ProtocolVersion::V5 {
            return Err(CloseCause::ReceiveMaximumExceeded);
        }
        Ok(())
    }

    /// Where a topic name leads: itself, or with a delay. `Err`: it is none that a client may use.
    fn placed<'t>(&self, topic: &'t str) -> Result<(&'t str, Option<u32>), ReasonCode> {
        let delayed = if self.policy.features.delayed_publish {
            rmqtt_topic::parse_delayed(topic)
        } else {
            None
        };
        let (topic, delay_s) = match delayed {
            None => (topic, None),
            Some(Ok(delayed)) => (delayed.topic, Some(delayed.delay_s)),
            Some(Err(_)) => return Err(ReasonCode::TopicNameInvalid),
        };
        if is_reserved(topic) {
            return Err(ReasonCode::NotAuthorized);
        }
        let levels_max = self.policy.topic_levels_max;
        if levels_max > 0 && rmqtt_topic::level_count(topic) > levels_max {
            return Err(ReasonCode::TopicNameInvalid);
        }
        Ok((topic, delay_s))
    }
}

fn alias_cause(error: AliasError) -> CloseCause {
    match error {
        AliasError::OutOfRange => CloseCause::TopicAliasInvalid,
        AliasError::Unknown => CloseCause::UnexpectedPacket("a topic alias that was not set"),
    }
}
