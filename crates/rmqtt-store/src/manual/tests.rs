use super::*;
use crate::suite::{
    FaultyHarness, Harness, Story, check_failure, check_fetch, check_recovery, check_submission,
};

#[derive(Default)]
struct ByHand {
    failing: Option<StoreError>,
}

impl Harness for ByHand {
    type Store = ManualStore;

    fn create(&mut self) -> ManualStore {
        self.failing = None;
        ManualStore::new()
    }

    fn settle(&mut self, store: &mut ManualStore) {
        while match self.failing {
            None => store.commit_next(),
            Some(reason) => store.fail_next(reason),
        } {}
    }

    fn crash(&mut self, store: ManualStore) -> ManualStore {
        store.crash()
    }
}

impl FaultyHarness for ByHand {
    fn fail(&mut self, _store: &mut ManualStore, reason: StoreError) {
        self.failing = Some(reason);
    }

    fn repair(&mut self, _store: &mut ManualStore) {
        self.failing = None;
    }
}

fn batch(seed: u64) -> RecordBatch {
    let mut batch = RecordBatch::default();
    Story::new(seed).tell(30, &mut batch);
    batch
}

#[test]
fn the_store_passes_the_whole_suite() {
    check_submission(&mut ByHand::default());
    check_recovery(&mut ByHand::default());
    check_fetch(&mut ByHand::default());
    check_failure(&mut ByHand::default());
}

#[test]
fn a_crash_loses_what_waits_and_keeps_what_was_committed() {
    let mut store = ManualStore::new();
    assert_eq!(store.submit(0, &mut batch(1)), Submission::Pending(BatchSeq(1)));
    assert!(store.commit_next());
    let committed = store.committed().clone();
    assert_ne!(committed, SavedState::default());
    assert_eq!(store.submit(0, &mut batch(2)), Submission::Pending(BatchSeq(2)));
    assert_eq!(store.waiting(), 1);
    let store = store.crash();
    assert_eq!(store.committed(), &committed);
    assert_eq!(store.waiting(), 0);
}

#[test]
fn batches_that_a_crash_lets_through_are_the_oldest_ones() {
    let mut store = ManualStore::new();
    for seed in 1..=3 {
        assert!(matches!(store.submit(0, &mut batch(seed)), Submission::Pending(_)));
    }
    let after: Vec<SavedState> = (0..=3).map(|also| store.committed_with(also)).collect();
    assert_eq!(store.waiting(), 3, "a look changes nothing");
    for state in after {
        assert_eq!(store.committed(), &state);
        store.commit_next();
    }
}

#[test]
fn a_refused_batch_is_never_heard_of_again() {
    let mut store = ManualStore::new();
    store.refuse(Some(StoreError::Overloaded));
    assert_eq!(store.submit(0, &mut batch(1)), Submission::Refused(StoreError::Overloaded));
    store.refuse(None);
    assert_eq!(store.submit(0, &mut batch(2)), Submission::Pending(BatchSeq(1)));
    store.flush().unwrap();
    let mut completions = Vec::new();
    store.poll_completions(0, &mut |completion| completions.push(completion));
    assert_eq!(completions, [Completion { upto: BatchSeq(1), result: Ok(()) }]);
}
