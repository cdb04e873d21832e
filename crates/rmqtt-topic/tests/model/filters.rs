//! [`FilterIndex`] against the model.

use proptest::collection::vec;
use proptest::prelude::*;
use rmqtt_topic::{FilterId, FilterIndex, check_topic_filter, has_wildcard, matches};

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
        4 => texts::filter().prop_map(Step::Insert),
        2 => any::<usize>().prop_map(Step::Remove),
        3 => texts::topic().prop_map(Step::Match),
    ]
}

fn matched(index: &FilterIndex, topic: &str) -> Vec<usize> {
    let mut found = Vec::new();
    index.for_each_match(topic, &mut |id| found.push(id.index()));
    found.sort_unstable();
    found
}

fn check_rows(index: &FilterIndex, table: &Table) {
    assert_eq!(index.len(), table.len);
    assert_eq!(index.is_empty(), table.len == 0);
    for row in table.live() {
        let id = FilterId::from_index(row);
        let mut written = String::from(">");
        index.write_filter(id, &mut written);
        let filter = written.strip_prefix('>').expect("writing appends");
        assert_eq!(Some(filter), table.rows[row].as_deref(), "the text comes back");
        assert_eq!(index.id(filter), Some(id));
        assert_eq!(index.is_wildcard(id), has_wildcard(filter), "{filter:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn the_filter_index_finds_what_the_definition_matches(
        seed: u64,
        steps in vec(step(), 1..120),
        absent in texts::filter(),
    ) {
        let mut index = FilterIndex::with_seed(seed);
        let mut table = Table::default();
        for step in &steps {
            match step {
                Step::Insert(filter) => {
                    prop_assert_eq!(check_topic_filter(filter), Ok(()));
                    let (id, is_new) = index.insert(filter);
                    table.insert(filter, id.index(), is_new);
                }
                Step::Remove(nth) => {
                    if let Some(row) = table.remove(*nth) {
                        index.remove(FilterId::from_index(row));
                    }
                }
                Step::Match(topic) => {
                    let expected = table.select(|filter| matches(filter, topic));
                    prop_assert_eq!(matched(&index, topic), expected, "{}", topic);
                }
            }
        }
        check_rows(&index, &table);
        prop_assert_eq!(index.id(&absent).map(FilterId::index), table.index_of(&absent));

        while let Some(row) = table.remove(0) {
            index.remove(FilterId::from_index(row));
        }
        prop_assert_eq!(index.len(), 0);
        prop_assert_eq!(index.node_count(), 0);
        prop_assert_eq!(index.level_count(), 0);
    }
}
