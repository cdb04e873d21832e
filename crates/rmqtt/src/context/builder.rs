//! Collects what a context is made of.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, Weak};

use rmqtt_broker::{DirectoryConfig, RetainedLimits};
use rmqtt_session::Switches;
use rmqtt_store::Store;
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::{BusyCheck, CommandArgs, Inner, Parts, ServerContext, Stage};
use crate::driver::Driver;
use crate::hook::HookManager;
use crate::overload::{OverloadLimits, Readings};
use crate::plugin::{PluginManager, PluginsConfig, Port, Sharing};
use crate::store_wake::StoreWake;
use crate::worker_thread::Ended;

/// A context to be, with [`ContextBuilder::build`].
#[derive(Default)]
#[must_use]
pub struct ContextBuilder {
    node_id: u64,
    args: CommandArgs,
    plugins: PluginsConfig,
    has_retain: bool,
    has_sharing: bool,
    parts: Parts,
}

/// Why there is no context.
#[derive(Debug, Error)]
pub enum BuildError {
    /// What is slow runs on tokio, and this thread is in none of its runtimes.
    #[error("a context has to be built inside a tokio runtime")]
    NoRuntime,
}

impl ContextBuilder {
    /// What the command line said; its node id wins over [`ContextBuilder::node_id`] if it is more
    /// than 0.
    pub fn args(mut self, args: CommandArgs) -> Self {
        self.args = args;
        self
    }

    /// The node's id, unique in a cluster. Default 0.
    pub fn node_id(mut self, id: u64) -> Self {
        self.node_id = id;
        self
    }

    /// Threads that own sessions, at least one. Default: one per core.
    pub fn workers(mut self, workers: u16) -> Self {
        self.parts.workers = Some(workers.max(1));
        self
    }

    /// Has no effect: there is no executor of tasks whose threads could be counted, each session
    /// belongs to a worker. See [`ContextBuilder::workers`].
    pub fn task_exec_workers(self, _workers: usize) -> Self {
        self
    }

    /// Has no effect: there is no queue of tasks. See [`ContextBuilder::inbox_bytes_max`].
    pub fn task_exec_queue_max(self, _tasks: usize) -> Self {
        self
    }

    /// Bytes of messages from other workers that wait for a worker; beyond that, those who send them
    /// do not read their own clients. Default 16 MiB.
    pub fn inbox_bytes_max(mut self, bytes: usize) -> Self {
        self.parts.inbox_bytes_max = bytes;
        self
    }

    /// How sockets are driven. Default: epoll on Linux.
    pub fn driver(mut self, driver: Driver) -> Self {
        self.parts.driver = driver;
        self
    }

    /// When the node takes no more clients or messages, and who measures. Default: no bounds, and
    /// what the system says of this process.
    pub fn overload(mut self, limits: OverloadLimits, readings: impl Readings + 'static) -> Self {
        self.parts.overload.limits = limits;
        self.parts.overload.readings = Box::new(readings);
        self
    }

    /// Whether a busy node refuses clients. `true` bounds what [`ContextBuilder::overload`] has not
    /// bounded: load average 80, CPU 90 %, handshakes 35 % of what the listeners allow. `false`
    /// leaves the bound of memory only. Default: as `overload` says.
    pub fn busy_check_enable(mut self, enable: bool) -> Self {
        self.parts.overload.busy = if enable { BusyCheck::On } else { BusyCheck::Off };
        self
    }

    /// Handshakes in progress at which the node is busy; 0: 35 % of what the listeners allow.
    pub fn busy_handshaking_limit(mut self, handshakes: usize) -> Self {
        self.parts.overload.limits.handshakes = Some(handshakes).filter(|limit| *limit > 0);
        self
    }

    /// Messages that wait for their time at most. Default 100,000.
    pub fn mqtt_delayed_publish_max(mut self, messages: usize) -> Self {
        self.parts.directory.delayed.max_messages = messages;
        self
    }

    /// What happens to a delayed message that finds no room: `true`, the default, publishes it at
    /// once, `false` refuses it.
    pub fn mqtt_delayed_publish_immediate(mut self, immediate: bool) -> Self {
        self.parts.directory.delayed_immediate_when_full = immediate;
        self
    }

    /// Sessions of the node, connected or not; 0, the default: no bound.
    pub fn mqtt_max_sessions(mut self, sessions: usize) -> Self {
        self.parts.directory.sessions_max = sessions;
        self
    }

    /// Everything that the node keeps at most, in one value.
    pub fn limits(mut self, limits: DirectoryConfig) -> Self {
        self.parts.directory = limits;
        self
    }

    /// Retained messages without a plugin, within these limits. Without this call, and without a
    /// plugin that offers them, they are not available.
    pub fn retain(mut self, limits: RetainedLimits) -> Self {
        self.parts.directory.retained = limits;
        self.has_retain = true;
        self
    }

    /// Shared subscriptions without a plugin, with this choice of receivers. Without this call, and
    /// without a plugin that offers them, they are not available.
    pub fn shared_subscription(mut self, sharing: Sharing) -> Self {
        self.parts.sharing = sharing;
        self.has_sharing = true;
        self
    }

    /// What keeps sessions and messages beyond the process; called once for each worker. Default: the
    /// store in memory, which keeps nothing. A plugin that offers a store takes its place.
    pub fn store<S: Store + 'static>(
        mut self,
        open: impl Fn(StoreWake) -> S + Send + 'static,
    ) -> Self {
        self.parts.open_store = Box::new(move |wake| Box::new(open(wake)));
        self
    }

    /// The folder of the plugins' files, `NAME.toml` each. Default: none.
    pub fn plugins_config_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.plugins.dir = Some(dir.into());
        self
    }

    /// TOML text by the plugin's name, for those that have no file.
    pub fn plugins_config_map(
        mut self,
        texts: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        let texts = texts.into_iter().map(|(name, text)| (name.into(), text.into()));
        self.plugins.texts = texts.collect();
        self
    }

    /// One more such text.
    pub fn plugins_config_map_add(
        mut self,
        name: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        self.plugins.texts.insert(name.into(), text.into());
        self
    }

    /// Where all of the plugins' configuration is, the environment included.
    pub fn plugins_config(mut self, config: PluginsConfig) -> Self {
        self.plugins = config;
        self
    }

    /// Builds the context, still open. The tokio runtime in which this is awaited accepts connections
    /// and runs what is slow; it should have a thread to spare.
    ///
    /// # Errors
    /// There is no such runtime.
    #[allow(clippy::unused_async, reason = "so that a store may be opened here without a change")]
    pub async fn build(self) -> Result<ServerContext, BuildError> {
        let side_runtime = Handle::try_current().map_err(|_| BuildError::NoRuntime)?;
        let node_id = self.args.node_id.filter(|id| *id > 0).unwrap_or(self.node_id);
        let switches = Switches {
            retain: AtomicBool::new(self.has_retain),
            shared_subscriptions: AtomicBool::new(self.has_sharing),
        };
        let inner = Arc::new_cyclic(|context| Inner {
            node_id,
            args: self.args,
            plugins: PluginManager::new(Weak::clone(context), self.plugins),
            hooks: HookManager::new(),
            switches: Arc::new(switches),
            counts_are_shown: AtomicBool::new(false),
            side_runtime,
            stage: Mutex::new(Stage::Open(Box::new(self.parts))),
            running: OnceLock::new(),
            ended: watch::Sender::new(Ended::default()),
        });
        if self.has_retain {
            inner.plugins.reserve(Port::Retain);
        }
        if self.has_sharing {
            inner.plugins.reserve(Port::SharedSubscription);
        }
        Ok(ServerContext(inner))
    }
}

impl fmt::Debug for ContextBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextBuilder")
            .field("node_id", &self.node_id)
            .field("workers", &self.parts.workers)
            .field("driver", &self.parts.driver)
            .field("plugins", &self.plugins)
            .finish_non_exhaustive()
    }
}
