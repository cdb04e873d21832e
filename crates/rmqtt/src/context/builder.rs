//! What a broker is made of.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::thread::available_parallelism;

use rmqtt_broker::{Directory, DirectoryConfig, Routes, ShareStrategy, Worker, WorkerConfig};
use rmqtt_net::{BindError, Listener, ListenerConfig};
use rmqtt_session::ListenerPolicy;
use rmqtt_store::{MemoryStore, Store};
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::{Listening, Running, ServerContext};
use crate::acceptor::WorkerAcceptor;
use crate::authenticator::Authenticator;
use crate::clock::Clock;
use crate::directory_port::DirectoryPort;
use crate::driver::Driver;
use crate::inbox::{Errand, Inbox};
use crate::node::Node;
use crate::store_wake::StoreWake;
use crate::turn::Turn;
use crate::worker_thread::{self, Ended};

/// Collects the parts of a [`ServerContext`].
pub struct Builder {
    node_id: u64,
    workers: Option<u16>,
    inbox_bytes_max: usize,
    driver: Driver,
    authenticator: Option<Arc<dyn Authenticator>>,
    directory: DirectoryConfig,
    share_strategy: ShareStrategy,
    open_store: Box<dyn Fn(StoreWake) -> Box<dyn Store> + Send>,
    listeners: Vec<(ListenerConfig, ListenerPolicy)>,
}

/// Why a broker could not be started.
#[derive(Debug, Error)]
pub enum StartError {
    /// An address cannot be listened on.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The system has no thread or descriptor for a worker.
    #[error("a worker cannot be started: {0}")]
    Worker(io::Error),
}

impl Builder {
    /// The node's id, unique in a cluster. Default 0.
    #[must_use]
    pub fn node_id(mut self, id: u64) -> Self {
        self.node_id = id;
        self
    }

    /// Threads that own sessions, at least one. Default: one per core.
    #[must_use]
    pub fn workers(mut self, workers: u16) -> Self {
        self.workers = Some(workers.max(1));
        self
    }

    /// Bytes of messages from other workers that wait for a worker; beyond that, those who send them
    /// do not read their own clients. Default 16 MiB.
    #[must_use]
    pub fn inbox_bytes_max(mut self, bytes: usize) -> Self {
        self.inbox_bytes_max = bytes;
        self
    }

    /// How sockets are driven. Default: epoll on Linux.
    #[must_use]
    pub fn driver(mut self, driver: Driver) -> Self {
        self.driver = driver;
        self
    }

    /// Who judges credentials. Without one, only anonymous clients can be admitted.
    #[must_use]
    pub fn authenticator(mut self, authenticator: impl Authenticator) -> Self {
        self.authenticator = Some(Arc::new(authenticator));
        self
    }

    /// What the node keeps at most: sessions, retained and delayed messages.
    #[must_use]
    pub fn limits(mut self, limits: DirectoryConfig) -> Self {
        self.directory = limits;
        self
    }

    /// Who of a shared subscription's group gets a message. Default round robin.
    #[must_use]
    pub fn share_strategy(mut self, strategy: ShareStrategy) -> Self {
        self.share_strategy = strategy;
        self
    }

    /// What keeps sessions and messages beyond the process; called once for each worker. Default: the
    /// store in memory, which keeps nothing.
    #[must_use]
    pub fn store<S: Store + 'static>(
        mut self,
        open: impl Fn(StoreWake) -> S + Send + 'static,
    ) -> Self {
        self.open_store = Box::new(move |wake| Box::new(open(wake)));
        self
    }

    /// One more address, and what holds for clients that connect to it.
    #[must_use]
    pub fn listener(mut self, config: ListenerConfig, policy: ListenerPolicy) -> Self {
        self.listeners.push((config, policy));
        self
    }

    /// Starts the workers, then accepts. The tokio runtime that this is called in accepts
    /// connections and runs what is slow; it should have a thread to spare.
    ///
    /// # Errors
    /// Nothing runs after an error.
    pub fn start(mut self) -> Result<ServerContext, StartError> {
        let mut bound = Vec::with_capacity(self.listeners.len());
        for (config, policy) in std::mem::take(&mut self.listeners) {
            bound.push((Listener::bind(config)?, Arc::new(policy)));
        }
        let listening = bound.iter().map(|(listener, policy)| Listening {
            name: policy.name.clone(),
            addr: listener.local_addr(),
        });
        let listening = listening.collect();
        let (node, ended) = self.start_workers()?;
        let next = Arc::new(AtomicUsize::new(0));
        let accept = |(listener, policy): (Listener, Arc<ListenerPolicy>)| {
            let acceptor = WorkerAcceptor::new(Arc::clone(&node), policy, Arc::clone(&next));
            node.side_runtime.spawn(listener.run(acceptor))
        };
        let accepting = Mutex::new(bound.into_iter().map(accept).collect());
        Ok(ServerContext(Arc::new(Running { node, listening, accepting, ended })))
    }

    fn start_workers(self) -> Result<(Arc<Node>, watch::Receiver<Ended>), StartError> {
        let workers = self.workers.unwrap_or_else(one_per_core);
        let seed = RandomState::new().hash_one(0);
        let routes = Arc::new(Routes::new(workers, seed));
        let directory = DirectoryConfig { seed, ..self.directory };
        let clock = Clock::start();
        let now = clock.now();
        let has_authenticator = self.authenticator.is_some();
        let node = Arc::new(Node {
            clock,
            inboxes: (0..workers).map(|_| Inbox::new(self.inbox_bytes_max)).collect(),
            directory: DirectoryPort::new(Directory::new(directory, Arc::clone(&routes))),
            authenticator: self.authenticator,
            side_runtime: Handle::current(),
        });
        let (ended, watched) = watch::channel(Ended::default());
        for index in 0..workers {
            let (worker_node, routes) = (Arc::clone(&node), Arc::clone(&routes));
            let store = (self.open_store)(StoreWake::new(Arc::clone(&node), index));
            let config = WorkerConfig {
                keeps_records: store.keeps_records(),
                index,
                workers,
                node: self.node_id,
                incarnation: now.wall_ms,
                seed,
                has_authenticator,
                share_strategy: self.share_strategy,
                ..WorkerConfig::single()
            };
            let make_turn =
                move || Turn::new(Worker::new(config, routes, now), index, worker_node, store);
            if let Err(error) = worker_thread::spawn(make_turn, index, self.driver, ended.clone()) {
                for inbox in &node.inboxes {
                    inbox.put(|mail| mail.errands.push(Errand::Stop));
                }
                return Err(StartError::Worker(error));
            }
        }
        Ok((node, watched))
    }
}

fn one_per_core() -> u16 {
    let cores = available_parallelism().map_or(1, usize::from);
    u16::try_from(cores).unwrap_or(u16::MAX)
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            node_id: 0,
            workers: None,
            inbox_bytes_max: 16 << 20,
            driver: Driver::default(),
            authenticator: None,
            directory: DirectoryConfig::default(),
            share_strategy: ShareStrategy::default(),
            open_store: Box::new(|_wake| Box::new(MemoryStore::new())),
            listeners: Vec::new(),
        }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("node_id", &self.node_id)
            .field("workers", &self.workers)
            .field("driver", &self.driver)
            .field("has_authenticator", &self.authenticator.is_some())
            .field("listeners", &self.listeners)
            .finish()
    }
}
