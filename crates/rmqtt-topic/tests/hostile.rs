//! Texts chosen to hurt: as deep as the protocol allows, and as many branches as they can.

use std::io::Error;
use std::ops::ControlFlow;
use std::thread;

use rmqtt_topic::{FilterIndex, TOPIC_BYTES_MAX, TopicIndex, level_count};

/// Runs `test` with a stack that no recursion over 65,536 levels fits into.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(64 * 1024).spawn(test);
    thread
        .and_then(|thread| thread.join().map_err(|_| Error::other("the test failed")))
        .expect("the test runs on its thread to the end");
}

/// The longest text that ends with `last` behind empty levels.
fn deepest(last: &str) -> String {
    let text = format!("{}{last}", "/".repeat(TOPIC_BYTES_MAX - last.len()));
    assert_eq!(text.len(), TOPIC_BYTES_MAX);
    text
}

#[test]
fn the_deepest_filters_are_matched_written_and_removed_without_recursion() {
    on_a_small_stack(|| {
        let topic = deepest("");
        assert_eq!(level_count(&topic), TOPIC_BYTES_MAX + 1);
        let mut index = FilterIndex::with_seed(1);
        let filters = [deepest(""), deepest("a"), deepest("+"), deepest("#"), deepest("+/#")];
        let ids = filters.each_ref().map(|filter| index.insert(filter).0);
        let expected = [true, false, false, true, true].map(|wanted| wanted.then_some(()));

        let mut found = [None; 5];
        index.for_each_match(&topic, &mut |id| found[id.index()] = Some(()));
        assert_eq!(found, expected);

        for (id, filter) in ids.into_iter().zip(filters) {
            let mut written = String::new();
            index.write_filter(id, &mut written);
            assert!(written == filter);
            index.remove(id);
        }
        assert_eq!(index.node_count(), 0);
    });
}

#[test]
fn the_deepest_topics_are_found_written_and_removed_without_recursion() {
    on_a_small_stack(|| {
        let mut index = TopicIndex::with_seed(1);
        let topics = [deepest(""), deepest("a"), deepest("b/")];
        let ids = topics.each_ref().map(|topic| index.insert(topic).0);

        // The level before the last is `b` in one topic, and empty in the last filter.
        for (filter, expected) in [("#", 3), ("+/#", 3), (&deepest("+/#"), 3), (&deepest("#"), 2)] {
            let mut found = 0;
            index.for_each_match(filter, &mut |_| {
                found += 1;
                ControlFlow::Continue(())
            });
            assert_eq!(found, expected, "{}", filter.len());
        }
        for (id, topic) in ids.into_iter().zip(topics) {
            let mut written = String::new();
            index.write_topic(id, &mut written);
            assert!(written == topic);
            index.remove(id);
        }
        assert_eq!(index.node_count(), 0);
    });
}

#[test]
fn a_filter_alone_takes_one_node_however_deep_it_is() {
    let mut index = FilterIndex::with_seed(1);
    let (id, _) = index.insert(&deepest(""));
    assert_eq!(index.node_count(), 1);
    index.insert("a/b/c/d");
    assert_eq!(index.node_count(), 2);
    index.remove(id);
    assert_eq!(index.node_count(), 1);
}

#[test]
fn levels_become_nodes_only_as_far_as_filters_share_them() {
    let mut index = FilterIndex::with_seed(1);
    for (filter, nodes) in [
        ("a/b/c/d/e", 1), // a with a tail
        ("a/b/x/y", 4),   // a, b, and c and x with tails
        ("a/b", 4),
        ("a/b/c/d", 6), // d and e in addition
        ("b", 7),
    ] {
        index.insert(filter);
        assert_eq!(index.node_count(), nodes, "{filter}");
    }
}

#[test]
fn every_combination_of_a_level_and_a_wildcard_is_found_once() {
    let mut index = FilterIndex::with_seed(1);
    let levels = 12;
    for choice in 0..1_u32 << levels {
        let filter: Vec<&str> =
            (0..levels).map(|at| if choice >> at & 1 == 1 { "+" } else { "a" }).collect();
        index.insert(&filter.join("/"));
    }
    let mut found = vec![0; index.len()];
    index.for_each_match(&["a"; 12].join("/"), &mut |id| found[id.index()] += 1);
    assert!(found.iter().all(|times| *times == 1));

    // With another last level only those with a wildcard there match.
    let mut topic = ["a"; 12];
    topic[levels - 1] = "b";
    let mut found = 0;
    index.for_each_match(&topic.join("/"), &mut |_| found += 1);
    assert_eq!(found, index.len() / 2);
}

#[test]
fn a_wildcard_character_in_a_topic_is_no_wildcard() {
    let mut index = FilterIndex::with_seed(1);
    for filter in ["+", "#", "a/+", "a/#", "a"] {
        index.insert(filter);
    }
    for (topic, expected) in [("+", 2), ("#", 2), ("a/+", 3), ("a/#", 3)] {
        let mut found = 0;
        index.for_each_match(topic, &mut |_| found += 1);
        assert_eq!(found, expected, "{topic}");
    }
}

#[test]
#[should_panic = "the id is in use"]
fn removing_a_filter_twice_is_a_bug_of_the_caller() {
    let mut index = FilterIndex::with_seed(1);
    let ids = ["a", "b", "c"].map(|filter| index.insert(filter).0);
    index.remove(ids[0]);
    // The freed place of `b` now names that of `a`, a number that some node has too.
    index.remove(ids[1]);
    index.remove(ids[1]);
}

#[test]
fn an_index_with_a_random_seed_works_like_any() {
    let mut filters = FilterIndex::default();
    let mut topics = TopicIndex::default();
    assert!(filters.insert("a/+").1);
    assert!(!filters.insert("a/+").1);
    assert!(topics.insert("a/b").1);
    assert!(!topics.insert("a/b").1);
    let mut found = 0;
    filters.for_each_match("a/b", &mut |_| found += 1);
    topics.for_each_match("a/+", &mut |_| {
        found += 1;
        ControlFlow::Continue(())
    });
    assert_eq!(found, 2);
}
