use rmqtt_codec::{Ack, Packet, ProtocolVersion, Publish, QoS, ReasonCode, split_frame};

use super::Client;
use super::connection::{Answer, Phase};
use crate::coverage::Happening;
use crate::ledger::MessageNumber;
use crate::observation::{Ask, Observation};
use crate::scene::Scene;
use crate::topics;

impl Client {
    /// Reads up to so many bytes, and handles what is whole. `false`: there was nothing but answers to
    /// pings.
    pub(super) fn read(&mut self, bytes_max: usize, scene: &mut Scene) -> bool {
        let Some(connection) = &mut self.connection else {
            return false;
        };
        let wire = scene.network.wire_mut(connection.wire);
        let bytes = bytes_max.min(wire.down.len());
        if bytes > 0 {
            connection.input.extend(wire.down.drain(..bytes));
            return self.handle_input(scene);
        }
        if wire.down_ended {
            let (number, wire) = (self.number, connection.wire);
            scene.trace(|| format!("{number:?} sees the end of {wire:?}"));
            let is_online = connection.phase == Phase::Online;
            if is_online && self.is_five() && !scene.network.wire(wire).is_cut_short {
                scene.observe(&Observation::ClosedInSilence { client: number });
            }
            self.connection_lost(scene);
            return true;
        }
        false
    }

    /// Reads whatever comes, and says nothing.
    pub(crate) fn listen(&mut self, scene: &mut Scene) {
        if let Some(connection) = &mut self.connection {
            connection.stalled_until = 0;
        }
        while self.read(usize::MAX, scene) {}
    }

    fn handle_input(&mut self, scene: &mut Scene) -> bool {
        let mut has_news = false;
        while let Some(connection) = &mut self.connection {
            let input = core::mem::take(&mut connection.input);
            let frame = match split_frame(&input, u32::MAX) {
                Ok(Some(frame)) => frame,
                Ok(None) => {
                    has_news |= !input.is_empty();
                    connection.input = input;
                    break;
                }
                Err(_) => {
                    self.give_up(scene);
                    break;
                }
            };
            connection.input.extend_from_slice(&input[frame.wire_len..]);
            match Packet::decode(&frame, self.persona.version) {
                Ok(Packet::PingResp) => {}
                Ok(packet) => {
                    has_news = true;
                    if !self.on_packet(&packet, scene) {
                        self.connection_lost(scene);
                    }
                }
                Err(_) => self.give_up(scene),
            }
        }
        has_news || self.connection.is_none()
    }

    fn give_up(&mut self, scene: &mut Scene) {
        let client = self.number;
        scene.observe(&Observation::Nonsense { client });
        self.connection_lost(scene);
    }

    /// `false`: the connection is over.
    fn on_packet(&mut self, packet: &Packet<'_>, scene: &mut Scene) -> bool {
        let is_connecting = self.connection.as_ref().is_some_and(|c| c.phase == Phase::Connecting);
        match packet {
            Packet::ConnAck(connack) if is_connecting => return self.on_connack(connack, scene),
            Packet::Auth(auth) => {
                if !self.on_auth(auth, scene) {
                    self.give_up(scene);
                }
            }
            _ if is_connecting => self.give_up(scene),
            Packet::Publish(publish) => self.on_publish(publish, scene),
            Packet::PubAck(ack) => self.on_puback(ack, scene),
            Packet::PubRec(ack) => self.on_pubrec(ack, scene),
            Packet::PubRel(ack) => self.on_pubrel(ack, scene),
            Packet::PubComp(ack) => self.on_pubcomp(ack, scene),
            Packet::SubAck(suback) => self.on_suback(suback, scene),
            Packet::UnsubAck(unsuback) => self.on_unsuback(unsuback, scene),
            Packet::Disconnect(disconnect) => {
                let (client, code) = (self.number, disconnect.reason_code);
                scene.trace(|| format!("{client:?} is told {code:?}"));
                let is_authenticating =
                    self.connection.as_ref().is_some_and(|connection| connection.is_authenticating);
                scene.observe(&Observation::Told { client, code, is_authenticating });
                match code {
                    ReasonCode::SessionTakenOver => scene.note(Happening::ToldTakenOver),
                    ReasonCode::ServerShuttingDown => scene.note(Happening::ToldShuttingDown),
                    ReasonCode::KeepAliveTimeout => scene.note(Happening::ToldKeepAlive),
                    _ => {}
                }
                return false;
            }
            Packet::ConnAck(_)
            | Packet::Connect(_)
            | Packet::Subscribe(_)
            | Packet::Unsubscribe(_)
            | Packet::PingReq
            | Packet::PingResp => self.give_up(scene),
        }
        true
    }

    fn on_publish(&mut self, publish: &Publish<'_>, scene: &mut Scene) {
        let Some(message) = self.message_of(publish, scene) else {
            self.give_up(scene);
            return;
        };
        let (Some(connection), Some(session)) = (&mut self.connection, &mut self.session) else {
            return;
        };
        let number = session.number;
        scene.trace(|| {
            let (qos, id, dup) = (publish.qos, publish.packet_id, publish.dup);
            format!("{number:?} gets {message:?} with {qos:?} {id:?}, dup: {dup}")
        });
        if publish.dup {
            scene.note(Happening::RepeatedByBroker);
        }
        scene.observe(&Observation::Carried {
            message,
            dup: publish.dup,
            tells_expiry: self.persona.version == ProtocolVersion::V5,
            expiry_s: publish.properties.message_expiry_interval_s,
            since_wall_ms: connection.dialled_wall_ms,
            since: connection.dialled,
        });
        let mut is_new = true;
        if let Some(packet_id) = publish.packet_id {
            scene.observe(&Observation::Arrived {
                wire: connection.wire,
                session: number,
                packet_id,
                dup: publish.dup,
                message,
                window: connection.window,
            });
            if publish.qos == QoS::ExactlyOnce {
                is_new = session.incoming.insert(packet_id, message).is_none();
                connection.answers.push_back(Answer::PubRec(packet_id, message));
            } else {
                connection.answers.push_back(Answer::PubAck(packet_id, message));
            }
            if connection.answers.len() >= usize::from(connection.window) {
                scene.note(Happening::WindowFull);
            }
        }
        if is_new {
            self.deliver(publish, message, scene);
        } else {
            scene.note(Happening::RepetitionRecognised);
        }
    }

    /// The application sees the message.
    fn deliver(&mut self, publish: &Publish<'_>, message: MessageNumber, scene: &mut Scene) {
        let Some(session) = &self.session else {
            return;
        };
        let session = session.number;
        scene.note(match publish.qos {
            QoS::AtMostOnce => Happening::DeliveredQos0,
            QoS::AtLeastOnce => Happening::DeliveredQos1,
            QoS::ExactlyOnce => Happening::DeliveredQos2,
        });
        if publish.retain {
            // A copy for a new subscription.
            scene.note(Happening::DeliveredRetained);
            let identifier = publish.properties.subscription_ids.iter().next();
            scene.observe(&Observation::DeliveredRetained { session, message, identifier });
            return;
        }
        match scene.ledger.message(message).topic {
            topics::WILL => scene.note(Happening::DeliveredWill),
            topic if topics::is_shared(topic) => scene.note(Happening::DeliveredShared),
            _ => {}
        }
        let times = scene.ledger.deliver(message, session);
        scene.observe(&Observation::Delivered {
            session,
            message,
            qos: publish.qos,
            dup: publish.dup,
            times,
        });
    }

    /// The message that a PUBLISH carries; none if it is not what was published to its topic.
    fn message_of(&mut self, publish: &Publish<'_>, scene: &mut Scene) -> Option<MessageNumber> {
        let connection = self.connection.as_mut()?;
        let mut topic = publish.topic;
        if let Some(alias) = publish.properties.topic_alias {
            if alias > self.persona.topic_alias_maximum {
                return None;
            }
            if topic.is_empty() {
                scene.note(Happening::DeliveredByAlias);
                topic = connection.aliases_in.get(&alias)?;
            } else {
                connection.aliases_in.insert(alias, topic.to_owned());
            }
        }
        let number = publish.payload.first_chunk().copied().map(u32::from_be_bytes)?;
        let message = scene.ledger.known(number)?;
        (scene.ledger.message(message).topic == topic).then_some(message)
    }

    fn on_pubrel(&mut self, ack: &Ack<'_>, scene: &mut Scene) {
        let (Some(connection), Some(session)) = (&mut self.connection, &mut self.session) else {
            return;
        };
        if session.incoming.remove(&ack.packet_id).is_none() {
            scene.note(Happening::ReleaseRepeatedByBroker);
        }
        connection.answers.push_back(Answer::PubComp(ack.packet_id));
    }

    /// An acknowledgement has come.
    pub(super) fn answered(&self, ask: Ask, packet_id: rmqtt_codec::PacketId, scene: &mut Scene) {
        if let Some(connection) = &self.connection {
            scene.observe(&Observation::Answered { wire: connection.wire, ask, packet_id });
        }
    }
}
