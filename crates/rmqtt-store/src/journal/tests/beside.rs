//! What is done beside the log: it may fail, be late, or be lost, without harm.

use std::io;

use super::*;
use crate::Store as _;

fn store(seed: u64) -> (SimDisk, SteppedJournal<SimDisk>) {
    let disk = SimDisk::new(seed);
    let settings = small_settings(SyncLevel::Fsync);
    let store = SteppedJournal::open(disk.clone(), settings).unwrap().0;
    (disk, store)
}

/// Commits so many batches; gives what there is then.
fn commit(store: &mut SteppedJournal<SimDisk>, story: &mut Story, batches: usize) {
    for _ in 0..batches {
        let _ = store.submit(0, &mut told(story, 15));
        store.commit_some(1);
    }
}

#[test]
fn a_checkpoint_that_cannot_be_written_is_reported_and_written_later() {
    let (disk, mut store) = store(1);
    let mut story = Story::new(1);
    commit(&mut store, &mut story, 100);
    disk.break_down(Some(io::ErrorKind::StorageFull));
    store.work_all();
    let stats = store.journal().stats();
    assert!(stats.is_hindered, "{stats:#?}");
    assert_eq!(stats.counters.last_error, Some(StoreError::Full));
    assert_eq!(stats.failure, None, "batches can still be committed");
    disk.break_down(None);
    commit(&mut store, &mut story, 100);
    store.work_all();
    let stats = store.journal().stats();
    assert!(!stats.is_hindered && stats.counters.checkpoints > 0, "{stats:#?}");
    let expected = state_of(store.journal());
    let (store, _) =
        SteppedJournal::open(disk.after_power_cut(1), small_settings(SyncLevel::Fsync)).unwrap();
    assert_eq!(state_of(store.journal()), expected);
}

#[test]
fn files_that_cannot_be_removed_are_removed_later() {
    let (disk, mut store) = store(2);
    let mut story = Story::new(2);
    let files = |disk: &SimDisk| disk.list().unwrap().len();
    let mut most = 0;
    for round in 0..30 {
        commit(&mut store, &mut story, 20);
        while store.work_some() {
            if round < 15 && disk.operations() % 3 == 0 {
                disk.inject(disk.operations(), Fault::Error(io::ErrorKind::PermissionDenied));
            }
        }
        store.probe();
        most = most.max(files(&disk));
    }
    store.work_all();
    assert!(files(&disk) < most / 2, "{} of {most}", files(&disk));
    let expected = state_of(store.journal());
    let settings = small_settings(SyncLevel::Fsync);
    let (store, _) = SteppedJournal::open(disk.after_power_cut(1), settings).unwrap();
    assert_eq!(state_of(store.journal()), expected);
}

/// A file that was given up after a failure says where the log goes on, until a later one says so. If
/// the later one were removed first, the older would count again.
#[test]
fn a_file_that_was_given_up_never_comes_back() {
    for seed in 0..40 {
        let (disk, mut store) = store(seed);
        let mut story = Story::new(seed);
        for round in 0..40 {
            commit(&mut store, &mut story, 4);
            if round % 5 == 0 {
                // A group is written, but not called committed: it must never show.
                let sync = disk.operations() + 1;
                disk.inject(sync, Fault::Error(io::ErrorKind::Other));
                commit(&mut store, &mut story, 1);
                while !store.probe() {}
            }
            for _ in 0..seed % 4 {
                if (seed + round) % 3 == 0 {
                    disk.inject(disk.operations(), Fault::Error(io::ErrorKind::Other));
                }
                store.work_some();
            }
            while !store.probe() {}
            let expected = state_of(store.journal());
            let settings = small_settings(SyncLevel::Fsync);
            let disk = disk.after_power_cut(seed + round);
            let (found, _) = SteppedJournal::open(disk, settings).unwrap();
            assert_eq!(state_of(found.journal()), expected, "seed {seed}, round {round}");
        }
    }
}

/// Removed files may still be read by whoever has begun to.
#[test]
fn a_question_that_was_begun_is_answered_though_its_file_is_removed() {
    let (_, mut store) = store(5);
    let mut story = Story::new(5);
    commit(&mut store, &mut story, 30);
    let session = state_of(store.journal())
        .sessions
        .values()
        .max_by_key(|session| session.queue.len())
        .map(|session| session.session)
        .unwrap();
    let fetch = crate::Fetch { number: 1, session, after: None, head: crate::QueueHead::ALL };
    let expected = state_of(store.journal()).fetch(&fetch);
    assert!(!expected.messages.is_empty());
    let mut fetching = store.journal().begin_fetch(&fetch);
    let removed = store.journal().stats().counters.removed_segments;
    commit(&mut store, &mut story, 400);
    store.work_all();
    assert!(store.journal().stats().counters.removed_segments > removed + 3);
    fetching.run();
    assert_eq!(fetching.into_fetched().result, Ok(expected));
}

#[test]
fn a_torn_end_is_cut_and_reported_once() {
    let (disk, mut store) = store(6);
    let mut story = Story::new(6);
    commit(&mut store, &mut story, 5);
    let expected = state_of(store.journal());
    let name = segment::segment_name(store.journal().next_segment - 1);
    let size = disk.open(&name).unwrap().size().unwrap();
    disk.damage(&name, |bytes| bytes.extend_from_slice(b"RqF1 and the beginning of a frame"));
    let settings = small_settings(SyncLevel::Fsync);
    let (store, recovery) = SteppedJournal::open(disk.clone(), settings.clone()).unwrap();
    let cut = Cut { file: name, at: size, bytes: 33 };
    assert_eq!(recovery.cut, Some(cut));
    assert_eq!(state_of(store.journal()), expected);
    let (_, recovery) = SteppedJournal::open(disk.after_power_cut(1), settings).unwrap();
    assert_eq!(recovery.cut, None);
}
