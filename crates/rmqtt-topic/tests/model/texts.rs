//! Names and filters out of few levels, so that many match, and some are prefixes of others.

use proptest::collection::vec;
use proptest::prelude::*;

/// Longer than what an index keeps inline.
const LONG: &str = "a-level-of-more-than-twenty-two-bytes";

pub(crate) fn topic() -> impl Strategy<Value = String> {
    let level = prop_oneof![
        6 => Just("a"),
        3 => Just("b"),
        2 => Just(""),
        1 => Just("$"),
        1 => Just("$a"),
        1 => Just("A"),
        1 => Just("ü"),
        1 => Just(LONG),
    ];
    // Deep ones, beyond what a walk remembers without allocating.
    let deep_level = prop_oneof![30 => Just("a"), 1 => Just("")];
    let text = prop_oneof![
        8 => vec(level, 1..6).prop_map(|levels| levels.join("/")),
        1 => vec(deep_level, 20..40).prop_map(|levels| levels.join("/")),
    ];
    text.prop_filter("a topic name is not empty", |text| !text.is_empty())
}

pub(crate) fn filter() -> impl Strategy<Value = String> {
    let as_is = topic();
    let with_wildcards = (topic(), any::<u64>(), any::<bool>()).prop_map(|(topic, plus, hash)| {
        let mut levels: Vec<&str> = topic.split('/').collect();
        for (at, level) in levels.iter_mut().enumerate() {
            if plus >> (at % 64) & 1 == 1 {
                *level = "+";
            }
        }
        if hash {
            levels.pop();
            levels.push("#");
        }
        levels.join("/")
    });
    prop_oneof![1 => as_is, 3 => with_wildcards]
}
