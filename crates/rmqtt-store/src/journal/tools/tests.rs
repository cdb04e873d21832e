use rmqtt_message::RecordBatch;

use super::*;
use crate::journal::{
    Disk as _, Journal, JournalSettings, JournalStore, SimDisk, SteppedJournal, SyncLevel,
};
use crate::suite::Story;
use crate::{SavedState, Store as _};

fn settings() -> JournalSettings {
    JournalSettings { segment_bytes: 8 << 10, replay_bytes: 24 << 10, ..JournalSettings::default() }
}

/// A store with a story in it, and what that amounts to.
fn filled(seed: u64, turns: usize) -> (SimDisk, SavedState) {
    let disk = SimDisk::new(seed);
    let (mut store, _) = SteppedJournal::open(disk.clone(), settings()).unwrap();
    let mut story = Story::new(seed);
    let mut state = SavedState::default();
    for turn in 0..turns {
        let mut batch = RecordBatch::default();
        story.tell(10, &mut batch);
        batch.iter().for_each(|record| state.apply(&record));
        let _ = store.submit(0, &mut batch);
        store.commit_some(1);
        if turn % 3 == 0 {
            store.work_some();
        }
    }
    (disk, state)
}

fn read(disk: &SimDisk) -> SavedState {
    let (mut store, _) = SteppedJournal::open(disk.after_kill(), settings()).unwrap();
    SavedState::load(&mut store).unwrap()
}

#[test]
fn a_sound_store_is_found_sound_and_stays_as_it_is() {
    let (disk, state) = filled(1, 150);
    let operations = disk.operations();
    let report = check(&disk).unwrap();
    assert_eq!(disk.operations(), operations, "a check changes nothing");
    assert_eq!(report.problems, Vec::<String>::new());
    assert_eq!(report.retained, state.retained.len());
    assert_eq!(report.delayed, state.delayed.len());
    assert_eq!(report.stats.unwrap().sessions, state.sessions.len());
    let logs: Vec<_> = report.files.iter().filter(|file| file.groups.is_some()).collect();
    assert!(logs.len() > 2 && logs.iter().all(|file| file.rest_bytes == 0), "{logs:#?}");
}

#[test]
fn a_check_names_what_is_damaged_and_goes_on() {
    let (disk, _) = filled(2, 150);
    let names = disk.list().unwrap();
    let log = names.iter().rfind(|name| name.starts_with("log-")).unwrap();
    let state = names.iter().find(|name| name.starts_with("state-")).unwrap();
    disk.damage(log, |bytes| bytes[60] ^= 1);
    disk.damage(state, |bytes| bytes[40] ^= 1);
    let report = check(&disk).unwrap();
    assert!(report.problems.iter().any(|problem| problem.contains(&**state)), "{report:#?}");
    let file = report.files.iter().find(|file| file.name == *log).unwrap();
    assert!(file.rest_bytes > 0);
    assert!(check(&SimDisk::new(1)).is_err(), "where there is no store, none is sound");
}

#[test]
fn a_dump_shows_everything_but_payloads() {
    let (disk, state) = filled(3, 60);
    let text = |payloads| {
        let mut text = Vec::new();
        dump(&disk, payloads, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    };
    let sizes = text(Payloads::Sizes);
    for session in state.sessions.values() {
        assert!(sizes.contains(&format!("session {} ", session.session.0)), "{sizes}");
    }
    let queued: usize = state.sessions.values().map(|session| session.queue.len()).sum();
    assert_eq!(sizes.matches("  queued ").count(), queued);
    assert_eq!(sizes.matches("\nretained ").count(), state.retained.len());
    assert!(!sizes.contains("\\x") && text(Payloads::Text).contains("\\x"));
}

#[test]
fn a_compacted_store_holds_the_same_in_less_room() {
    let (disk, state) = filled(4, 200);
    let compacted = compact(&disk).unwrap();
    assert!(compacted.bytes_after < compacted.bytes_before / 2, "{compacted:?}");
    assert_eq!(read(&disk), state);
    let report = check(&disk).unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    let stats = report.stats.unwrap();
    assert!(stats.disk_bytes < 2 * stats.live_bytes + (32 << 10), "{stats:#?}");
}

#[test]
fn an_export_is_taken_in_as_the_same_state() {
    for seed in 0..20 {
        let (disk, state) = filled(seed, 40);
        let mut stream = Vec::new();
        export(&disk, &mut stream).unwrap();
        let other = SimDisk::new(99);
        let stats = import(&other, &mut &stream[..]).unwrap();
        assert_eq!(stats.sessions, state.sessions.len());
        assert_eq!(read(&other), state, "story {seed}");
        let mut again = Vec::new();
        export(&other, &mut again).unwrap();
        assert_eq!(again, stream, "an export says the same wherever it is made");
        let second = import(&other, &mut &stream[..]);
        assert!(matches!(second, Err(ToolError::NotEmpty)), "{second:?}");
    }
}

#[test]
fn a_stream_that_is_not_whole_makes_no_store() {
    let (disk, _) = filled(5, 40);
    let mut stream = Vec::new();
    export(&disk, &mut stream).unwrap();
    let other = SimDisk::new(1);
    let refuse = |bytes: &[u8]| {
        assert!(import(&other, &mut &bytes[..]).is_err());
        assert_eq!(other.list().unwrap(), Vec::<String>::new());
    };
    for cut in (0..stream.len()).step_by(97).chain([stream.len() - 1]) {
        refuse(&stream[..cut]);
    }
    for at in (0..stream.len()).step_by(97) {
        let mut changed = stream.clone();
        changed[at] ^= 4;
        refuse(&changed);
    }
}

#[test]
fn a_backup_of_a_store_in_use_is_what_it_was_at_one_moment() {
    let disk = SimDisk::new(6);
    let level = SyncLevel::Os;
    let settings = JournalSettings { level, ..settings() };
    let (mut store, _) = JournalStore::open(disk, settings).unwrap();
    let mut story = Story::new(6);
    let mut state = SavedState::default();
    let mut states = vec![state.clone()];
    for turn in 0..200 {
        let mut batch = RecordBatch::default();
        story.tell(10, &mut batch);
        batch.iter().for_each(|record| state.apply(&record));
        states.push(state.clone());
        let _ = store.submit(0, &mut batch);
        if turn == 150 {
            store.flush().unwrap();
        }
        if turn % 50 == 0 {
            let target = SimDisk::new(turn);
            backup(&store, &target).unwrap();
            assert!(states.contains(&read(&target)), "turn {turn}");
        }
    }
    let target = SimDisk::new(1_000);
    store.flush().unwrap();
    let made = backup(&store, &target).unwrap();
    assert_eq!(made.log_end, store.stats().log_end);
    let copy = target.after_power_cut(1);
    let (journal, recovery) = Journal::open(copy.clone(), JournalSettings::default()).unwrap();
    assert_eq!(recovery.cut, None);
    drop(journal);
    assert_eq!(read(&copy), state);
    assert!(matches!(backup(&store, &target), Err(ToolError::NotEmpty)));
}
