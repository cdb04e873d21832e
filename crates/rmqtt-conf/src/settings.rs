//! The validated configuration.

use std::path::Path;
use std::sync::Arc;

use crate::key_path::KeyPath;
use crate::options::Options;
use crate::problem::Problems;
use crate::reader::Reader;
use crate::written::Written;

use listener::TcpListener;
use node::{Log, Mqtt, Node};
use retain::Retain;
use runtime::Runtime;
use shared_subscription::SharedSubscription;

pub(crate) mod listener;
pub(crate) mod node;
pub(crate) mod retain;
pub(crate) mod runtime;
pub(crate) mod shared_subscription;

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
    /// `[retain]`
    pub retain: Retain,
    /// `[shared_subscription]`
    pub shared_subscription: SharedSubscription,
    /// `[listener.tcp.*]`, in the order of their names, without those that are not enabled. Without
    /// any listener section: the one of [`TcpListener::unconfigured`].
    pub tcp_listeners: Vec<TcpListener>,
}

impl Settings {
    /// Reads what the command line names.
    ///
    /// # Errors
    /// Every problem of the file: it cannot be read, its syntax, unknown keys, keys that this build
    /// does not have yet, and values that are out of their bounds.
    pub fn load(options: &Options) -> Result<Self, Problems> {
        let written = match &options.config {
            Some(path) => Written::from_file(path)?,
            None => Written::default(),
        };
        Self::from_written(&written)
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
        let mut reader = Reader::new(written);
        let settings = Self {
            node: Node::read(&mut reader.section(KeyPath::from("node"))),
            log: Log::read(&mut reader.section(KeyPath::from("log"))),
            runtime: Runtime::read(&mut reader.section(KeyPath::from("runtime"))),
            mqtt: Mqtt::read(&mut reader.section(KeyPath::from("mqtt"))),
            retain: Retain::read(&mut reader.section(KeyPath::from("retain"))),
            shared_subscription: SharedSubscription::read(
                &mut reader.section(KeyPath::from("shared_subscription")),
            ),
            tcp_listeners: listener::read_all(&mut reader),
        };
        reader.finish(settings)
    }
}

#[cfg(test)]
mod tests;
