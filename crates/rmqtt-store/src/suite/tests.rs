//! The suite has to notice a store that breaks a promise.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use rmqtt_message::Record;

use crate::{Fetch, Fetched, ManualStore, QueueHead, Saved, SavedState};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Flaw {
    None,
    LeavesTheBatchFull,
    SaysDoneTooEarly,
    AnswersTwice,
    AnswersTheWrongWorker,
    ForgetsAnAnswer,
    LosesAPromisedBatch,
    SplitsABatch,
    GivesBackOutOfOrder,
    KeepsAFailedBatch,
    GivesTheWholeQueue,
    FetchesFromTheBeginning,
    FetchesTooEarly,
    MiscountsTheRest,
}

const OF_SUBMISSION: [Flaw; 5] = [
    Flaw::LeavesTheBatchFull,
    Flaw::SaysDoneTooEarly,
    Flaw::AnswersTwice,
    Flaw::AnswersTheWrongWorker,
    Flaw::ForgetsAnAnswer,
];
const OF_RECOVERY: [Flaw; 3] =
    [Flaw::LosesAPromisedBatch, Flaw::SplitsABatch, Flaw::GivesBackOutOfOrder];

const OF_QUEUES: [Flaw; 4] = [
    Flaw::GivesTheWholeQueue,
    Flaw::FetchesFromTheBeginning,
    Flaw::FetchesTooEarly,
    Flaw::MiscountsTheRest,
];

/// A store whose batches wait by hand, with one flaw.
struct Flawed {
    flaw: Flaw,
    inner: ManualStore,
    /// Everything committed before the latest batch.
    earlier: SavedState,
    latest: RecordBatch,
    answers: u64,
    fetched: Vec<(u16, Fetched)>,
}

impl Store for Flawed {
    fn keeps_records(&self) -> bool {
        true
    }

    fn submit(&mut self, worker: u16, batch: &mut RecordBatch) -> Submission {
        self.latest = batch.clone();
        let submission = self.inner.submit(worker, batch);
        match self.flaw {
            Flaw::LeavesTheBatchFull => *batch = self.latest.clone(),
            Flaw::SaysDoneTooEarly if self.answers == 0 => return Submission::Done,
            _ => {}
        }
        submission
    }

    fn poll_completions(&mut self, worker: u16, on_completion: &mut dyn FnMut(Completion)) {
        let worker = worker ^ u16::from(self.flaw == Flaw::AnswersTheWrongWorker);
        let (flaw, answers) = (self.flaw, &mut self.answers);
        self.inner.poll_completions(worker, &mut |completion| {
            *answers += 1;
            if flaw != Flaw::ForgetsAnAnswer || *answers % 50 != 0 {
                on_completion(completion);
            }
            if flaw == Flaw::AnswersTwice {
                on_completion(completion);
            }
        });
    }

    fn fetch(&mut self, worker: u16, fetch: &Fetch) -> Result<(), StoreError> {
        let mut fetch = *fetch;
        match self.flaw {
            Flaw::FetchesFromTheBeginning => fetch.after = None,
            Flaw::FetchesTooEarly => {
                let (number, session) = (fetch.number, fetch.session);
                let result = Ok(self.inner.committed().fetch(&fetch));
                self.fetched.push((worker, Fetched { number, session, result }));
                return Ok(());
            }
            _ => {}
        }
        self.inner.fetch(worker, &fetch)
    }

    fn poll_fetched(&mut self, worker: u16, on_fetched: &mut dyn FnMut(Fetched)) {
        let flaw = self.flaw;
        self.inner.poll_fetched(worker, &mut |mut fetched| {
            if let (Flaw::MiscountsTheRest, Ok(part)) = (flaw, &mut fetched.result) {
                part.rest.messages = part.rest.messages.saturating_sub(1);
            }
            on_fetched(fetched);
        });
        let mine = self.fetched.extract_if(.., |(of, _)| *of == worker);
        mine.for_each(|(_, fetched)| on_fetched(fetched));
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.inner.flush()
    }

    fn load(
        &mut self,
        head: QueueHead,
        on_saved: &mut dyn FnMut(Saved<'_>),
    ) -> Result<(), StoreError> {
        if self.flaw == Flaw::GivesBackOutOfOrder {
            for delayed in self.inner.committed().delayed.values() {
                on_saved(Saved::Delayed(delayed));
            }
        }
        let whole = self.flaw == Flaw::GivesTheWholeQueue;
        self.inner.load(if whole { QueueHead::ALL } else { head }, on_saved)
    }
}

struct FlawedHarness {
    flaw: Flaw,
    failing: Option<StoreError>,
}

impl Harness for FlawedHarness {
    type Store = Flawed;

    fn create(&mut self) -> Flawed {
        Flawed {
            flaw: self.flaw,
            inner: ManualStore::new(),
            earlier: SavedState::default(),
            latest: RecordBatch::default(),
            answers: 0,
            fetched: Vec::new(),
        }
    }

    fn settle(&mut self, store: &mut Flawed) {
        while store.inner.waiting() > 0 {
            match self.failing {
                Some(reason) if self.flaw != Flaw::KeepsAFailedBatch => {
                    store.inner.fail_next(reason)
                }
                _ => {
                    store.earlier = store.inner.committed().clone();
                    store.inner.commit_next()
                }
            };
        }
    }

    fn crash(&mut self, store: Flawed) -> Flawed {
        let mut found = Flawed { inner: store.inner.crash(), ..self.create() };
        match self.flaw {
            Flaw::LosesAPromisedBatch => found.inner = ManualStore::with_committed(store.earlier),
            Flaw::SplitsABatch => {
                let mut half = found.inner.committed().clone();
                let records: Vec<Record<'_>> = store.latest.iter().collect();
                records[..records.len() / 2].iter().for_each(|record| half.apply(record));
                found.inner = ManualStore::with_committed(half);
            }
            _ => {}
        }
        found
    }
}

impl FaultyHarness for FlawedHarness {
    fn fail(&mut self, _store: &mut Flawed, reason: StoreError) {
        self.failing = Some(reason);
    }

    fn repair(&mut self, _store: &mut Flawed) {
        self.failing = None;
    }
}

fn passes(flaw: Flaw, check: impl FnOnce(&mut FlawedHarness)) -> bool {
    let mut harness = FlawedHarness { flaw, failing: None };
    catch_unwind(AssertUnwindSafe(|| check(&mut harness))).is_ok()
}

#[test]
fn a_store_without_a_flaw_passes() {
    assert!(passes(Flaw::None, check_submission));
    assert!(passes(Flaw::None, check_recovery));
    assert!(passes(Flaw::None, check_fetch));
    assert!(passes(Flaw::None, check_failure));
}

#[test]
fn a_flaw_in_queues_is_noticed() {
    for flaw in OF_QUEUES {
        assert!(!passes(flaw, check_fetch), "{flaw:?}");
    }
}

#[test]
fn a_flaw_in_the_answers_is_noticed() {
    for flaw in OF_SUBMISSION {
        assert!(!passes(flaw, check_submission), "{flaw:?}");
    }
}

#[test]
fn a_flaw_in_what_is_given_back_is_noticed() {
    for flaw in OF_RECOVERY {
        assert!(!passes(flaw, check_recovery), "{flaw:?}");
    }
}

#[test]
fn a_failed_batch_that_stays_is_noticed() {
    assert!(!passes(Flaw::KeepsAFailedBatch, check_failure));
}
