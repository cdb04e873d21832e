use std::collections::VecDeque;
use std::sync::PoisonError;

use super::Shared;
use crate::Fetch;
use crate::journal::{Disk, Fetching};

/// Questions whose messages are to be read.
#[derive(Debug)]
pub(super) struct Reading<D: Disk> {
    queue: VecDeque<(u16, Fetching<D>)>,
    pub(super) stop: bool,
}

impl<D: Disk> Default for Reading<D> {
    fn default() -> Self {
        Self { queue: VecDeque::new(), stop: false }
    }
}

impl<D: Disk> Shared<D> {
    /// Hands over questions, which see what is committed now.
    pub(super) fn read(&self, fetches: &[(u16, Fetch)]) {
        if fetches.is_empty() {
            return;
        }
        let journal = self.journal();
        let begun: Vec<_> =
            fetches.iter().map(|(worker, fetch)| (*worker, journal.begin_fetch(fetch))).collect();
        drop(journal);
        self.reading.lock().unwrap_or_else(PoisonError::into_inner).queue.extend(begun);
        self.to_read.notify_one();
    }
}

/// Reads and answers, until it is stopped.
pub(super) fn run<D: Disk>(shared: &Shared<D>) {
    loop {
        let reading = shared.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = |now: &mut Reading<D>| now.queue.is_empty() && !now.stop;
        let waited = shared.to_read.wait_while(reading, idle);
        let mut reading = waited.unwrap_or_else(PoisonError::into_inner);
        if reading.stop {
            return;
        }
        let Some((worker, mut fetching)) = reading.queue.pop_front() else { continue };
        drop(reading);
        fetching.run();
        let wake = shared.gathering().answer(worker, fetching.into_fetched());
        if let Some(wake) = wake {
            wake();
        }
    }
}
