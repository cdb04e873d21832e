use super::{Harness, Story, completions, submit};
use rmqtt_message::RecordBatch;

use crate::{BatchSeq, Store, Submission};

/// The promises about answers, which hold for every store.
///
/// # Panics
///
/// When one is broken.
pub fn check_submission(harness: &mut impl Harness) {
    an_empty_batch_is_done(harness);
    every_batch_is_answered_once_and_in_order(harness);
    a_flush_answers_everything(harness);
}

fn an_empty_batch_is_done(harness: &mut impl Harness) {
    let mut store = harness.create();
    assert_eq!(store.submit(0, &mut RecordBatch::default()), Submission::Done);
    harness.settle(&mut store);
    assert!(completions(&mut store, 0).is_empty());
}

fn every_batch_is_answered_once_and_in_order(harness: &mut impl Harness) {
    let mut store = harness.create();
    let mut story = Story::new(1);
    let mut last = [BatchSeq(0); WORKERS];
    let mut answered = [BatchSeq(0); WORKERS];
    for turn in 0..50 {
        let worker = turn % 3;
        match submit(&mut store, &mut story, worker as u16, 5).1 {
            Submission::Done => assert_eq!(
                last[worker], answered[worker],
                "a batch is done only when none before it is pending"
            ),
            Submission::Pending(seq) => {
                assert_eq!(seq.0, last[worker].0 + 1, "pending batches are numbered from 1");
                last[worker] = seq;
            }
            Submission::Refused(reason) => panic!("a batch was refused: {reason}"),
        }
        if turn % 10 == 9 {
            harness.settle(&mut store);
        }
        for worker in 0..WORKERS {
            for completion in completions(&mut store, worker as u16) {
                assert_eq!(completion.result, Ok(()));
                assert!(completion.upto > answered[worker], "no batch is answered twice");
                assert!(completion.upto <= last[worker], "only pending batches are answered");
                answered[worker] = completion.upto;
            }
        }
    }
    assert_eq!(answered, last, "every pending batch is answered");
    assert_eq!(last[IDLE_WORKER], BatchSeq(0));
}

fn a_flush_answers_everything(harness: &mut impl Harness) {
    let mut store = harness.create();
    let mut story = Story::new(2);
    let mut last = None;
    for _ in 0..3 {
        if let Submission::Pending(seq) = submit(&mut store, &mut story, 0, 5).1 {
            last = Some(seq);
        }
    }
    assert_eq!(store.flush(), Ok(()));
    let answered = completions(&mut store, 0).last().map(|completion| completion.upto);
    assert_eq!(answered, last, "nothing is pending after a flush");
}

/// The last one submits nothing.
const WORKERS: usize = 4;
const IDLE_WORKER: usize = 3;
