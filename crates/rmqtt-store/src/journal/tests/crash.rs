//! Power cuts and failures at every operation of the disk.

use std::env;
use std::io;

use super::desk::Desk;
use super::*;

/// How many random runs: a longer night can afford more.
fn seeds() -> u64 {
    env::var("RMQTT_STORE_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(200)
}

fn tiny_settings(level: SyncLevel) -> JournalSettings {
    JournalSettings { segment_bytes: 4 << 10, replay_bytes: 6 << 10, ..small_settings(level) }
}

#[test]
fn a_power_cut_at_any_operation_loses_nothing_that_was_promised() {
    let settings = tiny_settings(SyncLevel::Fsync);
    let mut whole = Desk::new(1, settings.clone());
    assert!(whole.live(300));
    let operations = whole.disk.operations();
    assert!(operations > 200, "{operations}");
    for operation in 0..operations {
        for seed in 0..3 {
            let mut desk = Desk::new(1, settings.clone());
            desk.disk.inject(operation, Fault::PowerCut);
            assert!(!desk.live(300), "operation {operation} comes");
            desk.come_back(seed);
        }
    }
}

#[test]
fn the_death_of_the_process_at_any_operation_loses_nothing_that_was_promised() {
    let settings = tiny_settings(SyncLevel::Os);
    let mut whole = Desk::new(2, settings.clone());
    assert!(whole.live(300));
    let operations = whole.disk.operations();
    for operation in 0..operations {
        let mut desk = Desk::new(2, settings.clone());
        desk.disk.inject(operation, Fault::PowerCut);
        assert!(!desk.live(300));
        desk.restart();
    }
}

#[test]
fn power_cuts_failures_and_restarts_in_any_order() {
    let (mut committed, mut failed) = (0, 0);
    for seed in 0..seeds() {
        let level = LEVELS[(seed % 2) as usize];
        let mut desk = Desk::new(seed, tiny_settings(level));
        let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for life in 0..6 {
            random = random.rotate_left(17).wrapping_mul(31).wrapping_add(life);
            let now = desk.disk.operations();
            if random % 3 == 0 {
                let kinds = [
                    io::ErrorKind::StorageFull,
                    io::ErrorKind::ReadOnlyFilesystem,
                    io::ErrorKind::Other,
                ];
                let kind = kinds[(random >> 8) as usize % 3];
                let fault = match random >> 16 & 1 {
                    0 => Fault::Error(kind),
                    _ => Fault::Short(kind),
                };
                // Not while it starts: it may refuse to, and the next start is then another life.
                desk.disk.inject(now + 12 + (random >> 20) % 40, fault);
            }
            desk.disk.inject(now + 20 + (random >> 32) % 150, Fault::PowerCut);
            desk.live(200);
            match random >> 60 & 1 {
                0 => desk.come_back(seed + life),
                _ => desk.restart(),
            }
        }
        committed += desk.batches_committed;
        failed += desk.batches_failed;
    }
    assert!(committed > 20 * seeds() as usize, "{committed}");
    assert!(failed > seeds() as usize / 2, "{failed}");
}

/// What is not synced at level `os` may be lost with the power, but only from the end.
#[test]
fn a_power_cut_at_level_os_loses_only_the_latest() {
    for seed in 0..seeds() / 2 {
        let settings = tiny_settings(SyncLevel::Os);
        let disk = SimDisk::new(seed);
        let (mut store, _) = SteppedJournal::open(disk.clone(), settings.clone()).unwrap();
        let mut story = Story::new(seed);
        let mut state = SavedState::default();
        let mut states = vec![state.clone()];
        let mut synced = 0;
        for turn in 1..60 {
            let mut batch = told(&mut story, 10);
            batch.iter().for_each(|record| state.apply(&record));
            states.push(state.clone());
            let _ = crate::Store::submit(&mut store, 0, &mut batch);
            store.commit_some(1);
            match (seed + turn as u64) % 17 {
                0 => {
                    store.sync();
                    synced = turn;
                }
                1..=4 => {
                    store.work_some();
                }
                _ => {}
            }
        }
        let disk = disk.after_power_cut(seed);
        let (store, _) = SteppedJournal::open(disk, settings).unwrap();
        let found = state_of(store.journal());
        assert!(states[synced..].contains(&found), "seed {seed}");
    }
}

/// A killed process can leave what it had not synced in the system's memory. It is found at the next
/// start, and what comes then is built on it.
#[test]
fn what_a_killed_process_had_only_written_is_synced_at_the_next_start() {
    let settings = tiny_settings(SyncLevel::Fsync);
    for seed in 0..30 {
        let disk = SimDisk::new(seed);
        let (mut store, _) = SteppedJournal::open(disk.clone(), settings.clone()).unwrap();
        let mut story = Story::new(seed);
        let _ = crate::Store::submit(&mut store, 0, &mut told(&mut story, 30));
        store.commit_some(1);
        let _ = crate::Store::submit(&mut store, 0, &mut told(&mut story, 30));
        // It is written, and the process is killed while it is synced.
        disk.inject(disk.operations() + 1, Fault::PowerCut);
        store.commit_some(1);
        let disk = disk.after_kill();
        let (mut store, _) = SteppedJournal::open(disk.clone(), settings.clone()).unwrap();
        let _ = crate::Store::submit(&mut store, 0, &mut told(&mut story, 30));
        store.commit_some(1);
        let expected = state_of(store.journal());
        let disk = disk.after_power_cut(seed);
        let (store, _) = SteppedJournal::open(disk, settings.clone()).unwrap();
        assert_eq!(state_of(store.journal()), expected, "seed {seed}");
    }
}

/// A failure at any operation, then everything works again without a restart.
#[test]
fn a_failure_at_any_operation_passes() {
    for level in LEVELS {
        let settings = tiny_settings(level);
        let mut whole = Desk::new(5, settings.clone());
        assert!(whole.live(120));
        let operations = whole.disk.operations();
        for operation in 8..operations {
            for kind in [io::ErrorKind::StorageFull, io::ErrorKind::Other] {
                let mut desk = Desk::new(5, settings.clone());
                desk.disk.inject(operation, Fault::Short(kind));
                assert!(desk.live(150), "{kind} at operation {operation} passes");
                desk.sync();
                desk.restart();
            }
        }
    }
}
