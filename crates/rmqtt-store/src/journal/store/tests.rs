use std::io;
use std::sync::mpsc;
use std::time::Duration;

use rmqtt_codec::QoS;
use rmqtt_message::{MessageId, MessageRef, ReceiversBuf, Record, Sender, SenderKind, SessionId};

use super::*;
use crate::journal::{Fault, SimDisk, SyncLevel};
use crate::suite::Story;
use crate::{BatchSeq, SavedState};

fn settings(level: SyncLevel) -> JournalSettings {
    let interval = Duration::from_millis(1);
    JournalSettings {
        level,
        pending_bytes_max: 2_000,
        sync_interval: interval,
        probe_interval: interval,
        ..JournalSettings::default()
    }
}

fn open(disk: &SimDisk, level: SyncLevel) -> JournalStore<SimDisk> {
    JournalStore::open(disk.clone(), settings(level)).unwrap().0
}

fn batch(story: &mut Story) -> RecordBatch {
    let mut batch = RecordBatch::default();
    story.tell(8, &mut batch);
    batch
}

fn completions(store: &mut JournalStore<SimDisk>, worker: u16) -> Vec<Completion> {
    let mut completions = Vec::new();
    store.poll_completions(worker, &mut |completion| completions.push(completion));
    completions
}

#[test]
fn a_worker_is_woken_when_its_batch_is_committed() {
    let store = open(&SimDisk::new(1), SyncLevel::Fsync);
    let (woken, wakes) = mpsc::channel();
    let mut mine = store.for_worker(3, move || woken.send(()).unwrap());
    let _other = store.for_worker(4, || panic!("nothing of this worker was completed"));
    let submission = mine.submit(3, &mut batch(&mut Story::new(1)));
    assert_eq!(submission, Submission::Pending(BatchSeq(1)));
    wakes.recv().unwrap();
    let expected = Completion { upto: BatchSeq(1), result: Ok(()) };
    assert_eq!(completions(&mut mine, 3), [expected]);
}

#[test]
fn a_question_is_answered_and_its_worker_woken() {
    let store = open(&SimDisk::new(1), SyncLevel::Fsync);
    let (woken, wakes) = mpsc::channel();
    let mut mine = store.for_worker(0, move || woken.send(()).unwrap());
    let fetch = Fetch { number: 5, session: SessionId(1), after: None, head: QueueHead::ALL };
    mine.fetch(0, &fetch).unwrap();
    wakes.recv().unwrap();
    let mut answers = Vec::new();
    mine.poll_fetched(0, &mut |fetched| answers.push(fetched.number));
    assert_eq!(answers, [5]);
}

#[test]
fn more_than_may_wait_is_refused_and_nothing_of_it_is_heard_again() {
    let mut store = open(&SimDisk::new(2), SyncLevel::Fsync);
    let mut story = Story::new(2);
    let mut expected = SavedState::default();
    // Nobody can commit meanwhile.
    let access = store.clone();
    let journal = access.journal();
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..200 {
        let batch = batch(&mut story);
        match store.submit(0, &mut batch.clone()) {
            Submission::Pending(_) => {
                taken += 1;
                batch.iter().for_each(|record| expected.apply(&record));
            }
            Submission::Refused(error) => {
                assert_eq!(error, StoreError::Overloaded);
                refused += 1;
            }
            Submission::Done => panic!("nothing is done before it is committed"),
        }
    }
    drop(journal);
    assert!(taken > 0 && refused > 100, "{taken} {refused}");
    assert_eq!(store.flush(), Ok(()));
    assert_eq!(completions(&mut store, 0).last().unwrap().upto, BatchSeq(taken));
    assert_eq!(SavedState::load(&mut store), Ok(expected));
    assert_eq!(store.stats().counters.refused_batches, refused);
}

#[test]
fn a_batch_larger_than_the_bound_is_taken_alone() {
    let mut store = open(&SimDisk::new(2), SyncLevel::Fsync);
    let mut large = RecordBatch::default();
    Story::new(3).tell(400, &mut large);
    assert!(large.as_bytes().len() > 2_000);
    assert!(matches!(store.submit(0, &mut large), Submission::Pending(_)));
    assert_eq!(store.flush(), Ok(()));
}

#[test]
fn a_failure_raises_an_alarm_and_ends_without_a_restart() {
    for level in [SyncLevel::Fsync, SyncLevel::Os] {
        let disk = SimDisk::new(4);
        let mut store = open(&disk, level);
        let mut story = Story::new(4);
        disk.break_down(Some(io::ErrorKind::ReadOnlyFilesystem));
        let _ = store.submit(0, &mut batch(&mut story));
        let readonly = StoreError::Io(io::ErrorKind::ReadOnlyFilesystem);
        // If it has failed before, that is no news to this call.
        let _ = store.flush();
        assert_eq!(completions(&mut store, 0)[0].result, Err(readonly));
        assert_eq!(store.stats().failure, Some(readonly));
        let refused = store.submit(0, &mut batch(&mut story));
        assert_eq!(refused, Submission::Refused(readonly));
        disk.break_down(None);
        store.wait_until_it_works();
        assert_eq!(store.stats().failure, None);
        assert!(matches!(store.submit(0, &mut batch(&mut story)), Submission::Pending(_)));
        assert_eq!(store.flush(), Ok(()));
        assert_eq!(completions(&mut store, 0)[0].result, Ok(()));
    }
}

/// Once the failure of a sync was noticed only by the next batch, which failed although the disk
/// worked again.
#[test]
fn a_sync_that_fails_with_nothing_to_commit_is_made_good_alone() {
    let disk = SimDisk::new(5);
    let mut store = open(&disk, SyncLevel::Os);
    let mut story = Story::new(5);
    let mut expected = SavedState::default();
    let first = batch(&mut story);
    first.iter().for_each(|record| expected.apply(&record));
    // File, header, records: then the sync.
    let next = disk.operations() + 3;
    disk.inject(next, Fault::Error(io::ErrorKind::Other));
    let _ = store.submit(0, &mut first.clone());
    while store.stats().counters.failures == 0 || store.stats().failure.is_some() {
        thread::yield_now();
    }
    assert_eq!(completions(&mut store, 0)[0].result, Ok(()), "it was written");
    let (journal, _) = Journal::open(disk.after_power_cut(1), settings(SyncLevel::Os)).unwrap();
    let mut found = SavedState::default();
    journal.load(QueueHead::ALL, &mut |saved| found.insert(saved)).unwrap();
    assert_eq!(found, expected, "it was written again");
}

#[test]
fn what_was_only_written_is_synced_soon() {
    let disk = SimDisk::new(6);
    let mut store = open(&disk, SyncLevel::Os);
    let _ = store.submit(0, &mut batch(&mut Story::new(6)));
    loop {
        let stats = store.stats();
        if stats.log_end > 0 && stats.log_synced == stats.log_end {
            break;
        }
        thread::yield_now();
    }
}

#[test]
fn the_last_that_goes_leaves_everything_on_the_disk() {
    let disk = SimDisk::new(7);
    let settings = JournalSettings {
        pending_bytes_max: 16 << 20,
        sync_interval: Duration::from_secs(3_600),
        ..settings(SyncLevel::Os)
    };
    let mut store = JournalStore::open(disk.clone(), settings.clone()).unwrap().0;
    let mut story = Story::new(7);
    let mut expected = SavedState::default();
    for worker in 0..2_000 {
        let batch = batch(&mut story);
        batch.iter().for_each(|record| expected.apply(&record));
        let _ = store.submit(worker % 3, &mut batch.clone());
    }
    let other = store.clone();
    drop(store);
    drop(other);
    let (journal, recovery) = Journal::open(disk.after_power_cut(1), settings).unwrap();
    assert_eq!(recovery.cut, None);
    assert!(recovery.replayed_bytes < 1 << 20, "{recovery:?}");
    let mut found = SavedState::default();
    journal.load(QueueHead::ALL, &mut |saved| found.insert(saved)).unwrap();
    assert_eq!(found, expected);
}

#[test]
fn questions_that_wait_have_a_bound() {
    let mut store = open(&SimDisk::new(8), SyncLevel::Fsync);
    let access = store.clone();
    let journal = access.journal();
    let head = QueueHead::NONE;
    let results: Vec<_> = (0..10_000)
        .map(|number| store.fetch(0, &Fetch { number, session: SessionId(1), after: None, head }))
        .collect();
    drop(journal);
    let taken = results.iter().filter(|result| result.is_ok()).count();
    assert!((4_096..5_000).contains(&taken), "{taken}");
    assert_eq!(results.last(), Some(&Err(StoreError::Overloaded)));
    let mut answers = 0;
    while answers < taken {
        store.poll_fetched(0, &mut |_| answers += 1);
        thread::yield_now();
    }
}

/// What a worker does: opens its session, and queues numbered messages until a batch fails. Gives how
/// many it was promised.
fn queue_until_it_fails(store: &JournalStore<SimDisk>, worker: u16) -> u64 {
    let (woken, wakes) = mpsc::channel();
    let mut store = store.for_worker(worker, move || {
        let _ = woken.send(());
    });
    let session = SessionId(worker.into());
    let (mut next, mut promised) = (0, 0);
    let mut batch = RecordBatch::default();
    batch.push(&Record::SessionOpened {
        session,
        client_id: "c",
        epoch: 1,
        expiry_interval_s: 9,
        wall_ms: 1,
    });
    loop {
        let mut receivers = ReceiversBuf::default();
        receivers.push(session, QoS::AtLeastOnce, false, &[]);
        let id = MessageId { node: 1, incarnation: worker.into(), seq: next };
        let message = MessageRef { id, ..EMPTY_MESSAGE };
        batch.push(&Record::Enqueued { message, receivers: receivers.as_receivers() });
        next += 1;
        match store.submit(worker, &mut batch) {
            Submission::Pending(_) => {}
            Submission::Refused(StoreError::Overloaded) => next -= 1,
            _ => return promised,
        }
        // Now and then the worker waits; else batches gather.
        if next % 4 == 0 && promised < next && wakes.recv().is_err() {
            return promised;
        }
        let mut failed = false;
        store.poll_completions(worker, &mut |completion| match completion.result {
            Ok(()) => promised = completion.upto.0,
            Err(_) => failed = true,
        });
        if failed {
            return promised;
        }
    }
}

#[test]
fn a_power_cut_under_load_loses_nothing_that_workers_were_promised() {
    let mut promises = 0;
    for seed in 0..30 {
        let disk = SimDisk::new(seed);
        let settings = JournalSettings {
            segment_bytes: 4 << 10,
            replay_bytes: 8 << 10,
            ..settings(SyncLevel::Fsync)
        };
        let store = JournalStore::open(disk.clone(), settings.clone()).unwrap().0;
        disk.inject(disk.operations() + 20 + seed * 7, Fault::PowerCut);
        let promised = thread::scope(|scope| {
            let workers = [1, 2, 3].map(|worker| {
                let store = &store;
                scope.spawn(move || queue_until_it_fails(store, worker))
            });
            workers.map(|worker| worker.join().unwrap())
        });
        drop(store);
        let (journal, _) = Journal::open(disk.after_power_cut(seed), settings).unwrap();
        let mut found = SavedState::default();
        journal.load(QueueHead::ALL, &mut |saved| found.insert(saved)).unwrap();
        for (worker, promised) in (1_u64..).zip(promised) {
            let session = found.sessions.get(&SessionId(worker));
            let queue = session.map(|session| &session.queue).into_iter().flatten();
            let seqs: Vec<_> = queue.map(|queued| queued.message.id().seq).collect();
            assert!(seqs.iter().copied().eq(0..seqs.len() as u64), "{seqs:?}");
            assert!(seqs.len() as u64 >= promised, "{} of {promised}", seqs.len());
            promises += promised;
        }
    }
    assert!(promises > 1_000, "{promises}");
}

const EMPTY_MESSAGE: MessageRef<'_> = MessageRef {
    id: MessageId { node: 0, incarnation: 0, seq: 0 },
    publisher: SessionId(9),
    sender: Sender { kind: SenderKind::Client, details: &[] },
    qos: QoS::AtLeastOnce,
    retain: false,
    published_wall_ms: 1,
    expires_wall_ms: None,
    expiry_is_published: false,
    topic: "t",
    properties: &[],
    payload: &[],
};
