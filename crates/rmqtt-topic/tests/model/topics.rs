//! [`TopicIndex`] against the model.

use std::ops::ControlFlow;

use proptest::collection::vec;
use proptest::prelude::*;
use rmqtt_topic::{TopicId, TopicIndex, check_topic_name, matches};

use crate::Table;
use crate::texts;

#[derive(Clone, Debug)]
enum Step {
    Insert(String),
    Remove(usize),
    Match(String),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => texts::topic().prop_map(Step::Insert),
        2 => any::<usize>().prop_map(Step::Remove),
        3 => texts::filter().prop_map(Step::Match),
        1 => Just(Step::Match("#".to_owned())),
    ]
}

/// The first `max` matches, in the order in which they come.
fn matched(index: &TopicIndex, filter: &str, max: usize) -> Vec<usize> {
    let mut found = Vec::new();
    index.for_each_match(filter, &mut |id| {
        found.push(id.index());
        if found.len() < max { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    found
}

fn check_rows(index: &TopicIndex, table: &Table) {
    assert_eq!(index.len(), table.len);
    assert_eq!(index.is_empty(), table.len == 0);
    for row in table.live() {
        let id = TopicId::from_index(row);
        let mut written = String::from(">");
        index.write_topic(id, &mut written);
        let topic = written.strip_prefix('>').expect("writing appends");
        assert_eq!(Some(topic), table.rows[row].as_deref(), "the text comes back");
        assert_eq!(index.id(topic), Some(id));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn the_topic_index_finds_what_the_definition_matches(
        seed: u64,
        steps in vec(step(), 1..120),
        absent in texts::topic(),
    ) {
        let mut index = TopicIndex::with_seed(seed);
        let mut table = Table::default();
        for step in &steps {
            match step {
                Step::Insert(topic) => {
                    prop_assert_eq!(check_topic_name(topic), Ok(()));
                    let (id, is_new) = index.insert(topic);
                    table.insert(topic, id.index(), is_new);
                }
                Step::Remove(nth) => {
                    if let Some(row) = table.remove(*nth) {
                        index.remove(TopicId::from_index(row));
                    }
                }
                Step::Match(filter) => {
                    let all = matched(&index, filter, usize::MAX);
                    let half = matched(&index, filter, all.len().div_ceil(2));
                    prop_assert_eq!(&half, &all[..all.len().div_ceil(2)], "a break ends it");
                    let mut sorted = all;
                    sorted.sort_unstable();
                    let expected = table.select(|topic| matches(filter, topic));
                    prop_assert_eq!(sorted, expected, "{}", filter);
                }
            }
        }
        check_rows(&index, &table);
        prop_assert_eq!(index.id(&absent).map(TopicId::index), table.index_of(&absent));

        while let Some(row) = table.remove(0) {
            index.remove(TopicId::from_index(row));
        }
        prop_assert_eq!(index.len(), 0);
        prop_assert_eq!(index.node_count(), 0);
        prop_assert_eq!(index.level_count(), 0);
    }
}
