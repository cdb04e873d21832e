//! The broker as a library.
//!
//! ```text
//!  listeners ──accepted──► inbox ─► worker 0 ─┐ batches   ┌─ worker 1 ◄─ inbox ◄── …
//!  (this runtime)                    │        └──────────►┘
//!                                    ├─ requests ─► directory ─ replies ─► inboxes
//!                                    ├─ records ─► store ─ completions ─► (a wake)
//!                                    └─ hooks: at once, or later (this runtime) ─ verdicts ─► inbox
//! ```
//!
//! [`ServerContext::new`] collects the parts, plugins register with the context, and [`MqttServer`]
//! starts it. A worker is one thread with its own tokio runtime; it drives its sockets with epoll or,
//! on every system, with one task per connection. Workers never wait for each other, for the
//! directory, for a store or for a hook: everything comes back through their inboxes.

mod acceptor;
mod clock;
pub mod context;
mod directory_port;
mod driver;
pub mod hook;
mod inbox;
mod link;
mod log_limit;
pub mod net;
mod node;
pub mod overload;
pub mod plugin;
pub mod server;
pub mod stats;
mod store_wake;
mod sync;
mod turn;
mod wake_timer;
mod worker_thread;

#[cfg(all(test, rmqtt_loom))]
mod loom_models;

pub use context::{Listening, ServerContext, StartError};
pub use driver::Driver;
pub use rmqtt_broker::{Counters, DelayedLimits, DirectoryConfig, RetainedLimits, ShareStrategy};
pub use rmqtt_codec::{QoS, ReasonCode};
pub use rmqtt_net::{BindError, ListenerConfig};
pub use rmqtt_session::{Anonymous, Features, ListenerPolicy, Overflow, QueueLimits, QueueRate};
pub use rmqtt_store::{MemoryStore, Store};
pub use server::MqttServer;
pub use store_wake::StoreWake;
