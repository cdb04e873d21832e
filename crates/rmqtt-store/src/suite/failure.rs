use super::{FaultyHarness, Story, completions, submit};
use crate::{SavedState, StoreError, Submission};

/// The promises about batches that fail, for stores that keep records and can be made to fail.
///
/// # Panics
///
/// When one is broken.
pub fn check_failure(harness: &mut impl FaultyHarness) {
    for seed in 0..20 {
        a_failed_batch_is_reported_and_changes_nothing(harness, seed);
    }
}

fn a_failed_batch_is_reported_and_changes_nothing(harness: &mut impl FaultyHarness, seed: u64) {
    const REASON: StoreError = StoreError::Full;
    let mut store = harness.create();
    let mut story = Story::new(seed);
    let mut expected = SavedState::default();
    for round in 0..6 {
        let fails = round % 2 == 1;
        if fails {
            harness.fail(&mut store, REASON);
        }
        let (batch, submission) = submit(&mut store, &mut story, 0, 10);
        harness.settle(&mut store);
        let result = match submission {
            Submission::Done => Ok(()),
            Submission::Refused(reason) => Err(reason),
            Submission::Pending(seq) => {
                let completion =
                    completions(&mut store, 0).pop().expect("a settled batch is answered");
                assert_eq!(completion.upto, seq);
                completion.result
            }
        };
        assert_eq!(result, if fails { Err(REASON) } else { Ok(()) }, "story {seed}, round {round}");
        if fails {
            harness.repair(&mut store);
        } else {
            batch.iter().for_each(|record| expected.apply(&record));
        }
        let found = SavedState::load(&mut store);
        assert_eq!(found.as_ref(), Ok(&expected), "story {seed}, round {round}");
    }
    let mut store = harness.crash(store);
    assert_eq!(SavedState::load(&mut store), Ok(expected), "story {seed}");
}
