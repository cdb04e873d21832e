//! Sessions of an earlier life of the node.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "other tests use more of the node")]

#[path = "support/node.rs"]
mod node;

use std::sync::Arc;

use node::{Client, Node, publish};
use rmqtt_broker::{
    Directory, DirectoryConfig, Restoration, RestoredLogin, RestoredSession, RestoredSubscription,
    Routes,
};
use rmqtt_codec::{PacketId, ProtocolVersion, QoS, SubscriptionOptions};
use rmqtt_message::{Message, MessageId, MessageRef, Sender, SessionId};
use rmqtt_session::{ListenerPolicy, Restored, RestoredInflight, RestoredMessage, Will};

fn session(number: u64, client_id: &str, filters: &[&str]) -> RestoredSession {
    RestoredSession {
        client_id: client_id.into(),
        session: Restored {
            id: SessionId(number),
            policy: Arc::new(ListenerPolicy::default()),
            version: ProtocolVersion::V5,
            keep_alive_s: 60,
            username: None,
            expiry_interval_s: 100,
            offline_ms: 0,
            received: Vec::new(),
            inflight: Vec::new(),
            queue: Vec::new(),
            will: None,
        },
        login: RestoredLogin {
            peer: "127.0.0.1:50000".parse().unwrap(),
            connected_wall_s: 1_700_000_000,
            clean_start: false,
            anonymous: true,
        },
        tenure: 3,
        subscriptions: filters.iter().map(|filter| subscription(filter)).collect(),
    }
}

fn subscription(filter: &str) -> RestoredSubscription {
    let (share, filter) = match filter.strip_prefix("$share/") {
        Some(rest) => rest.split_once('/').map(|(group, rest)| (Some(group), rest)).unwrap(),
        None => (None, filter),
    };
    RestoredSubscription {
        filter: filter.into(),
        share: share.map(Into::into),
        options: SubscriptionOptions::new(QoS::ExactlyOnce),
        subscription_id: None,
    }
}

fn stored(topic: &str, payload: &[u8], retain: bool) -> Message {
    let message = MessageRef {
        id: MessageId { node: 1, incarnation: 0, seq: 1 },
        publisher: SessionId(9),
        sender: Sender::default(),
        qos: QoS::ExactlyOnce,
        retain,
        published_wall_ms: 0,
        expires_wall_ms: None,
        expiry_is_published: false,
        topic,
        properties: &[],
        payload,
    };
    message.to_message(&mut Vec::new())
}

fn waiting(payload: &[u8], qos: QoS) -> RestoredMessage {
    let message = stored("t", payload, false);
    RestoredMessage { message, qos, retain: false, subscription_ids: Box::default() }
}

fn packet_id(id: u16) -> PacketId {
    PacketId::new(id).unwrap()
}

fn back(client_id: &str, worker: u16) -> Client<'_> {
    Client::new(ProtocolVersion::V5, client_id).expiry(100).resume().on_worker(worker)
}

#[test]
fn a_client_finds_its_session_whichever_worker_it_comes_to() {
    for worker in [0, 1] {
        let mut node = Node::restored([session(5, "a", &["a"]), session(6, "b", &["b"])]);
        assert_eq!(node.sessions(), 2);
        for client_id in ["a", "b"] {
            let link = node.open(&back(client_id, worker));
            assert_eq!(node.received(link), ["CONNACK present 0x00"]);
            node.send(link, &publish(client_id, b"m", QoS::AtMostOnce, 0));
            assert_eq!(node.received(link), [format!("PUBLISH {client_id} m q0")]);
        }
    }
}

#[test]
fn what_was_in_flight_is_sent_again_before_what_waited_and_new_ids_follow() {
    let mut restored = session(5, "a", &["t"]);
    restored.session.inflight = vec![
        RestoredInflight {
            packet_id: packet_id(40),
            message: Some(waiting(b"one", QoS::AtLeastOnce)),
        },
        RestoredInflight { packet_id: packet_id(41), message: None },
    ];
    restored.session.queue = vec![waiting(b"two", QoS::AtLeastOnce)];
    let mut node = Node::restored([restored]);
    let link = node.open(&back("a", 0));
    let received = node.received(link);
    assert_eq!(received[..2], ["CONNACK present 0x00", "PUBLISH t one q1 id=40 dup"]);
    assert!(received[2].contains("PubRel"), "{received:?}");
    assert_eq!(received[3..], ["PUBLISH t two q1 id=42"]);
}

#[test]
fn a_repetition_of_a_message_that_was_taken_before_is_not_routed_again() {
    let mut restored = session(5, "a", &["t"]);
    restored.session.received = vec![packet_id(7)];
    let mut node = Node::restored([restored]);
    let link = node.open(&back("a", 0));
    node.forget(link);
    node.send(link, &publish("t", b"again", QoS::ExactlyOnce, 7));
    assert_eq!(node.received(link), ["PUBREC 7 0x00"]);
}

#[test]
fn messages_reach_restored_sessions_that_are_away_and_one_of_a_group() {
    let away = ["a", "b", "c"].map(|id| {
        let filters: &[&str] = if id == "c" { &["t"] } else { &["$share/g/t"] };
        session(u64::from(id.as_bytes()[0]), id, filters)
    });
    let mut node = Node::restored(away);
    let publisher = node.connect(&Client::new(ProtocolVersion::V5, "publisher"));
    for number in 1..=4 {
        node.send(publisher, &publish("t", b"m", QoS::AtLeastOnce, number));
    }
    let mut counts = Vec::new();
    for client_id in ["a", "b", "c"] {
        let link = node.open(&back(client_id, 0));
        counts.push(node.received(link).len() - 1);
    }
    assert_eq!(counts[0] + counts[1], 4, "{counts:?}");
    assert_eq!(counts[2], 4);
}

/// The session is over before the node takes its first turn, and its Will reaches another one that is
/// on another worker.
#[test]
fn a_session_that_expired_meanwhile_ends_and_its_will_is_published() {
    let mut expired = session(5, "a", &["t"]);
    expired.session.offline_ms = 200_000;
    expired.session.will = Some(Box::new(Will {
        topic: "will".into(),
        properties: Box::default(),
        payload: b"over".as_slice().into(),
        qos: QoS::AtLeastOnce,
        retain: false,
        delay_interval_s: 1_000,
        message_expiry_interval_s: None,
    }));
    let mut node = Node::restored([expired, session(6, "b", &["will"])]);
    node.advance(1_000);
    assert_eq!(node.sessions(), 1);
    let link = node.open(&back("b", 0));
    assert_eq!(node.received(link)[1..], ["PUBLISH will over q1 id=1"]);
    let link = node.open(&back("a", 0));
    assert_eq!(node.received(link), ["CONNACK 0x00"]);
}

#[test]
fn a_client_has_one_session_and_names_go_on_behind_the_largest() {
    let mut directory = Directory::new(DirectoryConfig::default(), Arc::new(Routes::new(1, 0)));
    let mut restoration = Restoration::new(1);
    assert!(restoration.add(session(12, "a", &["t"]), &mut directory));
    assert!(!restoration.add(session(11, "a", &["u"]), &mut directory));
    assert_eq!(directory.sessions(), 1);
    assert_eq!(directory.counts().subscriptions, 1);
    assert_eq!(restoration.last_session(), SessionId(12));
}

#[test]
fn retained_and_delayed_messages_come_back() {
    let mut directory = Directory::new(DirectoryConfig::default(), Arc::new(Routes::new(1, 0)));
    let now = rmqtt_message::Now { mono_ms: 10_000, wall_ms: 1_000_000 };
    assert!(directory.restore_retained(&stored("t", b"m", true), now));
    assert_eq!(directory.retained().len(), 1);
    directory.restore_delayed(stored("t", b"m", false), 1_005_000, now).unwrap();
    assert_eq!(directory.delayed().next_deadline(), Some(15_000));
}
