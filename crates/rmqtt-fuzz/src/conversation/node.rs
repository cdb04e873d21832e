use std::collections::HashMap;
use std::sync::Arc;

use rmqtt_broker::{
    Batch, Directory, DirectoryConfig, LinkCommand, LinkId, LinkLoss, Overload, Replies, Routes,
    Submitted, Worker, WorkerConfig,
};
use rmqtt_message::Now;
use rmqtt_session::ListenerPolicy;

use super::peer::Peer;
use super::terms::{StoreKind, Terms};

/// How many workers the node has: two, so that everything between workers happens.
pub(super) const WORKERS: u16 = 2;

/// Rounds after which a node that still moves is taken to move for ever: far more than there are
/// packets on their way at a time.
const ROUNDS_MAX: usize = 20_000;

/// How long a process runs at most: a hundred years. Sessions count in seconds of 32 bits when a
/// message was sent.
const UPTIME_MAX_MS: u64 = 100 * 365 * 86_400_000;

/// Two workers and their directory. Nothing moves but by [`Node::settle`].
pub(super) struct Node {
    workers: Vec<Worker>,
    directory: Directory,
    policy: Arc<ListenerPolicy>,
    pub(super) now: Now,
    overload: Overload,
    store: StoreKind,
    /// The number of the last batch of records that the store has taken.
    taken: u64,
    /// The number of the last one that it has committed, or lost.
    settled: u64,
    /// By the worker and the number of its link: whose it is.
    sockets: HashMap<(u16, LinkId), usize>,
    batch: Batch,
    replies: Replies,
    read_bytes: usize,
}

impl Node {
    pub(super) fn new(terms: &Terms) -> Self {
        let routes = Arc::new(Routes::new(WORKERS, 7));
        let now = Now { mono_ms: 1_000_000, wall_ms: 1_700_000_000_000 };
        let worker = |index| {
            let config = WorkerConfig {
                index,
                workers: WORKERS,
                silent_links_max: terms.silent_links_max,
                unfinished_links_max: terms.silent_links_max,
                keeps_records: terms.store != StoreKind::Absent,
                ..WorkerConfig::single()
            };
            Worker::new(config, Arc::clone(&routes), now)
        };
        Self {
            workers: (0..WORKERS).map(worker).collect(),
            directory: Directory::new(DirectoryConfig::default(), Arc::clone(&routes)),
            policy: Arc::new(terms.policy.clone()),
            now,
            overload: Overload::default(),
            store: terms.store,
            taken: 0,
            settled: 0,
            sockets: HashMap::new(),
            batch: Batch::default(),
            replies: Replies::new(),
            read_bytes: terms.read_bytes,
        }
    }

    /// Accepts a socket for the peer of this number.
    pub(super) fn accept(&mut self, worker: u16, number: usize, peers: &mut [Peer]) {
        let address = "127.0.0.1:50000".parse().expect("an address");
        let link = self.workers[usize::from(worker)].open_link(&self.policy, address, self.now);
        self.sockets.insert((worker, link), number);
        peers[number].place = Some((worker, link));
    }

    /// The peer's socket breaks or ends.
    pub(super) fn cut(&mut self, peer: &mut Peer, loss: LinkLoss) {
        if let Some(place) = peer.place.take() {
            self.sockets.remove(&place);
            self.workers[usize::from(place.0)].link_lost(place.1, loss, self.now);
        }
    }

    /// Time passes, and its wall part jumps besides.
    pub(super) fn advance(&mut self, ms: u64, wall_jump_ms: i64) {
        self.now = self.now.plus_ms(ms.min(UPTIME_MAX_MS - self.now.mono_ms));
        self.now.wall_ms = self.now.wall_ms.saturating_add_signed(wall_jump_ms);
        for worker in &mut self.workers {
            worker.advance(self.now);
            // Twice at the same time: what is due is done, and does not stay due.
            worker.advance(self.now);
            let next = worker.next_deadline();
            assert!(next.is_none_or(|at| at > self.now.mono_ms), "{next:?} at {:?}", self.now);
        }
        self.directory.advance(self.now, &mut self.replies);
        self.hand_out();
    }

    pub(super) fn set_overload(&mut self, overload: Overload) {
        self.overload = overload;
    }

    /// The store has committed everything that it has taken, or has failed to. `false`: there was
    /// nothing.
    pub(super) fn persist(&mut self, committed: bool) -> bool {
        for worker in &mut self.workers {
            worker.handle_persisted(self.taken, committed, self.now);
        }
        std::mem::replace(&mut self.settled, self.taken) != self.taken
    }

    /// Makes room by closing a silent link.
    pub(super) fn shed(&mut self, worker: u16) {
        self.workers[usize::from(worker)].shed_one(self.now);
    }

    pub(super) fn begin_shutdown(&mut self) {
        for worker in &mut self.workers {
            worker.begin_shutdown(self.now);
        }
    }

    /// Moves everything until nothing moves.
    pub(super) fn settle(&mut self, peers: &mut [Peer]) {
        for _ in 0..ROUNDS_MAX {
            let mut moved = false;
            for index in 0..WORKERS {
                self.workers[usize::from(index)].begin_turn(self.overload);
                moved |= self.read_sockets(index, peers);
                moved |= self.ask_directory(index);
                moved |= self.submit_records(index);
                moved |= self.exchange(index);
                moved |= self.obey(index, peers);
                moved |= self.flush(index, peers);
            }
            if !moved {
                return;
            }
        }
        panic!("the node moves for ever");
    }

    /// Sessions, the same number wherever it is asked for.
    pub(super) fn check_sessions(&self) {
        let at_workers: usize = self.workers.iter().map(Worker::sessions).sum();
        assert_eq!(self.directory.sessions(), at_workers);
    }

    /// As many links as sockets, and none of them holds more than it may.
    pub(super) fn check_links(&self, peers: &[Peer]) {
        let links: usize = self.workers.iter().map(Worker::links).sum();
        assert_eq!(links, self.sockets.len());
        let packet_size_max = self.policy.packet_size_max as usize;
        for ((worker, link), number) in &self.sockets {
            let worker = &self.workers[usize::from(*worker)];
            let input = worker.input_bytes(*link);
            // One cut packet, and what a socket gives at a time.
            assert!(input <= packet_size_max + self.read_bytes, "{input} bytes wait unread");
            let output = worker.output(*link).len();
            // Twice the mark, at which it is not read any more; by then one read has been answered,
            // with less than the read, or with a packet for each packet of two bytes.
            let answers = 4 * self.read_bytes.max(64);
            let output_max = 2 * self.policy.output_high_water + packet_size_max + answers;
            assert!(output <= output_max, "{output} bytes wait for peer {number}");
            assert!(output == 0 || peers[*number].is_stalled, "what can be written is written");
        }
    }

    /// No queue is longer than its listener allows.
    pub(super) fn check_queues(&self) {
        let limits = self.policy.queue;
        for worker in &self.workers {
            let (messages, bytes) = worker.largest_queue();
            assert!(messages <= limits.messages_max, "{messages} messages wait");
            assert!(bytes <= limits.bytes_max, "messages of {bytes} bytes wait");
        }
    }

    pub(super) fn has_links(&self) -> bool {
        !self.sockets.is_empty()
    }

    fn read_sockets(&mut self, index: u16, peers: &mut [Peer]) -> bool {
        let worker = &mut self.workers[usize::from(index)];
        let mut moved = false;
        for peer in peers {
            if let Some((at, link)) = peer.place
                && at == index
                && !peer.to_broker.is_empty()
                && worker.wants_read(link)
            {
                let len = self.read_bytes.min(peer.to_broker.len());
                let bytes: Vec<u8> = peer.to_broker.drain(..len).collect();
                worker.receive(link, &bytes, self.now);
                moved = true;
            }
        }
        moved
    }

    fn ask_directory(&mut self, index: u16) -> bool {
        let requests = std::mem::take(self.workers[usize::from(index)].requests());
        let moved = !requests.is_empty();
        for request in requests {
            self.directory.handle(request, self.now, &mut self.replies);
        }
        self.hand_out();
        moved
    }

    fn hand_out(&mut self) {
        for (worker, reply) in self.replies.drain(..) {
            self.workers[usize::from(worker)].handle_reply(reply, self.now);
        }
    }

    fn submit_records(&mut self, index: u16) -> bool {
        let worker = &mut self.workers[usize::from(index)];
        if worker.records().is_empty() {
            return false;
        }
        worker.records().clear();
        let submitted = match self.store {
            StoreKind::Absent => panic!("nobody keeps records"),
            StoreKind::Immediate => Submitted::Done,
            StoreKind::Full => Submitted::Refused,
            StoreKind::Late => {
                self.taken += 1;
                Submitted::Pending(self.taken)
            }
        };
        worker.records_submitted(submitted, self.now);
        true
    }

    fn exchange(&mut self, index: u16) -> bool {
        let mut moved = false;
        for other in (0..WORKERS).filter(|other| *other != index) {
            self.batch.append(self.workers[usize::from(index)].batch_for(other));
            if !self.batch.is_empty() {
                self.workers[usize::from(other)].handle_batch(&mut self.batch, self.now);
                assert!(self.batch.is_empty());
                moved = true;
            }
        }
        moved
    }

    fn obey(&mut self, index: u16, peers: &mut [Peer]) -> bool {
        let mut moved = false;
        while let Some(command) = self.workers[usize::from(index)].next_command() {
            moved = true;
            // A socket may be gone that the engine had just let go of itself.
            match command {
                LinkCommand::Close { link, last } => {
                    let Some(number) = self.sockets.remove(&(index, link)) else { continue };
                    peers[number].closed_by_broker(&last);
                }
                LinkCommand::Move { link, to, handoff } => {
                    let Some(number) = self.sockets.remove(&(index, link)) else { continue };
                    let link = self.workers[usize::from(to)].adopt_link(*handoff, self.now);
                    self.sockets.insert((to, link), number);
                    peers[number].place = Some((to, link));
                }
                LinkCommand::Resume { .. } => {}
            }
        }
        moved
    }

    fn flush(&mut self, index: u16, peers: &mut [Peer]) -> bool {
        let worker = &mut self.workers[usize::from(index)];
        // Sockets are looked at besides: a client may just have begun to read again.
        let waiting = peers.iter().filter_map(|peer| peer.place);
        let mut links: Vec<LinkId> =
            waiting.filter(|(at, _)| *at == index).map(|(_, link)| link).collect();
        links.extend(std::iter::from_fn(|| worker.next_dirty()));
        let mut moved = false;
        for link in links {
            let Some(number) = self.sockets.get(&(index, link)) else { continue };
            let output = worker.output(link);
            let written = peers[*number].take_output(output);
            if written > 0 {
                worker.wrote(link, written, self.now);
                moved = true;
            }
        }
        moved
    }
}
