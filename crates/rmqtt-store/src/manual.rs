use std::collections::{BTreeMap, VecDeque};

use rmqtt_message::RecordBatch;

use crate::{
    BatchSeq, Completion, Fetch, Fetched, QueueHead, Saved, SavedState, Store, StoreError,
    Submission,
};

/// A store that behaves as one with a disk does, at the pace of whoever drives it: batches wait
/// until they are committed or made to fail by hand, and a crash loses those that wait.
///
/// For simulations and for tests of what hangs on a commit.
#[derive(Debug, Default)]
pub struct ManualStore {
    committed: SavedState,
    waiting: VecDeque<Waiting>,
    /// How many batches each worker has submitted.
    submitted: BTreeMap<u16, BatchSeq>,
    completions: VecDeque<(u16, Completion)>,
    /// Questions, each behind so many batches that wait.
    fetches: VecDeque<(u16, usize, Fetch)>,
    fetched: Vec<(u16, Fetched)>,
    refusal: Option<StoreError>,
}

#[derive(Debug)]
struct Waiting {
    worker: u16,
    seq: BatchSeq,
    records: RecordBatch,
}

impl ManualStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A store that finds this much from an earlier life.
    #[must_use]
    pub fn with_committed(committed: SavedState) -> Self {
        Self { committed, ..Self::default() }
    }

    /// Commits the batch that waits for longest. `false`: none waits.
    pub fn commit_next(&mut self) -> bool {
        let Some(batch) = self.waiting.pop_front() else {
            return false;
        };
        batch.records.iter().for_each(|record| self.committed.apply(&record));
        self.complete(&batch, Ok(()));
        true
    }

    /// Makes the batch that waits for longest fail. `false`: none waits.
    pub fn fail_next(&mut self, error: StoreError) -> bool {
        let Some(batch) = self.waiting.pop_front() else {
            return false;
        };
        self.complete(&batch, Err(error));
        true
    }

    /// From now on refuses every batch at once for this reason; `None`: takes them again.
    pub fn refuse(&mut self, reason: Option<StoreError>) {
        self.refusal = reason;
    }

    /// How many batches wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// What would be there after a crash now.
    #[must_use]
    pub fn committed(&self) -> &SavedState {
        &self.committed
    }

    /// What would be there after a crash during which the `also` oldest batches that wait were still
    /// committed.
    #[must_use]
    pub fn committed_with(&self, also: usize) -> SavedState {
        let mut state = self.committed.clone();
        for batch in self.waiting.iter().take(also) {
            batch.records.iter().for_each(|record| state.apply(&record));
        }
        state
    }

    /// The store as the next process finds it: what was committed, and nothing else.
    #[must_use]
    pub fn crash(self) -> Self {
        Self { committed: self.committed, ..Self::default() }
    }

    fn complete(&mut self, batch: &Waiting, result: Result<(), StoreError>) {
        self.completions.push_back((batch.worker, Completion { upto: batch.seq, result }));
        self.fetches.iter_mut().for_each(|(_, before, _)| *before -= 1);
        self.answer_fetches();
    }

    fn answer_fetches(&mut self) {
        while let Some((worker, _, fetch)) =
            self.fetches.pop_front_if(|(_, before, _)| *before == 0)
        {
            let (number, session) = (fetch.number, fetch.session);
            let result = Ok(self.committed.fetch(&fetch));
            self.fetched.push((worker, Fetched { number, session, result }));
        }
    }
}

impl Store for ManualStore {
    fn keeps_records(&self) -> bool {
        true
    }

    fn submit(&mut self, worker: u16, batch: &mut RecordBatch) -> Submission {
        if batch.is_empty() {
            return Submission::Done;
        }
        let records = batch.clone();
        batch.clear();
        if let Some(reason) = self.refusal {
            return Submission::Refused(reason);
        }
        let seq = self.submitted.entry(worker).or_default();
        seq.0 += 1;
        let seq = *seq;
        self.waiting.push_back(Waiting { worker, seq, records });
        Submission::Pending(seq)
    }

    fn poll_completions(&mut self, worker: u16, on_completion: &mut dyn FnMut(Completion)) {
        self.completions.retain(|(of, completion)| {
            if *of == worker {
                on_completion(*completion);
            }
            *of != worker
        });
    }

    fn fetch(&mut self, worker: u16, fetch: &Fetch) -> Result<(), StoreError> {
        self.fetches.push_back((worker, self.waiting.len(), *fetch));
        self.answer_fetches();
        Ok(())
    }

    fn poll_fetched(&mut self, worker: u16, on_fetched: &mut dyn FnMut(Fetched)) {
        let mine = self.fetched.extract_if(.., |(of, _)| *of == worker);
        mine.for_each(|(_, fetched)| on_fetched(fetched));
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        while self.commit_next() {}
        Ok(())
    }

    fn load(
        &mut self,
        head: QueueHead,
        on_saved: &mut dyn FnMut(Saved<'_>),
    ) -> Result<(), StoreError> {
        self.committed.visit(head, on_saved);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
