//! How workers reach the directory without ever waiting for it.
//!
//! A worker leaves its requests in a shared list and then tries the directory's lock. Whoever gets it
//! serves everything that is in the list, also what others left there, and looks once more after it
//! has unlocked, so that nothing is left lying. Whoever does not get it goes on: its replies come into
//! its inbox.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, TryLockError};

use rmqtt_broker::{Directory, Reply, Request};
use rmqtt_message::Now;

use crate::stats::Gauged;
use crate::sync::{AtomicU64, Mutex, MutexGuard};

/// The directory and the requests that wait for it.
pub(crate) struct DirectoryPort {
    requests: Mutex<Vec<Request>>,
    served: Mutex<Served>,
    /// When the directory has something due, monotonic milliseconds; `u64::MAX` for never.
    deadline_mono_ms: AtomicU64,
    stats: Arc<Gauged>,
}

struct Served {
    directory: Directory,
    taken: Vec<Request>,
    replies: Vec<(u16, Reply)>,
}

impl DirectoryPort {
    pub(crate) fn new(directory: Directory, stats: Arc<Gauged>) -> Self {
        let served = Served { directory, taken: Vec::new(), replies: Vec::new() };
        Self {
            requests: Mutex::default(),
            served: Mutex::new(served),
            deadline_mono_ms: AtomicU64::new(u64::MAX),
            stats,
        }
    }

    /// Leaves the requests, empties `requests`, and serves if nobody else does. `send` is called for
    /// each reply in the order in which the requests were served, whoever serves: one inbox per
    /// worker therefore keeps the order of that worker's replies.
    ///
    /// `true`: [`DirectoryPort::next_deadline`] has come nearer.
    pub(crate) fn submit(
        &self,
        requests: &mut Vec<Request>,
        now: Now,
        mut send: impl FnMut(u16, Reply),
    ) -> bool {
        lock(&self.requests).append(requests);
        let mut nearer = false;
        loop {
            let Some(mut served) = self.try_serve() else {
                return nearer;
            };
            served.take_requests(&self.requests);
            while !served.taken.is_empty() {
                served.handle_taken(now);
                served.take_requests(&self.requests);
            }
            nearer |= self.hand_out(&mut served, &mut send);
            drop(served);
            if lock(&self.requests).is_empty() {
                return nearer;
            }
        }
    }

    /// Changes the directory, however long somebody else serves, and serves what came meanwhile. Not
    /// for workers, who never wait.
    pub(crate) fn change(
        &self,
        change: impl FnOnce(&mut Directory),
        now: Now,
        send: impl FnMut(u16, Reply),
    ) {
        change(&mut lock(&self.served).directory);
        // Whoever came meanwhile has left requests to whoever had the lock.
        self.submit(&mut Vec::new(), now, send);
    }

    /// Does what is due at `now`.
    pub(crate) fn advance(&self, now: Now, mut send: impl FnMut(u16, Reply)) {
        // Whoever serves at this moment leaves a deadline that is judged anew in the next turn.
        let Some(mut served) = self.try_serve() else {
            return;
        };
        let Served { directory, replies, .. } = &mut *served;
        directory.advance(now, replies);
        self.hand_out(&mut served, &mut send);
    }

    /// When [`DirectoryPort::advance`] has something to do.
    pub(crate) fn next_deadline(&self) -> Option<u64> {
        Some(self.deadline_mono_ms.load(Ordering::Acquire)).filter(|at| *at != u64::MAX)
    }

    fn try_serve(&self) -> Option<MutexGuard<'_, Served>> {
        match self.served.try_lock() {
            Ok(served) => Some(served),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        }
    }

    fn hand_out(&self, served: &mut Served, send: &mut impl FnMut(u16, Reply)) -> bool {
        for (worker, reply) in served.replies.drain(..) {
            send(worker, reply);
        }
        self.stats.directory_changed(&served.directory.counts());
        let deadline = served.directory.next_deadline().unwrap_or(u64::MAX);
        self.deadline_mono_ms.swap(deadline, Ordering::AcqRel) > deadline
    }
}

impl Served {
    fn take_requests(&mut self, requests: &Mutex<Vec<Request>>) {
        std::mem::swap(&mut *lock(requests), &mut self.taken);
    }

    fn handle_taken(&mut self, now: Now) {
        for request in self.taken.drain(..) {
            self.directory.handle(request, now, &mut self.replies);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
