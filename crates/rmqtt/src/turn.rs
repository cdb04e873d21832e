//! What a worker does between two looks at its sockets, the same for every driver.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use rmqtt_broker::{Gauges, LinkCommand, LinkId, LinkLoss, Overload, Submitted, Worker};
use rmqtt_message::Now;
use rmqtt_store::{BatchSeq, Store, StoreError, Submission};
use tokio::sync::mpsc;

use crate::driver::{Sockets, Written};
use crate::inbox::{Errand, Letter, Mail, MovedLink};
use crate::link::{Incoming, Link};
use crate::log_limit::LogLimit;
use crate::node::Node;
use crate::plugin::Sharing;

/// Output of all links of a worker beyond which it is written before the turn ends.
const DIRTY_BYTES_MAX: usize = 16 << 20;

/// Bytes after which a turn ends: clients that take a long queue as fast as it is written do not keep
/// the others waiting.
const WRITTEN_BYTES_MAX: usize = 64 << 20;
/// Room for letters that is kept between turns.
const LETTERS_KEPT: usize = 1_024;

/// Room for accepted and moved links that is kept between turns.
const LINKS_KEPT: usize = 64;

/// The worker that wakes for what is due in the directory.
const DIRECTORY_TIME_KEEPER: u16 = 0;

/// A worker's engine and its way to the rest of the node.
pub(crate) struct Turn {
    pub(crate) worker: Worker,
    pub(crate) node: Arc<Node>,
    store: Box<dyn Store>,
    index: u16,
    /// Exchanged with the inbox; empty between turns, its capacity is kept.
    mail: Mail,
    refused: Vec<u16>,
    /// A batch of ours does not fit into another worker's inbox.
    blocked: bool,
    /// Who wants to know that nothing is left to do.
    shutdown: Option<mpsc::Sender<Infallible>>,
    stopped: bool,
    /// Bytes written in this turn.
    written: usize,
    refused_anonymous: LogLimit,
    store_failed: LogLimit,
    /// What the node's statistics hold of this worker.
    reported: Gauges,
    reported_connects: u64,
}

impl Turn {
    pub(crate) fn new(worker: Worker, index: u16, node: Arc<Node>, store: Box<dyn Store>) -> Self {
        Self {
            worker,
            node,
            store,
            index,
            mail: Mail::default(),
            refused: Vec::new(),
            blocked: false,
            shutdown: None,
            stopped: false,
            written: 0,
            refused_anonymous: LogLimit::default(),
            store_failed: LogLimit::default(),
            reported: Gauges::default(),
            reported_connects: 0,
        }
    }

    /// May sockets be read? Not while what they bring has nowhere to go.
    pub(crate) fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// Has the worker been told to end?
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// The worker's number.
    pub(crate) fn index(&self) -> u16 {
        self.index
    }

    pub(crate) fn now(&self) -> Now {
        self.node.clock.now()
    }

    /// When [`Turn::run`] has something to do even if nothing happens, monotonic milliseconds.
    pub(crate) fn next_deadline(&self) -> Option<u64> {
        let directory = self.keeps_directory_time().then(|| self.node.directory.next_deadline());
        [self.worker.next_deadline(), directory.flatten()].into_iter().flatten().min()
    }

    /// Begins: hooks and overload of this moment hold until the next turn. Before sockets are read.
    pub(crate) fn begin(&mut self) {
        let overload = &self.node.overload;
        self.worker.begin_turn(Overload {
            connects: overload.refuse_connects().map(|refusal| refusal.reason_code()),
            publishes: overload.refuse_publishes(),
        });
    }

    /// Takes what others have left, does what is due, and carries out what the engine wants. `true`:
    /// the turn was ended although there is more to write.
    pub(crate) fn run(&mut self, sockets: &mut impl Sockets, now: Now) -> bool {
        self.advance(now);
        self.take_mail(sockets, now);
        self.take_completions(now);
        loop {
            self.ask_directory(sockets, now);
            // Before anything goes to another worker, whose records of it have to come later.
            self.submit_records(now);
            self.send_batches();
            // Both may give the engine more to say: a link that breaks, a queue that drains.
            let commands = self.carry_out_commands(sockets);
            let flushed = self.flush(sockets, now);
            if (!commands && !flushed) || self.has_written_enough() {
                break;
            }
        }
        self.log_refused_anonymous();
        self.report_shutdown(sockets);
        self.report_gauges(now);
        std::mem::take(&mut self.written) >= WRITTEN_BYTES_MAX
    }

    /// Writes before the turn ends if there is very much to write. A low bound would be expensive: it
    /// makes many small writes out of few large ones.
    pub(crate) fn flush_if_much(&mut self, sockets: &mut impl Sockets, now: Now) {
        if self.worker.output_bytes() > DIRTY_BYTES_MAX {
            // Acknowledgements are in the output: what they promise has to be handed over first. And what
            // other workers write down of these messages has to come later than what is written here.
            self.submit_records(now);
            self.send_batches();
            self.flush(sockets, now);
        }
    }

    /// Writes what the engine has for its links, one write each. `true` if there was anything.
    fn flush(&mut self, sockets: &mut impl Sockets, now: Now) -> bool {
        let mut any = false;
        while !self.has_written_enough()
            && let Some(link) = self.worker.next_dirty()
        {
            self.flush_link(link, sockets, now);
            any = true;
        }
        any
    }

    fn has_written_enough(&self) -> bool {
        self.written >= WRITTEN_BYTES_MAX
    }

    /// Writes what the engine has for one link.
    pub(crate) fn flush_link(&mut self, link: LinkId, sockets: &mut impl Sockets, now: Now) {
        let output = self.worker.output(link);
        if output.is_empty() {
            return;
        }
        match sockets.write(link, output) {
            Written::Bytes(0) => {}
            Written::Bytes(bytes) => {
                self.written += bytes;
                self.worker.wrote(link, bytes, now);
            }
            Written::Lost => self.worker.link_lost(link, LinkLoss::Error, now),
        }
    }

    fn take_mail(&mut self, sockets: &mut impl Sockets, now: Now) {
        self.node.inbox(self.index).take(&mut self.mail, &mut self.refused);
        for worker in self.refused.drain(..) {
            self.node.inbox(worker).wake();
        }
        let mail = &mut self.mail;
        let mut letters = std::mem::take(&mut mail.letters);
        for letter in letters.drain(..) {
            match letter {
                Letter::Reply(reply) => self.worker.handle_reply(reply, now),
                Letter::Batch(mut batch) => {
                    self.worker.handle_batch(&mut batch, now);
                    mail.recycle(batch);
                }
            }
        }
        letters.shrink_to(LETTERS_KEPT);
        mail.letters = letters;
        for (number, verdict) in mail.verdicts.drain(..) {
            self.worker.handle_verdict(number, verdict, now);
        }
        self.take_in_links(sockets, now);
        self.do_errands(now);
    }

    fn take_in_links(&mut self, sockets: &mut impl Sockets, now: Now) {
        let mut connections = std::mem::take(&mut self.mail.connections);
        for Incoming { link: socket, peer, policy } in connections.drain(..) {
            // What the engine has closed must be out of the table before its number comes again.
            self.carry_out_commands(sockets);
            let link = self.worker.open_link(&policy, peer, now);
            self.insert(link, socket, sockets, now);
        }
        connections.shrink_to(LINKS_KEPT);
        self.mail.connections = connections;
        let mut moved = std::mem::take(&mut self.mail.moved);
        for MovedLink { handoff, link: socket } in moved.drain(..) {
            self.carry_out_commands(sockets);
            let link = self.worker.adopt_link(*handoff, now);
            self.insert(link, socket, sockets, now);
        }
        moved.shrink_to(LINKS_KEPT);
        self.mail.moved = moved;
    }

    fn insert(&mut self, link: LinkId, socket: Link, sockets: &mut impl Sockets, now: Now) {
        if !sockets.insert(link, socket) {
            self.worker.link_lost(link, LinkLoss::Error, now);
        }
    }

    fn do_errands(&mut self, now: Now) {
        for errand in self.mail.errands.drain(..) {
            match errand {
                Errand::Count(answer) => {
                    // Whoever asked may have gone.
                    let _ = answer.send(*self.worker.counters());
                }
                Errand::Share(Sharing { strategy, sticky_bindings_max }) => {
                    self.worker.set_share_strategy(strategy, sticky_bindings_max);
                }
                Errand::ShedLink => {
                    self.worker.shed_one(now);
                }
                Errand::BeginShutdown(idle) => {
                    self.worker.begin_shutdown(now);
                    self.shutdown = Some(idle);
                }
                Errand::Stop => {
                    self.stopped = true;
                    if let Err(error) = self.store.flush() {
                        tracing::error!("not everything was stored at the end: {error}");
                    }
                }
            }
        }
    }

    fn advance(&mut self, now: Now) {
        if is_due(self.worker.next_deadline(), now) {
            self.worker.advance(now);
        }
        let (node, index) = (&self.node, self.index);
        if self.keeps_directory_time() && is_due(node.directory.next_deadline(), now) {
            node.directory.advance(now, |to, reply| node.send_reply(index, to, reply));
        }
    }

    /// One worker wakes for what is due in the directory.
    fn keeps_directory_time(&self) -> bool {
        self.index == DIRECTORY_TIME_KEEPER
    }

    /// Until the engine has no request left: what the directory answers at once is answered in this
    /// turn.
    fn ask_directory(&mut self, sockets: &mut impl Sockets, now: Now) {
        while !self.worker.requests().is_empty() {
            let (node, index) = (&self.node, self.index);
            let requests = self.worker.requests();
            let send = |to, reply| node.send_reply(index, to, reply);
            let deadline_is_nearer = node.directory.submit(requests, now, send);
            if deadline_is_nearer && !self.keeps_directory_time() {
                node.inbox(DIRECTORY_TIME_KEEPER).wake();
            }
            self.take_mail(sockets, now);
        }
    }

    fn submit_records(&mut self, now: Now) {
        let records = self.worker.records();
        if records.is_empty() {
            return;
        }
        let submitted = match self.store.submit(self.index, records) {
            Submission::Done => Submitted::Done,
            Submission::Pending(BatchSeq(number)) => Submitted::Pending(number),
            Submission::Refused(error) => {
                self.log_store_failure(error);
                Submitted::Refused
            }
        };
        self.worker.records_submitted(submitted, now);
    }

    fn take_completions(&mut self, now: Now) {
        let (worker, mut failure) = (&mut self.worker, None);
        self.store.poll_completions(self.index, &mut |completion| {
            failure = completion.result.err().or(failure);
            worker.handle_persisted(completion.upto.0, completion.result.is_ok(), now);
        });
        if let Some(error) = failure {
            self.log_store_failure(error);
        }
    }

    fn log_store_failure(&mut self, error: StoreError) {
        if let Some(more) = self.store_failed.permit(Instant::now()) {
            tracing::error!("what clients sent was not stored: {error} ({more} more before)");
        }
    }

    /// One lock and at most one wake for each worker that gets something.
    fn send_batches(&mut self) {
        self.blocked = false;
        for (to, inbox) in self.node.inboxes.iter().enumerate() {
            let to = u16::try_from(to).expect("workers are numbered by 16 bits");
            let batch = self.worker.batch_for(to);
            if !batch.is_empty() && !inbox.try_append(batch, self.index) {
                self.blocked = true;
            }
        }
    }

    /// Does to the sockets what the engine has decided. `true` if there was anything.
    pub(crate) fn carry_out_commands(&mut self, sockets: &mut impl Sockets) -> bool {
        let mut any = false;
        while let Some(command) = self.worker.next_command() {
            any = true;
            match command {
                LinkCommand::Close { link, last } => sockets.close(link, &last),
                LinkCommand::Move { link, to, handoff } => {
                    if let Some(link) = sockets.remove(link) {
                        let moved = MovedLink { handoff, link };
                        self.node.inbox(to).put(|mail| mail.moved.push(moved));
                    }
                }
                LinkCommand::Resume { link } => sockets.resume(link),
            }
        }
        any
    }

    /// Tells the operator which key opens a listener to clients that it refuses.
    fn log_refused_anonymous(&mut self) {
        let Some((policy, peer)) = self.worker.take_refused_anonymous() else {
            return;
        };
        if let Some(more) = self.refused_anonymous.permit(Instant::now()) {
            // Displayed as NAME/KIND, and configured as KIND.NAME.
            let (name, kind) = policy.name.rsplit_once('/').unwrap_or((&policy.name, "tcp"));
            tracing::warn!(
                "listener {}: {peer} was refused, it has no accepted credentials; \
                 listener.{kind}.{name}.allow_anonymous = true would admit it ({more} more before)",
                policy.name
            );
        }
    }

    fn report_gauges(&mut self, now: Now) {
        let gauges = self.worker.gauges();
        if gauges != self.reported {
            let handshakes = usize::try_from(gauges.handshakings).unwrap_or(usize::MAX);
            self.node.overload.note_handshakes(self.index, handshakes);
            let before = std::mem::replace(&mut self.reported, gauges);
            self.node.stats.worker_changed(&before, &gauges);
        }
        let connects = self.worker.counters().client_connect;
        if connects != self.reported_connects {
            let before = std::mem::replace(&mut self.reported_connects, connects);
            self.node.stats.note_connects(connects - before, now);
        }
    }

    /// Lets whoever waits for the end know that no link is left, and no message that is to be routed.
    fn report_shutdown(&mut self, sockets: &impl Sockets) {
        if self.shutdown.is_some()
            && self.worker.links() == 0
            && !sockets.is_lingering()
            && self.worker.messages_being_judged() == 0
        {
            self.shutdown = None;
        }
    }
}

fn is_due(deadline: Option<u64>, now: Now) -> bool {
    deadline.is_some_and(|at| at <= now.mono_ms)
}
