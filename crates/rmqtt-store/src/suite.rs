//! What every store has to pass: the promises of [`Store`] as functions that panic when one is
//! broken.
//!
//! The tests of a store write a [`Harness`] and call [`check_submission`]; those of a store that
//! keeps records also [`check_recovery`] and [`check_fetch`], and, if it can be made to fail,
//! [`check_failure`].

mod failure;
mod fetch;
mod recovery;
mod story;
mod submission;

use rmqtt_message::RecordBatch;

use crate::{Completion, Store, StoreError, Submission};

pub use failure::check_failure;
pub use fetch::check_fetch;
pub use recovery::check_recovery;
pub use story::Story;
pub use submission::check_submission;

/// How the suite handles a kind of store.
pub trait Harness {
    /// The kind.
    type Store: Store;

    /// A store with nothing in it.
    fn create(&mut self) -> Self::Store;

    /// Lets the store finish all that was submitted.
    fn settle(&mut self, store: &mut Self::Store);

    /// The store as the next process finds it if this one is killed now.
    fn crash(&mut self, store: Self::Store) -> Self::Store;
}

/// How the suite makes a store fail.
pub trait FaultyHarness: Harness {
    /// Makes all batches fail that are pending, and all that are submitted until
    /// [`FaultyHarness::repair`], for this reason.
    fn fail(&mut self, store: &mut Self::Store, reason: StoreError);

    /// Lets the store work again.
    fn repair(&mut self, store: &mut Self::Store);
}

/// Submits a batch of generated records and gives back a copy of it beside the answer.
fn submit(
    store: &mut impl Store,
    story: &mut Story,
    worker: u16,
    records: usize,
) -> (RecordBatch, Submission) {
    let mut batch = RecordBatch::default();
    story.tell(records, &mut batch);
    let copy = batch.clone();
    let submission = store.submit(worker, &mut batch);
    assert!(batch.is_empty(), "a submitted batch is left empty");
    (copy, submission)
}

fn completions(store: &mut impl Store, worker: u16) -> Vec<Completion> {
    let mut completions = Vec::new();
    store.poll_completions(worker, &mut |completion| completions.push(completion));
    completions
}

#[cfg(test)]
mod tests;
