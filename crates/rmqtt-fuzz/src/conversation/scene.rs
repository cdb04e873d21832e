use rmqtt_broker::{LinkLoss, Overload};
use rmqtt_codec::{PINGREQ, ProtocolVersion, ReasonCode};
use rmqtt_session::ListenerPolicy;

use super::ledger::Ledger;
use super::node::{Node, WORKERS};
use super::packets;
use super::peer::Peer;
use super::terms::{StoreKind, Terms};
use super::world::World;
use crate::input::Input;

/// How many clients there are at a time.
const PEERS: u8 = 4;

const PAUSES_MS: [u64; 10] =
    [1, 64, 500, 1_000, 1_500, 5_000, 90_000, 3_600_000, 86_400_000, 1 << 40];

const WALL_JUMPS_MS: [i64; 5] = [0, 3_600_000, -3_600_000, 1 << 40, i64::MIN];

/// A node, its clients, and what is known of them.
pub(super) struct Scene {
    node: Node,
    peers: Vec<Peer>,
    policy: ListenerPolicy,
    world: World,
    connections: usize,
    /// Something has happened after which messages may have been refused.
    may_refuse: bool,
}

impl Scene {
    pub(super) fn new(terms: Terms) -> Self {
        let node = Node::new(&terms);
        let Terms { policy, store, .. } = terms;
        let peer = |_| Peer::new(Ledger::new(String::new(), &policy));
        Self {
            node,
            peers: (0..PEERS).map(peer).collect(),
            policy,
            world: World::default(),
            connections: 0,
            may_refuse: store == StoreKind::Full,
        }
    }

    /// One thing happens, and everything that follows from it.
    pub(super) fn step(&mut self, input: &mut Input<'_>) {
        let code = input.byte();
        let number = usize::from(code >> 6);
        match code & 0x3f {
            0..=5 => self.connect(number, input),
            6..=7 => self.open(number, input),
            8..=9 => self.cut(number, input),
            10..=14 => self.send_bytes(number, input),
            15..=25 => self.send(number, input, packets::publish),
            26..=31 => self.send(number, input, packets::subscribe),
            32..=33 => self.send(number, input, packets::unsubscribe),
            34..=41 => self.acknowledge(number, input),
            42..=43 => self.send(number, input, packets::any_ack),
            44..=45 => self.send(number, input, |_, _| PINGREQ.to_vec()),
            46..=47 => self.send(number, input, packets::disconnect),
            48..=50 => self.peers[number].stall(code & 1 == 0),
            51..=56 => self.node.advance(input.one_of(&PAUSES_MS), 0),
            57 => self.node.advance(1, input.one_of(&WALL_JUMPS_MS)),
            58..=59 => self.persist(code & 1 == 0),
            60..=61 => self.set_overload(input),
            62 => self.node.shed(u16::from(input.below(2))),
            _ => self.shut_down(input),
        }
        self.move_on();
    }

    pub(super) fn check_bounds(&self) {
        self.node.check_queues();
        self.node.check_links(&self.peers);
    }

    /// Everybody reads, the store commits, the node takes everything, and some time passes: then
    /// whoever is connected has its answers, and whoever had to go has gone.
    pub(super) fn settle(&mut self) {
        self.node.set_overload(Overload::default());
        for peer in &mut self.peers {
            peer.stall(false);
        }
        self.commit_all();
        // A publisher may pause for a second after each of its packets.
        let packets: usize = self.peers.iter().map(|peer| peer.ledger.packets_sent()).sum();
        for _ in 0..packets + 2 {
            if self.peers.iter().all(|peer| peer.place.is_none() || peer.ledger.is_settled()) {
                break;
            }
            self.node.advance(1_001, 0);
            self.commit_all();
        }
        self.node.check_sessions();
        self.check_bounds();
        for peer in &self.peers {
            if peer.place.is_some() {
                assert!(!peer.ledger.waits_for_connack(), "CONNECT has no answer");
                peer.ledger.check_settled(self.may_refuse);
            }
        }
        self.end();
    }

    /// When all clients have gone and all time has passed, nothing is left.
    fn end(&mut self) {
        for peer in &mut self.peers {
            self.node.cut(peer, LinkLoss::Eof);
        }
        self.move_on();
        for _ in 0..3 {
            self.node.advance(1 << 40, 0);
            self.commit_all();
        }
        assert!(!self.node.has_links());
        self.node.check_sessions();
    }

    /// The store keeps up. What it commits may let a client's next packet in, which is stored too.
    fn commit_all(&mut self) {
        self.move_on();
        while self.node.persist(true) {
            self.move_on();
        }
    }

    fn move_on(&mut self) {
        self.node.settle(&mut self.peers);
        for peer in &mut self.peers {
            peer.read(&mut self.world);
        }
    }

    /// A new connection in place of the one before, and nothing said on it.
    fn open(&mut self, number: usize, input: &mut Input<'_>) {
        self.cut(number, &mut Input::new(&[]));
        self.connections += 1;
        let name = format!("connection {}", self.connections);
        self.peers[number] = Peer::new(Ledger::new(name, &self.policy));
        self.node.accept(u16::from(input.byte()) % WORKERS, number, &mut self.peers);
    }

    fn connect(&mut self, number: usize, input: &mut Input<'_>) {
        self.open(number, input);
        let connect = packets::connect(input);
        self.peers[number].send(&connect, &mut self.world);
    }

    fn cut(&mut self, number: usize, input: &mut Input<'_>) {
        let loss = input.one_of(&[LinkLoss::Error, LinkLoss::Eof]);
        self.node.cut(&mut self.peers[number], loss);
    }

    fn send_bytes(&mut self, number: usize, input: &mut Input<'_>) {
        let len = usize::from(input.byte());
        let bytes = input.bytes(len);
        if self.peers[number].place.is_some() {
            self.peers[number].send(bytes, &mut self.world);
        }
    }

    fn send(
        &mut self,
        number: usize,
        input: &mut Input<'_>,
        packet: impl FnOnce(&mut Input<'_>, ProtocolVersion) -> Vec<u8>,
    ) {
        let version = self.peers[number].ledger.version().unwrap_or(ProtocolVersion::V5);
        let bytes = packet(input, version);
        if self.peers[number].place.is_some() {
            self.peers[number].send(&bytes, &mut self.world);
        }
    }

    /// Acknowledges the oldest messages, as is due.
    fn acknowledge(&mut self, number: usize, input: &mut Input<'_>) {
        let how = input.byte();
        let peer = &mut self.peers[number];
        let Some(version) = peer.ledger.version().filter(|_| peer.place.is_some()) else { return };
        for _ in 0..=how % 4 {
            if let Some((packet_type, id)) = peer.ledger.deliveries.next_due() {
                let bytes = packets::ack(packet_type, id, version, how & 0x80 != 0);
                peer.send(&bytes, &mut self.world);
            }
        }
    }

    fn persist(&mut self, committed: bool) {
        self.may_refuse |= !committed;
        self.node.persist(committed);
    }

    fn set_overload(&mut self, input: &mut Input<'_>) {
        let connects = input.one_of(&[None, Some(ReasonCode::ServerUnavailable)]);
        let publishes = input.one_of(&[false, true]);
        self.may_refuse |= publishes;
        self.node.set_overload(Overload { connects, publishes });
    }

    /// Only where the input asks twice: nothing much happens afterwards.
    fn shut_down(&mut self, input: &mut Input<'_>) {
        if input.byte() == 0xFF {
            self.node.begin_shutdown();
            self.move_on();
            assert!(!self.node.has_links(), "all links are closed");
        }
    }
}
