use rmqtt_codec::QoS;
use rmqtt_message::{MessageId, MessageRef, Sender, SessionId};

use super::*;

fn message(seq: u64) -> Message {
    MessageRef {
        id: MessageId { node: 1, incarnation: 1, seq },
        publisher: SessionId(1),
        sender: Sender::default(),
        qos: QoS::AtLeastOnce,
        retain: false,
        published_wall_ms: 0,
        expires_wall_ms: None,
        expiry_is_published: false,
        topic: "t",
        properties: &[],
        payload: b"payload",
    }
    .to_message(&mut Vec::new())
}

fn at(mono_ms: u64, wall_ms: u64) -> Now {
    Now { mono_ms, wall_ms }
}

fn due(schedule: &mut DelayedSchedule, now: Now) -> Vec<u64> {
    core::iter::from_fn(|| schedule.pop_due(now)).map(|due| due.message.id().seq).collect()
}

#[test]
fn messages_come_out_by_their_time_and_then_by_their_arrival() {
    let mut schedule = DelayedSchedule::new(DelayedLimits::default());
    for (seq, delay_ms) in [(1, 300), (2, 100), (3, 200), (4, 100)] {
        schedule.add(message(seq), delay_ms, at(0, 5_000)).unwrap();
    }
    let due_wall_ms: Vec<u64> = schedule.iter().map(|waiting| waiting.due_wall_ms).collect();
    assert_eq!(due_wall_ms, [5_100, 5_100, 5_200, 5_300]);
    assert_eq!(schedule.next_deadline(), Some(100));
    assert_eq!(due(&mut schedule, at(99, 0)), []);
    assert_eq!(due(&mut schedule, at(200, 0)), [2, 4, 3]);
    assert_eq!(schedule.next_deadline(), Some(300));
    assert_eq!(due(&mut schedule, at(300, 0)), [1]);
    assert_eq!((schedule.next_deadline(), schedule.bytes()), (None, 0));
}

#[test]
fn a_jump_of_wall_time_neither_hastens_nor_holds_up_a_message() {
    let mut schedule = DelayedSchedule::new(DelayedLimits::default());
    schedule.add(message(1), 1_000, at(0, 50_000)).unwrap();
    assert_eq!(due(&mut schedule, at(999, 999_999)), []);
    assert_eq!(due(&mut schedule, at(1_000, 0)), [1]);
}

#[test]
fn a_restored_message_waits_for_what_is_left_by_wall_time() {
    let mut before = DelayedSchedule::new(DelayedLimits::default());
    for (seq, delay_ms) in [(1, 10_000), (2, 2_000), (3, 10_000)] {
        before.add(message(seq), delay_ms, at(700_000, 50_000)).unwrap();
    }
    let mut after = DelayedSchedule::new(DelayedLimits::default());
    let restart = at(5, 53_000);
    for waiting in before.iter() {
        after.restore(waiting.message.clone(), waiting.due_wall_ms, restart).unwrap();
    }
    assert_eq!(due(&mut after, restart), [2], "its time passed while nobody was there");
    assert_eq!(after.next_deadline(), Some(5 + 7_000));
    assert_eq!(due(&mut after, at(5 + 7_000, 0)), [1, 3]);
}

#[test]
fn a_full_schedule_gives_the_message_back() {
    let one = message(1).len_bytes() + DELAYED_OVERHEAD_BYTES;
    for limits in [
        DelayedLimits { max_messages: 2, ..DelayedLimits::default() },
        DelayedLimits { max_total_bytes: one * 2, ..DelayedLimits::default() },
    ] {
        let mut schedule = DelayedSchedule::new(limits);
        schedule.add(message(1), 100, at(0, 0)).unwrap();
        schedule.restore(message(2), 100, at(0, 0)).unwrap();
        assert_eq!(schedule.bytes(), one * 2);
        assert_eq!(schedule.add(message(3), 1, at(0, 0)), Err(DelayedRefused(message(3))));
        assert_eq!(schedule.restore(message(4), 1, at(0, 0)), Err(DelayedRefused(message(4))));
        assert_eq!(due(&mut schedule, at(100, 0)), [1, 2]);
        assert!(schedule.add(message(5), 1, at(0, 0)).is_ok());
    }
}

#[test]
fn the_longest_delay_does_not_overflow() {
    let mut schedule = DelayedSchedule::new(DelayedLimits::default());
    schedule.add(message(1), u64::MAX, at(u64::MAX, u64::MAX)).unwrap();
    schedule.restore(message(2), u64::MAX, at(9, 0)).unwrap();
    assert_eq!(due(&mut schedule, at(u64::MAX - 1, 0)), []);
    assert_eq!(due(&mut schedule, at(u64::MAX, 0)), [1, 2]);
}
