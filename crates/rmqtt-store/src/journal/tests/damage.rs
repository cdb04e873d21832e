//! Files that have changed: never a panic, never wrong data.

use super::*;
use crate::{QueueHead, Store as _, StoreError};

/// A store with several files of the log, a checkpoint, and messages in each.
struct Sample {
    disk: SimDisk,
    settings: JournalSettings,
    states: Vec<SavedState>,
}

fn sample(seed: u64) -> Sample {
    let settings = JournalSettings {
        segment_bytes: 6 << 10,
        replay_bytes: 12 << 10,
        ..small_settings(SyncLevel::Fsync)
    };
    let disk = SimDisk::new(seed);
    let (mut store, _) = SteppedJournal::open(disk.clone(), settings.clone()).unwrap();
    let mut story = Story::new(seed);
    let mut state = SavedState::default();
    let mut states = vec![state.clone()];
    for turn in 0..60 {
        let mut batch = told(&mut story, 12);
        batch.iter().for_each(|record| state.apply(&record));
        states.push(state.clone());
        let _ = store.submit(0, &mut batch);
        store.commit_some(1);
        if turn < 50 {
            store.work_all();
        }
    }
    let names = disk.list().unwrap();
    assert!(names.iter().filter(|name| name.starts_with("log-")).count() >= 2, "{names:?}");
    assert!(names.iter().any(|name| name.starts_with("state-")), "{names:?}");
    Sample { disk, settings, states }
}

/// Opens and reads everything. `Ok(true)`: all is there; `Ok(false)`: the end was cut.
fn read(sample: &Sample, disk: SimDisk) -> Result<bool, String> {
    let (journal, recovery) =
        Journal::open(disk, sample.settings.clone()).map_err(|error| error.to_string())?;
    let mut found = SavedState::default();
    journal
        .load(QueueHead::ALL, &mut |saved| found.insert(saved))
        .map_err(|error| error.to_string())?;
    let place = sample.states.iter().rposition(|state| *state == found);
    let place = place.expect("what is given back was there after some batch");
    let is_all = found == sample.states[sample.states.len() - 1];
    // At the end only what was not called durable may be missing: the last group.
    assert!(place + 2 >= sample.states.len(), "{} of {}", place, sample.states.len());
    assert!(is_all || recovery.cut.is_some(), "what is missing is reported");
    Ok(is_all)
}

#[test]
fn no_changed_byte_gives_wrong_data() {
    let sample = sample(1);
    assert_eq!(read(&sample, sample.disk.after_kill()), Ok(true));
    let (mut cut, mut refused, mut harmless) = (0, 0, 0);
    for name in sample.disk.list().unwrap() {
        let size = sample.disk.open(&name).unwrap().size().unwrap() as usize;
        // A prime, so that every kind of field is met in time, and all bytes of short files.
        let step = if size > 500 { 61 } else { 1 };
        for at in (0..size).step_by(step) {
            let disk = sample.disk.after_kill();
            disk.damage(&name, |bytes| bytes[at] ^= 1 << (at % 8));
            match read(&sample, disk) {
                Ok(true) => harmless += 1,
                Ok(false) => cut += 1,
                Err(error) => {
                    assert!(error.contains("damaged at byte"), "{error}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 100 && cut > 2, "cut {cut}, refused {refused}, harmless {harmless}");
}

#[test]
fn a_missing_file_is_damage() {
    let sample = sample(2);
    let names = sample.disk.list().unwrap();
    let latest = names.iter().rfind(|name| name.starts_with("log-")).unwrap();
    let mut refused = 0;
    // Without the last file of the log nothing says that it was there.
    for name in names.iter().filter(|name| *name != latest) {
        let disk = sample.disk.after_kill();
        disk.remove(name).unwrap();
        match Journal::open(disk, sample.settings.clone()) {
            Err(JournalError::Damaged { .. }) => refused += 1,
            // Nothing in it was needed.
            Ok((journal, _)) => assert_eq!(Some(&state_of(&journal)), sample.states.last()),
            Err(error) => panic!("without {name}: {error}"),
        }
    }
    assert!(refused >= 3, "{refused} of {names:?}");
}

#[test]
fn no_mixture_of_changes_makes_recovery_panic() {
    let sample = sample(3);
    let names = sample.disk.list().unwrap();
    let mut random = 1_u64;
    let mut below = |bound: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) as usize % bound.max(1)
    };
    for _ in 0..600 {
        let disk = sample.disk.after_kill();
        for _ in 0..1 + below(4) {
            let name = &names[below(names.len())];
            let other = &names[below(names.len())];
            let other = disk::read_whole(&sample.disk.open(other).unwrap()).unwrap();
            disk.damage(name, |bytes| {
                let at = below(bytes.len() + 1);
                match below(6) {
                    0 => bytes.truncate(at),
                    1 => bytes.extend(std::iter::repeat_n(0, at)),
                    2 => bytes
                        .splice(at.., other[below(other.len())..].iter().copied())
                        .for_each(drop),
                    3 => drop(bytes.drain(at..(at + 9).min(bytes.len()))),
                    4 => bytes.clear(),
                    _ => bytes.iter_mut().skip(at).take(1 + below(64)).for_each(|b| *b = 0xFF),
                }
            });
        }
        if let Ok((journal, _)) = Journal::open(disk, sample.settings.clone()) {
            let mut found = SavedState::default();
            let loaded = journal.load(QueueHead::ALL, &mut |saved| found.insert(saved));
            if loaded.is_ok() {
                assert!(sample.states.contains(&found), "nothing is made up");
            }
        }
    }
}

#[test]
fn arbitrary_files_are_refused() {
    let mut random = 5_u64;
    for _ in 0..300 {
        let disk = SimDisk::new(random);
        for name in ["store.rmqtt", "log-0000000000000001", "state-0000000000000001"] {
            let file = disk.create(name).unwrap();
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let bytes = (0..random >> 56).map(|at| (random >> (at % 32)) as u8);
            disk::append_all(&file, &bytes.collect::<Vec<_>>()).unwrap();
        }
        let opened = Journal::open(disk, JournalSettings::default());
        assert!(matches!(opened, Err(JournalError::Damaged { .. })));
    }
}

/// Between start and reading a message the disk can change too.
#[test]
fn a_message_that_has_changed_is_not_given_back() {
    let sample = sample(4);
    let (mut store, _) =
        SteppedJournal::open(sample.disk.clone(), sample.settings.clone()).unwrap();
    for name in sample.disk.list().unwrap().iter().filter(|name| name.starts_with("log-")) {
        sample.disk.damage(name, |bytes| bytes[60..].iter_mut().for_each(|byte| *byte ^= 0x55));
    }
    let loaded = store.load(QueueHead::ALL, &mut |_| {});
    assert!(matches!(loaded, Err(StoreError::Damaged { .. })), "{loaded:?}");
}
