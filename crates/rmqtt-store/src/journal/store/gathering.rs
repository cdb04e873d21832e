use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use rmqtt_message::RecordBatch;

use crate::journal::JournalSettings;
use crate::journal::frame::{FrameBuf, empty_records};
use crate::journal::stats::Usage;
use crate::{BatchSeq, Completion, Fetch, Fetched, StoreError, Submission};

/// What workers have submitted since the committer last looked, and what it has to tell them.
#[derive(Debug)]
pub(super) struct Gathering {
    records: FrameBuf,
    /// The last batch of each worker among them.
    upto: Vec<(u16, BatchSeq)>,
    /// The same for what is being committed.
    committing: Vec<(u16, BatchSeq)>,
    fetches: Vec<(u16, Fetch)>,
    /// Questions that are not answered.
    open_fetches: usize,
    workers: Vec<WorkerDesk>,
    /// Why every batch is refused.
    pub(super) refusal: Option<StoreError>,
    /// What the store took up when somebody last looked.
    pub(super) usage: Usage,
    pub(super) refused_batches: u64,
    pub(super) failed_groups: u64,
    pub(super) last_failure: Option<StoreError>,
    /// The committer is to look at the journal.
    pub(super) is_called: bool,
    is_busy: bool,
    pub(super) stop: bool,
}

/// What concerns one worker.
#[derive(Default)]
pub(super) struct WorkerDesk {
    submitted: BatchSeq,
    completions: VecDeque<Completion>,
    fetched: Vec<Fetched>,
    pub(super) wake: Option<Wake>,
}

/// Makes a worker look.
pub(super) type Wake = Arc<dyn Fn() + Send + Sync>;

/// What the committer takes at once.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) records: FrameBuf,
    pub(super) fetches: Vec<(u16, Fetch)>,
}

impl Gathering {
    pub(super) fn new(usage: Usage) -> Self {
        Self {
            records: empty_records(),
            upto: Vec::new(),
            committing: Vec::new(),
            fetches: Vec::new(),
            open_fetches: 0,
            workers: Vec::new(),
            refusal: None,
            usage,
            refused_batches: 0,
            failed_groups: 0,
            last_failure: None,
            is_called: false,
            is_busy: false,
            stop: false,
        }
    }

    pub(super) fn worker(&mut self, worker: u16) -> &mut WorkerDesk {
        let number = usize::from(worker);
        if self.workers.len() <= number {
            self.workers.resize_with(number + 1, WorkerDesk::default);
        }
        &mut self.workers[number]
    }

    pub(super) fn submit(
        &mut self,
        worker: u16,
        batch: &RecordBatch,
        settings: &JournalSettings,
    ) -> Submission {
        let Some((_, records)) = batch.as_bytes().split_first() else {
            return Submission::Done;
        };
        if let Some(error) = self.refusal_of(batch, records.len(), settings) {
            self.refused_batches += 1;
            return Submission::Refused(error);
        }
        self.records.push(records);
        let desk = self.worker(worker);
        desk.submitted.0 += 1;
        let seq = desk.submitted;
        match self.upto.iter_mut().find(|(of, _)| *of == worker) {
            Some((_, upto)) => *upto = seq,
            None => self.upto.push((worker, seq)),
        }
        Submission::Pending(seq)
    }

    fn refusal_of(
        &self,
        batch: &RecordBatch,
        bytes: usize,
        settings: &JournalSettings,
    ) -> Option<StoreError> {
        if self.refusal.is_some() {
            return self.refusal;
        }
        let waiting = self.records.len();
        if self.usage.admission(waiting as u64).refuses(batch) {
            return Some(StoreError::Full);
        }
        // However large a batch is, alone it is taken, unless a frame cannot hold it.
        let is_too_much = (waiting > 0
            && waiting.saturating_add(bytes) > settings.pending_bytes_max)
            || bytes > FRAME_BYTES_MAX;
        is_too_much.then_some(StoreError::Overloaded)
    }

    pub(super) fn ask(&mut self, worker: u16, fetch: &Fetch) -> Result<(), StoreError> {
        if self.open_fetches >= FETCHES_MAX {
            return Err(StoreError::Overloaded);
        }
        self.open_fetches += 1;
        self.fetches.push((worker, *fetch));
        Ok(())
    }

    /// Whether the committer has something to do.
    pub(super) fn has_work(&self) -> bool {
        !self.records.is_empty() || !self.fetches.is_empty() || self.is_called
    }

    /// Whether everything that was submitted is committed or has failed.
    pub(super) fn is_decided(&self) -> bool {
        self.records.is_empty() && !self.is_busy
    }

    /// What has gathered. `room`: emptied records, in which the next ones gather.
    pub(super) fn take_group(&mut self, room: FrameBuf) -> Group {
        self.is_called = false;
        self.is_busy = true;
        std::mem::swap(&mut self.committing, &mut self.upto);
        Group {
            records: std::mem::replace(&mut self.records, room),
            fetches: std::mem::take(&mut self.fetches),
        }
    }

    /// The group that was taken is committed, or has failed.
    pub(super) fn finish_group(&mut self, result: Result<(), StoreError>) -> Vec<Wake> {
        self.is_busy = false;
        let committing = std::mem::take(&mut self.committing);
        self.complete(committing, result)
    }

    /// From now on everything is refused, and what has gathered has failed.
    pub(super) fn begin_failure(&mut self, error: StoreError) -> Vec<Wake> {
        self.refusal = Some(error);
        self.records.clear(0);
        let upto = std::mem::take(&mut self.upto);
        self.complete(upto, Err(error))
    }

    /// The committer is gone.
    pub(super) fn give_up(&mut self, error: StoreError) -> Vec<Wake> {
        let mut wakes = self.finish_group(Err(error));
        wakes.append(&mut self.begin_failure(error));
        wakes
    }

    pub(super) fn take_completions(&mut self, worker: u16) -> VecDeque<Completion> {
        std::mem::take(&mut self.worker(worker).completions)
    }

    /// A question is answered.
    pub(super) fn answer(&mut self, worker: u16, fetched: Fetched) -> Option<Wake> {
        self.open_fetches -= 1;
        let desk = self.worker(worker);
        desk.fetched.push(fetched);
        desk.wake.clone()
    }

    pub(super) fn take_fetched(&mut self, worker: u16) -> Vec<Fetched> {
        std::mem::take(&mut self.worker(worker).fetched)
    }

    fn complete(
        &mut self,
        batches: Vec<(u16, BatchSeq)>,
        result: Result<(), StoreError>,
    ) -> Vec<Wake> {
        if let Some(error) = result.err().filter(|_| !batches.is_empty()) {
            self.failed_groups += 1;
            self.last_failure = Some(error);
        }
        let mut wakes = Vec::new();
        for (worker, upto) in batches {
            let desk = self.worker(worker);
            match desk.completions.back_mut() {
                Some(last) if last.result == result => last.upto = upto,
                _ => desk.completions.push_back(Completion { upto, result }),
            }
            wakes.extend(desk.wake.clone());
        }
        wakes
    }
}

impl fmt::Debug for WorkerDesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerDesk")
            .field("submitted", &self.submitted)
            .field("completions", &self.completions)
            .finish_non_exhaustive()
    }
}

/// Bytes of a batch that a frame holds in any case.
const FRAME_BYTES_MAX: usize = 1 << 30;

/// Questions that may wait.
const FETCHES_MAX: usize = 4_096;
