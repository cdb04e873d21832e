//! The broker's side: the workers and the directory as they are shipped, and what stands between
//! them, where the simulation decides what arrives when.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use rmqtt_broker::{
    Counters, Directory, LinkId, Replies, Reply, Request, Routes, Worker, WorkerConfig,
};
use rmqtt_message::SessionId;
use rmqtt_session::ListenerPolicy;

use crate::coverage::Happening;
use crate::network::WireNumber;
use crate::scenario::Scenario;
use crate::scene::Scene;

mod directory;
mod hooks;
mod mail;
mod memory;
mod outputs;
mod reading;
mod restart;
mod store;
mod turn;
mod watching;

use hooks::{PutOff, WorkerHooks};
use mail::Mailbox;
use store::StoreDesk;
pub(crate) use turn::Pace;
use watching::Seen;

/// One node.
#[derive(Debug)]
pub(crate) struct Node {
    policy: Arc<ListenerPolicy>,
    desks: Vec<Desk>,
    directory: Directory,
    routes: Arc<Routes>,
    store: Option<StoreDesk>,
    replies: Replies,
    put_off: PutOff,
    seen: Seen,
    life: Life,
    /// Messages and bytes of the largest queues that the present life has begun with: what was on its way
    /// to a session when the node was lost is in its queue, and may be more than that takes.
    restored_max: (usize, usize),
    /// What the workers of earlier lives have counted.
    past: Counters,
    /// Counts what is handed from one thread to another.
    last_stamp: u64,
}

/// One life of a node, from its start to its loss.
#[derive(Debug, Clone, Copy)]
struct Life {
    incarnation: u64,
    /// The latest session of earlier lives.
    last_session: SessionId,
}

/// A worker with what has been sent to it and what it has sent to the directory.
#[derive(Debug)]
struct Desk {
    worker: Worker,
    links: BTreeMap<LinkId, WireNumber>,
    requests: Line<Asked>,
    replies: Line<Reply>,
    /// The latest reply that the worker has taken.
    replied: u64,
    /// From each other worker.
    mailboxes: Vec<Mailbox>,
}

/// A request, and whose claim it is, if it is one.
#[derive(Debug)]
struct Asked {
    request: Request,
    claimant: Option<WireNumber>,
}

/// Things under way from one thread to another, in order.
#[derive(Debug)]
struct Line<T> {
    things: VecDeque<(u64, T)>,
    /// Nothing arrives before this event.
    held_until: u64,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self { things: VecDeque::new(), held_until: 0 }
    }
}

impl<T> Line<T> {
    fn front_stamp(&self) -> Option<u64> {
        self.things.front().map(|(stamp, _)| *stamp)
    }

    fn ready(&self, event: u64) -> usize {
        if self.held_until > event { 0 } else { self.things.len() }
    }
}

impl Node {
    pub(crate) fn new(scenario: &Scenario, scene: &mut Scene) -> Self {
        Self::begin(scenario, Life { incarnation: 1, last_session: SessionId::BROKER }, scene)
    }

    fn begin(scenario: &Scenario, life: Life, scene: &mut Scene) -> Self {
        let workers = scenario.workers;
        let seed = scene.random.next();
        let routes = Arc::new(Routes::new(workers, seed));
        let put_off = PutOff::default();
        let seen = Seen::default();
        let desks = (0..workers).map(|index| {
            let config = WorkerConfig {
                index,
                workers,
                seed,
                incarnation: life.incarnation,
                last_session: life.last_session,
                keeps_records: scenario.store.is_some(),
                share_strategy: scenario.share_strategy,
                ..WorkerConfig::single()
            };
            let hooks_seed = seed ^ u64::from(index);
            let worker = usize::from(index);
            let hooks = WorkerHooks::new(worker, scenario, &put_off, &seen, hooks_seed);
            let hooks = Box::new(hooks);
            Desk {
                worker: Worker::with_hooks(config, Arc::clone(&routes), hooks, scene.now),
                links: BTreeMap::new(),
                requests: Line::default(),
                replies: Line::default(),
                replied: 0,
                mailboxes: (0..workers).map(|_| Mailbox::default()).collect(),
            }
        });
        let desks = desks.collect();
        Self {
            policy: Arc::clone(&scenario.policy),
            desks,
            directory: Directory::new(scenario.directory.clone(), Arc::clone(&routes)),
            routes,
            store: scenario.store.map(|habits| StoreDesk::new(habits.fails)),
            replies: Replies::new(),
            put_off,
            seen,
            life,
            restored_max: (0, 0),
            past: Counters::default(),
            last_stamp: 0,
        }
    }

    pub(crate) fn workers(&self) -> usize {
        self.desks.len()
    }

    /// A worker ends its links, and takes no others.
    pub(crate) fn begin_shutdown(&mut self, worker: usize, scene: &mut Scene) {
        scene.trace(|| format!("worker {worker} shuts down"));
        self.desks[worker].worker.begin_shutdown(scene.now);
        self.take_outputs(worker, scene);
    }

    /// Links that are open, for a report.
    pub(crate) fn links_left(&self) -> Vec<String> {
        let links: usize = self.desks.iter().map(|desk| desk.worker.links()).sum();
        if links == 0 { Vec::new() } else { vec![format!("{links} links")] }
    }

    /// Lets one of the queues between threads stand still for a while.
    pub(crate) fn hold_a_queue(&mut self, scene: &mut Scene) {
        scene.note(Happening::QueueHeld);
        let until = scene.event + scene.random.between(20, 200);
        let desk = scene.random.below(self.desks.len());
        let sender = scene.random.below(self.desks.len());
        let desk = &mut self.desks[desk];
        match scene.random.below(4) {
            0 | 1 => desk.requests.held_until = until,
            2 => desk.replies.held_until = until,
            _ => desk.mailboxes[sender].held_until = until,
        }
    }

    pub(crate) fn release_queues(&mut self) {
        for desk in &mut self.desks {
            desk.requests.held_until = 0;
            desk.replies.held_until = 0;
            for mailbox in &mut desk.mailboxes {
                mailbox.held_until = 0;
            }
        }
    }

    /// The next time at which something is due, monotonic milliseconds.
    pub(crate) fn next_deadline(&self) -> Option<u64> {
        let of_workers = self.desks.iter().filter_map(|desk| desk.worker.next_deadline());
        of_workers.chain(self.directory.next_deadline()).min()
    }

    /// Of all lives.
    pub(crate) fn counters(&self) -> Counters {
        let mut sum = self.past;
        sum.add(&self.counters_of_this_life());
        sum
    }

    fn counters_of_this_life(&self) -> Counters {
        let mut sum = Counters::default();
        for desk in &self.desks {
            sum.add(desk.worker.counters());
        }
        sum
    }

    /// What is under way between threads, or left of clients, for a report.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let mut leftovers = Vec::new();
        let mut note = |what: &str, number: usize| {
            if number > 0 {
                leftovers.push(format!("{number} {what}"));
            }
        };
        note("questions", self.put_off.len());
        note("batches of records", self.store.as_ref().map_or(0, StoreDesk::waiting));
        note("subscriptions", self.routes.subscriptions());
        note("sessions of the directory", self.directory.sessions());
        note("delayed messages", self.directory.delayed().len());
        for desk in &self.desks {
            note("requests", desk.requests.things.len());
            note("replies", desk.replies.things.len());
            note("links", desk.worker.links());
            note("sessions of a worker", desk.worker.sessions());
            note("bytes of output", desk.worker.output_bytes());
            for mailbox in &desk.mailboxes {
                note("batches and links under way", mailbox.len());
            }
        }
        leftovers
    }

    /// Whether something is under way between threads.
    pub(crate) fn is_busy(&self) -> bool {
        self.put_off.len() > 0
            || !self.directory.delayed().is_empty()
            || self.store.as_ref().is_some_and(|store| store.waiting() > 0)
            || self.desks.iter().any(|desk| {
                !desk.requests.things.is_empty()
                    || !desk.replies.things.is_empty()
                    || desk.mailboxes.iter().any(|mailbox| mailbox.len() > 0)
            })
    }

    fn stamp(&mut self) -> u64 {
        self.last_stamp += 1;
        self.last_stamp
    }
}
