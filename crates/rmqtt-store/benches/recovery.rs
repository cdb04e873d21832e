//! How long a start takes, and how much memory, with 100,000 sessions of one subscription each and
//! 1,000,000 queued messages of 100 bytes: read from checkpoints, and from the log alone. Counted is
//! what was asked of the allocator. Fails over 64 bytes for each queued message or 400 for each
//! session; the times are reported.

#![allow(
    unsafe_code,
    reason = "an allocator that counts is a GlobalAlloc, which is an unsafe trait"
)]
#![allow(clippy::print_stdout, reason = "the report is the output of this program")]
#![allow(clippy::unwrap_used, reason = "in a benchmark a panic is the report")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::env;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use rmqtt_codec::{QoS, SubscriptionOptions};
use rmqtt_message::{MessageId, MessageRef, ReceiversBuf, Record, RecordBatch, Sender, SessionId};
use rmqtt_store::journal::{Journal, JournalSettings, RealDisk, SteppedJournal, SyncLevel};
use rmqtt_store::{QueueHead, Saved, Store as _};
use rustix::time::{ClockId, clock_gettime};

const SESSIONS: u64 = 100_000;
const MESSAGES: u64 = 1_000_000;
const BYTES_PER_SESSION_MAX: usize = 400;
const BYTES_PER_MESSAGE_MAX: usize = 64;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: every call goes to the system's allocator as it came; only sizes are added up beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = ALLOCATED.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(now, Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn main() -> ExitCode {
    if !env::args().any(|arg| arg == "--bench") {
        return ExitCode::SUCCESS;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    fill_sessions(path);
    let (sessions, _) = start("sessions alone", path);
    fill_queues(path);
    let (from_log, _) = start("and messages, log alone", path);
    write_checkpoints(path);
    let (from_checkpoints, held) = start("and messages, checkpoints", path);
    drop(held);
    let per_session = sessions / SESSIONS as usize;
    let per_message = from_log.max(from_checkpoints).saturating_sub(sessions) / MESSAGES as usize;
    println!("{per_session} bytes for each session, {per_message} for each queued message");
    if per_session > BYTES_PER_SESSION_MAX || per_message > BYTES_PER_MESSAGE_MAX {
        println!("error: more than {BYTES_PER_SESSION_MAX} or {BYTES_PER_MESSAGE_MAX} bytes");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Opens the store as a broker does, and gives the bytes that are held then.
fn start(what: &str, path: &Path) -> (usize, Journal<RealDisk>) {
    let before = ALLOCATED.load(Relaxed);
    PEAK.store(before, Relaxed);
    let (began, working) = (Instant::now(), processor_time());
    let (journal, recovery) = Journal::open(RealDisk::lock(path).unwrap(), settings()).unwrap();
    let (opened, worked) = (began.elapsed(), processor_time() - working);
    let (held, peak) = (ALLOCATED.load(Relaxed) - before, PEAK.load(Relaxed) - before);
    let began = Instant::now();
    let mut read = 0;
    let head = QueueHead { messages: 4, bytes: 1 << 20 };
    journal
        .load(head, &mut |saved| {
            if let Saved::Session { session, .. } = saved {
                read += session.queue.len();
            }
        })
        .unwrap();
    println!(
        "{what}: opened in {opened:?} ({worked:?} of the processor) with {} MiB of log read, {held} bytes held, {peak} at most; {read} messages \
         read in {:?}",
        recovery.replayed_bytes >> 20,
        began.elapsed()
    );
    (held, journal)
}

fn fill_sessions(path: &Path) {
    let mut store = open(path);
    let mut batch = RecordBatch::default();
    for session in 0..SESSIONS {
        let client_id = format!("client{session:014}");
        let session = SessionId(session + 1);
        batch.push(&Record::SessionOpened {
            session,
            client_id: &client_id,
            epoch: 1,
            expiry_interval_s: u32::MAX,
            wall_ms: 1_800_000_000_000,
        });
        batch.push(&Record::Subscribed {
            session,
            filter: &format!("devices/{client_id}/+"),
            share: None,
            limit: None,
            options: SubscriptionOptions::default(),
            subscription_id: None,
        });
        let (expiry_interval_s, wall_ms) = (u32::MAX, 1_800_000_000_000);
        batch.push(&Record::SessionDetached { session, expiry_interval_s, wall_ms });
        commit_if(&mut store, &mut batch, 1 << 20);
    }
    commit_if(&mut store, &mut batch, 0);
    store.flush().unwrap();
}

fn fill_queues(path: &Path) {
    let mut store = open(path);
    let mut batch = RecordBatch::default();
    let mut receivers = ReceiversBuf::default();
    let payload = [b'x'; 100];
    for seq in 0..MESSAGES {
        let session = SessionId(seq.wrapping_mul(7_919) % SESSIONS + 1);
        receivers.clear();
        receivers.push(session, QoS::AtLeastOnce, false, &[]);
        let message = MessageRef {
            id: MessageId { node: 1, incarnation: 1_800_000_000_000, seq },
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
        batch.push(&Record::Enqueued { message, receivers: receivers.as_receivers() });
        commit_if(&mut store, &mut batch, 1 << 20);
    }
    commit_if(&mut store, &mut batch, 0);
    store.flush().unwrap();
}

fn write_checkpoints(path: &Path) {
    let settings = JournalSettings { replay_bytes: 1 << 20, ..settings() };
    let (mut store, _) = SteppedJournal::open(RealDisk::lock(path).unwrap(), settings).unwrap();
    let mut longest = Duration::ZERO;
    loop {
        // A step that begins something is what commits wait for; it is run and ended by the next.
        let began = processor_time();
        if !store.work_some() {
            break;
        }
        longest = longest.max(processor_time() - began);
        store.work_some();
    }
    let checkpoints = store.journal().stats().counters.checkpoints;
    println!(
        "{checkpoints} checkpoints, for the longest of which commits wait {longest:?} of the processor's time"
    );
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn commit_if(store: &mut SteppedJournal<RealDisk>, batch: &mut RecordBatch, bytes_min: usize) {
    if batch.as_bytes().len() >= bytes_min {
        let _ = store.submit(0, batch);
        store.commit_some(1);
        store.poll_completions(0, &mut |completion| assert_eq!(completion.result, Ok(())));
    }
}

fn open(path: &Path) -> SteppedJournal<RealDisk> {
    SteppedJournal::open(RealDisk::lock(path).unwrap(), settings()).unwrap().0
}

fn settings() -> JournalSettings {
    // No checkpoint unless it is asked for.
    JournalSettings { level: SyncLevel::Os, replay_bytes: 8 << 30, ..JournalSettings::default() }
}
