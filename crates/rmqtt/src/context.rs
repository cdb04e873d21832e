//! The broker as a program holds it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rmqtt_broker::RetainedLimits;
use rmqtt_session::Switches;
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::hook::HookManager;
use crate::plugin::{OpenStore, PluginManager, Port, Sharing};
use crate::worker_thread::Ended;
use parts::{BusyCheck, Parts};
use running::Running;

mod args;
mod builder;
mod counting;
mod parts;
mod retained;
mod running;
mod seal;

pub use args::CommandArgs;
pub use builder::{BuildError, ContextBuilder};
pub use retained::RetainedUsage;
pub(crate) use seal::ServerListener;
pub use seal::StartError;

/// A broker: first what it is made of, then, once [`MqttServer`](crate::MqttServer) has started it,
/// what runs. Clones are the same broker.
///
/// ```text
///  ServerContext::new() ─► ContextBuilder ─build─► open ─start─► sealed and running ─shutdown─► ended
///                                                   ▲ plugins are registered
/// ```
///
/// What a plugin brings as a port is taken while the context is open; then it is sealed, and the
/// workers are started with it.
#[derive(Clone)]
pub struct ServerContext(pub(crate) Arc<Inner>);

/// What the clones share.
pub(crate) struct Inner {
    node_id: u64,
    args: CommandArgs,
    plugins: PluginManager,
    hooks: HookManager,
    /// Shared with the policies of all listeners.
    switches: Arc<Switches>,
    counts_are_shown: AtomicBool,
    side_runtime: Handle,
    stage: Mutex<Stage>,
    running: OnceLock<Running>,
    ended: watch::Sender<Ended>,
}

/// How far the broker is.
enum Stage {
    Open(Box<Parts>),
    Sealed,
    Ended,
}

/// An address on which a listener takes connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening {
    /// The listener's name.
    pub name: String,
    /// The address, with the port that the system chose where none was given.
    pub addr: SocketAddr,
}

impl ServerContext {
    /// A broker to be.
    #[allow(clippy::new_ret_no_self, reason = "a context is what its builder builds")]
    pub fn new() -> ContextBuilder {
        ContextBuilder::default()
    }

    /// The node's id, unique in a cluster.
    #[must_use]
    pub fn node_id(&self) -> u64 {
        self.0.node_id
    }

    /// What the command line said, for plugins that have arguments of their own there.
    #[must_use]
    pub fn args(&self) -> &CommandArgs {
        &self.0.args
    }

    /// The plugins.
    #[must_use]
    pub fn plugins(&self) -> &PluginManager {
        &self.0.plugins
    }

    /// Who looks on and has a say.
    #[must_use]
    pub fn hooks(&self) -> &HookManager {
        &self.0.hooks
    }

    /// Where connections are taken; nothing before the broker was started.
    #[must_use]
    pub fn listening(&self) -> &[Listening] {
        self.0.running.get().map_or(&[], |running| &running.listening)
    }

    /// Where the listener with this id takes connections, as given to
    /// [`ServerBuilder::listener_by_id`](crate::server::ServerBuilder::listener_by_id).
    #[must_use]
    pub fn listening_by_id(&self, id: u16) -> Option<&Listening> {
        let running = self.0.running.get()?;
        running.listening.get(*running.by_id.get(&id)?)
    }

    /// What retained messages are held to from now on. What is retained already stays.
    pub(crate) fn set_retained_limits(&self, limits: RetainedLimits) {
        match &mut *self.stage() {
            Stage::Open(parts) => parts.directory.retained = limits,
            Stage::Sealed => self.with_running(|running| running.set_retained_limits(limits)),
            Stage::Ended => {}
        }
    }

    /// How members of shared groups are chosen from now on. What was remembered for the choice is
    /// forgotten.
    pub(crate) fn set_sharing(&self, sharing: Sharing) {
        match &mut *self.stage() {
            Stage::Open(parts) => parts.sharing = sharing,
            Stage::Sealed => self.with_running(|running| running.set_sharing(sharing)),
            Stage::Ended => {}
        }
    }

    /// Are retained messages available?
    #[must_use]
    pub fn retain_is_available(&self) -> bool {
        self.0.switches.retain.load(Ordering::Relaxed)
    }

    /// Are shared subscriptions available?
    #[must_use]
    pub fn shared_subscriptions_are_available(&self) -> bool {
        self.0.switches.shared_subscriptions.load(Ordering::Relaxed)
    }

    /// Switches what a port brings on or off, for every listener and from the next packet on.
    pub(crate) fn switch(&self, port: Port, on: bool) {
        match port {
            Port::Retain => self.0.switches.retain.store(on, Ordering::Relaxed),
            Port::SharedSubscription => {
                self.0.switches.shared_subscriptions.store(on, Ordering::Relaxed);
            }
            // It is there from the start of the broker to its end.
            Port::Store => {}
        }
    }

    /// Gives the broker its store. `false`: it has been started already.
    pub(crate) fn set_store(&self, open_store: OpenStore) -> bool {
        match &mut *self.stage() {
            Stage::Open(parts) => {
                parts.open_store = open_store;
                true
            }
            Stage::Sealed | Stage::Ended => false,
        }
    }

    fn with_running(&self, act: impl FnOnce(&Running)) {
        if let Some(running) = self.0.running.get() {
            act(running);
        }
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        // Nothing is half done while the lock is held.
        self.0.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for ServerContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerContext")
            .field("node_id", &self.0.node_id)
            .field("listening", &self.listening())
            .finish_non_exhaustive()
    }
}
