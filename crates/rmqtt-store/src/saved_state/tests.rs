use rmqtt_codec::{PacketId, QoS, SubscriptionOptions};
use rmqtt_message::{MessageRef, ReceiversBuf, Sender, WillRecord};

use super::*;

const ONE: SessionId = SessionId(1);
const TWO: SessionId = SessionId(2);

fn opened(session: SessionId, epoch: u64) -> Record<'static> {
    Record::SessionOpened { session, client_id: "c", epoch, expiry_interval_s: 60, wall_ms: epoch }
}

fn state(records: &[Record<'_>]) -> SavedState {
    let mut state = SavedState::default();
    records.iter().for_each(|record| state.apply(record));
    state
}

fn id(seq: u64) -> MessageId {
    MessageId { node: 1, incarnation: 1, seq }
}

fn packet(id: u16) -> PacketId {
    PacketId::new(id).unwrap()
}

fn message(seq: u64) -> MessageRef<'static> {
    MessageRef {
        id: id(seq),
        publisher: SessionId(9),
        sender: Sender::default(),
        qos: QoS::ExactlyOnce,
        retain: false,
        published_wall_ms: 0,
        expires_wall_ms: None,
        expiry_is_published: false,
        topic: "t",
        properties: &[],
        payload: b"p",
    }
}

fn enqueue(state: &mut SavedState, seq: u64, sessions: &[SessionId]) {
    let mut receivers = ReceiversBuf::default();
    for session in sessions {
        receivers.push(*session, QoS::ExactlyOnce, false, &[4]);
    }
    let receivers = receivers.as_receivers();
    state.apply(&Record::Enqueued { message: message(seq), receivers });
}

fn queued(state: &SavedState, session: SessionId) -> Vec<u64> {
    state.sessions[&session].queue.iter().map(|queued| queued.message.id().seq).collect()
}

/// Packet ids in flight, and the messages to send again.
fn inflight(state: &SavedState, session: SessionId) -> Vec<(u16, Option<u64>)> {
    let sent = state.sessions[&session].inflight.iter();
    sent.map(|sent| {
        (sent.packet_id.get(), sent.message.as_ref().map(|message| message.message.id().seq))
    })
    .collect()
}

#[test]
fn a_session_that_comes_back_keeps_what_it_had() {
    let mut state = state(&[
        opened(ONE, 5),
        Record::Received { session: ONE, packet_id: packet(3) },
        Record::SessionDetached { session: ONE, expiry_interval_s: 90, wall_ms: 8 },
    ]);
    assert_eq!(state.sessions[&ONE].detached_wall_ms, Some(8));
    assert_eq!(state.sessions[&ONE].expiry_interval_s, 90);
    state.apply(&opened(ONE, 9));
    let session = &state.sessions[&ONE];
    assert_eq!((session.epoch, session.expiry_interval_s), (9, 60));
    assert_eq!((session.created_wall_ms, session.detached_wall_ms), (5, None));
    assert!(session.received.contains(&packet(3)));
    state.apply(&Record::Released { session: ONE, packet_id: packet(3) });
    assert!(state.sessions[&ONE].received.is_empty());
    state.apply(&Record::SessionEnded { session: ONE });
    assert_eq!(state, SavedState::default());
}

#[test]
fn a_message_goes_through_the_steps_of_its_qos() {
    let mut state = state(&[opened(ONE, 1), opened(TWO, 1)]);
    for seq in 1..=3 {
        enqueue(&mut state, seq, &[ONE, TWO, SessionId(77)]);
    }
    assert_eq!(queued(&state, ONE), [1, 2, 3]);
    state.apply(&Record::Sent { session: ONE, packet_id: packet(9), message: id(1) });
    state.apply(&Record::Sent { session: ONE, packet_id: packet(8), message: id(2) });
    state.apply(&Record::Dequeued { session: ONE, message: id(3) });
    assert_eq!(queued(&state, ONE), []);
    assert_eq!(inflight(&state, ONE), [(9, Some(1)), (8, Some(2))]);
    state.apply(&Record::ReleaseOwed { session: ONE, packet_id: packet(8) });
    assert_eq!(inflight(&state, ONE), [(9, Some(1)), (8, None)]);
    state.apply(&Record::Acknowledged { session: ONE, packet_id: packet(9) });
    state.apply(&Record::Acknowledged { session: ONE, packet_id: packet(8) });
    assert_eq!(inflight(&state, ONE), []);
    assert_eq!(queued(&state, TWO), [1, 2, 3], "the other receiver is not concerned");
    assert_eq!(*state.sessions[&TWO].queue[0].subscription_ids, [4]);
}

#[test]
fn of_two_copies_of_a_message_the_first_leaves_first() {
    // A retained message can reach a session twice: when it is published, and at a later SUBSCRIBE.
    let mut state = state(&[opened(ONE, 1)]);
    for seq in [1, 2, 1] {
        enqueue(&mut state, seq, &[ONE]);
    }
    state.apply(&Record::Sent { session: ONE, packet_id: packet(1), message: id(1) });
    assert_eq!(queued(&state, ONE), [2, 1]);
}

#[test]
fn a_subscription_is_named_by_its_filter_and_its_share() {
    let subscribed = |share, subscription_id| Record::Subscribed {
        session: ONE,
        filter: "a/#",
        share,
        limit: None,
        options: SubscriptionOptions::default(),
        subscription_id,
    };
    let mut state = state(&[
        opened(ONE, 1),
        subscribed(None, Some(1)),
        subscribed(Some("g"), Some(2)),
        subscribed(None, Some(3)),
    ]);
    let ids = |state: &SavedState| {
        let subscriptions = state.sessions[&ONE].subscriptions.iter();
        subscriptions.map(|subscription| subscription.subscription_id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&state), [Some(3), Some(2)]);
    state.apply(&Record::Unsubscribed { session: ONE, filter: "a/#", share: None });
    assert_eq!(ids(&state), [Some(2)]);
}

#[test]
fn retained_delayed_and_wills_are_replaced_and_removed() {
    let will = |payload| WillRecord {
        topic: "w",
        properties: &[],
        payload,
        qos: QoS::AtLeastOnce,
        retain: true,
        delay_interval_s: 3,
        message_expiry_interval_s: Some(4),
    };
    let mut state = state(&[
        opened(ONE, 1),
        Record::Retained { message: message(1) },
        Record::Retained { message: message(2) },
        Record::Delayed { message: message(3), due_wall_ms: 70 },
        Record::WillSet { session: ONE, will: will(b"old") },
        Record::WillSet { session: ONE, will: will(b"new") },
    ]);
    assert_eq!(state.retained["t"].id(), id(2));
    assert_eq!(state.delayed[&id(3)].due_wall_ms, 70);
    assert_eq!(state.sessions[&ONE].will, Some(will(b"new").into()));
    for record in [
        Record::RetainedRemoved { topic: "t" },
        Record::DelayedDone { message: id(3) },
        Record::WillCleared { session: ONE },
    ] {
        state.apply(&record);
    }
    assert!(state.retained.is_empty() && state.delayed.is_empty());
    assert_eq!(state.sessions[&ONE].will, None);
}

#[test]
fn what_concerns_nothing_open_changes_nothing() {
    let mut state = SavedState::default();
    enqueue(&mut state, 1, &[ONE]);
    let packet_id = packet(1);
    for record in [
        Record::SessionDetached { session: ONE, expiry_interval_s: 1, wall_ms: 1 },
        Record::SessionEnded { session: ONE },
        Record::Sent { session: ONE, packet_id, message: id(1) },
        Record::ReleaseOwed { session: ONE, packet_id },
        Record::Acknowledged { session: ONE, packet_id },
        Record::Received { session: ONE, packet_id },
        Record::RetainedRemoved { topic: "t" },
    ] {
        state.apply(&record);
    }
    assert_eq!(state, SavedState::default());
}
