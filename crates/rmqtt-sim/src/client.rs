//! A client of the simulation: MQTT as its specification describes it from the other side, written
//! apart from the broker's session, with only the codec in common.

use rmqtt_codec::{PINGREQ, PacketId, ProtocolVersion};

use crate::coverage::Happening;
use crate::ledger::ClientNumber;
use crate::network::UpEnd;
use crate::scenario::Persona;
use crate::scene::Scene;

mod acknowledge;
mod authenticate;
mod connack;
mod connection;
mod dial;
mod promised;
mod publish;
mod receive;
mod session;
mod subscribe;

pub(crate) use authenticate::AUTHENTICATION_METHOD;
use connection::{Connection, Phase};
pub(crate) use promised::Promised;
use session::Session;

/// One client, connected or not.
#[derive(Debug)]
pub(crate) struct Client {
    number: ClientNumber,
    persona: Persona,
    /// What it keeps between connections.
    session: Option<Session>,
    /// The broker may have a session that the client knows nothing of.
    broker_may_have_session: bool,
    connection: Option<Connection>,
    /// It has had a Maximum Packet Size once, so any session of it may have missed large messages.
    has_limited_packets: bool,
    /// The run comes to its end: nothing new is begun.
    is_closing: bool,
}

impl Client {
    pub(crate) fn new(number: ClientNumber, persona: Persona) -> Self {
        Self {
            number,
            persona,
            session: None,
            broker_may_have_session: false,
            connection: None,
            has_limited_packets: false,
            is_closing: false,
        }
    }

    /// Does one thing that a client may do now.
    pub(crate) fn act(&mut self, workers: usize, scene: &mut Scene) {
        let Some(connection) = &self.connection else {
            if scene.random.chance(30) {
                self.dial(workers, scene);
            }
            return;
        };
        if connection.phase == Phase::Connecting {
            if connection.stalled_until <= scene.event {
                self.read(usize::MAX, scene);
            }
            return;
        }
        if self.needs_ping(scene) && scene.random.chance(70) {
            self.ping(scene);
            return;
        }
        let persona = &self.persona;
        let again = if persona.authenticates { 6 } else { 0 };
        let weights = [40, persona.answers, persona.publishes, persona.subscribes, 1, 1, again, 1];
        match scene.random.weighted(&weights) {
            0 => self.read_some(scene),
            1 => {
                let number = 1 + scene.random.below(4);
                self.answer(number, scene);
            }
            2 if self.has_to_repeat() => {
                self.repeat(scene);
            }
            2 => self.publish(scene),
            3 if scene.random.chance(25) => self.unsubscribe(scene),
            3 => self.subscribe(scene),
            4 => self.ping(scene),
            5 => self.stall(scene),
            6 => self.authenticate_again(scene),
            _ if scene.random.chance(30) => self.say_goodbye(scene),
            _ => {}
        }
    }

    /// Does everything that is due, and begins nothing new. Gives whether it did something.
    pub(crate) fn settle(&mut self, workers: usize, scene: &mut Scene) -> bool {
        let Some(connection) = &mut self.connection else {
            self.forget_if_over(scene);
            if self.session.is_some() {
                self.dial_again(workers, scene);
                return true;
            }
            return false;
        };
        connection.stalled_until = 0;
        let mut busy = self.read(usize::MAX, scene);
        busy |= self.answer(usize::MAX, scene);
        // One by one, and when nothing else comes: a flood could fill the client's own queue.
        if !busy && self.has_to_repeat() {
            busy = self.repeat(scene);
        }
        if self.needs_ping(scene) {
            self.ping(scene);
        }
        busy
    }

    /// What keeps the client from being at rest.
    pub(crate) fn unsettled(&self) -> Option<String> {
        let (number, connection) = (self.number, &self.connection);
        if let Some(session) = &self.session {
            let Some(connection) = connection else {
                return Some(format!("{number:?} is not connected"));
            };
            if connection.phase == Phase::Connecting {
                return Some(format!("{number:?} has no CONNACK"));
            }
            let outgoing = session.outgoing.len();
            if outgoing > 0 {
                return Some(format!("{number:?} has {outgoing} messages unacknowledged"));
            }
            if connection.is_authenticating {
                return Some(format!("{number:?} waits for AUTH"));
            }
            let unanswered = connection.subscribing.len() + connection.unsubscribing.len();
            if unanswered > 0 {
                return Some(format!("{number:?} waits for {unanswered} SUBACK or UNSUBACK"));
            }
        }
        None
    }

    /// An MQTT 3.1.1 client that has not been answered for long connects again.
    pub(crate) fn lose_patience(&mut self, scene: &mut Scene) {
        if let Some(connection) = &self.connection
            && !self.is_five()
            && self.unsettled().is_some()
        {
            let wire = scene.network.wire_mut(connection.wire);
            let bytes = wire.up.len();
            wire.abandon(bytes, Some(UpEnd::Eof));
            self.connection_lost(scene);
        }
    }

    /// The connection ends badly, in one of several ways.
    pub(crate) fn break_connection(&mut self, scene: &mut Scene) {
        let Some(connection) = &self.connection else {
            return;
        };
        if !connection.answers.is_empty() {
            scene.note(Happening::AnswerLost);
        }
        let wire = connection.wire;
        let there = scene.network.wire(wire).up.len();
        let bytes = scene.random.below(there + 1);
        let end = match scene.random.below(10) {
            0..6 => Some(UpEnd::Eof),
            6..8 => Some(UpEnd::Reset),
            _ => None,
        };
        scene.note(match end {
            Some(UpEnd::Eof) => Happening::CutAtAnyByte,
            Some(UpEnd::Reset) => Happening::Reset,
            None => Happening::HalfOpen,
        });
        let number = self.number;
        scene.trace(|| format!("{number:?} loses {wire:?} with {bytes} of {there} bytes, {end:?}"));
        scene.network.wire_mut(wire).abandon(bytes, end);
        self.connection_lost(scene);
    }

    pub(crate) fn number(&self) -> ClientNumber {
        self.number
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    fn is_five(&self) -> bool {
        self.persona.version == ProtocolVersion::V5
    }

    /// Puts a packet on the wire.
    fn send(&mut self, packet: &[u8], scene: &mut Scene) {
        if let Some(connection) = &mut self.connection {
            connection.sent_mono_ms = scene.now.mono_ms;
            scene.network.wire_mut(connection.wire).up.extend(packet);
        }
    }

    fn needs_ping(&self, scene: &Scene) -> bool {
        self.connection.as_ref().is_some_and(|connection| {
            let half_ms = u64::from(connection.keep_alive_s) * 500;
            connection.phase == Phase::Online
                && half_ms > 0
                && scene.now.mono_ms - connection.sent_mono_ms >= half_ms
        })
    }

    fn ping(&mut self, scene: &mut Scene) {
        self.send(&PINGREQ, scene);
    }

    /// Reads nothing for a while.
    fn stall(&mut self, scene: &mut Scene) {
        if let Some(connection) = &mut self.connection {
            scene.note(Happening::SlowReader);
            connection.stalled_until = scene.event + scene.random.between(50, 400);
        }
    }

    fn read_some(&mut self, scene: &mut Scene) {
        let stalled = self.connection.as_ref().is_some_and(|c| c.stalled_until > scene.event);
        if !stalled {
            let bytes = if scene.random.chance(70) {
                usize::MAX
            } else {
                scene.random.between(1, 60) as usize
            };
            self.read(bytes, scene);
        }
    }

    /// The least packet id that is free: reused as early as the specification allows.
    fn free_packet_id(&self) -> PacketId {
        let session = self.session.iter().flat_map(|session| &session.outgoing);
        let mut used: Vec<u16> = session.map(|outgoing| outgoing.packet_id.get()).collect();
        if let Some(connection) = &self.connection {
            used.extend(connection.subscribing.keys().chain(connection.unsubscribing.keys()));
        }
        (1..=u16::MAX)
            .find(|id| !used.contains(id))
            .and_then(PacketId::new)
            .expect("few ids are in use")
    }
}
