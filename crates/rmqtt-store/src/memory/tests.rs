use super::*;
use crate::suite::{Harness, Story, check_fetch, check_recovery, check_submission};

struct Plain;

impl Harness for Plain {
    type Store = MemoryStore;

    fn create(&mut self) -> MemoryStore {
        MemoryStore::new()
    }

    fn settle(&mut self, _store: &mut MemoryStore) {}

    fn crash(&mut self, _store: MemoryStore) -> MemoryStore {
        MemoryStore::new()
    }
}

/// A crash here is the broker's, not the store's.
struct Recording;

impl Harness for Recording {
    type Store = MemoryStore;

    fn create(&mut self) -> MemoryStore {
        MemoryStore::recording()
    }

    fn settle(&mut self, _store: &mut MemoryStore) {}

    fn crash(&mut self, store: MemoryStore) -> MemoryStore {
        store
    }
}

#[test]
fn the_plain_store_passes_the_suite_for_answers() {
    check_submission(&mut Plain);
}

#[test]
fn the_recording_store_passes_the_suite() {
    check_submission(&mut Recording);
    check_recovery(&mut Recording);
    check_fetch(&mut Recording);
}

#[test]
fn the_plain_store_keeps_nothing_and_says_so() {
    let mut store = MemoryStore::new();
    assert!(!store.keeps_records());
    let mut batch = RecordBatch::default();
    Story::new(1).tell(100, &mut batch);
    assert_eq!(store.submit(0, &mut batch), Submission::Done);
    assert_eq!(SavedState::load(&mut store), Ok(SavedState::default()));
}
