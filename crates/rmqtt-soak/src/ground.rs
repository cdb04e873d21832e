//! What all clients of a run share.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rmqtt_test::{Connect, RawClient, Version};

use crate::chance::Chance;

/// How long any client waits for an answer. Two processors that run all clients and the broker keep
/// somebody waiting at times; who waits as long as this is not served.
const PATIENCE: Duration = Duration::from_secs(60);

/// The place where everything happens.
#[derive(Debug)]
pub(crate) struct Ground {
    address: SocketAddr,
    seed: u64,
    begun: Instant,
    is_over: AtomicBool,
    counts: Mutex<BTreeMap<&'static str, u64>>,
}

impl Ground {
    /// A broker listens at `address`.
    pub(crate) fn new(address: SocketAddr, seed: u64) -> Self {
        Self {
            address,
            seed,
            begun: Instant::now(),
            is_over: AtomicBool::new(false),
            counts: Mutex::default(),
        }
    }

    /// Should everybody come to an end?
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Everybody should.
    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Ends everything if the holder ends with a panic: nobody waits for a client that is gone.
    pub(crate) fn guard(&self) -> Guard<'_> {
        Guard(self)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Chance for one client.
    pub(crate) fn chance(&self, client: u64) -> Chance {
        Chance::new(self.seed, client)
    }

    /// Connects a client, which may be silent as long as it likes.
    ///
    /// # Panics
    /// If it is refused.
    pub(crate) fn connect(&self, connect: &Connect) -> RawClient {
        let mut client = self.open(connect.version);
        let connack = client.connect(&connect.clone().keep_alive(0));
        assert_eq!(connack.code, 0, "the broker refuses {connect:?}");
        client
    }

    /// A connection on which nothing was said yet.
    pub(crate) fn open(&self, version: Version) -> RawClient {
        let mut client = RawClient::open(self.address, version);
        client.set_deadline(PATIENCE);
        client
    }

    /// Counts something.
    pub(crate) fn count(&self, what: &'static str, number: u64) {
        *self.counts().entry(what).or_default() += number;
    }

    /// What was counted so far.
    pub(crate) fn counted(&self) -> String {
        let counts = self.counts();
        let shown: Vec<String> =
            counts.iter().map(|(what, number)| format!("{what} {number}")).collect();
        shown.join(", ")
    }

    /// How often something was counted.
    pub(crate) fn count_of(&self, what: &str) -> u64 {
        self.counts().get(what).copied().unwrap_or(0)
    }

    /// The time since the beginning, as messages carry it.
    pub(crate) fn elapsed_us(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Waits, and not longer than the run. A client that sends at a rate is not faster than this.
    pub(crate) fn pause(&self, time: Duration) {
        let until = Instant::now() + time;
        while !self.is_over() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::sleep(left.min(Duration::from_millis(100)));
        }
    }

    /// Waits until something is so.
    ///
    /// # Panics
    /// If it is not so in time.
    pub(crate) fn await_that(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let until = Instant::now() + PATIENCE;
        while !is_so() {
            assert!(Instant::now() < until, "{what}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<&'static str, u64>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`Ground::guard`].
#[derive(Debug)]
pub(crate) struct Guard<'g>(&'g Ground);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.end();
        }
    }
}
