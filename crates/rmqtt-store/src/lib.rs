//! What makes sessions and messages outlive the process: the port, and what may stand behind it.
//!
//! # The port
//!
//! * [`Record`](rmqtt_message::Record): one thing that happened and has to be remembered. A worker
//!   collects the records of a turn in a [`RecordBatch`](rmqtt_message::RecordBatch), encoded once, in
//!   the form in which they are stored.
//! * [`Store`]: takes batches, commits each as a whole, and tells the worker when it has. A promise
//!   to a client (`PUBACK`, `PUBREC`, `PUBCOMP`, `SUBACK`) leaves only after the batch behind it.
//! * [`SavedState`]: what a sequence of records amounts to, and what a store gives back after a
//!   restart.
//! * [`Fetch`]: a question for messages of a queue of which the broker has only the beginning.
//!
//! # Stores
//!
//! * [`journal`]: the embedded store, a log on the disk.
//! * [`MemoryStore`]: answers at once. The plain one keeps nothing.
//! * [`ManualStore`]: commits when it is told to, or fails, or crashes; for simulations.
//! * [`suite`]: what every store has to pass.
//!
//! The crate knows no session logic, no topics and no network. It reads no clock.

pub mod journal;
mod manual;
mod memory;
mod queue;
mod saved_state;
mod store;
pub mod suite;

pub use manual::ManualStore;
pub use memory::MemoryStore;
pub use queue::{Fetch, Fetched, QueueHead, QueuePart, QueuePlace, QueueRest};
pub use saved_state::{
    SavedDelayed, SavedInflight, SavedMessage, SavedSession, SavedState, SavedSubscription,
    SavedWill,
};
pub use store::{BatchSeq, Completion, Saved, Store, StoreError, Submission};
