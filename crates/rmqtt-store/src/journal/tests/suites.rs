//! The suite for stores, on both shells and both disks.

use std::io;
use std::time::Duration;

use super::{LEVELS, small_settings};
use crate::journal::{
    Disk, JournalSettings, JournalStore, RealDisk, SimDisk, SteppedJournal, SyncLevel,
};
use crate::suite::{
    FaultyHarness, Harness, check_failure, check_fetch, check_recovery, check_submission,
};
use crate::{Store as _, StoreError};

/// Driven by hand, on a disk that loses its power.
struct Stepped {
    settings: JournalSettings,
    disk: SimDisk,
    seed: u64,
    power_cut: bool,
}

impl Stepped {
    fn new(level: SyncLevel) -> Self {
        let power_cut = level == SyncLevel::Fsync;
        let settings = small_settings(level);
        Self { settings, disk: SimDisk::new(0), seed: 0, power_cut }
    }
}

impl Harness for Stepped {
    type Store = SteppedJournal<SimDisk>;

    fn create(&mut self) -> Self::Store {
        self.seed += 1;
        self.disk = SimDisk::new(self.seed);
        SteppedJournal::open(self.disk.clone(), self.settings.clone()).unwrap().0
    }

    fn settle(&mut self, store: &mut Self::Store) {
        store.commit_some(usize::MAX);
        store.work_all();
    }

    fn crash(&mut self, store: Self::Store) -> Self::Store {
        drop(store);
        self.seed += 1;
        self.disk = match self.power_cut {
            true => self.disk.after_power_cut(self.seed),
            false => self.disk.after_kill(),
        };
        SteppedJournal::open(self.disk.clone(), self.settings.clone()).unwrap().0
    }
}

impl FaultyHarness for Stepped {
    fn fail(&mut self, _store: &mut Self::Store, reason: StoreError) {
        assert_eq!(reason, StoreError::Full);
        self.disk.break_down(Some(io::ErrorKind::StorageFull));
    }

    fn repair(&mut self, store: &mut Self::Store) {
        self.disk.break_down(None);
        assert!(store.probe());
    }
}

/// With its threads.
struct Threaded<D: Disk> {
    settings: JournalSettings,
    make: fn() -> (D, Option<tempfile::TempDir>),
    again: fn(&D, Option<&tempfile::TempDir>) -> D,
    disk: Option<(D, Option<tempfile::TempDir>)>,
}

impl<D: Disk> Harness for Threaded<D> {
    type Store = JournalStore<D>;

    fn create(&mut self) -> JournalStore<D> {
        let (disk, directory) = (self.make)();
        let store = JournalStore::open(disk.clone(), self.settings.clone()).unwrap().0;
        self.disk = Some((disk, directory));
        store
    }

    fn settle(&mut self, store: &mut JournalStore<D>) {
        let _ = store.flush();
    }

    fn crash(&mut self, store: JournalStore<D>) -> JournalStore<D> {
        // Another process would find the files as they are now; the threads end first, because here
        // they would go on.
        drop(store);
        let (disk, directory) = self.disk.take().unwrap();
        let next = (self.again)(&disk, directory.as_ref());
        drop(disk);
        let store = JournalStore::open(next.clone(), self.settings.clone()).unwrap().0;
        self.disk = Some((next, directory));
        store
    }
}

impl FaultyHarness for Threaded<SimDisk> {
    fn fail(&mut self, _store: &mut JournalStore<SimDisk>, reason: StoreError) {
        assert_eq!(reason, StoreError::Full);
        let (disk, _) = self.disk.as_ref().unwrap();
        disk.break_down(Some(io::ErrorKind::StorageFull));
    }

    fn repair(&mut self, store: &mut JournalStore<SimDisk>) {
        let (disk, _) = self.disk.as_ref().unwrap();
        disk.break_down(None);
        store.wait_until_it_works();
    }
}

fn quick_settings(level: SyncLevel) -> JournalSettings {
    let interval = Duration::from_millis(1);
    JournalSettings { sync_interval: interval, probe_interval: interval, ..small_settings(level) }
}

fn on_a_simulated_disk(level: SyncLevel) -> Threaded<SimDisk> {
    Threaded {
        settings: quick_settings(level),
        make: || (SimDisk::new(1), None),
        again: |disk, _| disk.after_kill(),
        disk: None,
    }
}

fn on_a_real_disk(level: SyncLevel) -> Threaded<RealDisk> {
    Threaded {
        settings: quick_settings(level),
        make: || {
            let directory = tempfile::tempdir().unwrap();
            (RealDisk::unlocked(directory.path()), Some(directory))
        },
        again: |_, directory| RealDisk::unlocked(directory.unwrap().path()),
        disk: None,
    }
}

#[test]
fn the_stepped_journal_passes_the_whole_suite() {
    for level in LEVELS {
        check_submission(&mut Stepped::new(level));
        check_recovery(&mut Stepped::new(level));
        check_fetch(&mut Stepped::new(level));
        check_failure(&mut Stepped::new(level));
    }
}

#[test]
fn the_store_passes_the_whole_suite_on_a_simulated_disk() {
    for level in LEVELS {
        check_submission(&mut on_a_simulated_disk(level));
        check_recovery(&mut on_a_simulated_disk(level));
        check_fetch(&mut on_a_simulated_disk(level));
        check_failure(&mut on_a_simulated_disk(level));
    }
}

#[test]
fn the_store_passes_the_suite_on_a_real_disk() {
    for level in LEVELS {
        check_submission(&mut on_a_real_disk(level));
        check_recovery(&mut on_a_real_disk(level));
        check_fetch(&mut on_a_real_disk(level));
    }
}
