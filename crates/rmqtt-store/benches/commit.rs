//! What a persistent QoS 1 message of 100 bytes costs, from the batch that was submitted to its being
//! committed: three records, `Enqueued`, `Sent` and `Acknowledged`, the messages of 100 sessions.
//!
//! Reported are the time of the processor and the bytes of the log for each message, and how many
//! groups a second the store syncs, beside a loop that appends the same bytes to a file and syncs it.
//! Fails over 160 bytes for each message beside its payload.

#![allow(clippy::print_stdout, reason = "the report is the output of this program")]
#![allow(clippy::unwrap_used, reason = "in a benchmark a panic is the report")]

use std::env;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use rmqtt_codec::{PacketId, QoS};
use rmqtt_message::{MessageId, MessageRef, ReceiversBuf, Record, RecordBatch, Sender, SessionId};
use rmqtt_store::journal::{JournalSettings, JournalStore, RealDisk, SteppedJournal, SyncLevel};
use rmqtt_store::{Store, Submission};
use rustix::time::{ClockId, clock_gettime};

const PAYLOAD_BYTES: usize = 100;
const SESSIONS: u64 = 100;
const ADDED_BYTES_MAX: u64 = 160;

fn main() -> ExitCode {
    if !env::args().any(|arg| arg == "--bench") {
        return ExitCode::SUCCESS;
    }
    let mut is_small = true;
    for messages_per_group in [1, 10, 100, 1_000] {
        let added = cost(messages_per_group);
        is_small &= messages_per_group == 1 || added <= ADDED_BYTES_MAX;
    }
    for messages_per_group in [1, 20, 400] {
        compare_syncs(messages_per_group);
    }
    threads();
    if !is_small {
        println!("error: more than {ADDED_BYTES_MAX} bytes for each message beside its payload");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The processor's time and the bytes for each message at level `os`; gives the bytes beside the
/// payload.
fn cost(messages_per_group: u64) -> u64 {
    let messages = 200_000.min(messages_per_group * 20_000);
    let directory = tempfile::tempdir().unwrap();
    let mut store = open(directory.path(), SyncLevel::Os);
    let mut batches = batches(messages, messages_per_group);
    let began = processor_time();
    for batch in &mut batches {
        commit(&mut store, batch);
    }
    let took = processor_time() - began;
    let stats = store.journal().stats();
    let added = stats.counters.log_bytes / messages - PAYLOAD_BYTES as u64;
    println!(
        "level os, {messages_per_group} messages in a group: {} ns and {added} bytes beside the payload for each",
        took.as_nanos() / u128::from(messages)
    );
    added
}

/// Groups a second at level `fsync`, and of a loop that does the same by hand, in turns, so that both
/// meet the same disk.
fn compare_syncs(messages_per_group: u64) {
    const GROUPS: u64 = 600;
    let directory = tempfile::tempdir().unwrap();
    let mut batches = batches(GROUPS * messages_per_group, messages_per_group);
    let group = vec![b'x'; batches[1].as_bytes().len() + 30];
    let mut file = File::create_new(directory.path().join("bare")).unwrap();
    let mut store = open(&directory.path().join("store"), SyncLevel::Fsync);
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    for batch in &mut batches {
        bare.push(timed(|| {
            file.write_all(&group).unwrap();
            file.sync_data().unwrap();
        }));
        ours.push(timed(|| commit(&mut store, batch)));
    }
    let ratio = total(&bare).as_secs_f64() / total(&ours).as_secs_f64();
    println!(
        "level fsync, {messages_per_group} messages in a group: {ratio:.2} of the groups of a bare loop (p99 {:?} \
         beside {:?})",
        percentile_99(&mut ours),
        percentile_99(&mut bare)
    );
}

/// Messages a second of two workers, each with one batch on its way, through the threads.
fn threads() {
    for level in [SyncLevel::Os, SyncLevel::Fsync] {
        let directory = tempfile::tempdir().unwrap();
        let disk = RealDisk::lock(directory.path()).unwrap();
        let settings = JournalSettings { level, ..JournalSettings::default() };
        let (store, _) = JournalStore::open(disk, settings).unwrap();
        let stop = AtomicBool::new(false);
        let began = Instant::now();
        let messages: u64 = thread::scope(|scope| {
            let workers: Vec<_> = (0..2_u16)
                .map(|worker| {
                    let (store, stop) = (store.clone(), &stop);
                    scope.spawn(move || work(&store, worker, stop))
                })
                .collect();
            while began.elapsed() < Duration::from_secs(3) {
                thread::park_timeout(Duration::from_millis(100));
            }
            stop.store(true, Relaxed);
            workers.into_iter().map(|worker| worker.join().unwrap()).sum()
        });
        let stats = store.stats();
        println!(
            "level {level:?}, two workers, 50 messages in a batch: {:.0} messages a second, {} groups, {} syncs",
            messages as f64 / began.elapsed().as_secs_f64(),
            stats.counters.groups,
            stats.counters.syncs
        );
    }
}

fn work(store: &JournalStore, worker: u16, stop: &AtomicBool) -> u64 {
    let this = thread::current();
    let mut store = store.for_worker(worker, move || this.unpark());
    let mut messages = 0;
    let again = batches(50, 50).remove(0);
    while !stop.load(Relaxed) {
        let mut batch = again.clone();
        let Submission::Pending(seq) = store.submit(worker, &mut batch) else { break };
        let mut upto = 0;
        while upto < seq.0 {
            thread::park();
            store.poll_completions(worker, &mut |completion| upto = completion.upto.0);
        }
        messages += 50;
    }
    messages
}

fn open(path: &Path, level: SyncLevel) -> SteppedJournal<RealDisk> {
    let settings = JournalSettings { level, ..JournalSettings::default() };
    let disk = RealDisk::lock(path).unwrap();
    let mut store = SteppedJournal::open(disk, settings).unwrap().0;
    let mut batch = RecordBatch::default();
    for session in 1..=SESSIONS {
        batch.push(&Record::SessionOpened {
            session: SessionId(session),
            client_id: "client",
            epoch: 1,
            expiry_interval_s: u32::MAX,
            wall_ms: 1_800_000_000_000,
        });
    }
    commit(&mut store, &mut batch);
    store
}

fn commit(store: &mut SteppedJournal<RealDisk>, batch: &mut RecordBatch) {
    let _ = store.submit(0, batch);
    store.commit_some(1);
    store.poll_completions(0, &mut |completion| assert_eq!(completion.result, Ok(())));
}

fn batches(messages: u64, messages_per_batch: u64) -> Vec<RecordBatch> {
    let payload = [b'x'; PAYLOAD_BYTES];
    let mut batches = vec![RecordBatch::default()];
    let mut receivers = ReceiversBuf::default();
    for seq in 0..messages {
        if seq > 0 && seq % messages_per_batch == 0 {
            batches.push(RecordBatch::default());
        }
        let batch = batches.last_mut().unwrap();
        let session = SessionId(seq % SESSIONS + 1);
        let id = MessageId { node: 1, incarnation: 1_800_000_000_000, seq };
        receivers.clear();
        receivers.push(session, QoS::AtLeastOnce, false, &[]);
        let message = MessageRef {
            id,
            publisher: SessionId(1),
            sender: Sender::default(),
            qos: QoS::AtLeastOnce,
            retain: false,
            published_wall_ms: 1_800_000_000_000,
            expires_wall_ms: None,
            expiry_is_published: false,
            topic: "devices/client00000000000000/value",
            properties: &[],
            payload: &payload,
        };
        let packet_id = PacketId::new((seq % 60_000) as u16 + 1).unwrap();
        batch.push(&Record::Enqueued { message, receivers: receivers.as_receivers() });
        batch.push(&Record::Sent { session, packet_id, message: id });
        batch.push(&Record::Acknowledged { session, packet_id });
    }
    batches
}

fn timed(run: impl FnOnce()) -> Duration {
    let began = Instant::now();
    run();
    began.elapsed()
}

fn total(durations: &[Duration]) -> Duration {
    durations.iter().sum()
}

fn percentile_99(durations: &mut [Duration]) -> Duration {
    durations.sort();
    durations[durations.len() * 99 / 100]
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
