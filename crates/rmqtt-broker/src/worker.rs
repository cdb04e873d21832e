use core::net::SocketAddr;
use std::sync::Arc;

use rmqtt_codec::ReasonCode;
use rmqtt_message::{Now, RecordBatch, SessionId};
use rmqtt_session::{ListenerPolicy, Scratch};

use crate::address::LinkId;
use crate::batch::Batch;
use crate::counters::{Counters, Gauges};
use crate::hook::{Hooks, NoHooks, QuestionId, Verdict};
use crate::memo::Memo;
use crate::request::Request;
use crate::routes::Routes;
use crate::strategy::{Chooser, ShareStrategy};
use crate::wheel::Wheel;

mod close;
mod connect;
mod handoff;
mod handshake_deadlines;
mod handshakes;
mod held;
mod input;
mod judging;
mod link;
mod names;
mod output;
mod packet;
mod persist;
mod reply;
mod restore;
mod route;
mod seat;
mod tables;
mod timeout;
mod verdict;
mod waiter;
mod waiting_room;
mod watching;

pub use handoff::Handoff;

use names::Names;
use tables::{Tables, Timer};
use waiting_room::WaitingRoom;

/// One worker's share of the node: its links, its sessions, and everything they need, without a
/// socket and without a clock.
///
/// A driver feeds it (bytes, batches of other workers, answers, the time) and then takes its outputs,
/// in this order: directory requests, records, batches, commands, dirty links.
/// [`Hooks`] are asked while it works; those who answer later are heard by [`Worker::handle_verdict`].
#[derive(Debug)]
pub struct Worker {
    config: WorkerConfig,
    routes: Arc<Routes>,
    memo: Memo,
    tables: Tables,
    scratch: Scratch,
    waiting_room: WaitingRoom,
    names: Names,
    due: Vec<Timer>,
    shutting_down: bool,
}

/// What makes a worker.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// Its number, from 0.
    pub index: u16,
    /// How many workers the node has.
    pub workers: u16,
    /// The node.
    pub node: u64,
    /// The node's life.
    pub incarnation: u64,
    /// The largest name of a session in earlier lives of the node: new ones get larger ones.
    pub last_session: SessionId,
    /// Seed of its choices and assigned client identifiers.
    pub seed: u64,
    /// Whether somebody keeps [`Worker::records`].
    pub keeps_records: bool,
    /// How members of shared groups are chosen.
    pub share_strategy: ShareStrategy,
    /// Sticky bindings remembered.
    pub sticky_bindings_max: usize,
    /// Links that have not sent a byte; more than that close the oldest.
    pub silent_links_max: usize,
    /// Links that have sent a part of their CONNECT; more than that close the oldest.
    pub unfinished_links_max: usize,
}

impl WorkerConfig {
    /// The only worker of node 1, with the defaults.
    #[must_use]
    pub fn single() -> Self {
        Self {
            index: 0,
            workers: 1,
            node: 1,
            incarnation: 1,
            last_session: SessionId::BROKER,
            seed: 0,
            keeps_records: false,
            share_strategy: ShareStrategy::default(),
            sticky_bindings_max: 100_000,
            silent_links_max: 10_000,
            unfinished_links_max: 10_000,
        }
    }
}

/// What the store said to the records of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Submitted {
    /// They are committed.
    Done,
    /// They are on their way; [`Worker::handle_persisted`] tells of this number, or a later one.
    Pending(u64),
    /// They were not taken.
    Refused,
}

/// What the node cannot take at present.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Overload {
    /// Clients: they are refused with this code.
    pub connects: Option<ReasonCode>,
    /// Messages that have to be kept: they are refused with 0x97, and not acknowledged before MQTT 5.
    /// Those of QoS 0 are dropped.
    pub publishes: bool,
}

/// What a driver has to do with a link.
#[derive(Debug)]
pub enum LinkCommand {
    /// Write `last` as far as the socket takes it at once, then close. The number is free again.
    Close {
        /// The link.
        link: LinkId,
        /// What was still to be written.
        last: Vec<u8>,
    },
    /// Hand the socket to another worker with [`Worker::adopt_link`]. The number is free again.
    Move {
        /// The link.
        link: LinkId,
        /// The worker.
        to: u16,
        /// What goes with the socket.
        handoff: Box<Handoff>,
    },
    /// A link that was not to be read may be read again. Told also where nobody asked meanwhile.
    Resume {
        /// The link.
        link: LinkId,
    },
}

/// How a link was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkLoss {
    /// The peer has closed it.
    Eof,
    /// It broke.
    Error,
}

impl Worker {
    /// A worker without links, and without hooks.
    #[must_use]
    pub fn new(config: WorkerConfig, routes: Arc<Routes>, now: Now) -> Self {
        Self::with_hooks(config, routes, Box::new(NoHooks), now)
    }

    /// A worker without links. [`Worker::begin_turn`] has to be called before hooks are asked.
    #[must_use]
    pub fn with_hooks(
        config: WorkerConfig,
        routes: Arc<Routes>,
        hooks: Box<dyn Hooks>,
        now: Now,
    ) -> Self {
        debug_assert!(config.index < config.workers && config.workers == routes.workers());
        let seed = config.seed ^ u64::from(config.index).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let chooser = Chooser::new(config.share_strategy, config.sticky_bindings_max, seed);
        Self {
            memo: Memo::default(),
            tables: Tables::new(
                config.index,
                config.workers,
                config.keeps_records,
                chooser,
                Wheel::new(now.mono_ms),
                hooks,
            ),
            scratch: Scratch::default(),
            waiting_room: WaitingRoom::default(),
            names: Names::new(&config, seed),
            due: Vec::new(),
            shutting_down: false,
            config,
            routes,
        }
    }

    /// A turn begins: the hooks of this moment hold for all of it.
    pub fn begin_turn(&mut self, overload: Overload) {
        self.tables.points = self.tables.hooks.points();
        self.tables.overload = overload;
    }

    /// From now on members of shared groups are chosen like this.
    pub fn set_share_strategy(&mut self, strategy: ShareStrategy, sticky_bindings_max: usize) {
        self.tables.chooser = Chooser::new(strategy, sticky_bindings_max, self.names.seed());
    }

    /// A socket was accepted.
    pub fn open_link(
        &mut self,
        policy: &Arc<ListenerPolicy>,
        peer: SocketAddr,
        now: Now,
    ) -> LinkId {
        let link = self.tables.open_link(policy, peer, now);
        self.waiting_room.enter_silent(link);
        if self.shutting_down {
            self.drop_link(link.link);
        }
        self.shed_links();
        link.link
    }

    /// Bytes have come. Whole packets are handled; a cut one is kept for the rest.
    pub fn receive(&mut self, link: LinkId, bytes: &[u8], now: Now) {
        self.on_bytes(link, bytes, now);
        self.finish_input(now);
    }

    /// Whether the link may be read now. If not, [`LinkCommand::Resume`] tells when it may.
    #[must_use]
    pub fn wants_read(&self, link: LinkId) -> bool {
        self.tables.wants_read(link)
    }

    /// The socket is gone; the number is free.
    pub fn link_lost(&mut self, link: LinkId, loss: LinkLoss, now: Now) {
        self.on_link_lost(link, loss, now);
        self.finish_input(now);
    }

    /// A link comes from another worker, since its session lives here.
    pub fn adopt_link(&mut self, handoff: Handoff, now: Now) -> LinkId {
        let link = self.on_handoff(handoff, now);
        self.finish_input(now);
        link
    }

    /// Messages and orders of other workers; `batch` is empty afterwards.
    pub fn handle_batch(&mut self, batch: &mut Batch, now: Now) {
        self.on_batch(batch, now);
        self.finish_input(now);
    }

    /// An answer of the directory. All answers to this worker have to come in the directory's order,
    /// and before links that were handed over later.
    pub fn handle_reply(&mut self, reply: crate::request::Reply, now: Now) {
        self.on_reply(reply, now);
        self.finish_input(now);
    }

    /// The answer to a question that hooks have put off.
    pub fn handle_verdict(&mut self, number: QuestionId, verdict: Verdict, now: Now) {
        self.on_verdict(number, verdict, now);
        self.finish_input(now);
    }

    /// What the store said to the records of this turn, which is over with that: acknowledgements that
    /// hang on them leave, wait, or are refused.
    pub fn records_submitted(&mut self, submitted: Submitted, now: Now) {
        self.on_submitted(submitted, now);
        self.finish_input(now);
    }

    /// All batches up to this number are committed, or have failed.
    pub fn handle_persisted(&mut self, upto: u64, committed: bool, now: Now) {
        self.on_persisted(upto, committed, now);
        self.finish_input(now);
    }

    /// Does what is due.
    pub fn advance(&mut self, now: Now) {
        self.on_time(now);
        self.finish_input(now);
    }

    /// When [`Worker::advance`] has something to do, monotonic milliseconds.
    #[must_use]
    pub fn next_deadline(&self) -> Option<u64> {
        let deadlines = [self.tables.wheel.next_deadline(), self.tables.deadlines.next()];
        deadlines.into_iter().flatten().min()
    }

    /// Ends all links: clients of MQTT 5 are told `[MQTT-4.13.1-1]`, Wills are published, later links
    /// are closed at once.
    pub fn begin_shutdown(&mut self, now: Now) {
        self.shutting_down = true;
        self.close_all(now);
        self.finish_input(now);
    }

    /// Closes the link that has been silent longest, to make room for others; `false`: there is none.
    pub fn shed_one(&mut self, now: Now) -> bool {
        let shed = self.shed_oldest();
        self.finish_input(now);
        shed
    }

    /// Requests for the directory, in order.
    pub fn requests(&mut self) -> &mut Vec<Request> {
        &mut self.tables.requests
    }

    /// What has to outlive the process, of this turn: for the store, before the batches go to other
    /// workers. Then [`Worker::records_submitted`] is told.
    pub fn records(&mut self) -> &mut RecordBatch {
        &mut self.tables.records
    }

    /// What goes to another worker.
    pub fn batch_for(&mut self, worker: u16) -> &mut Batch {
        &mut self.tables.batches[usize::from(worker)]
    }

    /// What has to be done with links, in order.
    pub fn next_command(&mut self) -> Option<LinkCommand> {
        self.tables.next_command()
    }

    /// The next link with output; each once, until it has more.
    pub fn next_dirty(&mut self) -> Option<LinkId> {
        self.tables.next_dirty()
    }

    /// The output of a link.
    #[must_use]
    pub fn output(&self, link: LinkId) -> &[u8] {
        self.tables.output(link)
    }

    /// The socket took so many bytes of the output.
    pub fn wrote(&mut self, link: LinkId, bytes: usize, now: Now) {
        self.on_written(link, bytes, now);
        self.finish_input(now);
    }

    /// Output bytes of all links.
    #[must_use]
    pub fn output_bytes(&self) -> usize {
        self.tables.output_bytes
    }

    /// A client without accepted credentials that was refused since the last call: its listener and
    /// its address. One of many, if there were many.
    pub fn take_refused_anonymous(&mut self) -> Option<(Arc<ListenerPolicy>, SocketAddr)> {
        self.tables.refused_anonymous.take()
    }

    /// What the worker has counted.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.tables.counters
    }

    /// What the worker has at present.
    #[must_use]
    pub fn gauges(&self) -> Gauges {
        Gauges {
            sessions: self.tables.seats.len() as u64,
            handshakings: self.tables.handshakes.total() as u64,
            ..self.tables.gauges
        }
    }

    /// Timers that are set, also of sessions that have ended since.
    #[must_use]
    pub fn timers(&self) -> usize {
        self.tables.wheel.len()
    }

    /// Bytes kept of a link's input: a cut packet, or packets that have to wait.
    #[must_use]
    pub fn input_bytes(&self, link: LinkId) -> usize {
        self.tables.links.get(link.0).map_or(0, |link| link.input.len())
    }

    /// The largest queue of a session: messages and bytes, each the maximum over all sessions.
    #[must_use]
    pub fn largest_queue(&self) -> (usize, usize) {
        self.tables.largest_queue()
    }

    /// Links.
    #[must_use]
    pub fn links(&self) -> usize {
        self.tables.links.len()
    }

    /// Messages, Wills among them, that hooks have not judged yet. Their clients may be gone.
    #[must_use]
    pub fn messages_being_judged(&self) -> usize {
        self.tables.judging.messages()
    }

    /// Sessions, connected or not.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.tables.seats.len()
    }
}
