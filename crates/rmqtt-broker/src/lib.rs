//! One node's decisions: who owns a session, who gets a message, and in which order.
//!
//! Two kinds of values, and what they say to each other:
//!
//! * [`Worker`]: a share of the node's links and sessions. Bytes go in, bytes come out; messages for
//!   other workers go into a [`Batch`] each.
//! * [`Directory`]: what all workers must agree on (sessions by client id, subscriptions, retained and
//!   delayed messages). It takes [`Request`]s and gives [`Reply`]s.
//! * [`Routes`]: the subscriptions, written by the directory, read by the workers.
//!
//! None of them reads a clock, opens a socket or starts a thread: a driver, or a simulation, moves the
//! time, the bytes and the batches.

mod address;
mod batch;
mod counters;
mod delayed;
mod directory;
pub mod hook;
mod load;
mod matched;
mod memo;
mod peer;
mod request;
mod restoration;
mod retained;
mod route_table;
mod routes;
mod session_card;
mod slots;
mod strategy;
mod subscribers;
mod wheel;
mod worker;

pub use address::{Address, LinkId, LinkToken};
pub use batch::Batch;
pub use counters::{BySender, Counters, Gauges};
pub use delayed::{
    DELAYED_OVERHEAD_BYTES, DelayedLimits, DelayedMessage, DelayedRefused, DelayedSchedule,
};
pub use directory::{Directory, DirectoryConfig, DirectoryCounts, Replies};
pub use matched::{GroupKey, Match, Receiver};
pub use request::{Caller, Claim, Origin, Reply, Request, RetainedDelivery, Subject};
pub use restoration::{
    Restoration, RestoredLogin, RestoredSession, RestoredShare, RestoredSubscription,
};
pub use retained::{RETAINED_OVERHEAD_BYTES, RetainedLimits, RetainedStore, SetOutcome};
pub use routes::Routes;
pub use session_card::{SessionCard, SessionRef};
pub use strategy::{Chooser, MemberFacts, ShareRequest, ShareStrategy, UnknownStrategy};
pub use wheel::{TICK_MS, Wheel};
pub use worker::{Handoff, LinkCommand, LinkLoss, Overload, Submitted, Worker, WorkerConfig};
