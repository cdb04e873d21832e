//! What an earlier release has written is read by this one: a directory for each format version.
//!
//! A fixture is written once, by the release that brings its version, with
//! `RMQTT_WRITE_STORE_FIXTURE=<new directory> cargo test -p rmqtt-store --test store_format`, and never
//! changed.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::env;
use std::fs;
use std::path::Path;

use rmqtt_codec::{PacketId, QoS, RetainHandling, SubscriptionOptions};
use rmqtt_message::{
    MessageId, MessageRef, ReceiversBuf, Record, RecordBatch, Sender, SenderKind, SessionId,
    WillRecord,
};
use rmqtt_store::journal::{JournalSettings, RealDisk, SteppedJournal, tools};
use rmqtt_store::{SavedState, Store as _};

const ONE: SessionId = SessionId(1);
const LARGE: SessionId = SessionId(0xFEDC_BA98_7654_3210);
const VARIABLE: &str = "RMQTT_WRITE_STORE_FIXTURE";

fn packet(id: u16) -> PacketId {
    PacketId::new(id).unwrap()
}

fn message(seq: u64, topic: &'static str, payload: &'static [u8]) -> MessageRef<'static> {
    MessageRef {
        id: MessageId { node: 3, incarnation: 1_800_000_000_000, seq },
        publisher: LARGE,
        sender: Sender { kind: SenderKind::Will, details: b"\0\x01\0c" },
        qos: QoS::ExactlyOnce,
        retain: seq.is_multiple_of(2),
        published_wall_ms: 1_800_000_000_000 + seq,
        expires_wall_ms: seq.is_multiple_of(3).then_some(1_900_000_000_000),
        expiry_is_published: seq.is_multiple_of(3),
        topic,
        properties: &[3, 0, 1, b'x'],
        payload,
    }
}

fn enqueued(batch: &mut RecordBatch, seq: u64, sessions: &[SessionId]) {
    let mut receivers = ReceiversBuf::default();
    for session in sessions {
        receivers.push(*session, QoS::ExactlyOnce, false, &[1, 268_435_455]);
    }
    let message = message(seq, "a/b", b"a message of which nobody knows how long it stays");
    batch.push(&Record::Enqueued { message, receivers: receivers.as_receivers() });
}

/// Two sessions with everything that a session can have.
fn opening() -> RecordBatch {
    let mut batch = RecordBatch::default();
    for (session, client_id) in [(ONE, "one"), (LARGE, "größer")] {
        batch.push(&Record::SessionOpened {
            session,
            client_id,
            epoch: 7,
            expiry_interval_s: 3_600,
            wall_ms: 1_800_000_000_000,
        });
        batch.push(&Record::Subscribed {
            session,
            filter: "a/+",
            share: (session == LARGE).then_some("group"),
            limit: Some(5),
            options: SubscriptionOptions {
                qos: QoS::ExactlyOnce,
                no_local: false,
                retain_as_published: true,
                retain_handling: RetainHandling::SendIfNew,
            },
            subscription_id: Some(268_435_455),
        });
        batch.push(&Record::Received { session, packet_id: packet(0xFFFF) });
    }
    let will = WillRecord {
        topic: "will",
        properties: &[1, 1],
        payload: b"gone",
        qos: QoS::AtLeastOnce,
        retain: true,
        delay_interval_s: 9,
        message_expiry_interval_s: Some(10),
    };
    batch.push(&Record::WillSet { session: LARGE, will });
    batch.push(&Record::Retained { message: message(1, "r/1", b"retained") });
    batch.push(&Record::Delayed {
        message: message(2, "d/1", b"delayed"),
        due_wall_ms: 1_800_000_009_000,
    });
    for seq in 10..14 {
        enqueued(&mut batch, seq, &[ONE, LARGE]);
    }
    for (seq, packet_id) in [(10, 1), (11, 2)] {
        let message = message(seq, "", &[]).id;
        batch.push(&Record::Sent { session: ONE, packet_id: packet(packet_id), message });
    }
    batch.push(&Record::ReleaseOwed { session: ONE, packet_id: packet(2) });
    batch
}

/// Messages that come and go, so that the log is moved on, and one of ten that stays.
fn coming_and_going(turn: u64) -> RecordBatch {
    let mut batch = RecordBatch::default();
    let seqs = 100 * turn + 100..100 * turn + 110;
    for seq in seqs.clone() {
        enqueued(&mut batch, seq, &[LARGE]);
    }
    for seq in seqs.skip(1) {
        batch.push(&Record::Dequeued { session: LARGE, message: message(seq, "", &[]).id });
    }
    batch
}

fn batches() -> Vec<RecordBatch> {
    let mut last = RecordBatch::default();
    last.push(&Record::SessionDetached { session: ONE, expiry_interval_s: 60, wall_ms: 5 });
    enqueued(&mut last, 9_000, &[LARGE, ONE]);
    [opening()].into_iter().chain((0..12).map(coming_and_going)).chain([last]).collect()
}

fn expected() -> SavedState {
    let mut state = SavedState::default();
    for batch in batches() {
        batch.iter().for_each(|record| state.apply(&record));
    }
    state
}

fn settings() -> JournalSettings {
    JournalSettings { segment_bytes: 4 << 10, replay_bytes: 6 << 10, ..JournalSettings::default() }
}

fn write(directory: &Path) {
    let (mut store, _) =
        SteppedJournal::open(RealDisk::lock(directory).unwrap(), settings()).unwrap();
    let batches = batches();
    let last = batches.len() - 1;
    for (number, mut batch) in batches.into_iter().enumerate() {
        let _ = store.submit(0, &mut batch);
        store.commit_some(1);
        if number < last {
            store.work_all();
        }
    }
    assert!(store.journal().stats().counters.relocated_messages > 0);
}

/// What the store in the directory holds.
fn read(directory: &Path) -> SavedState {
    let disk = RealDisk::lock(directory).unwrap();
    let report = tools::check(&disk).unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    assert_eq!(report.cut, None);
    let (mut store, recovery) = SteppedJournal::open(disk, settings()).unwrap();
    assert!(!recovery.is_new);
    SavedState::load(&mut store).unwrap()
}

#[test]
fn the_files_of_format_version_1_are_read() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store-format-1");
    let directory = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(fixture).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), directory.path().join(entry.file_name())).unwrap();
    }
    assert_eq!(read(directory.path()), expected());
}

#[test]
fn what_is_written_today_is_read_today() {
    let new = tempfile::tempdir().unwrap();
    let directory = env::var_os(VARIABLE).map_or(new.path().to_owned(), Into::into);
    write(&directory);
    assert_eq!(read(&directory), expected());
}
