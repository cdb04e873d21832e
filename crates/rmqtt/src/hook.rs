//! Looking on, and having a say.
//!
//! A [`Handler`] has one method for each [`Point`]. It is registered for some of them, with a
//! priority, and is called while its [`Register`] is started:
//!
//! ```
//! use std::sync::Arc;
//!
//! use rmqtt::hook::{Answer, Client, Handler, Point, PublishAcl, PublishView, Verdict};
//!
//! /// Nobody publishes below `internal/`.
//! struct Guard;
//!
//! impl Handler for Guard {
//!     fn message_publish_check_acl(
//!         &self,
//!         _client: &Arc<Client>,
//!         publish: &PublishView<'_>,
//!     ) -> Answer<PublishAcl> {
//!         if publish.topic().starts_with("internal/") {
//!             return Verdict::Stop(PublishAcl::deny()).into();
//!         }
//!         Answer::pass()
//!     }
//! }
//!
//! # fn register(scx: &rmqtt::ServerContext) {
//! let mut register = scx.hooks().register("guard");
//! register.add_priority(Point::MessagePublishCheckAcl, 10, Arc::new(Guard));
//! register.start();
//! # }
//! ```
//!
//! *Observers* borrow what has happened, on the worker's thread: they must not block, and put what
//! takes time into a bounded queue of their own. *Deciders* answer at once, or later
//! ([`Answer::later`]): then the client's packet waits, in its place, and the worker goes on with other
//! clients. Handlers of higher priority come first, among equal ones those registered first.
//! [`Verdict::Stop`] ends the chain.
//!
//! A refusal is told to the client in a packet of its own kind, which may carry some codes and others
//! not; for one that it may not carry, 0x87 (not authorized) is taken, and logged.
//!
//! A packet is judged from its first to its last handler by the handlers of one moment, whatever is
//! started or stopped meanwhile. All of them together have one
//! [deadline](HookManager::set_deadline), and all that waits for answers on the node is
//! [bounded](HookManager::set_waiting_bytes_max). A handler that panics, that still works at the
//! deadline, or that is beyond the bound, has not answered: at `client_authenticate`,
//! `client_subscribe_check_acl` and `message_publish_check_acl` that is a refusal, elsewhere the
//! chain goes on without it.

mod answer;
mod chain;
mod complaint;
mod fitting_code;
mod handler;
mod held;
mod judge;
mod manager;
mod observe;
mod publish;
mod questions;
mod snapshot;
mod welcomes;
mod worker_hooks;
mod workshop;

pub use answer::{
    Answer, AuthResult, Future, PublishAcl, PublishView, Subscribe, SubscribeAcl, Unsubscribe,
    Verdict,
};
pub use handler::Handler;
pub use manager::{HookManager, Register};
pub use rmqtt_broker::hook::{
    Client, DisconnectReason, DroppedReason, Point, Points, Publish, TerminationReason,
};
pub use rmqtt_codec::{
    ProtocolVersion, PublishProperties, SubscriptionOptions, UserProperties, UserPropertiesBuf,
};
pub use rmqtt_message::{
    Message, MessageId, MessageRef, Sender, SenderDetails, SenderKind, SessionId,
};
pub use rmqtt_session::{
    CloseCause, ConnectInfo, DropReason, Exchange, UnwantedSubscription, WantedSubscription, Will,
};
pub(crate) use worker_hooks::WorkerHooks;
