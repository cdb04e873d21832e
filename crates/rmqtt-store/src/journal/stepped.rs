use std::collections::{BTreeMap, VecDeque};

use rmqtt_message::RecordBatch;

use super::disk::Disk;
use super::frame::{FrameBuf, empty_records};
use super::{Commit, Journal, JournalError, JournalSettings, Recovery, Work};
use crate::{
    BatchSeq, Completion, Fetch, Fetched, QueueHead, Saved, Store, StoreError, Submission,
};

/// A journal that works when it is told to: for simulations, with a [`SimDisk`](super::SimDisk)
/// below it, and for tools.
///
/// Batches wait until [`SteppedJournal::commit_some`] commits them as one group.
#[derive(Debug)]
pub struct SteppedJournal<D: Disk> {
    journal: Journal<D>,
    waiting: FrameBuf,
    batches: VecDeque<(u16, BatchSeq, usize)>,
    submitted: BTreeMap<u16, BatchSeq>,
    completions: VecDeque<(u16, Completion)>,
    fetches: VecDeque<(u16, Fetch)>,
    fetched: VecDeque<(u16, Fetched)>,
    work: Option<Work<D>>,
}

impl<D: Disk> SteppedJournal<D> {
    /// Opens the store in the directory, or makes one.
    ///
    /// # Errors
    ///
    /// Those of [`Journal::open`].
    pub fn open(disk: D, settings: JournalSettings) -> Result<(Self, Recovery), JournalError> {
        let (journal, recovery) = Journal::open(disk, settings)?;
        Ok((Self::new(journal), recovery))
    }

    fn new(journal: Journal<D>) -> Self {
        Self {
            journal,
            waiting: empty_records(),
            batches: VecDeque::new(),
            submitted: BTreeMap::new(),
            completions: VecDeque::new(),
            fetches: VecDeque::new(),
            fetched: VecDeque::new(),
            work: None,
        }
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> &Journal<D> {
        &self.journal
    }

    pub(super) fn journal_mut(&mut self) -> &mut Journal<D> {
        &mut self.journal
    }

    /// Begins a new file of the log, though there is nothing to write.
    pub(super) fn begin_file(&mut self) -> Result<(), StoreError> {
        let mut commit = self.journal.begin_commit(empty_records());
        commit.run();
        self.journal.finish_commit(commit).1
    }

    /// How many batches wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.batches.len()
    }

    /// Commits the batches that have waited for longest, at most so many, and messages that are to be
    /// moved. With a failure of the store they fail. Then answers questions that have no batch
    /// before them.
    pub fn commit_some(&mut self, batches_max: usize) {
        let mut group = empty_records();
        let number = batches_max.min(self.batches.len());
        let bytes: usize = self.batches.iter().take(number).map(|(_, _, bytes)| bytes).sum();
        let mut later = empty_records();
        let waiting = &self.waiting.as_bytes()[super::frame::CONTENT_AT..];
        group.push(&waiting[..bytes]);
        later.push(&waiting[bytes..]);
        self.waiting = later;
        let result = self.commit(group);
        for (worker, seq, _) in self.batches.drain(..number) {
            self.completions.push_back((worker, Completion { upto: seq, result }));
        }
        if self.batches.is_empty() {
            for (worker, fetch) in self.fetches.drain(..) {
                let mut fetching = self.journal.begin_fetch(&fetch);
                fetching.run();
                self.fetched.push_back((worker, fetching.into_fetched()));
            }
        }
    }

    /// Syncs what was committed without it.
    pub fn sync(&mut self) {
        if let Some(mut sync) = self.journal.begin_sync() {
            sync.run();
            self.journal.finish_sync(sync);
        }
    }

    /// Tries to write again after a failure. `true`: the store works.
    pub fn probe(&mut self) -> bool {
        if self.journal.failure().is_none() {
            return true;
        }
        let mut probe = self.journal.begin_probe();
        probe.run();
        self.journal.finish_probe(probe)
    }

    /// Takes the next step of what is done beside the log: begins a piece of work, or runs and ends
    /// the one that was begun. `false`: there is nothing to do, or it has failed.
    pub fn work_some(&mut self) -> bool {
        match self.work.take() {
            Some(mut work) => {
                work.run();
                self.journal.finish_work(work)
            }
            None => {
                self.work = self.journal.next_work();
                self.work.is_some()
            }
        }
    }

    /// Does all there is to do, including the commits that it asks for.
    pub fn work_all(&mut self) {
        loop {
            while self.work_some() {}
            if !self.journal.has_relocation() || self.journal.failure().is_some() {
                break;
            }
            self.commit_some(0);
        }
    }

    fn commit(&mut self, group: FrameBuf) -> Result<(), StoreError> {
        if let Some(error) = self.journal.failure() {
            return Err(error);
        }
        if group.is_empty() && !self.journal.has_relocation() {
            return Ok(());
        }
        let mut commit: Commit<D> = self.journal.begin_commit(group);
        commit.run();
        self.journal.finish_commit(commit).1
    }
}

impl<D: Disk> Store for SteppedJournal<D> {
    fn keeps_records(&self) -> bool {
        true
    }

    fn submit(&mut self, worker: u16, batch: &mut RecordBatch) -> Submission {
        let Some((_, records)) = batch.as_bytes().split_first() else {
            return Submission::Done;
        };
        let admission = self.journal.admission(self.waiting.len() as u64);
        let refusal =
            self.journal.failure().or_else(|| admission.refuses(batch).then_some(StoreError::Full));
        if let Some(error) = refusal {
            batch.clear();
            self.journal.counters.refused_batches += 1;
            return Submission::Refused(error);
        }
        self.waiting.push(records);
        let seq = self.submitted.entry(worker).or_default();
        seq.0 += 1;
        self.batches.push_back((worker, *seq, records.len()));
        batch.clear();
        Submission::Pending(*seq)
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
        self.fetches.push_back((worker, *fetch));
        Ok(())
    }

    fn poll_fetched(&mut self, worker: u16, on_fetched: &mut dyn FnMut(Fetched)) {
        let (mine, others): (VecDeque<_>, _) =
            self.fetched.drain(..).partition(|(of, _)| *of == worker);
        self.fetched = others;
        mine.into_iter().for_each(|(_, fetched)| on_fetched(fetched));
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.commit_some(usize::MAX);
        self.sync();
        self.journal.failure().map_or(Ok(()), Err)
    }

    fn load(
        &mut self,
        head: QueueHead,
        on_saved: &mut dyn FnMut(Saved<'_>),
    ) -> Result<(), StoreError> {
        self.journal.load(head, on_saved)
    }
}
