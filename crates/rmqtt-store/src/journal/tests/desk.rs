//! Drives a journal on a disk that fails, and knows what has to be there afterwards.

use std::collections::VecDeque;

use super::*;
use crate::{Store as _, Submission};

/// The lives of a store on one disk.
pub(super) struct Desk {
    pub(super) disk: SimDisk,
    settings: JournalSettings,
    store: Option<SteppedJournal<SimDisk>>,
    story: Story,
    random: u64,
    waiting: VecDeque<RecordBatch>,
    /// What is committed.
    committed: SavedState,
    /// What was committed since the last sync, where a commit is not one.
    unsynced: Vec<SavedState>,
    /// What there is if the group that has failed is there nevertheless, as it may be until the
    /// store works again.
    in_doubt: Option<SavedState>,
    pub(super) batches_committed: usize,
    pub(super) batches_failed: usize,
}

impl Desk {
    pub(super) fn new(seed: u64, settings: JournalSettings) -> Self {
        Self {
            disk: SimDisk::new(seed),
            settings,
            store: None,
            story: Story::new(seed),
            random: seed,
            waiting: VecDeque::new(),
            committed: SavedState::default(),
            unsynced: Vec::new(),
            in_doubt: None,
            batches_committed: 0,
            batches_failed: 0,
        }
    }

    /// Starts, works for so many steps, and gives up when the power goes. `false`: it went.
    pub(super) fn live(&mut self, steps: usize) -> bool {
        match SteppedJournal::open(self.disk.clone(), self.settings.clone()) {
            Ok((store, _)) => self.store = Some(store),
            Err(_) => return self.has_power(),
        }
        (0..steps).all(|_| self.step())
    }

    /// The power comes back: what was promised is there, and nothing that nobody wrote.
    pub(super) fn come_back(&mut self, seed: u64) {
        self.check(self.disk.after_power_cut(seed), self.settings.level == SyncLevel::Os);
    }

    /// The process starts again: no written byte is lost.
    pub(super) fn restart(&mut self) {
        self.check(self.disk.after_kill(), false);
    }

    /// Syncs, and goes on if that fails.
    pub(super) fn sync(&mut self) {
        let Some(store) = &mut self.store else { return };
        store.sync();
        if store.journal().failure().is_none() {
            self.unsynced.clear();
        }
        self.probe();
    }

    fn check(&mut self, disk: SimDisk, may_lose_unsynced: bool) {
        self.store = None;
        self.waiting.clear();
        self.disk = disk;
        let opened = SteppedJournal::open(self.disk.clone(), self.settings.clone());
        let (store, _) = opened.expect("a power cut damages nothing");
        let found = state_of(store.journal());
        let is_there = found == self.committed
            || self.in_doubt.as_ref() == Some(&found)
            || (may_lose_unsynced && self.unsynced.contains(&found));
        assert!(is_there, "there is {found:#?}");
        self.committed = found;
        self.unsynced.clear();
        self.in_doubt = None;
    }

    fn step(&mut self) -> bool {
        match self.below(10) {
            0..=4 => self.submit(),
            5..=7 => self.commit(),
            8 => {
                self.store.as_mut().map(SteppedJournal::work_some);
            }
            _ => self.sync(),
        }
        self.has_power()
    }

    fn submit(&mut self) {
        let records = 1 + self.below(12);
        let mut batch = told(&mut self.story, records);
        let copy = batch.clone();
        let Some(store) = &mut self.store else { return };
        if let Submission::Pending(_) = store.submit(0, &mut batch) {
            self.waiting.push_back(copy);
        }
    }

    fn commit(&mut self) {
        let number = (1 + self.below(3)).min(self.waiting.len());
        let Some(store) = &mut self.store else { return };
        store.commit_some(number);
        let mut results = Vec::new();
        store.poll_completions(0, &mut |completion| results.push(completion.result));
        assert_eq!(results.len(), number);
        let failed = store.journal().failure().is_some();
        if number > 0 {
            let mut after = self.committed.clone();
            for batch in self.waiting.drain(..number) {
                batch.iter().for_each(|record| after.apply(&record));
            }
            if results.iter().all(Result::is_ok) {
                self.batches_committed += number;
                if self.settings.level == SyncLevel::Os {
                    self.unsynced.push(std::mem::replace(&mut self.committed, after));
                } else {
                    self.committed = after;
                }
            } else {
                self.batches_failed += number;
                self.in_doubt = Some(after);
            }
        }
        if failed {
            self.probe();
        }
    }

    /// Until the store works, or the power is gone.
    fn probe(&mut self) {
        while self.has_power() {
            let Some(store) = &mut self.store else { return };
            if store.journal().failure().is_none() {
                return;
            }
            if store.probe() {
                self.in_doubt = None;
                self.unsynced.clear();
            }
        }
    }

    fn has_power(&self) -> bool {
        self.disk.available_bytes().is_ok()
    }

    fn below(&mut self, bound: usize) -> usize {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
        (self.random >> 33) as usize % bound
    }
}
