use core::fmt;
use std::io;

use crate::{Fetch, Fetched, QueueHead, QueueRest, SavedDelayed, SavedSession};
use rmqtt_message::{Message, RecordBatch};

/// Makes records outlive the process. What is behind it may serve all workers of a node, or be one
/// worker's access to something shared.
///
/// Its promises, which [`crate::suite`] checks:
///
/// * A batch is committed as a whole or not at all.
/// * Batches are committed in the order in which they were submitted, those of all workers taken
///   together: if one is there after a crash, so is every one submitted before it, unless it was
///   reported as failed. A worker that submits its records before it hands messages to another
///   worker can therefore rely on that one's records coming later.
/// * Every batch that was not answered at once is answered by a completion, and a worker's
///   completions come in the order of its batches.
/// * A batch that fails changes nothing. Later ones may succeed; what they say about things that
///   only the failed one knew has no effect.
pub trait Store: Send {
    /// Whether anything is done with records. If not, a worker need not write them, and every
    /// promise can be given at once.
    fn keeps_records(&self) -> bool;

    /// Takes the records of a worker's turn and leaves `batch` empty, its room kept, whatever the
    /// answer.
    ///
    /// Never waits for a disk or a network.
    fn submit(&mut self, worker: u16, batch: &mut RecordBatch) -> Submission;

    /// Calls `on_completion` for what has become of the worker's batches since the last call. A
    /// store that completes later has been given a way to wake the worker when it was made.
    fn poll_completions(&mut self, worker: u16, on_completion: &mut dyn FnMut(Completion));

    /// Asks for messages of a session's queue, of which the worker has only the beginning. The answer
    /// shows a state in which every batch that the worker has submitted before is committed or has
    /// failed. Never waits.
    ///
    /// # Errors
    ///
    /// [`StoreError::Overloaded`]: too many questions wait, and there will be no answer to this one.
    fn fetch(&mut self, worker: u16, fetch: &Fetch) -> Result<(), StoreError>;

    /// Calls `on_fetched` for the answers to the worker's questions since the last call, in any
    /// order. Whoever is woken for completions is woken for these too.
    fn poll_fetched(&mut self, worker: u16, on_fetched: &mut dyn FnMut(Fetched));

    /// Waits until everything submitted is committed or has failed: at the end of the process.
    ///
    /// # Errors
    ///
    /// Why the last batch that failed in this call did; its completion says so too.
    fn flush(&mut self) -> Result<(), StoreError>;

    /// Calls `on_saved` for all that is committed: first the sessions in the order of their ids,
    /// each with the head of its queue, then the retained messages, then the delayed ones in the
    /// order of theirs. Meant for the start of the process.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] or [`StoreError::Io`], after which the broker must not start: it
    /// would give clients less than they were promised.
    fn load(
        &mut self,
        head: QueueHead,
        on_saved: &mut dyn FnMut(Saved<'_>),
    ) -> Result<(), StoreError>;
}

/// The answer to [`Store::submit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Submission {
    /// The batch is committed, and so are all earlier ones of this worker that did not fail. Also
    /// the answer to an empty batch, of which it says nothing more.
    Done,
    /// The batch is on its way: a completion with this number or a later one will tell.
    Pending(BatchSeq),
    /// The batch was not taken and there will be no completion for it.
    Refused(StoreError),
}

/// Numbers the pending batches of one worker, from 1 upwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchSeq(pub u64);

/// What has become of pending batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// All batches of the worker up to this one that no completion has named before.
    pub upto: BatchSeq,
    /// Whether they are committed. If not, each promise that hangs on them is to be refused (0x97;
    /// before MQTT 5 no acknowledgement).
    pub result: Result<(), StoreError>,
}

/// Why something is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// More is pending than the store's bound allows.
    Overloaded,
    /// The disk or the store's quota is full.
    Full,
    /// The operating system or the back end reported a failure of this kind.
    Io(io::ErrorKind),
    /// What is stored cannot be read, from this byte on.
    Damaged {
        /// Where, in bytes from the beginning.
        at: u64,
    },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overloaded => f.write_str("too much waits to be stored"),
            Self::Full => f.write_str("there is no room left to store anything"),
            Self::Io(kind) => write!(f, "the store failed: {kind}"),
            Self::Damaged { at } => write!(f, "the stored data is damaged at byte {at}"),
        }
    }
}

impl core::error::Error for StoreError {}

/// One thing that [`Store::load`] gives back.
#[derive(Clone, Copy, Debug)]
pub enum Saved<'a> {
    /// A session. One whose connection had not ended has no [`SavedSession::detached_wall_ms`].
    Session {
        /// All that it has, of its queue the head.
        session: &'a SavedSession,
        /// What of its queue is behind that.
        rest: QueueRest,
    },
    /// A retained message.
    Retained(&'a Message),
    /// A message that waits for its time.
    Delayed(&'a SavedDelayed),
}
