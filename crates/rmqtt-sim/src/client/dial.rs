//! The beginning and the end of connections.

use rmqtt_codec::{Connect, Disconnect, PublishProperties, QoS, ReasonCode, Will};

use super::Client;
use super::authenticate::AUTHENTICATION_METHOD;
use super::connection::{Connection, Phase};
use crate::coverage::Happening;
use crate::ledger::{MessageFacts, MessageNumber};
use crate::network::{LeftWill, UpEnd, WireNumber};
use crate::scene::Scene;
use crate::topics;

/// Maximum Packet Size of a client that has one: enough for a message without filler.
const SMALL_PACKET_BYTES: u32 = 100;

/// The Will of a connection that begins.
#[derive(Debug, Clone, Copy)]
struct NewWill {
    message: MessageNumber,
    qos: QoS,
    delay_s: u32,
}

impl Client {
    /// Connects, perhaps although it is connected.
    pub(crate) fn dial(&mut self, workers: usize, scene: &mut Scene) {
        if self.is_closing {
            return;
        }
        self.forget_if_over(scene);
        let wants_clean = match self.session {
            Some(_) => scene.random.chance(12),
            None if self.is_five() => scene.random.chance(50),
            None => false,
        };
        if wants_clean && self.session.is_some() {
            scene.note(Happening::CleanStart);
        }
        self.connect(wants_clean, workers, scene);
    }

    /// Connects to continue its session.
    pub(super) fn dial_again(&mut self, workers: usize, scene: &mut Scene) {
        self.connect(false, workers, scene);
    }

    fn connect(&mut self, wants_clean: bool, workers: usize, scene: &mut Scene) {
        if let Some(connection) = &self.connection {
            scene.note(Happening::TakeOver);
            let wire = scene.network.wire_mut(connection.wire);
            let bytes = wire.up.len();
            wire.abandon(bytes, None);
            self.connection_lost(scene);
        }
        let expiry_s = self.persona.expiry_s;
        let is_five = self.is_five();
        // MQTT 3.1.1 has one flag for a new session and for one that ends with its connection. A
        // client that does not know what the broker has kept sets it, too.
        let unknown = self.session.is_none() && self.broker_may_have_session;
        let clean_start = wants_clean || unknown || (!is_five && expiry_s == 0);
        let is_persistent = expiry_s > 0 && (is_five || !clean_start);
        if clean_start {
            self.forget_session(scene);
        }
        self.broker_may_have_session |= is_persistent;
        let limits_packets = self.limits_packets(scene);
        let worker = scene.random.below(workers);
        let ends_session = clean_start || !is_persistent;
        let socket_bytes = self.persona.socket_bytes;
        let wire = scene.network.dial(self.number, worker, socket_bytes, ends_session);
        scene.network.wire_mut(wire).is_persistent = is_persistent;
        let will = self.leave_will(wire, scene);
        let packet = self.connect_packet(clean_start, limits_packets, will);
        let number = self.number;
        scene.trace(|| {
            let session = if clean_start { "a new session" } else { "its session" };
            format!("{number:?} dials worker {worker} by {wire:?} for {session}")
        });
        let dialled = scene.ledger.moment();
        let connection =
            Connection::new(wire, &self.persona, clean_start, is_persistent, scene.now, dialled);
        self.connection = Some(connection);
        self.send(&packet, scene);
        self.publish_eagerly(scene);
    }

    /// Whether the next connection takes small packets only.
    fn limits_packets(&mut self, scene: &mut Scene) -> bool {
        let limits_packets = self.persona.limits_packets && scene.random.chance(50);
        self.has_limited_packets |= limits_packets;
        if limits_packets && let Some(session) = &self.session {
            scene.ledger.session_limits_packets(session.number);
        }
        limits_packets
    }

    /// Decides on a Will for a connection.
    fn leave_will(&self, wire: WireNumber, scene: &mut Scene) -> Option<NewWill> {
        if self.is_closing || !scene.random.chance(25) {
            return None;
        }
        let qos = scene.random.pick(&[QoS::AtLeastOnce, QoS::ExactlyOnce]).min(scene.terms.qos_max);
        let delay_s = if self.is_five() { scene.random.pick(&[0, 0, 3]) } else { 0 };
        let message = scene.ledger.publish(MessageFacts::new(self.number, topics::WILL, qos));
        scene.network.wire_mut(wire).will = Some(LeftWill { message, is_delayed: delay_s > 0 });
        Some(NewWill { message, qos, delay_s })
    }

    fn connect_packet(
        &self,
        clean_start: bool,
        limits_packets: bool,
        will: Option<NewWill>,
    ) -> Vec<u8> {
        let persona = &self.persona;
        let name = self.number.client_id();
        let payload = will.map_or([0; 4], |will| will.message.0.to_be_bytes());
        let mut connect = Connect {
            clean_start,
            keep_alive_s: persona.keep_alive_s,
            will: will.map(|will| Will {
                qos: will.qos,
                retain: false,
                topic: topics::WILL,
                payload: &payload,
                delay_interval_s: will.delay_s,
                properties: PublishProperties::default(),
            }),
            ..Connect::new(persona.version, &name)
        };
        if self.is_five() {
            connect.session_expiry_interval_s = Some(persona.expiry_s);
            connect.receive_maximum = persona.receive_maximum;
            connect.maximum_packet_size = limits_packets.then_some(SMALL_PACKET_BYTES);
            connect.topic_alias_maximum = Some(persona.topic_alias_maximum);
            connect.authentication_method = persona.authenticates.then_some(AUTHENTICATION_METHOD);
        }
        let mut packet = Vec::new();
        connect.encode(&mut packet).expect("a valid CONNECT");
        packet
    }

    /// Says DISCONNECT and leaves.
    pub(super) fn say_goodbye(&mut self, scene: &mut Scene) {
        let Some(connection) = &self.connection else {
            return;
        };
        let wire = connection.wire;
        let mut disconnect = Disconnect::new(ReasonCode::Success);
        let mut ends_session = !connection.is_persistent;
        if self.is_five() {
            if scene.random.chance(30) {
                disconnect.reason_code = ReasonCode::DisconnectWithWill;
            }
            if !ends_session && scene.random.chance(20) {
                disconnect.session_expiry_interval_s = Some(0);
                ends_session = true;
            }
        }
        let mut packet = Vec::new();
        disconnect.encode(self.persona.version, &mut packet).expect("a valid DISCONNECT");
        self.send(&packet, scene);
        let number = self.number;
        scene.trace(|| format!("{number:?} says goodbye on {wire:?}"));
        let place = scene.network.wire_mut(wire);
        place.says_goodbye = disconnect.reason_code == ReasonCode::Success;
        let bytes = place.up.len();
        place.abandon(bytes, Some(UpEnd::Eof));
        self.connection_lost(scene);
        if ends_session {
            self.forget_session(scene);
        }
    }

    /// Leaves for good, and lets nothing be kept: the run has ended. `false`: that is done.
    pub(crate) fn close_down(&mut self, workers: usize, scene: &mut Scene) -> bool {
        if !self.is_closing {
            self.is_closing = true;
            self.persona.expiry_s = 0;
            self.forget_session(scene);
            self.connect(true, workers, scene);
            return true;
        }
        match self.connection.as_ref().map(|connection| connection.phase) {
            None => return false,
            Some(Phase::Connecting) => {
                self.read(usize::MAX, scene);
            }
            Some(Phase::Online) => self.say_goodbye(scene),
        }
        true
    }

    /// The connection is over, whoever has ended it.
    pub(super) fn connection_lost(&mut self, scene: &mut Scene) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        // What was sent behind a CONNECT without CONNACK may be read after all of a later connection.
        for message in &connection.eager {
            scene.ledger.haunt(*message);
        }
        if let Some(session) = &mut self.session {
            if session.confirmed == connection.wire {
                session.left_mono_ms = Some(scene.now.mono_ms);
            }
            if !connection.is_persistent {
                let number = session.number;
                let is_over = scene.network.wire(connection.wire).detached_mono_ms.is_some()
                    && session.confirmed == connection.wire;
                self.forget_session(scene);
                if is_over {
                    scene.ledger.session_gone(number);
                }
            }
        }
    }

    pub(super) fn forget_session(&mut self, scene: &mut Scene) {
        if let Some(session) = self.session.take() {
            scene.ledger.session_may_end(session.number);
        }
    }

    pub(crate) fn forget_if_over(&mut self, scene: &mut Scene) {
        if self.may_be_over(scene) {
            scene.note(Happening::SessionExpired);
            self.forget_session(scene);
        }
    }

    pub(super) fn may_be_over(&self, scene: &Scene) -> bool {
        self.session.as_ref().is_some_and(|session| {
            let detached = scene.network.wire(session.confirmed).detached_mono_ms;
            session.may_have_expired(detached, scene.now.mono_ms)
                || scene.network.is_usurped(session.confirmed)
        })
    }
}
