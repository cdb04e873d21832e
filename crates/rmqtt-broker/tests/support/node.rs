//! A node without threads: two workers and their directory, moved by hand.

use std::collections::HashMap;
use std::sync::Arc;

use rmqtt_broker::hook::{Hooks, QuestionId, Verdict};
use rmqtt_broker::{
    Batch, Directory, DirectoryConfig, LinkCommand, LinkId, LinkLoss, Overload, Restoration,
    RestoredSession, Routes, Submitted, Worker, WorkerConfig,
};
use rmqtt_codec::{Connect, Packet, ProtocolVersion, QoS, Will, split_frame};
use rmqtt_message::Now;
use rmqtt_session::{Anonymous, ListenerPolicy, QueueRate};

#[allow(unused_imports, reason = "each test sends some of them")]
pub(crate) use packets::{publish, publish_retained, subscribe, subscribe_no_local};

mod packets;

const WORKERS: u16 = 2;

/// The node with its sockets: what was written to each, and where it hangs.
pub(crate) struct Node {
    workers: Vec<Worker>,
    directory: Directory,
    policy: Arc<ListenerPolicy>,
    now: Now,
    sockets: HashMap<(u16, LinkId), Socket>,
    peers: Vec<Peer>,
    batch: Batch,
    /// The number of the last batch of records that was handed to the store.
    late: Option<u64>,
    /// What was handed to the store since the last look: each batch as the names of its records.
    written: Vec<Vec<String>>,
}

/// A client's end of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Socket(usize);

struct Peer {
    place: Option<(u16, LinkId)>,
    version: ProtocolVersion,
    bytes: Vec<u8>,
}

/// What a client says of itself.
pub(crate) struct Client<'a> {
    connect: Connect<'a>,
    worker: u16,
}

impl<'a> Client<'a> {
    pub(crate) fn new(version: ProtocolVersion, client_id: &'a str) -> Self {
        let connect =
            Connect { clean_start: true, keep_alive_s: 60, ..Connect::new(version, client_id) };
        Self { connect, worker: 0 }
    }

    pub(crate) fn on_worker(mut self, worker: u16) -> Self {
        self.worker = worker;
        self
    }

    pub(crate) fn expiry(mut self, seconds: u32) -> Self {
        self.connect.session_expiry_interval_s = Some(seconds);
        self
    }

    /// Persistent in 3.x as well, where that takes clean session 0.
    pub(crate) fn persistent(mut self) -> Self {
        self.connect.clean_start = self.connect.version == ProtocolVersion::V5;
        self
    }

    pub(crate) fn resume(mut self) -> Self {
        self.connect.clean_start = false;
        self
    }

    /// With a method of enhanced authentication.
    pub(crate) fn method(mut self, method: &'a str) -> Self {
        self.connect.authentication_method = Some(method);
        self
    }

    pub(crate) fn keep_alive(mut self, seconds: u16) -> Self {
        self.connect.keep_alive_s = seconds;
        self
    }

    pub(crate) fn receive_maximum(mut self, maximum: u16) -> Self {
        self.connect.receive_maximum = Some(maximum);
        self
    }

    pub(crate) fn will(mut self, topic: &'a str, payload: &'a [u8]) -> Self {
        self.connect.will = Some(Will {
            qos: QoS::AtMostOnce,
            retain: false,
            topic,
            payload,
            delay_interval_s: 0,
            properties: Default::default(),
        });
        self
    }

    /// Its Will, which it has, is published so many seconds after the end of the connection.
    pub(crate) fn will_delay(mut self, seconds: u32) -> Self {
        self.connect.will.as_mut().unwrap().delay_interval_s = seconds;
        self
    }
}

impl Node {
    pub(crate) fn new() -> Self {
        Self::with_silent_links_max(1_000)
    }

    /// A node whose records are committed when the test says so.
    pub(crate) fn with_late_store() -> Self {
        let mut node = Self::with(1_000, true);
        node.late = Some(0);
        node
    }

    /// The same, with delayed messages.
    pub(crate) fn with_late_store_and_delays() -> Self {
        let mut node = Self::with_late_store();
        let mut policy = ListenerPolicy::clone(&node.policy);
        policy.features.delayed_publish = true;
        node.policy = Arc::new(policy);
        node
    }

    pub(crate) fn with_silent_links_max(silent_links_max: usize) -> Self {
        Self::with(silent_links_max, false)
    }

    /// A node that has had these sessions in an earlier life.
    pub(crate) fn restored(sessions: impl IntoIterator<Item = RestoredSession>) -> Self {
        let mut node = Self::new();
        let mut restoration = Restoration::new(WORKERS);
        for session in sessions {
            assert!(restoration.add(session, &mut node.directory), "one session for each client");
        }
        for (worker, share) in node.workers.iter_mut().zip(restoration.into_shares()) {
            worker.restore(share, node.now);
        }
        node
    }

    /// The terms of its listener.
    pub(crate) fn policy(&self) -> &Arc<ListenerPolicy> {
        &self.policy
    }

    fn with(silent_links_max: usize, keeps_records: bool) -> Self {
        let routes = Arc::new(Routes::new(WORKERS, 7));
        let now = Now { mono_ms: 1_000_000, wall_ms: 1_700_000_000_000 };
        let worker = |index| {
            let config = WorkerConfig {
                index,
                workers: WORKERS,
                silent_links_max,
                keeps_records,
                ..WorkerConfig::single()
            };
            Worker::new(config, Arc::clone(&routes), now)
        };
        let policy = ListenerPolicy { anonymous: Anonymous::Always, ..ListenerPolicy::default() };
        Self {
            workers: (0..WORKERS).map(worker).collect(),
            directory: Directory::new(DirectoryConfig::default(), Arc::clone(&routes)),
            policy: Arc::new(policy),
            now,
            sockets: HashMap::new(),
            peers: Vec::new(),
            batch: Batch::default(),
            late: None,
            written: Vec::new(),
        }
    }

    /// The same, with queues of so many messages.
    pub(crate) fn with_queue(messages_max: usize) -> Self {
        let mut node = Self::new();
        let mut policy = ListenerPolicy::clone(&node.policy);
        policy.queue.messages_max = messages_max;
        node.policy = Arc::new(policy);
        node
    }

    /// The same, with queues that messages leave at a rate.
    pub(crate) fn with_queue_rate(rate: QueueRate) -> Self {
        let mut node = Self::new();
        let mut policy = ListenerPolicy::clone(&node.policy);
        policy.queue_rate = Some(rate);
        node.policy = Arc::new(policy);
        node
    }

    /// Timers of all workers.
    pub(crate) fn timers(&self) -> usize {
        self.workers.iter().map(Worker::timers).sum()
    }

    /// How long the workers may sleep.
    pub(crate) fn rests_ms(&self) -> Option<u64> {
        let next = self.workers.iter().filter_map(Worker::next_deadline).min();
        next.map(|at| at.saturating_sub(self.now.mono_ms))
    }

    /// The same, without shared subscriptions.
    pub(crate) fn without_shared_subscriptions() -> Self {
        let mut node = Self::new();
        let mut policy = ListenerPolicy::clone(&node.policy);
        policy.features.shared_subscriptions = false;
        node.policy = Arc::new(policy);
        node
    }

    /// A node that asks these hooks.
    pub(crate) fn with_hooks(make: impl Fn() -> Box<dyn Hooks>) -> Self {
        let mut node = Self::new();
        let routes = Arc::new(Routes::new(WORKERS, 7));
        let worker = |index| {
            let config = WorkerConfig { index, workers: WORKERS, ..WorkerConfig::single() };
            let mut worker = Worker::with_hooks(config, Arc::clone(&routes), make(), node.now);
            worker.begin_turn(Overload::default());
            worker
        };
        node.workers = (0..WORKERS).map(worker).collect();
        node.directory = Directory::new(DirectoryConfig::default(), Arc::clone(&routes));
        node
    }

    /// A worker ends its links.
    pub(crate) fn begin_shutdown(&mut self, worker: usize) {
        self.workers[worker].begin_shutdown(self.now);
        self.turn();
    }

    /// Hooks of a worker answer a question that they have put off.
    pub(crate) fn answer(&mut self, worker: usize, question: u64, verdict: Verdict) {
        self.workers[worker].handle_verdict(QuestionId(question), verdict, self.now);
        self.turn();
    }

    /// Whether the client's bytes are read.
    pub(crate) fn is_read(&self, socket: Socket) -> bool {
        let (worker, link) = self.peers[socket.0].place.expect("open");
        self.workers[usize::from(worker)].wants_read(link)
    }

    /// Opens a link and leaves it silent.
    pub(crate) fn accept(&mut self, worker: u16) -> Socket {
        let peer = "127.0.0.1:50000".parse().unwrap();
        let link = self.workers[usize::from(worker)].open_link(&self.policy, peer, self.now);
        let socket = Socket(self.peers.len());
        self.sockets.insert((worker, link), socket);
        let place = Some((worker, link));
        self.peers.push(Peer { place, version: ProtocolVersion::V311, bytes: Vec::new() });
        self.turn();
        socket
    }

    /// Connects; the answer is in [`Node::received`].
    pub(crate) fn open(&mut self, client: &Client<'_>) -> Socket {
        let socket = self.accept(client.worker);
        self.peers[socket.0].version = client.connect.version;
        let mut bytes = Vec::new();
        client.connect.encode(&mut bytes).unwrap();
        self.send(socket, &bytes);
        socket
    }

    /// Connects with success.
    pub(crate) fn connect(&mut self, client: &Client<'_>) -> Socket {
        let socket = self.open(client);
        assert_eq!(self.received(socket), ["CONNACK 0x00"]);
        socket
    }

    /// Sends packets: written for MQTT 5, sent in the client's version.
    pub(crate) fn send(&mut self, socket: Socket, packet: &[u8]) {
        let bytes = self.encoded(socket, packet);
        self.send_bytes(socket, &bytes);
    }

    /// A packet written for MQTT 5, in the client's version.
    pub(crate) fn encoded(&self, socket: Socket, packet: &[u8]) -> Vec<u8> {
        if !packet.first().is_some_and(|first| matches!(first >> 4, 3 | 8)) {
            return packet.to_vec();
        }
        let frame = split_frame(packet, u32::MAX).unwrap().unwrap();
        let decoded = Packet::decode(&frame, ProtocolVersion::V5).unwrap();
        let mut bytes = Vec::new();
        decoded.encode(self.peers[socket.0].version, &mut bytes).unwrap();
        bytes
    }

    /// Sends bytes as they are.
    pub(crate) fn send_bytes(&mut self, socket: Socket, bytes: &[u8]) {
        let Some((worker, link)) = self.peers[socket.0].place else {
            panic!("{socket:?} is closed")
        };
        self.workers[usize::from(worker)].receive(link, bytes, self.now);
        self.turn();
    }

    /// Takes what has come and acknowledges its QoS 1 messages; gives how many messages there were.
    pub(crate) fn acknowledge_publishes(&mut self, socket: Socket) -> u64 {
        let peer = &mut self.peers[socket.0];
        let mut bytes = std::mem::take(&mut peer.bytes);
        let mut acknowledgements = Vec::new();
        let (mut at, mut count) = (0, 0);
        while at < bytes.len() {
            let first = bytes[at];
            assert_eq!(first >> 4, 3, "only PUBLISH comes");
            assert!(bytes[at + 1] < 128, "short packets only");
            let topic_len = usize::from(bytes[at + 2]) << 8 | usize::from(bytes[at + 3]);
            if first & 0b110 != 0 {
                let id = at + 4 + topic_len;
                acknowledgements.extend_from_slice(&[0x40, 2, bytes[id], bytes[id + 1]]);
            }
            at += 2 + usize::from(bytes[at + 1]);
            count += 1;
        }
        bytes.clear();
        self.peers[socket.0].bytes = bytes;
        if !acknowledgements.is_empty() {
            self.send_bytes(socket, &acknowledgements);
        }
        count
    }

    /// Forgets what has come.
    pub(crate) fn forget(&mut self, socket: Socket) {
        self.peers[socket.0].bytes.clear();
    }

    /// The connection breaks.
    pub(crate) fn cut(&mut self, socket: Socket) {
        let place = self.peers[socket.0].place.take().expect("it was open");
        self.sockets.remove(&place);
        self.workers[usize::from(place.0)].link_lost(place.1, LinkLoss::Error, self.now);
        self.turn();
    }

    pub(crate) fn advance(&mut self, ms: u64) {
        self.now = self.now.plus_ms(ms);
        for worker in &mut self.workers {
            worker.advance(self.now);
        }
        let mut replies = Vec::new();
        self.directory.advance(self.now, &mut replies);
        for (worker, reply) in replies {
            self.workers[usize::from(worker)].handle_reply(reply, self.now);
        }
        self.turn();
    }

    pub(crate) fn is_closed(&self, socket: Socket) -> bool {
        self.peers[socket.0].place.is_none()
    }

    pub(crate) fn sessions(&self) -> usize {
        assert_eq!(
            self.directory.sessions(),
            self.workers.iter().map(Worker::sessions).sum::<usize>()
        );
        self.directory.sessions()
    }

    /// The packets that have come since the last call, as text.
    pub(crate) fn received(&mut self, socket: Socket) -> Vec<String> {
        let peer = &mut self.peers[socket.0];
        let bytes = std::mem::take(&mut peer.bytes);
        let mut packets = Vec::new();
        let mut rest = &bytes[..];
        while let Some(frame) = split_frame(rest, u32::MAX).unwrap() {
            packets.push(packets::text(&Packet::decode(&frame, peer.version).unwrap()));
            rest = &rest[frame.wire_len..];
        }
        assert!(rest.is_empty(), "whole packets only");
        packets
    }

    /// Moves everything until nothing is left to move.
    fn turn(&mut self) {
        loop {
            let mut moved = false;
            for index in 0..self.workers.len() {
                moved |= self.ask_directory(index);
                moved |= self.store(index);
                moved |= self.exchange(index);
                moved |= self.obey(index);
                moved |= self.flush(index);
            }
            if !moved {
                return;
            }
        }
    }

    fn ask_directory(&mut self, index: usize) -> bool {
        let requests = std::mem::take(self.workers[index].requests());
        let mut replies = Vec::new();
        for request in requests {
            self.directory.handle(request, self.now, &mut replies);
        }
        let moved = !replies.is_empty();
        for (worker, reply) in replies {
            self.workers[usize::from(worker)].handle_reply(reply, self.now);
        }
        moved
    }

    fn store(&mut self, index: usize) -> bool {
        let records = self.workers[index].records();
        if records.is_empty() {
            return false;
        }
        let name = |record| {
            let text = format!("{record:?}");
            text.split(' ').next().unwrap_or_default().to_owned()
        };
        self.written.push(records.iter().map(name).collect());
        records.clear();
        let late = self.late.as_mut().expect("only a node with a store writes records");
        *late += 1;
        self.workers[index].records_submitted(Submitted::Pending(*late), self.now);
        true
    }

    /// The records that were handed to the store since the last call, in batches.
    pub(crate) fn written(&mut self) -> Vec<Vec<String>> {
        std::mem::take(&mut self.written)
    }

    /// The store has committed everything, or has failed to.
    pub(crate) fn persist(&mut self, committed: bool) {
        let upto = self.late.expect("a node with a store");
        for worker in &mut self.workers {
            worker.handle_persisted(upto, committed, self.now);
        }
        self.turn();
    }

    fn exchange(&mut self, index: usize) -> bool {
        let mut moved = false;
        for other in 0..WORKERS {
            let mut batch = std::mem::take(&mut self.batch);
            batch.append(self.workers[index].batch_for(other));
            if !batch.is_empty() {
                assert_ne!(usize::from(other), index, "no batch to oneself");
                self.workers[usize::from(other)].handle_batch(&mut batch, self.now);
                moved = true;
            }
            self.batch = batch;
        }
        moved
    }

    fn obey(&mut self, index: usize) -> bool {
        let mut moved = false;
        let here = u16::try_from(index).unwrap();
        while let Some(command) = self.workers[index].next_command() {
            moved = true;
            match command {
                LinkCommand::Close { link, last } => {
                    let socket = self.sockets.remove(&(here, link)).expect("a known link");
                    self.peers[socket.0].bytes.extend_from_slice(&last);
                    self.peers[socket.0].place = None;
                }
                LinkCommand::Move { link, to, handoff } => {
                    let socket = self.sockets.remove(&(here, link)).expect("a known link");
                    let link = self.workers[usize::from(to)].adopt_link(*handoff, self.now);
                    self.sockets.insert((to, link), socket);
                    self.peers[socket.0].place = Some((to, link));
                }
                LinkCommand::Resume { .. } => {}
            }
        }
        moved
    }

    fn flush(&mut self, index: usize) -> bool {
        let mut moved = false;
        let here = u16::try_from(index).unwrap();
        while let Some(link) = self.workers[index].next_dirty() {
            let output = self.workers[index].output(link);
            let written = output.len();
            if let Some(socket) = self.sockets.get(&(here, link)) {
                self.peers[socket.0].bytes.extend_from_slice(output);
            }
            self.workers[index].wrote(link, written, self.now);
            moved = true;
        }
        moved
    }
}
