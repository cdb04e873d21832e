//! Clients that break rules. Each says what the broker has to do about it; the well-behaved must not
//! notice.

use rmqtt_codec::{PINGREQ, Packet, ProtocolVersion, QoS, ReasonCode, split_frame};

use crate::client::AUTHENTICATION_METHOD;
use crate::ledger::ClientNumber;
use crate::network::{UpEnd, WireNumber};
use crate::observation::Observation;
use crate::random::Random;
use crate::scenario::{HANDSHAKE_TIMEOUT_MS, Scenario};
use crate::scene::Scene;

mod bytes;
mod deed;

use bytes::{Author, auth};
pub(crate) use deed::{Deed, Ending, Sentence};

/// Keep-alive of one that will be silent, seconds.
const KEEP_ALIVE_S: u16 = 2;
/// More than what the broker waits for a CONNECT, and for a silent client, milliseconds.
const PATIENCE_MS: u64 = 25_000;
/// Packet ids of received messages that it remembers.
const RECEIVED_MAX: usize = 20;

/// One client that breaks rules.
#[derive(Debug)]
pub(crate) struct Hostile {
    number: ClientNumber,
    version: ProtocolVersion,
    /// Whether it may subscribe to what others publish.
    is_greedy: bool,
    /// Whether it may name an authentication method.
    may_authenticate: bool,
    attempt: Option<Attempt>,
    is_closing: bool,
    /// The broker ends, which not everybody can be told.
    is_shutting_down: bool,
}

/// One connection of it.
#[derive(Debug)]
struct Attempt {
    wire: WireNumber,
    dialled_mono_ms: u64,
    is_online: bool,
    has_method: bool,
    deed: Option<Deed>,
    /// When it gives up waiting for what comes of its deed, monotonic milliseconds; none before the end
    /// of the run.
    gives_up_mono_ms: Option<u64>,
    /// Answers to pings that are still to come: the last one is behind the deed.
    pongs_awaited: u32,
    input: Vec<u8>,
    received: Vec<u16>,
    /// It reads nothing before this event.
    stalled_until: u64,
}

impl Hostile {
    pub(crate) fn new(number: ClientNumber, scenario: &Scenario, random: &mut Random) -> Self {
        let version = random.pick(&[ProtocolVersion::V311, ProtocolVersion::V5]);
        Self {
            number,
            version,
            // What it loses is known then.
            is_greedy: scenario.has_observers,
            may_authenticate: scenario.has_authenticator && version == ProtocolVersion::V5,
            attempt: None,
            is_closing: false,
            is_shutting_down: false,
        }
    }

    /// Does one thing.
    pub(crate) fn act(&mut self, workers: usize, scene: &mut Scene) {
        let Some(attempt) = &self.attempt else {
            self.dial(workers, scene);
            return;
        };
        let (is_busy, is_online) = (attempt.deed.is_some(), attempt.is_online);
        match scene.random.below(100) {
            0..3 => self.vanish(scene),
            3..8 => self.stall(scene),
            8..70 if is_online && !is_busy => self.commit(scene),
            70..78 => self.read(scene.random.between(1, 50) as usize, scene),
            _ => self.read(usize::MAX, scene),
        }
    }

    /// Waits for the end of its deed and leaves. `false`: it has left.
    pub(crate) fn settle(&mut self, scene: &mut Scene) -> bool {
        let Some(attempt) = &mut self.attempt else {
            return false;
        };
        attempt.stalled_until = 0;
        let (is_busy, is_online) = (attempt.deed.is_some(), attempt.is_online);
        let now = scene.now.mono_ms;
        let gives_up = *attempt.gives_up_mono_ms.get_or_insert(now + PATIENCE_MS);
        if !is_busy && is_online {
            self.vanish(scene);
        } else if gives_up < now {
            self.report(Ending::Ignored, scene);
            self.vanish(scene);
        } else {
            self.read(usize::MAX, scene);
        }
        true
    }

    /// Reads whatever comes, and does nothing.
    pub(crate) fn listen(&mut self, scene: &mut Scene) {
        self.is_shutting_down = true;
        if let Some(attempt) = &mut self.attempt {
            attempt.stalled_until = 0;
        }
        self.read(usize::MAX, scene);
    }

    /// Whether it waits for the clock.
    pub(crate) fn waits_for_time(&self) -> bool {
        self.attempt.as_ref().and_then(|attempt| attempt.deed).is_some_and(Deed::takes_time)
    }

    /// Leaves nothing. `false`: that is done.
    pub(crate) fn close_down(&mut self, workers: usize, scene: &mut Scene) -> bool {
        if !self.is_closing {
            self.is_closing = true;
            self.vanish(scene);
            self.connect(workers, None, scene);
            return true;
        }
        self.settle(scene)
    }

    fn dial(&mut self, workers: usize, scene: &mut Scene) {
        let of_handshake = || Deed::HANDSHAKE.iter().filter(|deed| deed.is_of(self.version));
        let deed = scene.random.chance(40).then(|| {
            let deeds: Vec<_> = of_handshake().copied().collect();
            scene.random.pick(&deeds)
        });
        self.connect(workers, deed, scene);
    }

    fn connect(&mut self, workers: usize, deed: Option<Deed>, scene: &mut Scene) {
        let worker = scene.random.below(workers);
        let socket_bytes = scene.random.pick(&[40, 1_000, 60_000]);
        let wire = scene.network.dial(self.number, worker, socket_bytes, true);
        scene.network.wire_mut(wire).keeps_rules = false;
        let client_id = self.client_id();
        // Deeds of the handshake are those of clients without a method.
        let has_method = self.may_authenticate && deed.is_none() && scene.random.chance(50);
        let (version, received) = (self.version, &[][..]);
        let author = Author { version, client_id: &client_id, has_method, received };
        let is_silent = deed.is_none() && !self.is_closing && scene.random.chance(10);
        let deed = if is_silent { Some(Deed::Silence) } else { deed };
        let packet = match deed {
            None => author.connect(0),
            Some(Deed::Silence) => author.connect(KEEP_ALIVE_S),
            Some(deed) => author.bytes(deed, &mut scene.random),
        };
        let number = self.number;
        scene.trace(|| format!("hostile {number:?} dials worker {worker} by {wire:?}: {deed:?}"));
        scene.network.wire_mut(wire).up.extend(packet);
        self.attempt = Some(Attempt {
            wire,
            dialled_mono_ms: scene.now.mono_ms,
            is_online: false,
            has_method,
            deed,
            gives_up_mono_ms: None,
            pongs_awaited: 0,
            input: Vec::new(),
            received: Vec::new(),
            stalled_until: 0,
        });
        if deed == Some(Deed::FloodBehindConnect) {
            self.probe(0, scene);
        }
    }

    /// Commits one of the deeds of a client that is connected.
    fn commit(&mut self, scene: &mut Scene) {
        let Some(attempt) = &self.attempt else { return };
        let is_possible = |deed: &Deed| {
            let has_occasion = match deed {
                Deed::Silence => false,
                Deed::Greed => self.is_greedy,
                Deed::WrongAcknowledgements => !attempt.received.is_empty(),
                Deed::AuthFromNowhere => !attempt.has_method,
                Deed::MethodChanged | Deed::ExchangeFromNowhere => attempt.has_method,
                Deed::QosAboveMaximum => scene.terms.qos_max < QoS::ExactlyOnce,
                Deed::RetainUnavailable => !scene.terms.takes_retained,
                // QoS 2 is not even allowed.
                Deed::TooManyInFlight | Deed::PublishTwice | Deed::ReleaseFirst => {
                    scene.terms.qos_max == QoS::ExactlyOnce
                }
                _ => true,
            };
            has_occasion && deed.is_of(self.version)
        };
        let deeds: Vec<_> = Deed::ONLINE.iter().copied().filter(is_possible).collect();
        // What makes messages come.
        let wants_messages = self.is_greedy && attempt.received.is_empty();
        let seldom_possible: Vec<_> =
            deeds.iter().copied().filter(|d| d.is_seldom_possible()).collect();
        let deed = if wants_messages && scene.random.chance(20) {
            Deed::Greed
        } else if !seldom_possible.is_empty() && scene.random.chance(40) {
            scene.random.pick(&seldom_possible)
        } else {
            scene.random.pick(&deeds)
        };
        let client_id = self.client_id();
        let received = &attempt.received;
        let (version, has_method) = (self.version, attempt.has_method);
        let author = Author { version, client_id: &client_id, has_method, received };
        let bytes = author.bytes(deed, &mut scene.random);
        let (number, wire) = (self.number, attempt.wire);
        scene.trace(|| format!("hostile {number:?} commits {deed:?} on {wire:?}"));
        scene.network.wire_mut(wire).up.extend(bytes);
        if let Some(attempt) = &mut self.attempt {
            attempt.deed = Some(deed);
            attempt.received.clear();
        }
        self.probe(if deed == Deed::PingFlood { bytes::PINGS_OF_A_FLOOD } else { 0 }, scene);
    }

    /// A ping behind the deed: its answer shows that the connection goes on.
    fn probe(&mut self, pings_before: u32, scene: &mut Scene) {
        if let Some(attempt) = &mut self.attempt {
            attempt.pongs_awaited = pings_before + 1;
            scene.network.wire_mut(attempt.wire).up.extend(PINGREQ);
        }
    }

    fn stall(&mut self, scene: &mut Scene) {
        if let Some(attempt) = &mut self.attempt {
            attempt.stalled_until = scene.event + scene.random.between(50, 300);
        }
    }

    /// Is gone, and the broker gets to know, or not.
    fn vanish(&mut self, scene: &mut Scene) {
        if let Some(attempt) = self.attempt.take() {
            let end =
                if self.is_closing || scene.random.chance(80) { Some(UpEnd::Eof) } else { None };
            let wire = scene.network.wire_mut(attempt.wire);
            let there = wire.up.len();
            wire.abandon(scene.random.below(there + 1), end);
        }
    }

    fn read(&mut self, bytes_max: usize, scene: &mut Scene) {
        let Some(attempt) = &mut self.attempt else { return };
        if attempt.stalled_until > scene.event {
            return;
        }
        let wire = scene.network.wire_mut(attempt.wire);
        let bytes = bytes_max.min(wire.down.len());
        if bytes == 0 && wire.down_ended {
            self.on_closed(None, scene);
            return;
        }
        attempt.input.extend(wire.down.drain(..bytes));
        while let Some(attempt) = &mut self.attempt {
            let input = core::mem::take(&mut attempt.input);
            let Ok(Some(frame)) = split_frame(&input, u32::MAX) else {
                attempt.input = input;
                return;
            };
            attempt.input.extend_from_slice(&input[frame.wire_len..]);
            let Ok(packet) = Packet::decode(&frame, self.version) else {
                let client = self.number;
                scene.observe(&Observation::Nonsense { client });
                return;
            };
            self.on_packet(&packet, scene);
        }
    }

    fn on_packet(&mut self, packet: &Packet<'_>, scene: &mut Scene) {
        let Some(attempt) = &mut self.attempt else { return };
        match packet {
            Packet::ConnAck(connack) if connack.reason_code.is_error() => {
                self.on_closed(Some(connack.reason_code), scene);
            }
            Packet::ConnAck(_) => {
                attempt.is_online = true;
                if attempt.deed.is_some_and(|deed| Deed::HANDSHAKE.contains(&deed)) {
                    self.report(Ending::Accepted, scene);
                }
            }
            Packet::Disconnect(disconnect) => {
                self.on_closed(Some(disconnect.reason_code), scene);
            }
            Packet::Auth(_) => {
                let answer = auth(ReasonCode::ContinueAuthentication, AUTHENTICATION_METHOD);
                scene.network.wire_mut(attempt.wire).up.extend(answer);
            }
            Packet::Publish(publish) => {
                if let Some(id) = publish.packet_id
                    && attempt.received.len() < RECEIVED_MAX
                {
                    attempt.received.push(id.get());
                }
            }
            Packet::PingResp if attempt.pongs_awaited > 0 => {
                attempt.pongs_awaited -= 1;
                if attempt.pongs_awaited == 0 {
                    self.report(Ending::GoesOn, scene);
                    if let Some(attempt) = &mut self.attempt {
                        attempt.deed = None;
                    }
                }
            }
            _ => {}
        }
    }

    fn on_closed(&mut self, code: Option<ReasonCode>, scene: &mut Scene) {
        let number = self.number;
        scene.trace(|| format!("hostile {number:?} is closed: {code:?}"));
        self.report(Ending::Closed(code), scene);
        self.vanish(scene);
    }

    fn report(&self, ending: Ending, scene: &mut Scene) {
        let Some(attempt) = &self.attempt else { return };
        let (client, deed) = (self.number, attempt.deed);
        if scene.network.wire(attempt.wire).is_lost {
            return;
        }
        if self.is_shutting_down && ending == Ending::Closed(None) {
            return;
        }
        // A CONNECT of a connection that was given up may be read after that of a later one. And one that
        // is not answered in time ends as if it had never been sent.
        let is_late = !attempt.is_online
            && deed != Some(Deed::HalfConnect)
            && attempt.dialled_mono_ms + HANDSHAKE_TIMEOUT_MS <= scene.now.mono_ms;
        if matches!(ending, Ending::Closed(_))
            && (is_late || scene.network.is_usurped(attempt.wire))
        {
            return;
        }
        let is_told = attempt.is_online
            && self.version == ProtocolVersion::V5
            && !scene.network.wire(attempt.wire).is_cut_short;
        if let Some(deed) = deed {
            scene.coverage.note_deed(deed);
        }
        scene.observe(&Observation::Judged { client, deed, is_told, ending });
    }

    fn client_id(&self) -> String {
        format!("hostile-{}", self.number.0)
    }
}
