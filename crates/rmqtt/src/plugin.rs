//! What is added to the broker from outside: plugins, and who starts and stops them.
//!
//! A plugin is a value that implements [`Plugin`]. It is compiled in; a [`Registration`] says how it
//! is made, and the [`PluginManager`] of a context makes, starts, stops and asks it by its name:
//!
//! ```text
//!             ┌─ not default ─────────────► registered ──┐ start
//!  register ──┤                                          ▼
//!             └─ default ─► new ─► offer ─► init ─► start ─► active ─┐ stop (true)
//!                                   ▲                               ▼
//!                                   └──────────── start ───────── inited
//! ```
//!
//! [`register!`](crate::register) makes the registration and the functions `register` and
//! `register_named`; `#[derive(Plugin)]` tells of the Cargo package. A plugin reaches the broker
//! through its [`ServerContext`](crate::ServerContext) only, and is a part of it only through
//! [`Ports`].

use serde_json::Value;

mod catch_panic;
mod configuration;
mod entry;
mod error;
mod manager;
mod package;
mod ports;
mod registration;

pub use async_trait::async_trait;
pub use configuration::{PluginsConfig, read_written};
pub use entry::PluginStatus;
pub use error::{Failure, PluginError, Result, Step};
pub use manager::PluginManager;
pub use package::{Package, PackageInfo};
pub(crate) use ports::OpenStore;
pub use ports::{Port, Ports, Sharing};
pub use registration::{Constructed, Registration};
pub use rmqtt_keys as keys;
pub use rmqtt_macros::Plugin;
pub use serde_json;

/// One concern of the broker, added from outside.
///
/// Its methods run on the runtime on which the context was built, never on a worker. What they fail
/// with, and what a panic says, goes to whoever asked, with the plugin's name; while the broker
/// starts it ends the start.
#[async_trait]
pub trait Plugin: PackageInfo + Send + Sync + 'static {
    /// What it is for the broker, as it is configured now. Called before each start (the first time
    /// before [`Plugin::init`]) and, while it is active, after each [`Plugin::load_config`].
    fn offer(&self, ports: &mut Ports) {
        let _ = ports;
    }

    /// Called once, before the first start: registers hooks, opens what it needs.
    ///
    /// # Errors
    /// It cannot be used.
    async fn init(&mut self) -> Result {
        Ok(())
    }

    /// The configuration in force.
    ///
    /// # Errors
    /// Its own.
    async fn get_config(&self) -> Result<Value> {
        Ok(Value::Null)
    }

    /// Reads the configuration again and applies it. After an error the one in force stays in force.
    /// Where the broker cannot take what the plugin then offers, this is called once more, and
    /// [`PluginManager::read_config`] yields what it had yielded before.
    ///
    /// # Errors
    /// The configuration has problems, or this plugin cannot change while it runs.
    async fn load_config(&mut self) -> Result {
        Err("unimplemented: its configuration is read when the broker starts".into())
    }

    /// Begins to work.
    ///
    /// # Errors
    /// It cannot; it is not active then. [`Plugin::stop`] is called to end what it has begun, and if it
    /// does not stop, the plugin is gone.
    async fn start(&mut self) -> Result {
        Ok(())
    }

    /// Ends its work, or what a start that has failed has begun. `false`: it goes on, since the broker cannot do without it.
    ///
    /// # Errors
    /// Its own; it stays active.
    async fn stop(&mut self) -> Result<bool> {
        Ok(true)
    }

    /// What it has to say of its state.
    async fn attrs(&self) -> Value {
        Value::Null
    }

    /// Takes a message that only this plugin understands, and answers.
    ///
    /// # Errors
    /// Its own.
    async fn send(&self, message: Value) -> Result<Value> {
        let _ = message;
        Ok(Value::Null)
    }
}
