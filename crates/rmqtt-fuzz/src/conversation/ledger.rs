use std::collections::HashMap;

use rmqtt_codec::{
    ConnAck, Connect, Frame, Packet, PacketType, ProtocolVersion, Publish, QoS, split_frame,
};
use rmqtt_session::ListenerPolicy;

use super::deliveries::Deliveries;
use super::world::World;

/// What one connection has been sent, and what its client is owed for it.
pub(super) struct Ledger {
    /// Its own name until the broker or CONNECT gives it one.
    client_id: String,
    /// Bytes of a packet that was sent in part.
    unfinished: Vec<u8>,
    packet_size_max: u32,
    announced: Option<Announced>,
    inflight_max: u16,
    repeats: bool,
    packets: usize,
    /// Answers that are owed: type, identifier, and the number of codes.
    owed: Vec<(PacketType, u16, usize)>,
    pings_owed: usize,
    /// The client has said something after which the broker has to end the connection.
    pub(super) has_to_end: bool,
    /// CONNACK has come.
    is_answered: bool,
    /// Nothing may come any more.
    is_over: bool,
    aliases_out: HashMap<u16, String>,
    aliases_in: HashMap<u16, String>,
    pub(super) deliveries: Deliveries,
}

/// What CONNECT announced.
struct Announced {
    version: ProtocolVersion,
    receive_maximum: u16,
    packet_size_max: usize,
    topic_alias_maximum: u16,
}

impl Ledger {
    /// Of a new connection; `name` is no client identifier that anybody sends.
    pub(super) fn new(name: String, policy: &ListenerPolicy) -> Self {
        Self {
            client_id: name,
            unfinished: Vec::new(),
            packet_size_max: policy.packet_size_max,
            announced: None,
            inflight_max: policy.inflight_max,
            repeats: policy.message_retry_ms > 0,
            packets: 0,
            owed: Vec::new(),
            pings_owed: 0,
            has_to_end: false,
            is_answered: false,
            is_over: false,
            aliases_out: HashMap::new(),
            aliases_in: HashMap::new(),
            deliveries: Deliveries::default(),
        }
    }

    /// The version that the client speaks.
    pub(super) fn version(&self) -> Option<ProtocolVersion> {
        self.announced.as_ref().map(|announced| announced.version)
    }

    /// The client sends bytes.
    pub(super) fn sent(&mut self, bytes: &[u8], world: &mut World) {
        let mut unfinished = std::mem::take(&mut self.unfinished);
        unfinished.extend_from_slice(bytes);
        let mut rest = &unfinished[..];
        while !self.has_to_end {
            match split_frame(rest, self.packet_size_max) {
                Ok(None) => break,
                Ok(Some(frame)) => {
                    rest = &rest[frame.wire_len..];
                    self.packets += 1;
                    self.sent_frame(&frame, world);
                }
                Err(_) => self.has_to_end = true,
            }
        }
        self.unfinished = rest.to_vec();
    }

    fn sent_frame(&mut self, frame: &Frame<'_>, world: &mut World) {
        let is_first = self.announced.is_none();
        // [MQTT-3.1.0-1] [MQTT-3.1.0-2]
        if is_first != (frame.packet_type == PacketType::Connect) {
            self.has_to_end = true;
            return;
        }
        let version = self.version().unwrap_or(ProtocolVersion::V5);
        match Packet::decode(frame, version) {
            Ok(Packet::Connect(connect)) => self.sent_connect(&connect, world),
            Ok(packet) => self.sent_packet(&packet, world),
            Err(_) => self.has_to_end = true,
        }
    }

    fn sent_connect(&mut self, connect: &Connect<'_>, world: &mut World) {
        if !connect.client_id.is_empty() {
            connect.client_id.clone_into(&mut self.client_id);
        }
        if let Some(will) = &connect.will {
            world.publishes(will.topic, will.payload);
        }
        self.announced = Some(Announced {
            version: connect.version,
            receive_maximum: connect.receive_maximum.unwrap_or(u16::MAX),
            packet_size_max: connect.maximum_packet_size.map_or(usize::MAX, |size| size as usize),
            topic_alias_maximum: connect.topic_alias_maximum.unwrap_or(0),
        });
    }

    fn sent_packet(&mut self, packet: &Packet<'_>, world: &mut World) {
        match packet {
            Packet::Publish(publish) => self.sent_publish(publish, world),
            Packet::PubAck(ack) => self.deliveries.acknowledged(PacketType::PubAck, ack),
            Packet::PubRec(ack) => self.deliveries.acknowledged(PacketType::PubRec, ack),
            Packet::PubComp(ack) => self.deliveries.acknowledged(PacketType::PubComp, ack),
            Packet::PubRel(ack) => self.owes(PacketType::PubComp, ack.packet_id.get(), 0),
            Packet::Subscribe(subscribe) => {
                for wanted in subscribe.filters.iter() {
                    world.asks(&self.client_id, wanted.filter, wanted.options.qos);
                }
                let codes = subscribe.filters.iter().count();
                self.owes(PacketType::SubAck, subscribe.packet_id.get(), codes);
            }
            Packet::Unsubscribe(unsubscribe) => {
                let codes = unsubscribe.filters.iter().count();
                let codes = if self.speaks_5() { codes } else { 0 };
                self.owes(PacketType::UnsubAck, unsubscribe.packet_id.get(), codes);
            }
            Packet::PingReq => self.pings_owed += 1,
            // No connection begins with an authentication method here, so there is none to go on
            // with; the others are for a server to send, or end the connection.
            Packet::Auth(_)
            | Packet::Disconnect(_)
            | Packet::Connect(_)
            | Packet::ConnAck(_)
            | Packet::SubAck(_)
            | Packet::UnsubAck(_)
            | Packet::PingResp => self.has_to_end = true,
        }
    }

    fn sent_publish(&mut self, publish: &Publish<'_>, world: &mut World) {
        let alias = publish.properties.topic_alias;
        if let Some(alias) = alias.filter(|_| !publish.topic.is_empty()) {
            self.aliases_out.insert(alias, publish.topic.to_owned());
        }
        let by_alias = alias.and_then(|alias| self.aliases_out.get(&alias));
        let topic = if publish.topic.is_empty() {
            by_alias.map(String::as_str)
        } else {
            Some(publish.topic)
        };
        match topic {
            Some(topic) => world.publishes(topic, publish.payload),
            None => self.has_to_end = true,
        }
        match (publish.qos, publish.packet_id) {
            (QoS::AtLeastOnce, Some(id)) => self.owes(PacketType::PubAck, id.get(), 0),
            (QoS::ExactlyOnce, Some(id)) => self.owes(PacketType::PubRec, id.get(), 0),
            _ => {}
        }
    }

    fn owes(&mut self, packet_type: PacketType, id: u16, codes: usize) {
        self.owed.push((packet_type, id, codes));
    }

    fn speaks_5(&self) -> bool {
        self.version() == Some(ProtocolVersion::V5)
    }

    /// The client receives a packet of so many bytes.
    pub(super) fn received(&mut self, packet: &Packet<'_>, bytes: usize, world: &mut World) {
        assert!(!self.is_over, "{packet:?} comes after the end");
        let announced = self.announced.as_ref().expect("nothing comes before CONNECT");
        // [MQTT-3.1.2-24]
        assert!(bytes <= announced.packet_size_max, "{packet:?} is larger than announced");
        // [MQTT-3.2.0-1]
        let is_connack = matches!(packet, Packet::ConnAck(_));
        assert_eq!(is_connack, !self.is_answered, "{packet:?} at the wrong time");
        match packet {
            Packet::ConnAck(connack) => self.received_connack(connack, world),
            Packet::Publish(publish) => self.received_publish(publish, world),
            Packet::PubRel(ack) => self.deliveries.release(ack.packet_id.get()),
            Packet::PubAck(ack) => self.answered(PacketType::PubAck, ack.packet_id.get(), 0),
            Packet::PubRec(ack) => self.answered(PacketType::PubRec, ack.packet_id.get(), 0),
            Packet::PubComp(ack) => self.answered(PacketType::PubComp, ack.packet_id.get(), 0),
            Packet::SubAck(suback) => {
                let codes = suback.reason_codes.iter().count();
                self.answered(PacketType::SubAck, suback.packet_id.get(), codes);
            }
            Packet::UnsubAck(unsuback) => {
                let codes = unsuback.reason_codes.iter().count();
                self.answered(PacketType::UnsubAck, unsuback.packet_id.get(), codes);
            }
            Packet::PingResp => {
                assert!(self.pings_owed > 0, "PINGRESP without a question");
                self.pings_owed -= 1;
            }
            Packet::Disconnect(_) => {
                assert!(self.speaks_5(), "only MQTT 5 tells a client");
                self.is_over = true;
            }
            Packet::Auth(_)
            | Packet::Connect(_)
            | Packet::Subscribe(_)
            | Packet::Unsubscribe(_)
            | Packet::PingReq => panic!("a server does not send {packet:?}"),
        }
    }

    fn received_connack(&mut self, connack: &ConnAck<'_>, world: &mut World) {
        self.is_answered = true;
        if connack.reason_code.is_error() {
            assert!(!connack.session_present, "a refused client has no session");
            self.is_over = true;
        }
        if let Some(assigned) = connack.assigned_client_id {
            world.renames(&self.client_id, assigned);
            assigned.clone_into(&mut self.client_id);
        }
    }

    fn received_publish(&mut self, publish: &Publish<'_>, world: &World) {
        let announced = self.announced.as_ref().expect("it was asked for before");
        let mut topic = publish.topic.to_owned();
        if let Some(alias) = publish.properties.topic_alias {
            // [MQTT-3.1.2-26]
            assert!(alias <= announced.topic_alias_maximum, "alias {alias} was not allowed");
            if topic.is_empty() {
                topic = self.aliases_in.get(&alias).expect("an alias is told first").clone();
            } else {
                self.aliases_in.insert(alias, topic.clone());
            }
        }
        world.check_delivery(&self.client_id, &topic, publish.payload, publish.qos);
        let window = announced.receive_maximum.min(self.inflight_max);
        self.deliveries.publish(publish, usize::from(window), self.repeats && !self.speaks_5());
    }

    fn answered(&mut self, packet_type: PacketType, id: u16, codes: usize) {
        let answer = (packet_type, id, codes);
        let Some(at) = self.owed.iter().position(|owed| *owed == answer) else {
            panic!("{answer:?} was not asked for: {:?}", self.owed);
        };
        self.owed.remove(at);
    }

    /// Does the client wait for nothing?
    pub(super) fn is_settled(&self) -> bool {
        !self.has_to_end
            && !self.waits_for_connack()
            && self.owed.is_empty()
            && self.pings_owed == 0
    }

    /// How many packets were sent on this connection.
    pub(super) fn packets_sent(&self) -> usize {
        self.packets
    }

    /// The client waits for nothing.
    pub(super) fn check_settled(&self, lenient: bool) {
        assert!(!self.has_to_end, "the connection had to end");
        assert_eq!(self.pings_owed, 0);
        // Before MQTT 5 there is no other way to say that a message was not taken.
        let may_lack = |packet_type| {
            lenient
                && !self.speaks_5()
                && matches!(packet_type, PacketType::PubAck | PacketType::PubRec)
        };
        let lacking = self.owed.iter().find(|(packet_type, ..)| !may_lack(*packet_type));
        assert_eq!(lacking, None, "it is still owed");
    }

    /// CONNECT was sent and has not been answered.
    pub(super) fn waits_for_connack(&self) -> bool {
        self.announced.is_some() && !self.is_answered
    }
}
