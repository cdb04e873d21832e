use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use rmqtt_broker::hook::Point;
use tokio::runtime::Handle;

use super::Handler;
use super::chain::{call, complain};
use super::held::Held;
use super::questions::Questions;
use super::snapshot::{Entry, Snapshot};
use super::workshop::Workshop;
use crate::sync::{AtomicU64, Mutex, MutexGuard};

/// Who listens where. Clones are the same manager.
#[derive(Clone)]
pub struct HookManager(Arc<Inner>);

struct Inner {
    table: Mutex<Table>,
    /// Counts the changes of the snapshot.
    generation: AtomicU64,
    /// Milliseconds.
    deadline: AtomicU64,
    questions: Arc<Questions>,
}

struct Table {
    registered: Vec<Registered>,
    last_register: u64,
    snapshot: Arc<Snapshot>,
}

struct Registered {
    register: u64,
    started: bool,
    point: Point,
    entry: Entry,
}

/// The handlers of one owner, which are started and stopped together.
pub struct Register {
    manager: HookManager,
    number: u64,
    owner: Arc<str>,
    started: bool,
}

impl HookManager {
    pub(crate) fn new() -> Self {
        let table = Table { registered: Vec::new(), last_register: 0, snapshot: Arc::default() };
        Self(Arc::new(Inner {
            table: Mutex::new(table),
            generation: AtomicU64::new(0),
            deadline: AtomicU64::new(DEADLINE_MS),
            questions: Arc::new(Questions::new(WAITING_BYTES_MAX)),
        }))
    }

    /// A register for handlers of `owner`, whom log lines name. It is stopped at first.
    #[must_use]
    pub fn register(&self, owner: &str) -> Register {
        let mut table = self.table();
        table.last_register += 1;
        let number = table.last_register;
        drop(table);
        Register { manager: self.clone(), number, owner: owner.into(), started: false }
    }

    /// How long deciders may work out their answers to one packet, all together. Default 30 s.
    pub fn set_deadline(&self, deadline: Duration) {
        let ms = u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX);
        self.0.deadline.store(ms, Ordering::Relaxed);
    }

    /// How long deciders may work out their answers to one packet, all together.
    #[must_use]
    pub fn deadline(&self) -> Duration {
        Duration::from_millis(self.0.deadline.load(Ordering::Relaxed))
    }

    /// How much memory may wait for deciders, on all workers together: packets, and 4 KiB for each.
    /// What would be more is answered at once as if the decider had failed. Default 256 MiB.
    pub fn set_waiting_bytes_max(&self, bytes: usize) {
        self.0.questions.set_bytes_max(bytes);
    }

    /// How much memory may wait for deciders.
    #[must_use]
    pub fn waiting_bytes_max(&self) -> usize {
        self.0.questions.bytes_max()
    }

    pub(super) fn questions(&self) -> Arc<Questions> {
        Arc::clone(&self.0.questions)
    }

    /// Lets everybody prepare who wants to before connections are taken. Each has the deadline for
    /// itself.
    pub(crate) async fn before_startup(&self) {
        let (snapshot, deadline) = (self.snapshot(), self.deadline());
        for entry in snapshot.at(Point::BeforeStartup) {
            let Some(work) = call(Point::BeforeStartup, entry, |handler| handler.before_startup())
            else {
                continue;
            };
            let point = Point::BeforeStartup;
            let mut workshop = Workshop::new(Handle::current(), deadline);
            if let Err(unanswered) = workshop.work_out(work).await {
                complain(point, entry, unanswered);
            }
        }
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.table().snapshot)
    }

    /// Changes whenever the snapshot does.
    pub(super) fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }

    /// `change` yields what it takes out: a handler that is let go may come back to this manager, so
    /// nothing is dropped while the table is locked.
    fn change<T>(&self, change: impl FnOnce(&mut Vec<Registered>) -> T) {
        let mut table = self.table();
        let taken_out = change(&mut table.registered);
        let started = table.registered.iter().filter(|registered| registered.started);
        let entries = started.map(|registered| (registered.point, registered.entry.clone()));
        let snapshot = Arc::new(Snapshot::new(entries));
        let before = std::mem::replace(&mut table.snapshot, snapshot);
        self.0.generation.fetch_add(1, Ordering::Release);
        drop(table);
        drop((before, taken_out));
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // Nothing is half done while the lock is held.
        self.0.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const DEADLINE_MS: u64 = 30_000;
const WAITING_BYTES_MAX: usize = 256 << 20;

impl Register {
    /// Registers a handler for one point, with priority 0.
    pub fn add(&mut self, point: Point, handler: Arc<dyn Handler>) {
        self.add_priority(point, 0, handler);
    }

    /// Registers a handler for one point. Higher priorities are called first.
    pub fn add_priority(&mut self, point: Point, priority: u32, handler: Arc<dyn Handler>) {
        let owner = Arc::clone(&self.owner);
        let handler = Held::new(handler);
        let entry = Entry { handler, priority, owner, complaints: Arc::default() };
        let registered = Registered { register: self.number, started: self.started, point, entry };
        self.manager.change(|all| all.push(registered));
    }

    /// From the next packet on the handlers are called.
    pub fn start(&mut self) {
        self.set_started(true);
    }

    /// From the next packet on the handlers are not called any more. What they are judging at this
    /// moment they still judge.
    pub fn stop(&mut self) {
        self.set_started(false);
    }

    fn set_started(&mut self, started: bool) {
        self.started = started;
        let number = self.number;
        self.manager.change(|all| {
            for registered in all.iter_mut().filter(|one| one.register == number) {
                registered.started = started;
            }
        });
    }
}

impl Drop for Register {
    /// The handlers are called no more.
    fn drop(&mut self) {
        let number = self.number;
        self.manager.change(|all| {
            all.extract_if(.., |registered| registered.register == number).collect::<Vec<_>>()
        });
    }
}

impl fmt::Debug for HookManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let snapshot = self.snapshot();
        f.debug_struct("HookManager").field("points", &snapshot.points).finish_non_exhaustive()
    }
}

impl fmt::Debug for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Register")
            .field("owner", &self.owner)
            .field("started", &self.started)
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, rmqtt_loom))]
mod loom_models;
#[cfg(test)]
mod tests;
