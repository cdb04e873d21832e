//! The step from what a broker is made of to what runs.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::thread::available_parallelism;

use rmqtt_broker::{Directory, DirectoryConfig, Routes, Worker, WorkerConfig};
use thiserror::Error;

use super::{Inner, Listening, Parts, Running, ServerContext, Stage};
use crate::acceptor::WorkerAcceptor;
use crate::clock::Clock;
use crate::directory_port::DirectoryPort;
use crate::hook::WorkerHooks;
use crate::inbox::{Errand, Inbox};
use crate::net::Listener;
use crate::node::Node;
use crate::overload::{Monitor, Overload};
use crate::stats::Gauged;
use crate::store_wake::StoreWake;
use crate::turn::Turn;
use crate::worker_thread;

/// Why a broker could not be started.
#[derive(Debug, Error)]
pub enum StartError {
    /// It runs already.
    #[error("the broker has been started already")]
    AlreadyStarted,
    /// It was shut down, or an earlier start has failed.
    #[error("the broker has ended")]
    Ended,
    /// Two listeners have the same id.
    #[error("listeners {first} and {second} have the same id {id}")]
    DuplicateListenerId {
        /// The id.
        id: u16,
        /// The listener that has it.
        first: String,
        /// The listener that was to have it too.
        second: String,
    },
    /// The system has no thread or descriptor for a worker.
    #[error("a worker cannot be started: {0}")]
    Worker(io::Error),
}

/// A listener of a server, with the id that the program gave it.
#[derive(Debug)]
pub(crate) struct ServerListener {
    pub(crate) listener: Listener,
    pub(crate) id: Option<u16>,
}

impl ServerContext {
    /// Seals the context, starts the workers, then accepts.
    pub(crate) fn start(&self, listeners: Vec<ServerListener>) -> Result<(), StartError> {
        let by_id = by_id(&listeners)?;
        let mut stage = self.stage();
        let parts = match std::mem::replace(&mut *stage, Stage::Ended) {
            Stage::Open(parts) => *parts,
            Stage::Sealed => {
                *stage = Stage::Sealed;
                return Err(StartError::AlreadyStarted);
            }
            Stage::Ended => return Err(StartError::Ended),
        };
        let handshakes_max = listeners.iter().fold(0_usize, |sum, listener| {
            sum.saturating_add(listener.listener.policy.handshakes_max)
        });
        let node = self.0.start_workers(parts, handshakes_max)?;
        let listening = listeners.iter().map(|ServerListener { listener, .. }| Listening {
            name: listener.name().to_owned(),
            addr: listener.local_addr(),
        });
        let listening = listening.collect();
        let next = Arc::new(AtomicUsize::new(0));
        let accept = |ServerListener { listener, .. }| {
            let Listener { socket, mut policy } = listener;
            policy.switches = Arc::clone(&self.0.switches);
            let (node, policy) = (Arc::clone(&node), Arc::new(policy));
            let acceptor = WorkerAcceptor::new(node, policy, Arc::clone(&next));
            self.0.side_runtime.spawn(socket.run(acceptor))
        };
        let accepting = Mutex::new(listeners.into_iter().map(accept).collect());
        let running = Running { node: Arc::clone(&node), listening, by_id, accepting };
        let is_first = self.0.running.set(running).is_ok();
        assert!(is_first, "a context is sealed once");
        *stage = Stage::Sealed;
        Ok(())
    }
}

impl Inner {
    fn start_workers(&self, parts: Parts, handshakes_max: usize) -> Result<Arc<Node>, StartError> {
        let workers = parts.workers.unwrap_or_else(one_per_core);
        let seed = RandomState::new().hash_one(0);
        let routes = Arc::new(Routes::new(workers, seed));
        let directory = DirectoryConfig { seed, ..parts.directory };
        let clock = Clock::start();
        let now = clock.now();
        let overload = Arc::new(Overload::new(workers));
        let limits = parts.overload.effective(handshakes_max);
        let monitor = Monitor::new(&limits, parts.overload.readings, &overload);
        let stats = Arc::new(Gauged::default());
        let node = Arc::new(Node {
            clock,
            inboxes: (0..workers).map(|_| Inbox::new(parts.inbox_bytes_max)).collect(),
            directory: DirectoryPort::new(
                Directory::new(directory, Arc::clone(&routes)),
                Arc::clone(&stats),
            ),
            overload,
            stats: Arc::clone(&stats),
            side_runtime: self.side_runtime.clone(),
        });
        for index in 0..workers {
            let (worker_node, routes) = (Arc::clone(&node), Arc::clone(&routes));
            let store = (parts.open_store)(StoreWake::new(Arc::clone(&node), index));
            let config = WorkerConfig {
                keeps_records: store.keeps_records(),
                index,
                workers,
                node: self.node_id,
                incarnation: now.wall_ms,
                seed,
                share_strategy: parts.sharing.strategy,
                sticky_bindings_max: parts.sharing.sticky_bindings_max,
                ..WorkerConfig::single()
            };
            let hooks = WorkerHooks::new(self.hooks.clone(), Arc::clone(&node), index);
            let make_turn = move || {
                let worker = Worker::with_hooks(config, routes, Box::new(hooks), now);
                Turn::new(worker, index, worker_node, store)
            };
            let (worker_node, ended) = (Arc::clone(&node), self.ended.clone());
            let driver = parts.driver;
            let spawned = worker_thread::spawn(make_turn, index, driver, worker_node, ended);
            if let Err(error) = spawned {
                for inbox in &node.inboxes {
                    inbox.put(|mail| mail.errands.push(Errand::Stop));
                }
                return Err(StartError::Worker(error));
            }
        }
        self.side_runtime.spawn(monitor.run());
        Ok(node)
    }
}

/// Where the listeners with an id stand.
fn by_id(listeners: &[ServerListener]) -> Result<BTreeMap<u16, usize>, StartError> {
    let mut by_id = BTreeMap::new();
    for (place, ServerListener { listener, id }) in listeners.iter().enumerate() {
        let Some(id) = *id else { continue };
        if let Some(first) = by_id.insert(id, place) {
            let name = |listener: &Listener| listener.name().to_owned();
            let (first, second) = (name(&listeners[first].listener), name(listener));
            return Err(StartError::DuplicateListenerId { id, first, second });
        }
    }
    Ok(by_id)
}

fn one_per_core() -> u16 {
    let cores = available_parallelism().map_or(1, usize::from);
    u16::try_from(cores).unwrap_or(u16::MAX)
}
