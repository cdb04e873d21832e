//! Records as they are stored: what was written comes back, and damage is noticed.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use proptest::prelude::*;
use rmqtt_codec::{PacketId, QoS};
use rmqtt_message::{
    MessageId, MessageRef, ReceiversBuf, Record, RecordBatch, RecordError, Records, Sender,
    SessionId,
};
use rmqtt_store::suite::Story;

fn told(seed: u64, records: usize) -> RecordBatch {
    let mut batch = RecordBatch::default();
    Story::new(seed).tell(records, &mut batch);
    batch
}

fn message() -> MessageRef<'static> {
    MessageRef {
        id: MessageId { node: 1, incarnation: 2, seq: 300 },
        publisher: SessionId(9),
        sender: Sender::default(),
        qos: QoS::AtLeastOnce,
        retain: false,
        published_wall_ms: 1_700_000_000_000,
        expires_wall_ms: Some(1_700_000_300_000),
        expiry_is_published: true,
        topic: "a/b",
        properties: &[1, 1],
        payload: b"hello",
    }
}

#[test]
fn the_fields_of_a_message_come_back() {
    let mut receivers = ReceiversBuf::default();
    receivers.push(SessionId(5), QoS::ExactlyOnce, true, &[1, 268_435_455]);
    receivers.push(SessionId(u64::MAX), QoS::AtMostOnce, false, &[]);
    let mut batch = RecordBatch::default();
    batch.push(&Record::Enqueued { message: message(), receivers: receivers.as_receivers() });
    let records: Vec<_> = batch.iter().collect();
    let [Record::Enqueued { message: read, receivers }] = &records[..] else {
        panic!("{records:?}");
    };
    let owned = |message: &MessageRef<'_>| message.to_message(&mut Vec::new());
    assert_eq!(owned(read), owned(&message()));
    let receivers: Vec<_> = receivers
        .iter()
        .map(|to| (to.session.0, to.qos, to.retain, to.subscription_ids().collect::<Vec<_>>()))
        .collect();
    assert_eq!(
        receivers,
        [
            (5, QoS::ExactlyOnce, true, vec![1, 268_435_455]),
            (u64::MAX, QoS::AtMostOnce, false, vec![]),
        ]
    );
}

/// What is stored today has to be read for ever: this test may get new lines, never changed ones.
#[test]
fn the_bytes_of_format_version_1_stay_what_they_are() {
    let mut receivers = ReceiversBuf::default();
    receivers.push(SessionId(5), QoS::AtLeastOnce, true, &[7]);
    let mut batch = RecordBatch::default();
    batch.push(&Record::Enqueued { message: message(), receivers: receivers.as_receivers() });
    let id = PacketId::MAX;
    batch.push(&Record::Sent { session: SessionId(5), packet_id: id, message: message().id });
    batch.push(&Record::Acknowledged { session: SessionId(5), packet_id: id });
    #[rustfmt::skip]
    let expected = [
        1,
        6, 1, 2, 249, 44, 1, 9, 0b1_1001, 253, 0x00, 0x68, 0xE5, 0xCF, 0x8B, 0x01,
        250, 0xE0, 0x93, 0x04, 3, b'a', b'/', b'b', 2, 1, 1, 5, b'h', b'e', b'l', b'l', b'o',
        3, 5, 0b1101, 7,
        7, 5, 249, 0xFF, 0xFF, 1, 2, 249, 44, 1,
        9, 5, 249, 0xFF, 0xFF,
    ];
    assert_eq!(batch.as_bytes(), expected);
}

#[test]
fn a_publish_for_a_persistent_receiver_adds_few_bytes_to_its_own() {
    let mut receivers = ReceiversBuf::default();
    receivers.push(SessionId(u64::MAX), QoS::AtLeastOnce, false, &[]);
    let mut batch = RecordBatch::default();
    let id = MessageId { node: 1, incarnation: 1_000, seq: u64::from(u32::MAX) };
    let message =
        MessageRef { id, publisher: SessionId(u64::MAX), payload: &[0; 100], ..message() };
    batch.push(&Record::Enqueued { message, receivers: receivers.as_receivers() });
    let session = SessionId(u64::MAX);
    batch.push(&Record::Sent { session, packet_id: PacketId::MAX, message: id });
    batch.push(&Record::Acknowledged { session, packet_id: PacketId::MAX });
    let added = batch.as_bytes().len() - 100;
    assert!(added <= 110, "{added} bytes besides the payload");
}

#[test]
fn appending_keeps_the_order_and_empties_the_other() {
    let (mut one, mut two) = (told(1, 3), told(2, 4));
    let expected: Vec<_> =
        one.iter().chain(two.iter()).map(|record| format!("{record:?}")).collect();
    one.append(&mut two);
    assert!(two.is_empty());
    let found: Vec<_> = one.iter().map(|record| format!("{record:?}")).collect();
    assert_eq!(found, expected);
    two.append(&mut one);
    assert!(one.is_empty());
    assert_eq!(two.iter().count(), 7);
    two.append(&mut one);
    assert_eq!(two.iter().count(), 7);
}

#[test]
fn another_format_version_is_not_guessed_at() {
    let error = Records::read(&[2, 3, 1]).map(|_| ());
    assert_eq!(error, Err(RecordError::UnknownFormat(2)));
    assert_eq!(Records::read(&[]).unwrap().count(), 0);
}

#[test]
fn a_cut_record_is_an_error_and_the_last_one() {
    let batch = told(3, 40);
    let bytes = batch.as_bytes();
    let mut whole = 0;
    for cut in 1..bytes.len() {
        let records: Vec<_> = Records::read(&bytes[..cut]).unwrap().collect();
        match records.last() {
            Some(Err(error)) => assert_eq!(*error, RecordError::Cut, "cut at {cut}"),
            _ => whole += 1,
        }
        let errors = records.iter().filter(|record| record.is_err()).count();
        assert!(errors <= 1, "cut at {cut}");
    }
    assert_eq!(whole, 40, "only a cut between two records goes unnoticed");
}

proptest! {
    #[test]
    fn records_come_back_as_they_were(seed: u64) {
        let batch = told(seed, 50);
        let mut again = RecordBatch::default();
        for record in Records::read(batch.as_bytes()).unwrap() {
            again.push(&record.unwrap());
        }
        prop_assert_eq!(again.as_bytes(), batch.as_bytes());
        prop_assert_eq!(again.iter().count(), 50);
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(records) = Records::read(&[&[1], &bytes[..]].concat()) {
            for record in records {
                let _ = format!("{record:?}");
            }
        }
    }

    #[test]
    fn no_damage_makes_reading_panic(seed: u64, at: prop::sample::Index, byte: u8) {
        let mut bytes = told(seed, 10).as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(records) = Records::read(&bytes) {
            for record in records {
                let _ = format!("{record:?}");
            }
        }
    }
}
