//! Promises that wait for a store.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rmqtt::{Driver, Store, StoreWake};
use rmqtt_message::RecordBatch;
use rmqtt_store::{
    Completion, Fetch, Fetched, ManualStore, QueueHead, Saved, StoreError, Submission,
};
use rmqtt_test::{Connect, Publish, RawClient, Version};

use crate::broker::{Broker, drivers, open_policy};

/// A store that all workers share. It answers at once until the test holds it.
#[derive(Clone, Default)]
struct SharedStore {
    held: Arc<AtomicBool>,
    store: Arc<Mutex<ManualStore>>,
    wakes: Arc<Mutex<Vec<StoreWake>>>,
}

impl SharedStore {
    fn start_broker(&self, driver: Driver) -> Broker {
        let shared = self.clone();
        Broker::start_with(driver, open_policy(), move |builder| {
            builder.store(move |wake| {
                shared.wakes.lock().unwrap().push(wake);
                shared.clone()
            })
        })
    }

    fn hold(&self, held: bool) {
        self.held.store(held, Ordering::SeqCst);
    }

    /// Lets everything succeed while `work` is done.
    fn complete_during(&self, work: impl FnOnce()) {
        let is_done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_done.load(Ordering::SeqCst) {
                    let waits = self.store.lock().unwrap().waiting() > 0;
                    if waits {
                        self.complete_all(None);
                    }
                    thread::sleep(Duration::from_millis(1));
                }
            });
            let worked = catch_unwind(AssertUnwindSafe(work));
            is_done.store(true, Ordering::SeqCst);
            if let Err(panic) = worked {
                resume_unwind(panic);
            }
        });
    }

    /// Lets everything that waits succeed, or fail.
    fn complete_all(&self, failure: Option<StoreError>) {
        let mut store = self.store.lock().unwrap();
        assert!(store.waiting() > 0, "something waits");
        while match failure {
            None => store.commit_next(),
            Some(error) => store.fail_next(error),
        } {}
        drop(store);
        self.wakes.lock().unwrap().iter().for_each(StoreWake::wake);
    }
}

impl Store for SharedStore {
    fn keeps_records(&self) -> bool {
        true
    }

    fn submit(&mut self, worker: u16, batch: &mut RecordBatch) -> Submission {
        if !self.held.load(Ordering::SeqCst) {
            batch.clear();
            return Submission::Done;
        }
        self.store.lock().unwrap().submit(worker, batch)
    }

    fn poll_completions(&mut self, worker: u16, on_completion: &mut dyn FnMut(Completion)) {
        self.store.lock().unwrap().poll_completions(worker, on_completion);
    }

    fn fetch(&mut self, worker: u16, fetch: &Fetch) -> Result<(), StoreError> {
        self.store.lock().unwrap().fetch(worker, fetch)
    }

    fn poll_fetched(&mut self, worker: u16, on_fetched: &mut dyn FnMut(Fetched)) {
        self.store.lock().unwrap().poll_fetched(worker, on_fetched);
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.store.lock().unwrap().flush()
    }

    fn load(
        &mut self,
        head: QueueHead,
        on_saved: &mut dyn FnMut(Saved<'_>),
    ) -> Result<(), StoreError> {
        self.store.lock().unwrap().load(head, on_saved)
    }
}

#[test]
fn puback_waits_until_the_message_is_stored() {
    for driver in drivers() {
        for (outcome, reason) in [(None, 0x00), (Some(StoreError::Full), 0x97)] {
            let store = SharedStore::default();
            let broker = store.start_broker(driver);
            let kept = Connect::persistent(Version::V5, "kept");
            let mut subscriber = RawClient::connected(broker.address(), &kept);
            subscriber.subscribe("t", 1);
            subscriber.abort();
            let publisher = Connect::new(Version::V5, "publisher");
            let mut publisher = RawClient::connected(broker.address(), &publisher);

            store.hold(true);
            publisher.send(&Publish::new("t", "payload").qos(1).id(7));
            // The answer to PINGREQ comes first, though it was asked for later.
            publisher.expect_nothing();
            store.complete_all(outcome);
            assert_eq!(publisher.expect_puback(7).reason, reason);
            store.hold(false);
        }
    }
}

/// Once the identifier of a QoS 2 message stayed recorded as received when the directory had no room
/// for it: after a restart another message with it would have been taken for a repetition.
#[test]
fn a_message_that_is_refused_late_leaves_no_packet_id_behind() {
    for driver in drivers() {
        let store = SharedStore::default();
        store.hold(true);
        let shared = store.clone();
        let mut policy = open_policy();
        policy.features.delayed_publish = true;
        let broker = Broker::start_with(driver, policy, move |builder| {
            builder.mqtt_delayed_publish_max(0).mqtt_delayed_publish_immediate(false).store(
                move |wake| {
                    shared.wakes.lock().unwrap().push(wake);
                    shared.clone()
                },
            )
        });
        store.complete_during(|| {
            let connect = Connect::persistent(Version::V5, "publisher");
            let mut publisher = RawClient::connected(broker.address(), &connect);
            publisher.send(&Publish::new("$delayed/1/t", "m").qos(2).id(7));
            assert_eq!(publisher.expect_pubrec(7).reason, 0x87);
            publisher.send(&Publish::new("t", "m").qos(2).id(8));
            publisher.expect_pubrec(8);
        });
        let store = store.store.lock().unwrap();
        let session = store.committed().sessions.values().next().unwrap();
        assert_eq!(session.received.iter().map(|id| id.get()).collect::<Vec<_>>(), [8]);
    }
}
