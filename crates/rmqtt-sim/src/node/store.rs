use std::collections::VecDeque;

use rmqtt_broker::Submitted;
use rmqtt_message::{Record, RecordBatch};
use rmqtt_store::{BatchSeq, ManualStore, SavedState, Store, StoreError, Submission};

use super::{Node, Pace};
use crate::coverage::Happening;
use crate::ledger::MessageNumber;
use crate::observation::Observation;
use crate::scene::Scene;

/// The node's store, which commits when the simulation lets it, and fails when it wants it to.
#[derive(Debug)]
pub(super) struct StoreDesk {
    store: ManualStore,
    /// Whether it fails at all.
    fails: bool,
    /// What the batches that wait promise to persistent sessions.
    waiting: VecDeque<Vec<MessageNumber>>,
    /// Batches are refused before this event.
    refuses_until: u64,
}

impl StoreDesk {
    pub(super) fn new(fails: bool) -> Self {
        Self { store: ManualStore::new(), fails, waiting: VecDeque::new(), refuses_until: 0 }
    }

    /// A store that never fails, with what an earlier life has left in it.
    pub(super) fn with(store: ManualStore) -> Self {
        Self { store, fails: false, waiting: VecDeque::new(), refuses_until: 0 }
    }

    /// What it has when all that waits is committed.
    pub(super) fn all_committed(&self) -> SavedState {
        self.store.committed_with(self.store.waiting())
    }

    pub(super) fn waiting(&self) -> usize {
        self.store.waiting()
    }

    fn submit(&mut self, worker: u16, records: &mut RecordBatch, scene: &mut Scene) -> Submitted {
        let promised = messages_in(records, scene);
        for message in &promised {
            scene.observe(&Observation::Recorded { message: *message });
        }
        let refuses = self.refuses_until > scene.event;
        self.store.refuse(refuses.then_some(StoreError::Overloaded));
        match self.store.submit(worker, records) {
            Submission::Done => Submitted::Done,
            Submission::Pending(BatchSeq(batch)) => {
                self.waiting.push_back(promised);
                Submitted::Pending(batch)
            }
            Submission::Refused(_) => {
                scene.note(Happening::StoreRefused);
                Submitted::Refused
            }
        }
    }

    /// The oldest batch is committed, or fails. `false`: there is none.
    fn complete_one(&mut self, may_fail: bool, scene: &mut Scene) -> bool {
        let Some(promised) = self.waiting.pop_front() else {
            return false;
        };
        if may_fail && scene.random.chance(10) {
            scene.note(Happening::StoreFailed);
            scene.trace(|| format!("the store fails {promised:?}"));
            return self.store.fail_next(StoreError::Full);
        }
        scene.trace(|| format!("the store commits {promised:?}"));
        for message in promised {
            scene.observe(&Observation::Committed { message });
        }
        self.store.commit_next()
    }
}

impl Node {
    /// Hands the records of a worker's turn to the store, if there is one.
    pub(super) fn submit_records(&mut self, worker: usize, scene: &mut Scene) {
        let worker_number = u16::try_from(worker).expect("few workers");
        let worker = &mut self.desks[worker].worker;
        let Some(store) = self.store.as_mut().filter(|_| !worker.records().is_empty()) else {
            return;
        };
        let submitted = store.submit(worker_number, worker.records(), scene);
        scene.trace(|| format!("worker {worker_number} submits records: {submitted:?}"));
        worker.records_submitted(submitted, scene.now);
    }

    /// What the store would give back if the node were lost now. Of what waits, some may still be
    /// committed, in its order. `None`: there is no store.
    /// The flag: nothing of what was written down is lost.
    pub(crate) fn saved_after_crash(&self, scene: &mut Scene) -> Option<(SavedState, bool)> {
        let store = &self.store.as_ref()?.store;
        let waiting = store.waiting();
        let also = scene.random.below(waiting + 1);
        scene.trace(|| format!("a crash leaves {also} of {waiting} batches more"));
        Some((store.committed_with(also), also == waiting))
    }

    /// The store works for a while.
    pub(crate) fn store_some(&mut self, pace: Pace, scene: &mut Scene) {
        let Some(store) = &mut self.store else {
            return;
        };
        let may_fail = store.fails && pace == Pace::Some;
        if may_fail && scene.random.chance(2) {
            store.refuses_until = scene.event + scene.random.between(5, 60);
        }
        if pace == Pace::All {
            store.refuses_until = 0;
        }
        let waiting = store.waiting();
        let number = pace.share(waiting, scene);
        if waiting > 3 && number == 0 {
            scene.note(Happening::StoreLate);
        }
        for _ in 0..number {
            store.complete_one(may_fail, scene);
        }
    }

    /// A worker hears what has become of its records.
    pub(super) fn take_completions(&mut self, worker: usize, pace: Pace, scene: &mut Scene) {
        let worker_number = u16::try_from(worker).expect("few workers");
        if !pace.takes(60, scene) {
            return;
        }
        let Some(store) = &mut self.store else {
            return;
        };
        let worker = &mut self.desks[worker].worker;
        store.store.poll_completions(worker_number, &mut |completion| {
            let is_committed = completion.result.is_ok();
            worker.handle_persisted(completion.upto.0, is_committed, scene.now);
        });
    }
}

/// The messages that are to be kept, for sessions or until their time comes. Copies of retained ones, for a new subscription, are
/// not what their publishers were promised.
fn messages_in(records: &RecordBatch, scene: &Scene) -> Vec<MessageNumber> {
    let payloads = records.iter().filter_map(|record| match record {
        Record::Enqueued { message, receivers } if receivers.iter().any(|r| !r.retain) => {
            message.payload.first_chunk().copied()
        }
        Record::Delayed { message, .. } => message.payload.first_chunk().copied(),
        _ => None,
    });
    payloads.filter_map(|number| scene.ledger.known(u32::from_be_bytes(number))).collect()
}
