//! The index amounts to what the definition says, after every batch and after every start.

use super::*;
use crate::Store as _;
use proptest::prelude::*;

/// Commits a story in groups of different sizes; checks after each group.
fn follow(seed: u64, turns: usize, settings: &JournalSettings) {
    let disk = SimDisk::new(seed);
    let (mut store, recovery) = SteppedJournal::open(disk.clone(), settings.clone()).unwrap();
    assert!(recovery.is_new);
    let mut story = Story::new(seed);
    let mut expected = SavedState::default();
    for turn in 0..turns {
        for batch in 0..=(seed as usize + turn) % 4 {
            let mut batch = told(&mut story, 3 + batch);
            batch.iter().for_each(|record| expected.apply(&record));
            let _ = store.submit(0, &mut batch);
        }
        store.commit_some(usize::MAX);
        if turn % 3 == 0 {
            store.work_some();
        }
        assert_eq!(state_of(store.journal()), expected, "story {seed}, turn {turn}");
        assert_eq!(counted(store.journal()), store.journal().segments.live_bytes());
        if turn % 10 == 9 {
            let operations = disk.operations();
            let next = SteppedJournal::open(disk.clone(), settings.clone()).unwrap();
            assert_eq!(next.1.cut, None);
            assert_eq!(state_of(next.0.journal()), expected, "story {seed}, start at {turn}");
            let messages = store.journal().index.messages.len();
            assert_eq!(next.0.journal().index.messages.len(), messages, "each is held once");
            let changed = disk.operations() - operations;
            let is_little = changed <= 4 || settings.level == SyncLevel::Os;
            assert!(is_little, "a start changes next to nothing: {changed}");
        }
    }
    store.work_all();
    assert_eq!(state_of(store.journal()), expected, "story {seed}, at the end");
}

/// Bytes of records whose messages are needed, counted from the table.
fn counted<D: Disk>(journal: &Journal<D>) -> u64 {
    journal.index.messages.iter().map(|(_, placed)| u64::from(placed.len)).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn the_index_is_what_the_definition_says(seed: u64, os: bool) {
        follow(seed, 60, &small_settings(LEVELS[usize::from(os)]));
    }
}

#[test]
fn a_long_story_goes_through_every_mechanism() {
    let settings = small_settings(SyncLevel::Fsync);
    let disk = SimDisk::new(7);
    let (mut store, _) = SteppedJournal::open(disk.clone(), settings.clone()).unwrap();
    let mut story = Story::new(7);
    let mut expected = SavedState::default();
    for turn in 0..600 {
        let mut batch = told(&mut story, 20);
        batch.iter().for_each(|record| expected.apply(&record));
        let _ = store.submit(0, &mut batch);
        store.commit_some(1);
        store.work_all();
        if turn % 100 == 99 {
            store = SteppedJournal::open(disk.after_power_cut(turn), settings.clone()).unwrap().0;
            assert_eq!(state_of(store.journal()), expected);
            // The disk that goes on is the one that the power was cut of.
            store = SteppedJournal::open(disk.clone(), settings.clone()).unwrap().0;
        }
    }
    let stats = store.journal().stats();
    assert!(stats.disk_bytes < stats.log_end / 4, "{stats:#?}");
    assert_eq!(state_of(store.journal()), expected);
    assert!(stats.replay_bytes <= 2 * settings.replay_bytes.max(64 << 10), "{stats:#?}");
}

#[test]
fn messages_are_moved_and_files_removed() {
    let settings = small_settings(SyncLevel::Fsync);
    let (mut store, _) = SteppedJournal::open(SimDisk::new(3), settings).unwrap();
    let mut story = Story::new(3);
    for _ in 0..400 {
        let _ = store.submit(0, &mut told(&mut story, 20));
        store.commit_some(1);
        store.work_all();
    }
    let counters = store.journal().stats().counters;
    assert!(counters.relocated_messages > 50, "{counters:#?}");
    assert!(counters.removed_segments > 20, "{counters:#?}");
    assert!(counters.checkpoints > 10, "{counters:#?}");
}
