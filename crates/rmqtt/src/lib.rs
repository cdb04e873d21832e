//! The broker as a library.
//!
//! ```text
//!  listeners ──accepted──► inbox ─► worker 0 ─┐ batches   ┌─ worker 1 ◄─ inbox ◄── …
//!  (this runtime)                    │        └──────────►┘
//!                                    ├─ requests ─► directory ─ replies ─► inboxes
//!                                    ├─ records ─► store ─ completions ─► (a wake)
//!                                    └─ questions ─► authenticator (this runtime) ─ answers ─► inbox
//! ```
//!
//! [`ServerContext::builder`] collects the parts and starts them. A worker is one thread with its own
//! tokio runtime; it drives its sockets with epoll or, on every system, with one task per connection.
//! Workers never wait for each other, for the directory, for a store or for an authenticator:
//! everything comes back through their inboxes.

mod acceptor;
mod authenticator;
mod clock;
mod context;
mod directory_port;
mod driver;
mod inbox;
mod link;
mod log_limit;
mod node;
mod store_wake;
mod turn;
mod wake_timer;
mod worker_thread;

pub use authenticator::{ANSWER_TIME_MAX, Authenticator};
pub use context::builder::{Builder, StartError};
pub use context::{Listening, ServerContext};
pub use driver::Driver;
pub use rmqtt_broker::{Counters, DelayedLimits, DirectoryConfig, RetainedLimits, ShareStrategy};
pub use rmqtt_codec::{QoS, ReasonCode};
pub use rmqtt_net::{BindError, ListenerConfig};
pub use rmqtt_session::{
    Anonymous, AuthenticationAnswer, AuthenticationQuestion, Features, ListenerPolicy, Overflow,
    QueueLimits,
};
pub use rmqtt_store::{MemoryStore, Store};
pub use store_wake::StoreWake;
