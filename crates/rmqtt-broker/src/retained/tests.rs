use std::collections::BTreeMap;

use proptest::prelude::*;
use rmqtt_codec::QoS;
use rmqtt_message::{MessageId, MessageRef, Sender, SessionId};

use super::*;

fn now(wall_ms: u64) -> Now {
    Now { mono_ms: 0, wall_ms }
}

/// A message published at 0 whose expiry, if any, its publisher asked for.
fn message(topic: &str, payload: &[u8], expires_wall_ms: Option<u64>) -> Message {
    parts(topic, payload, expires_wall_ms, true)
}

fn parts(topic: &str, payload: &[u8], expires_wall_ms: Option<u64>, published: bool) -> Message {
    MessageRef {
        id: MessageId::default(),
        publisher: SessionId(1),
        sender: Sender::default(),
        qos: QoS::AtLeastOnce,
        retain: true,
        published_wall_ms: 0,
        expires_wall_ms,
        expiry_is_published: published,
        topic,
        properties: &[],
        payload,
    }
    .to_message(&mut Vec::new())
}

fn store(limits: RetainedLimits) -> RetainedStore {
    RetainedStore::new(limits, 1)
}

fn payloads(store: &RetainedStore, filter: &str, now: Now) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    store.for_each_match(filter, now, &mut |message| {
        found.push(message.view().payload.to_vec());
        ControlFlow::Continue(())
    });
    found.sort();
    found
}

#[test]
fn a_topic_has_one_message_and_an_empty_payload_removes_it() {
    let mut store = store(RetainedLimits::default());
    assert_eq!(store.set(message("a/b", b"", None), now(0)), SetOutcome::NotFound);
    assert_eq!(store.set(message("a/b", b"1", None), now(0)), SetOutcome::Stored);
    assert_eq!(store.set(message("a/b", b"2", None), now(0)), SetOutcome::Replaced);
    assert_eq!(store.set(message("a/c", b"3", None), now(0)), SetOutcome::Stored);
    assert_eq!(payloads(&store, "a/b", now(0)), [b"2"]);
    assert_eq!(payloads(&store, "a/+", now(0)), [b"2", b"3"]);
    assert_eq!(store.set(message("a/b", b"", None), now(0)), SetOutcome::Removed);
    assert_eq!(payloads(&store, "#", now(0)), [b"3"]);
    assert_eq!(store.set(message("a/c", b"", None), now(0)), SetOutcome::Removed);
    assert_eq!((store.len(), store.bytes()), (0, 0));
}

#[test]
fn the_search_ends_when_the_caller_has_enough() {
    let mut store = store(RetainedLimits::default());
    for topic in ["a", "b", "c"] {
        let _ = store.set(message(topic, b"1", None), now(0));
    }
    let mut seen = 0;
    store.for_each_match("#", now(0), &mut |_| {
        seen += 1;
        if seen == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(seen, 2);
}

#[test]
fn at_the_full_number_a_topic_can_be_replaced_but_not_added() {
    let mut store = store(RetainedLimits { max_messages: 2, ..RetainedLimits::default() });
    let _ = store.set(message("a", b"1", None), now(0));
    let _ = store.set(message("b", b"2", None), now(0));
    assert_eq!(store.set(message("c", b"3", None), now(0)), SetOutcome::RefusedTooMany);
    assert_eq!(store.set(message("b", b"4", None), now(0)), SetOutcome::Replaced);
    assert_eq!(payloads(&store, "#", now(0)), [b"1", b"4"]);
}

#[test]
fn a_payload_over_the_limit_is_refused_and_the_old_message_stays() {
    let mut store = store(RetainedLimits { max_payload_bytes: 3, ..RetainedLimits::default() });
    assert_eq!(store.set(message("a", b"123", None), now(0)), SetOutcome::Stored);
    assert_eq!(store.set(message("a", b"1234", None), now(0)), SetOutcome::RefusedTooLarge);
    assert_eq!(payloads(&store, "a", now(0)), [b"123"]);
}

#[test]
fn the_bytes_in_all_are_limited() {
    let one = message("a", b"12345", None).len_bytes() + RETAINED_OVERHEAD_BYTES;
    let mut store = store(RetainedLimits { max_total_bytes: one * 2, ..RetainedLimits::default() });
    assert_eq!(store.set(message("a", b"12345", None), now(0)), SetOutcome::Stored);
    assert_eq!(store.set(message("b", b"12345", None), now(0)), SetOutcome::Stored);
    assert_eq!(store.bytes(), one * 2);
    assert_eq!(store.set(message("c", b"1", None), now(0)), SetOutcome::RefusedFull);
    assert_eq!(store.set(message("b", b"123456", None), now(0)), SetOutcome::RefusedFull);
    assert_eq!(store.set(message("b", b"54321", None), now(0)), SetOutcome::Replaced);
    assert_eq!(payloads(&store, "#", now(0)), [b"12345", b"54321"]);
}

#[test]
fn an_expired_message_is_not_handed_out_and_makes_room() {
    let mut store = store(RetainedLimits { max_messages: 1, ..RetainedLimits::default() });
    let _ = store.set(message("a", b"1", Some(1_000)), now(0));
    assert_eq!(payloads(&store, "a", now(999)), [b"1"]);
    assert!(payloads(&store, "a", now(1_000)).is_empty());
    assert_eq!(store.set(message("b", b"2", None), now(999)), SetOutcome::RefusedTooMany);
    assert_eq!(store.set(message("b", b"2", None), now(1_000)), SetOutcome::Stored);
}

#[test]
fn the_sweep_is_bounded_and_takes_the_earliest_first() {
    let mut store = store(RetainedLimits::default());
    for (topic, expires) in [("a", 30), ("b", 10), ("c", 20), ("d", 99)] {
        let _ = store.set(message(topic, topic.as_bytes(), Some(expires)), now(0));
    }
    assert_eq!(store.next_expiry_wall_ms(), Some(10));
    assert_eq!(store.expire(now(50), 2), 2);
    assert_eq!(store.next_expiry_wall_ms(), Some(30));
    assert_eq!(store.expire(now(50), 2), 1);
    assert_eq!(payloads(&store, "#", now(50)), [b"d"]);
}

#[test]
fn a_replaced_message_takes_its_expiry_with_it() {
    let mut store = store(RetainedLimits::default());
    let _ = store.set(message("a", b"1", Some(10)), now(0));
    let _ = store.set(message("a", b"2", None), now(0));
    assert_eq!(store.next_expiry_wall_ms(), None);
    assert_eq!(store.expire(now(u64::MAX - 1), 9), 0);
    assert_eq!(payloads(&store, "a", now(u64::MAX - 1)), [b"2"]);
}

#[test]
fn wall_time_may_jump_both_ways() {
    let mut store = store(RetainedLimits::default());
    let _ = store.set(message("a", b"1", Some(10_000)), now(5_000));
    assert!(payloads(&store, "a", now(u64::MAX - 1)).is_empty());
    assert_eq!(payloads(&store, "a", now(0)), [b"1"]);
    assert_eq!(store.expire(now(0), 9), 0);
    assert_eq!(store.expire(now(10_000), 9), 1);
}

#[test]
fn a_ttl_takes_the_place_of_an_expiry_that_the_broker_set() {
    // What the store is told to do, the broker's own expiry, and the one that holds.
    let cases = [
        (None, None, None),
        (None, Some(300), Some(300)),
        (Some(0), Some(300), None),
        (Some(100), None, Some(100)),
        (Some(100), Some(300), Some(100)),
        (Some(500), Some(300), Some(500)),
        (Some(u64::MAX - 1), Some(300), Some(u64::MAX - 1)),
    ];
    for (ttl_ms, of_broker, expected) in cases {
        let mut store = store(RetainedLimits { ttl_ms, ..RetainedLimits::default() });
        let _ = store.set(parts("a", b"1", of_broker, false), now(0));
        assert_eq!(store.next_expiry_wall_ms(), expected, "{ttl_ms:?} {of_broker:?}");
        store.for_each_match("a", now(0), &mut |message| {
            assert_eq!(message.view().expires_wall_ms, expected, "{ttl_ms:?} {of_broker:?}");
            ControlFlow::Continue(())
        });
    }
}

#[test]
fn a_ttl_never_prolongs_what_the_publisher_asked_for() {
    let cases = [(Some(0), 300, 300), (Some(100), 300, 100), (Some(500), 300, 300)];
    for (ttl_ms, of_publisher, expected) in cases {
        let mut store = store(RetainedLimits { ttl_ms, ..RetainedLimits::default() });
        let _ = store.set(message("a", b"1", Some(of_publisher)), now(0));
        assert_eq!(store.next_expiry_wall_ms(), Some(expected), "{ttl_ms:?}");
    }
}

const TOPICS: [&str; 8] = ["a", "b", "a/b", "a/c", "a/b/c", "/a", "$SYS/a", "$SYS/a/b"];
const FILTERS: [&str; 7] = ["#", "+", "a/#", "a/+", "+/b/#", "$SYS/#", "a"];
const MESSAGES_MAX: usize = 5;

#[derive(Debug, Clone)]
enum Step {
    Set { topic: usize, payload: Vec<u8>, lives_ms: Option<u64> },
    Wait { ms: u64 },
    Expire,
}

fn step() -> impl Strategy<Value = Step> {
    let payload = prop::collection::vec(any::<u8>(), 0..4);
    prop_oneof![
        6 => (0..TOPICS.len(), payload, prop::option::of(0..20_u64))
            .prop_map(|(topic, payload, lives_ms)| Step::Set { topic, payload, lives_ms }),
        2 => (0..10_u64).prop_map(|ms| Step::Wait { ms }),
        1 => Just(Step::Expire),
    ]
}

proptest! {
    #[test]
    fn the_store_agrees_with_a_plain_map(steps in prop::collection::vec(step(), 1..100)) {
        let limits = RetainedLimits { max_messages: MESSAGES_MAX, ..RetainedLimits::default() };
        let mut store = store(limits);
        // What is retained and not expired.
        let mut model = BTreeMap::<&str, Message>::new();
        let mut time = now(0);
        for step in steps {
            match step {
                Step::Set { topic, payload, lives_ms } => {
                    let topic = TOPICS[topic];
                    let expires_wall_ms = lives_ms.map(|ms| time.wall_ms + ms);
                    let message = message(topic, &payload, expires_wall_ms);
                    let outcome = store.set(message.clone(), time);
                    if payload.is_empty() {
                        model.remove(topic);
                    } else if model.len() == MESSAGES_MAX && !model.contains_key(topic) {
                        prop_assert_eq!(outcome, SetOutcome::RefusedTooMany);
                    } else {
                        let done = [SetOutcome::Stored, SetOutcome::Replaced];
                        prop_assert!(done.contains(&outcome), "{outcome:?}");
                        model.insert(topic, message);
                    }
                }
                Step::Wait { ms } => time = time.plus_ms(ms),
                Step::Expire => {
                    store.expire(time, usize::MAX);
                    let bytes: usize = model.values().map(bytes_of).sum();
                    prop_assert_eq!((store.len(), store.bytes()), (model.len(), bytes));
                }
            }
            model.retain(|_, message| !message.is_expired(time));
            for filter in FILTERS {
                let mut expected: Vec<Vec<u8>> = model
                    .iter()
                    .filter(|(topic, _)| rmqtt_topic::matches(filter, topic))
                    .map(|(_, message)| message.view().payload.to_vec())
                    .collect();
                expected.sort();
                prop_assert_eq!(payloads(&store, filter, time), expected, "{}", filter);
            }
        }
    }
}
