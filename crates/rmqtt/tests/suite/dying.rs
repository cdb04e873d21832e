//! Workers that have ended are not waited for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rmqtt::{Counters, MemoryStore, Store};
use rmqtt_message::RecordBatch;
use rmqtt_store::{Completion, Fetch, Fetched, QueueHead, Saved, StoreError, Submission};
use rmqtt_test::{Connect, Packet, RawClient, Version};
use tokio::time::timeout;

use crate::broker::{Broker, drivers, open_policy};

/// Longer than anything that goes well takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A store that takes worker 1 with it when it is told to.
struct Deadly {
    store: MemoryStore,
    kills: Arc<AtomicBool>,
}

impl Store for Deadly {
    fn keeps_records(&self) -> bool {
        self.store.keeps_records()
    }

    fn submit(&mut self, worker: u16, batch: &mut RecordBatch) -> Submission {
        self.store.submit(worker, batch)
    }

    fn poll_completions(&mut self, worker: u16, on_completion: &mut dyn FnMut(Completion)) {
        assert!(worker != 1 || !self.kills.load(Ordering::SeqCst), "the store is broken");
        self.store.poll_completions(worker, on_completion);
    }

    fn fetch(&mut self, worker: u16, fetch: &Fetch) -> Result<(), StoreError> {
        self.store.fetch(worker, fetch)
    }

    fn poll_fetched(&mut self, worker: u16, on_fetched: &mut dyn FnMut(Fetched)) {
        self.store.poll_fetched(worker, on_fetched);
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.store.flush()
    }

    fn load(
        &mut self,
        head: QueueHead,
        on_saved: &mut dyn FnMut(Saved<'_>),
    ) -> Result<(), StoreError> {
        self.store.load(head, on_saved)
    }
}

/// Once what was asked of a worker lay in an inbox that nobody read any more: whoever wanted to know
/// the counters waited for ever, and a shutdown for as long as it could.
#[test]
fn a_worker_that_has_died_counts_nothing_and_holds_up_no_shutdown() {
    for driver in drivers() {
        let kills = Arc::new(AtomicBool::new(false));
        let deadly = Arc::clone(&kills);
        let broker = Broker::start_with(driver, open_policy(), move |builder| {
            builder.store(move |_wake| Deadly {
                store: MemoryStore::new(),
                kills: Arc::clone(&deadly),
            })
        });
        let mut survivor = RawClient::connected(broker.address(), &Connect::new(Version::V5, "0"));
        let mut victim = RawClient::connected(broker.address(), &Connect::new(Version::V5, "1"));
        kills.store(true, Ordering::SeqCst);
        victim.send_bytes(&[0xC0, 0]);
        let failure = broker.block_on(async |scx| timeout(PATIENCE, scx.failure()).await);
        assert_eq!(failure.expect("it dies"), "worker 1 has panicked");

        let counted =
            broker.block_on(async |scx| timeout(PATIENCE, scx.counters_by_worker()).await);
        let counted = counted.expect("nobody waits for it");
        assert_eq!((counted[0].client_connect, counted[1]), (1, Counters::default()));
        // A connection that would be its is closed.
        survivor.ping();
        let address = broker.address();
        RawClient::connected(address, &Connect::new(Version::V5, "2")).leave();
        RawClient::open(address, Version::V5).expect_close();

        let shutdown = broker.begin_shutdown();
        match survivor.next_packet() {
            Some(Packet::Disconnect(disconnect)) => assert_eq!(disconnect.reason, 0x8B),
            other => panic!("{other:?}"),
        }
        survivor.expect_close();
        drop(survivor);
        assert!(broker.wait(shutdown), "not in time");
    }
}

#[test]
fn a_broker_that_has_ended_counts_nothing() {
    for driver in drivers() {
        let broker = Broker::start(driver);
        RawClient::connected(broker.address(), &Connect::new(Version::V5, "c")).leave();
        let shutdown = broker.begin_shutdown();
        assert!(broker.wait(shutdown));
        let counted = broker.block_on(async |scx| {
            scx.show_metrics(true);
            timeout(PATIENCE, async { (scx.counters().await, scx.metrics().await) }).await
        });
        assert_eq!(counted.expect("nobody is waited for"), Default::default());
        // Nor does a second shutdown.
        let shutdown = broker.begin_shutdown();
        assert!(broker.wait(shutdown));
    }
}
