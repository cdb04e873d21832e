use rmqtt_codec::{AckType, PacketId, Publish, PublishProperties, QoS, encode_ack_short};

use super::Client;
use super::connection::{Connection, Phase};
use super::session::{Awaits, Outgoing};
use crate::coverage::Happening;
use crate::ledger::{MessageFacts, MessageNumber};
use crate::observation::{Ask, Observation};
use crate::scene::Scene;
use crate::topics;

/// More bytes than a client with a Maximum Packet Size takes.
const LARGE_BYTES: usize = 150;
/// A client does not publish while so many of its bytes wait to be read.
const UNREAD_MAX: usize = 4_000;

/// From here on, packet ids are those of eager clients.
const EAGER_PACKET_IDS: usize = 20_000;

impl Connection {
    /// The alias to publish by, if there shall be one, and whether the broker knows it already.
    fn alias_for(&mut self, topic: &'static str, scene: &mut Scene) -> Option<(u16, bool)> {
        let alias = topics::alias_of(topic).filter(|alias| *alias <= self.broker_aliases_max)?;
        if scene.random.chance(50) {
            return None;
        }
        let is_known = self.aliases_out.insert(alias, topic).is_some();
        if is_known {
            scene.note(Happening::PublishedByAlias);
        }
        Some((alias, is_known))
    }
}

impl Client {
    /// Publishes a new message, if the broker can take one.
    pub(super) fn publish(&mut self, scene: &mut Scene) {
        let (Some(connection), Some(session)) = (&self.connection, &self.session) else {
            return;
        };
        let (topic, may_retain) = topics::any_topic(&mut scene.random);
        let qos_max = scene.terms.qos_max;
        let any = scene.random.pick(&[QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]);
        let mut qos = any.min(qos_max);
        let is_full = session.outgoing.len() >= self.persona.unacknowledged_max
            || !connection.has_quota(Awaits::PubAck);
        if is_full {
            qos = QoS::AtMostOnce;
        }
        if scene.network.wire(connection.wire).up.len() > UNREAD_MAX {
            return;
        }
        let retain = may_retain && scene.terms.takes_retained && scene.random.chance(60);
        if retain && qos == QoS::AtMostOnce && !is_full && scene.random.chance(70) {
            // Of a message that is acknowledged more can be said.
            qos = QoS::AtLeastOnce;
        }
        let packet_id = self.free_packet_id();
        self.publish_to(topic, qos, retain, packet_id, scene);
    }

    /// Behind CONNECT, before CONNACK: a client may, and the packet then moves with its link.
    pub(super) fn publish_eagerly(&mut self, scene: &mut Scene) {
        let may = self.session.as_ref().is_some_and(|session| session.outgoing.is_empty());
        // During an exchange of AUTH packets nothing else may be sent.
        let may = may && !self.is_closing && !self.persona.authenticates;
        if may && scene.random.chance(25) {
            scene.note(Happening::EagerClient);
            let (topic, may_retain) = topics::any_topic(&mut scene.random);
            let qos = scene.random.pick(&[QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce]);
            let qos = qos.min(scene.terms.qos_max);
            let retain = may_retain && scene.terms.takes_retained && scene.random.chance(60);
            if let Some(packet_id) = self.eager_packet_id() {
                self.publish_to(topic, qos, retain, packet_id, scene);
            }
        }
    }

    /// If the connection is given up before CONNACK, its bytes may be read when the client has another
    /// session, and take this packet id there: no other connection uses the same.
    fn eager_packet_id(&self) -> Option<PacketId> {
        let wire = self.connection.as_ref()?.wire;
        PacketId::new(u16::try_from(EAGER_PACKET_IDS + wire.0).ok()?)
    }

    fn publish_to(
        &mut self,
        topic: &'static str,
        qos: QoS,
        retain: bool,
        packet_id: PacketId,
        scene: &mut Scene,
    ) {
        let expiry_s =
            (self.is_five() && scene.random.chance(10)).then(|| scene.random.pick(&[1, 10, 3_600]));
        let is_delayed = scene.terms.takes_delays && !retain && scene.random.chance(8);
        let delay_s = is_delayed.then(|| scene.random.pick(&[0, 1, 3]));
        if is_delayed {
            scene.note(Happening::Delayed);
        }
        let filler = scene.random.pick(&[0, 0, 10, LARGE_BYTES]);
        let (Some(connection), Some(session)) = (&mut self.connection, &mut self.session) else {
            return;
        };
        session.last_order += 1;
        let message = scene.ledger.publish(MessageFacts {
            retain,
            publisher: Some(session.number),
            order: session.last_order,
            delay_s,
            expiry_s,
            is_large: filler >= LARGE_BYTES,
            ..MessageFacts::new(self.number, topic, qos)
        });
        let outgoing = Outgoing {
            packet_id,
            message,
            topic,
            qos,
            retain,
            filler,
            delay_s,
            expiry_s,
            awaits: if qos == QoS::ExactlyOnce { Awaits::PubRec } else { Awaits::PubAck },
            is_released: false,
            sent_on: connection.wire,
            published_on: connection.wire,
        };
        let number = self.number;
        scene.trace(|| {
            let session = session.number;
            let how = format!("{qos:?} {packet_id:?}, retain: {retain}, delay: {delay_s:?}");
            format!("{number:?} of {session:?} publishes {message:?} to {topic} with {how}")
        });
        if connection.phase == Phase::Connecting {
            connection.eager.push(message);
        }
        let alias = match delay_s {
            None => connection.alias_for(topic, scene),
            Some(_) => None,
        };
        self.send_publish(&outgoing, false, alias, scene);
        if qos > QoS::AtMostOnce
            && let Some(session) = &mut self.session
        {
            session.outgoing.push_back(outgoing);
        }
    }

    /// Whether something was sent on an earlier connection only.
    pub(super) fn has_to_repeat(&self) -> bool {
        self.first_to_repeat().is_some()
    }

    fn first_to_repeat(&self) -> Option<usize> {
        // Only CONNACK tells whether the broker still has the session.
        let online = self.connection.as_ref().filter(|c| c.phase == Phase::Online);
        let wire = online?.wire;
        let outgoing = &self.session.as_ref()?.outgoing;
        outgoing.iter().position(|outgoing| outgoing.sent_on != wire)
    }

    /// Sends the first message again that was sent on an earlier connection only, or its PUBREL
    /// `[MQTT-4.4.0-1]`. `false`: the broker takes no more now.
    pub(super) fn repeat(&mut self, scene: &mut Scene) -> bool {
        let Some(index) = self.first_to_repeat() else {
            return false;
        };
        let (Some(connection), Some(session)) = (&mut self.connection, &mut self.session) else {
            return false;
        };
        if !connection.has_quota(session.outgoing[index].awaits) {
            return false;
        }
        let Some(mut outgoing) = session.outgoing.remove(index) else {
            return false;
        };
        outgoing.sent_on = connection.wire;
        let number = self.number;
        let (message, packet_id) = (outgoing.message, outgoing.packet_id);
        if outgoing.awaits == Awaits::PubComp {
            scene.note(Happening::ReleaseRepeatedByClient);
            scene.trace(|| format!("{number:?} releases {message:?} {packet_id:?} again"));
            outgoing.is_released = true;
            self.send_release(packet_id, scene);
        } else {
            outgoing.published_on = outgoing.sent_on;
            scene.ledger.repeat(message);
            scene.observe(&Observation::Repeated { message });
            scene.note(Happening::RepeatedByClient);
            scene.trace(|| format!("{number:?} publishes {message:?} {packet_id:?} again"));
            self.send_publish(&outgoing, true, None, scene);
        }
        if let Some(session) = &mut self.session {
            session.outgoing.insert(index, outgoing);
        }
        true
    }

    /// Puts a PUBREL on the wire.
    pub(super) fn send_release(&mut self, packet_id: PacketId, scene: &mut Scene) {
        let mut packet = Vec::new();
        encode_ack_short(AckType::PubRel, packet_id, &mut packet);
        self.send(&packet, scene);
        self.ask(Ask::PubRel, packet_id, scene);
    }

    /// `alias`: the alias to use, and whether it is known already.
    fn send_publish(
        &mut self,
        outgoing: &Outgoing,
        dup: bool,
        alias: Option<(u16, bool)>,
        scene: &mut Scene,
    ) {
        let payload = payload(outgoing.message, outgoing.filler);
        let is_known = alias.is_some_and(|(_, known)| known);
        let mut properties = PublishProperties::default();
        properties.message_expiry_interval_s = outgoing.expiry_s;
        properties.topic_alias = alias.map(|(alias, _)| alias);
        let topic = match outgoing.delay_s {
            None => outgoing.topic.to_owned(),
            Some(delay_s) => topics::delayed(outgoing.topic, delay_s),
        };
        let publish = Publish {
            dup,
            qos: outgoing.qos,
            retain: outgoing.retain,
            topic: if is_known { "" } else { &topic },
            packet_id: (outgoing.qos > QoS::AtMostOnce).then_some(outgoing.packet_id),
            properties,
            payload: &payload,
        };
        let mut packet = Vec::new();
        publish.encode(self.persona.version, &mut packet).expect("a valid PUBLISH");
        self.send(&packet, scene);
        let ask = match outgoing.qos {
            QoS::AtMostOnce => return,
            QoS::AtLeastOnce => Ask::PublishQos1,
            QoS::ExactlyOnce => Ask::PublishQos2,
        };
        self.ask(ask, outgoing.packet_id, scene);
        if let Some(connection) = &mut self.connection {
            connection.quota_used += 1;
        }
    }

    pub(super) fn ask(&self, ask: Ask, packet_id: PacketId, scene: &mut Scene) {
        if let Some(connection) = &self.connection {
            scene.observe(&Observation::Asked { wire: connection.wire, ask, packet_id });
        }
    }
}

/// A payload that names its message.
fn payload(message: MessageNumber, filler: usize) -> Vec<u8> {
    let mut payload = message.0.to_be_bytes().to_vec();
    payload.resize(payload.len() + filler, b'.');
    payload
}
