use std::hash::BuildHasher;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
#[cfg(not(all(test, rmqtt_loom)))]
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard, atomic::AtomicU32};

use foldhash::fast::FixedState;
#[cfg(all(test, rmqtt_loom))]
use loom::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard, atomic::AtomicU32};

use crate::matched::{Match, MatchBuilder};
use crate::route_table::RouteTable;

/// The route table as workers and the directory share it: the directory writes, one lock for each
/// batch of changes; a worker reads only for a topic that it does not remember, or whose
/// [`Generation`] has moved.
#[derive(Debug)]
pub struct Routes {
    table: RwLock<RouteTable>,
    generations: Generations,
    hasher: FixedState,
    workers: u16,
}

/// The age of what is remembered about one topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Generation {
    exact: u32,
    wildcard: u32,
}

/// Counts changes: one counter for all filters with wildcards, and many, picked by the topic's hash,
/// for those without, so that clients which subscribe to their own topics leave other topics alone.
#[derive(Debug)]
struct Generations {
    exact: Box<[AtomicU32]>,
    wildcard: AtomicU32,
}

/// In the models of loom few: each is a thing that it keeps an account of.
const EXACT_COUNTERS: usize = if cfg!(all(test, rmqtt_loom)) { 2 } else { 4096 };

impl Routes {
    /// An empty table. `seed`: makes the positions in its hash tables unpredictable for clients.
    #[must_use]
    pub fn new(workers: u16, seed: u64) -> Self {
        Self {
            table: RwLock::new(RouteTable::new(seed)),
            generations: Generations {
                exact: (0..EXACT_COUNTERS).map(|_| AtomicU32::new(0)).collect(),
                wildcard: AtomicU32::new(0),
            },
            hasher: FixedState::with_seed(seed),
            workers,
        }
    }

    pub(crate) fn hash(&self, topic: &str) -> u64 {
        self.hasher.hash_one(topic)
    }

    /// The present generation of a topic with this hash.
    pub(crate) fn generation(&self, topic_hash: u64) -> Generation {
        Generation {
            exact: self.exact_counter(topic_hash).load(Ordering::Acquire),
            wildcard: self.generations.wildcard.load(Ordering::Acquire),
        }
    }

    /// Who gets `topic`, and the generation in which that is so.
    pub(crate) fn matching(
        &self,
        topic: &str,
        topic_hash: u64,
        builder: &mut MatchBuilder,
    ) -> (Match, Generation) {
        let table = self.read();
        // Counters move only under the write lock, so this is the table's own generation.
        let generation = self.generation(topic_hash);
        (table.matching(topic, topic_hash, builder, self.workers), generation)
    }

    /// For the directory: changes are visible to others when the guard is dropped. Each change has
    /// to be told to [`Routes::changed`] before that.
    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, RouteTable> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, RouteTable> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn changed(&self, filter: &str, is_wildcard: bool) {
        let counter = if is_wildcard {
            &self.generations.wildcard
        } else {
            self.exact_counter(self.hash(filter))
        };
        counter.fetch_add(1, Ordering::Release);
    }

    fn exact_counter(&self, topic_hash: u64) -> &AtomicU32 {
        // The high bits: the low ones pick the place in a worker's own table.
        &self.generations.exact[(topic_hash >> 40) as usize % EXACT_COUNTERS]
    }

    /// Subscriptions of all sessions.
    #[must_use]
    pub fn subscriptions(&self) -> usize {
        self.read().subscriptions()
    }

    pub(crate) fn workers(&self) -> u16 {
        self.workers
    }
}

#[cfg(all(test, rmqtt_loom))]
mod loom_models;
