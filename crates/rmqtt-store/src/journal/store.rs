//! The journal behind the port: workers submit, three threads do the rest.
//!
//! The *committer* takes what has gathered while the last group was written, writes it, and tells the
//! workers. The *janitor* syncs, writes checkpoints, moves messages and removes files. The *reader*
//! answers questions for messages.

mod committer;
mod gathering;
mod janitor;
mod reader;

use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use rmqtt_message::RecordBatch;

use super::disk::{Disk, RealDisk};
use super::{Journal, JournalError, JournalSettings, JournalStats, Recovery};
use crate::{Completion, Fetch, Fetched, QueueHead, Saved, Store, StoreError, Submission};

use gathering::Gathering;
use reader::Reading;

/// The embedded store of a node. A clone is access to the same one; the last that goes ends the
/// threads, when everything is on the disk.
#[derive(Clone)]
pub struct JournalStore<D: Disk = RealDisk> {
    shared: Arc<Shared<D>>,
    _threads: Arc<Threads<D>>,
}

struct Shared<D: Disk> {
    settings: JournalSettings,
    gathering: Mutex<Gathering>,
    /// The committer has something to do.
    gathered: Condvar,
    /// What was gathered is committed or has failed, or a failure has ended.
    decided: Condvar,
    journal: Mutex<Journal<D>>,
    janitor: Mutex<Nudge>,
    nudged: Condvar,
    reading: Mutex<Reading<D>>,
    to_read: Condvar,
}

/// What the janitor is told.
#[derive(Debug, Default)]
struct Nudge {
    work: bool,
    stop: bool,
}

struct Threads<D: Disk> {
    shared: Arc<Shared<D>>,
    committer: Option<JoinHandle<()>>,
    janitor: Option<JoinHandle<()>>,
    reader: Option<JoinHandle<()>>,
}

impl<D: Disk> JournalStore<D> {
    /// Opens the store in the directory, or makes one, and starts its threads.
    ///
    /// # Errors
    ///
    /// Those of [`Journal::open`], or that a thread cannot be started.
    pub fn open(disk: D, settings: JournalSettings) -> Result<(Self, Recovery), JournalError> {
        let (journal, recovery) = Journal::open(disk, settings.clone())?;
        let shared = Arc::new(Shared {
            gathering: Mutex::new(Gathering::new(journal.usage())),
            settings,
            gathered: Condvar::new(),
            decided: Condvar::new(),
            journal: Mutex::new(journal),
            janitor: Mutex::default(),
            nudged: Condvar::new(),
            reading: Mutex::new(Reading::default()),
            to_read: Condvar::new(),
        });
        let mut threads =
            Threads { shared: Arc::clone(&shared), committer: None, janitor: None, reader: None };
        let io = |error| JournalError::io("a thread of the store", error);
        threads.committer = Some(start("store-commit", &shared, committer::run).map_err(io)?);
        threads.janitor = Some(start("store-janitor", &shared, janitor::run).map_err(io)?);
        threads.reader = Some(start("store-read", &shared, reader::run).map_err(io)?);
        Ok((Self { shared, _threads: Arc::new(threads) }, recovery))
    }

    /// Access for this worker, which is woken when something of it was completed or answered. `wake`
    /// is called on a thread of the store and must not wait.
    #[must_use]
    pub fn for_worker(&self, worker: u16, wake: impl Fn() + Send + Sync + 'static) -> Self {
        self.shared.gathering().worker(worker).wake = Some(Arc::new(wake));
        self.clone()
    }

    /// What is to be known of the store from outside.
    #[must_use]
    pub fn stats(&self) -> JournalStats {
        let refused = self.shared.gathering().refused_batches;
        let mut stats = self.shared.journal().stats();
        stats.counters.refused_batches += refused;
        stats
    }

    /// Waits until a failure has ended, if there is one.
    pub fn wait_until_it_works(&self) {
        let gathering = self.shared.gathering();
        let works = self.shared.decided.wait_while(gathering, |now| now.refusal.is_some());
        drop(works);
    }

    /// The journal, for as long as nobody else needs it: workers' batches wait meanwhile.
    pub(super) fn journal(&self) -> MutexGuard<'_, Journal<D>> {
        self.shared.journal()
    }
}

impl<D: Disk> Store for JournalStore<D> {
    fn keeps_records(&self) -> bool {
        true
    }

    fn submit(&mut self, worker: u16, batch: &mut RecordBatch) -> Submission {
        let submission = self.shared.gathering().submit(worker, batch, &self.shared.settings);
        batch.clear();
        if matches!(submission, Submission::Pending(_)) {
            self.shared.gathered.notify_one();
        }
        submission
    }

    fn poll_completions(&mut self, worker: u16, on_completion: &mut dyn FnMut(Completion)) {
        let completions = self.shared.gathering().take_completions(worker);
        completions.into_iter().for_each(on_completion);
    }

    fn fetch(&mut self, worker: u16, fetch: &Fetch) -> Result<(), StoreError> {
        self.shared.gathering().ask(worker, fetch)?;
        self.shared.gathered.notify_one();
        Ok(())
    }

    fn poll_fetched(&mut self, worker: u16, on_fetched: &mut dyn FnMut(Fetched)) {
        let fetched = self.shared.gathering().take_fetched(worker);
        fetched.into_iter().for_each(on_fetched);
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        let gathering = self.shared.gathering();
        let before = gathering.failed_groups;
        let decided = self.shared.decided.wait_while(gathering, |now| !now.is_decided());
        let decided = decided.unwrap_or_else(PoisonError::into_inner);
        let failure = decided.last_failure.filter(|_| decided.failed_groups != before);
        drop(decided);
        self.shared.sync();
        failure.map_or(Ok(()), Err)
    }

    fn load(
        &mut self,
        head: QueueHead,
        on_saved: &mut dyn FnMut(Saved<'_>),
    ) -> Result<(), StoreError> {
        self.shared.journal().load(head, on_saved)
    }
}

impl<D: Disk> fmt::Debug for JournalStore<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournalStore")
            .field("settings", &self.shared.settings)
            .finish_non_exhaustive()
    }
}

impl<D: Disk> Shared<D> {
    fn gathering(&self) -> MutexGuard<'_, Gathering> {
        self.gathering.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn journal(&self) -> MutexGuard<'_, Journal<D>> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn nudge_janitor(&self) {
        self.janitor.lock().unwrap_or_else(PoisonError::into_inner).work = true;
        self.nudged.notify_one();
    }

    /// Makes the committer look at the journal though no batch has come.
    fn call_committer(&self) {
        self.gathering().is_called = true;
        self.gathered.notify_one();
    }

    /// Syncs what was committed without it.
    fn sync(&self) {
        // The lock is not held while the disk works.
        let sync = self.journal().begin_sync();
        if let Some(mut sync) = sync {
            sync.run();
            let mut journal = self.journal();
            journal.finish_sync(sync);
            let has_failed = journal.failure().is_some();
            drop(journal);
            if has_failed {
                self.call_committer();
            }
        }
    }
}

impl<D: Disk> Drop for Threads<D> {
    fn drop(&mut self) {
        let shared = &self.shared;
        // Whoever ends may have panicked; then there is nothing more to end in order.
        shared.gathering().stop = true;
        shared.gathered.notify_one();
        join(self.committer.take());
        shared.janitor.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        shared.nudged.notify_one();
        join(self.janitor.take());
        shared.reading.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        shared.to_read.notify_one();
        join(self.reader.take());
    }
}

fn join(thread: Option<JoinHandle<()>>) {
    if let Some(thread) = thread {
        let _ = thread.join();
    }
}

fn start<D: Disk>(
    name: &str,
    shared: &Arc<Shared<D>>,
    run: fn(&Shared<D>),
) -> io::Result<JoinHandle<()>> {
    let shared = Arc::clone(shared);
    thread::Builder::new().name(name.into()).spawn(move || run(&shared))
}

#[cfg(test)]
mod tests;
