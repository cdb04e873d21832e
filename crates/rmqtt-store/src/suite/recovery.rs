use rmqtt_message::{MessageId, SessionId};

use super::{Harness, Story, completions, submit};
use crate::{QueueHead, Saved, SavedState, Store, Submission};

/// The promises about what is there after a crash, for stores that keep records.
///
/// # Panics
///
/// When one is broken.
pub fn check_recovery(harness: &mut impl Harness) {
    for seed in 0..STORIES {
        what_is_settled_is_given_back(harness, seed);
        a_crash_leaves_the_first_batches_whole(harness, seed);
    }
    things_are_given_back_in_order(harness);
}

fn what_is_settled_is_given_back(harness: &mut impl Harness, seed: u64) {
    let mut store = harness.create();
    assert!(store.keeps_records(), "a store without records has nothing to recover");
    let mut story = Story::new(seed);
    let mut expected = SavedState::default();
    for life in 0..4 {
        for turn in 0..10 {
            let (batch, submission) = submit(&mut store, &mut story, turn % 3, 8);
            assert!(!matches!(submission, Submission::Refused(_)), "{submission:?}");
            batch.iter().for_each(|record| expected.apply(&record));
        }
        harness.settle(&mut store);
        store = harness.crash(store);
        let found = SavedState::load(&mut store);
        assert_eq!(found.as_ref(), Ok(&expected), "story {seed}, life {life}");
    }
}

fn a_crash_leaves_the_first_batches_whole(harness: &mut impl Harness, seed: u64) {
    let mut store = harness.create();
    let mut story = Story::new(seed);
    let mut state = SavedState::default();
    // What there is after each batch, and whether its worker knows that it is committed.
    let mut states = vec![state.clone()];
    let mut pending = Vec::new();
    let mut promised = 0;
    for turn in 1..=12 {
        let worker = (turn % 3) as u16;
        let (batch, submission) = submit(&mut store, &mut story, worker, 4);
        batch.iter().for_each(|record| state.apply(&record));
        states.push(state.clone());
        match submission {
            Submission::Done => promised = turn,
            Submission::Pending(seq) => pending.push((worker, seq, turn)),
            Submission::Refused(reason) => panic!("a batch was refused: {reason}"),
        }
        if turn == 5 {
            harness.settle(&mut store);
        }
        for worker in 0..3 {
            for completion in completions(&mut store, worker) {
                let committed =
                    pending.iter().filter(|(of, seq, _)| *of == worker && *seq <= completion.upto);
                promised = committed.map(|(_, _, turn)| *turn).max().unwrap_or(0).max(promised);
            }
        }
    }
    let mut store = harness.crash(store);
    let found = SavedState::load(&mut store).expect("a crash damages nothing");
    let is_there = states[promised..].contains(&found);
    assert!(is_there, "story {seed}: after {promised} promised batches there is {found:#?}");
}

fn things_are_given_back_in_order(harness: &mut impl Harness) {
    let mut store = harness.create();
    let mut story = Story::new(STORIES);
    let _ = submit(&mut store, &mut story, 0, 300);
    harness.settle(&mut store);
    let mut places = Vec::new();
    store
        .load(QueueHead::NONE, &mut |saved| {
            places.push(match saved {
                Saved::Session { session, .. } => Place::Session(session.session),
                Saved::Retained(_) => Place::Retained,
                Saved::Delayed(delayed) => Place::Delayed(delayed.message.id()),
            });
        })
        .expect("a settled store can be read");
    assert!(places.len() > 5, "the story leaves something of each kind: {places:?}");
    assert!(places.is_sorted(), "{places:?}");
}

#[derive(Debug, PartialEq, PartialOrd)]
enum Place {
    Session(SessionId),
    Retained,
    Delayed(MessageId),
}

const STORIES: u64 = 20;
