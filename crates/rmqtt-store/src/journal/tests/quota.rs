//! What happens when the room ends.

use rmqtt_codec::QoS;
use rmqtt_message::{MessageId, MessageRef, ReceiversBuf, Record, Sender, SessionId};

use super::*;
use crate::{Store as _, Submission};

const SESSION: SessionId = SessionId(1);

fn settings(disk_bytes_max: u64) -> JournalSettings {
    JournalSettings { disk_bytes_max: Some(disk_bytes_max), ..JournalSettings::default() }
}

fn opened() -> RecordBatch {
    let mut batch = RecordBatch::default();
    batch.push(&Record::SessionOpened {
        session: SESSION,
        client_id: "c",
        epoch: 1,
        expiry_interval_s: 60,
        wall_ms: 1,
    });
    batch
}

fn id(seq: u64) -> MessageId {
    MessageId { node: 1, incarnation: 1, seq }
}

fn enqueued(seq: u64, bytes: usize) -> RecordBatch {
    let mut receivers = ReceiversBuf::default();
    receivers.push(SESSION, QoS::AtLeastOnce, false, &[]);
    let payload = vec![seq as u8; bytes];
    let message = MessageRef {
        id: id(seq),
        publisher: SessionId(9),
        sender: Sender::default(),
        qos: QoS::AtLeastOnce,
        retain: false,
        published_wall_ms: 1,
        expires_wall_ms: None,
        expiry_is_published: false,
        topic: "t",
        properties: &[],
        payload: &payload,
    };
    let mut batch = RecordBatch::default();
    batch.push(&Record::Enqueued { message, receivers: receivers.as_receivers() });
    batch
}

fn dequeued(seq: u64) -> RecordBatch {
    let mut batch = RecordBatch::default();
    batch.push(&Record::Dequeued { session: SESSION, message: id(seq) });
    batch
}

fn commit(store: &mut SteppedJournal<SimDisk>, mut batch: RecordBatch) -> Result<(), StoreError> {
    if let Submission::Refused(error) = store.submit(0, &mut batch) {
        return Err(error);
    }
    store.commit_some(usize::MAX);
    let mut result = Ok(());
    store.poll_completions(0, &mut |completion| result = completion.result);
    store.work_all();
    result
}

#[test]
fn a_full_store_can_be_emptied_and_is_then_used_again() {
    const MAX: u64 = 256 << 10;
    let disk = SimDisk::new(1);
    let (mut store, _) = SteppedJournal::open(disk.clone(), settings(MAX)).unwrap();
    commit(&mut store, opened()).unwrap();
    let mut first = 0;
    let mut next = 0;
    for round in 0..10 {
        let full = loop {
            match commit(&mut store, enqueued(next, 900)) {
                Ok(()) => next += 1,
                Err(error) => break error,
            }
            let stats = store.journal().stats();
            assert!(stats.disk_bytes <= MAX + MAX / 16, "{stats:#?}");
        };
        assert_eq!(full, StoreError::Full);
        assert_eq!(store.journal().stats().admission, Admission::NoMessages);
        assert!(next - first > 120, "round {round}: {} messages are kept in {MAX}", next - first);
        // A client comes and takes all but one of ten.
        commit(&mut store, opened()).unwrap();
        for seq in (first..next).filter(|seq| seq % 10 != 0) {
            commit(&mut store, dequeued(seq)).unwrap();
        }
        let stats = store.journal().stats();
        assert_eq!(stats.admission, Admission::All, "{stats:#?}");
        for seq in (first..next).filter(|seq| seq % 10 == 0) {
            commit(&mut store, dequeued(seq)).unwrap();
        }
        first = next;
    }
    let (store, _) = SteppedJournal::open(disk.after_power_cut(1), settings(MAX)).unwrap();
    assert_eq!(store.journal().stats().messages, 0);
}

#[test]
fn a_full_disk_fails_the_batch_and_the_store_works_when_there_is_room() {
    let disk = SimDisk::new(2);
    let settings = JournalSettings { disk_bytes_kept: 0, ..JournalSettings::default() };
    let (mut store, _) = SteppedJournal::open(disk.clone(), settings).unwrap();
    commit(&mut store, opened()).unwrap();
    commit(&mut store, enqueued(1, 100)).unwrap();
    disk.set_capacity(Some(600));
    assert_eq!(commit(&mut store, enqueued(2, 1_000)), Err(StoreError::Full));
    assert_eq!(store.journal().stats().failure, Some(StoreError::Full));
    assert_eq!(commit(&mut store, dequeued(1)), Err(StoreError::Full), "until it is probed");
    disk.set_capacity(Some(10));
    assert!(!store.probe());
    disk.set_capacity(Some(100_000));
    assert!(store.probe());
    assert_eq!(store.journal().stats().failure, None);
    commit(&mut store, enqueued(3, 1_000)).unwrap();
    let (store, recovery) =
        SteppedJournal::open(disk.after_power_cut(1), JournalSettings::default()).unwrap();
    assert_eq!(recovery.cut, None);
    let state = state_of(store.journal());
    let queue = &state.sessions[&SESSION].queue;
    let found: Vec<_> = queue.iter().map(|queued| queued.message.id().seq).collect();
    assert_eq!(found, [1, 3]);
}

/// Without a quota the disk itself is one. It is noticed before a write fails, because then not even
/// what makes room could be written.
#[test]
fn a_disk_that_fills_up_is_noticed_before_it_is_full() {
    let disk = SimDisk::new(4);
    disk.set_capacity(Some(400 << 10));
    let settings = JournalSettings {
        disk_bytes_kept: 64 << 10,
        segment_bytes: 32 << 10,
        replay_bytes: 64 << 10,
        ..JournalSettings::default()
    };
    let (mut store, _) = SteppedJournal::open(disk.clone(), settings).unwrap();
    commit(&mut store, opened()).unwrap();
    let mut next = 0;
    let full = loop {
        match commit(&mut store, enqueued(next, 900)) {
            Ok(()) => next += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(full, StoreError::Full);
    let stats = store.journal().stats();
    assert_eq!((stats.admission, stats.failure), (Admission::NoMessages, None));
    assert!(next > 200 && stats.available_bytes > Some(32 << 10), "{next} {stats:#?}");
    commit(&mut store, opened()).unwrap();
    for seq in 0..next {
        commit(&mut store, dequeued(seq)).unwrap();
    }
    commit(&mut store, enqueued(next, 900)).unwrap();
    assert_eq!(store.journal().stats().counters.failures, 0);
}

/// At level `os` a sync can fail after the batches were called committed. The system may then have
/// forgotten which bytes are not on the disk: they are written once more.
#[test]
fn what_a_failed_sync_leaves_in_doubt_is_written_again() {
    let settings = JournalSettings { level: SyncLevel::Os, ..JournalSettings::default() };
    let disk = SimDisk::new(3);
    let (mut store, _) = SteppedJournal::open(disk.clone(), settings.clone()).unwrap();
    commit(&mut store, opened()).unwrap();
    store.sync();
    commit(&mut store, enqueued(1, 2_000)).unwrap();
    commit(&mut store, enqueued(2, 2_000)).unwrap();
    disk.inject(disk.operations(), Fault::Error(std::io::ErrorKind::Other));
    store.sync();
    assert_eq!(store.journal().failure(), Some(StoreError::Io(std::io::ErrorKind::Other)));
    assert!(store.probe());
    for seed in 0..20 {
        let disk = disk.after_power_cut(seed);
        let (store, _) = SteppedJournal::open(disk, settings.clone()).unwrap();
        assert_eq!(store.journal().stats().messages, 2);
        let state = state_of(store.journal());
        assert_eq!(state.sessions[&SESSION].queue.len(), 2);
    }
}
