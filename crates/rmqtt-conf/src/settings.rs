//! The validated configuration.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rmqtt_keys::{Problems, Read, Reader, Written};

use crate::options::Options;
use crate::sources::Sources;

use circuit_breaker::CircuitBreaker;
use cluster::Cluster;
use listener::TcpListener;
use logging::Log;
use mqtt::Mqtt;
use node::Node;
use plugins::Plugins;
use rpc::Rpc;
use runtime::Runtime;

pub(crate) mod circuit_breaker;
pub(crate) mod cluster;
pub(crate) mod listener;
pub mod logging;
pub(crate) mod mqtt;
pub(crate) mod node;
pub(crate) mod plugins;
pub(crate) mod rpc;
pub(crate) mod runtime;
pub(crate) mod task;

/// Everything that the broker is told from outside, each part for the layer that it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// `[node]`
    pub node: Node,
    /// `[log]`
    pub log: Log,
    /// `[runtime]`
    pub runtime: Runtime,
    /// `[mqtt]`
    pub mqtt: Mqtt,
    /// `[plugins]`
    pub plugins: Plugins,
    /// `[rpc]`
    pub rpc: Rpc,
    /// `[circuit_breaker]`
    pub circuit_breaker: CircuitBreaker,
    /// What the command line says of the cluster.
    pub cluster: Cluster,
    /// `[listener.tcp.*]`, in the order of their names, without those that are not enabled. Without
    /// any listener for TCP or TLS: the one of [`TcpListener::unconfigured`].
    pub tcp_listeners: Vec<TcpListener>,
}

static INSTANCE: OnceLock<Settings> = OnceLock::new();

impl Settings {
    /// Reads what the command line names, the default files and the environment of this process.
    ///
    /// # Errors
    /// Every problem: files that cannot be read, their syntax, unknown keys, values that are out of
    /// their bounds, and listeners that this build does not have.
    pub fn load(options: &Options) -> Result<Self, Problems> {
        Self::read(options, &Sources::of_this_process()).map(|read| read.value)
    }

    /// Reads what the command line names and what the sources hold, and says besides what has no
    /// effect, which keys there are and where each value comes from.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub fn read(options: &Options, sources: &Sources) -> Result<Read<Self>, Problems> {
        Self::read_written(&sources.written(options)?, options)
    }

    /// Reads TOML text; `file` is the name that problems cite.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub fn from_toml(text: &str, file: &Path) -> Result<Self, Problems> {
        Self::from_written(&Written::from_toml(text, &Arc::from(file))?)
    }

    /// What the written values mean.
    ///
    /// # Errors
    /// Every problem of every key.
    pub fn from_written(written: &Written) -> Result<Self, Problems> {
        Self::read_written(written, &Options::default()).map(|read| read.value)
    }

    /// Loads the settings of this process and keeps them for [`Settings::instance`]. Only the first
    /// call keeps anything.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub fn init(options: &Options) -> Result<&'static Self, Problems> {
        let settings = Self::load(options)?;
        Ok(INSTANCE.get_or_init(|| settings))
    }

    /// The settings that [`Settings::init`] has loaded. Whoever is not the program's `main` is
    /// handed the values that concern it, and reads no global.
    #[must_use]
    pub fn instance() -> Option<&'static Self> {
        INSTANCE.get()
    }

    /// What the written values mean, and what the command line says of the cluster.
    ///
    /// # Errors
    /// Every problem of every key.
    pub fn read_written(written: &Written, options: &Options) -> Result<Read<Self>, Problems> {
        let mut reader = Reader::new(written);
        task::read(&mut reader.section("task"));
        let settings = Self {
            node: Node::read(&mut reader.section("node")),
            log: Log::read(&mut reader.section("log")),
            runtime: Runtime::read(&mut reader.section("runtime")),
            mqtt: Mqtt::read(&mut reader.section("mqtt")),
            plugins: Plugins::read(&mut reader.section("plugins")),
            rpc: Rpc::read(&mut reader.section("rpc")),
            circuit_breaker: CircuitBreaker::read(&mut reader.section("circuit_breaker")),
            cluster: Cluster::read(options, &mut reader),
            tcp_listeners: listener::read_all(&mut reader),
        };
        reader.finish(settings)
    }
}

#[cfg(test)]
mod tests;
