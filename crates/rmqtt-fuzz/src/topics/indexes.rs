use std::collections::BTreeMap;
use std::ops::ControlFlow;

use rmqtt_topic::{
    FilterId, FilterIndex, TopicId, TopicIndex, check_topic_filter, check_topic_name, has_wildcard,
    matches,
};

use super::model;

/// Both indexes, and what was put into them.
pub(super) struct Indexes {
    filters: FilterIndex,
    topics: TopicIndex,
    known_filters: BTreeMap<usize, String>,
    known_topics: BTreeMap<usize, String>,
}

impl Indexes {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            filters: FilterIndex::with_seed(seed),
            topics: TopicIndex::with_seed(seed),
            known_filters: BTreeMap::new(),
            known_topics: BTreeMap::new(),
        }
    }

    /// A text that is no filter is refused; one that is gets its one identifier.
    pub(super) fn add_filter(&mut self, text: &str) {
        assert_eq!(check_topic_filter(text).is_ok(), model::is_topic_filter(text), "{text:?}");
        if !model::is_topic_filter(text) {
            return;
        }
        let (id, is_new) = self.filters.insert(text);
        note(&mut self.known_filters, id.index(), is_new, text);
        let mut written = String::new();
        self.filters.write_filter(id, &mut written);
        assert_eq!((written.as_str(), self.filters.id(text)), (text, Some(id)));
        assert_eq!(self.filters.is_wildcard(id), has_wildcard(text), "{text:?}");
        self.check_filter(text);
    }

    /// The same for the names of topics.
    pub(super) fn add_topic(&mut self, text: &str) {
        assert_eq!(check_topic_name(text).is_ok(), model::is_topic_name(text), "{text:?}");
        if !model::is_topic_name(text) {
            return;
        }
        let (id, is_new) = self.topics.insert(text);
        note(&mut self.known_topics, id.index(), is_new, text);
        let mut written = String::new();
        self.topics.write_topic(id, &mut written);
        assert_eq!((written.as_str(), self.topics.id(text)), (text, Some(id)));
        self.check_topic(text);
    }

    pub(super) fn remove_filter(&mut self, nth: usize) {
        if let Some((index, text)) = take(&mut self.known_filters, nth) {
            self.filters.remove(FilterId::from_index(index));
            assert_eq!(self.filters.id(&text), None, "{text:?} was removed");
        }
    }

    pub(super) fn remove_topic(&mut self, nth: usize) {
        if let Some((index, text)) = take(&mut self.known_topics, nth) {
            self.topics.remove(TopicId::from_index(index));
            assert_eq!(self.topics.id(&text), None, "{text:?} was removed");
        }
    }

    /// Each known topic finds its filters, and each known filter its topics.
    pub(super) fn check_all_pairs(&self) {
        for topic in self.known_topics.values() {
            self.check_topic(topic);
        }
        for filter in self.known_filters.values() {
            self.check_filter(filter);
        }
        assert_eq!(self.filters.len(), self.known_filters.len());
        assert_eq!(self.topics.len(), self.known_topics.len());
    }

    /// Takes out everything: nothing is left behind.
    pub(super) fn empty(mut self) {
        while !self.known_filters.is_empty() {
            self.remove_filter(self.known_filters.len() / 2);
        }
        while !self.known_topics.is_empty() {
            self.remove_topic(self.known_topics.len() / 2);
        }
        assert_eq!((self.filters.len(), self.topics.len()), (0, 0));
        assert_eq!((self.filters.node_count(), self.filters.level_count()), (0, 0));
        assert_eq!((self.topics.node_count(), self.topics.level_count()), (0, 0));
    }

    fn check_topic(&self, topic: &str) {
        let mut found = Vec::new();
        self.filters.for_each_match(topic, &mut |id| found.push(id.index()));
        found.sort_unstable();
        let expected = self.known_filters.iter().filter(|(_, filter)| {
            let expected = model::matches(filter, topic);
            assert_eq!(matches(filter, topic), expected, "{filter:?} and {topic:?}");
            expected
        });
        let expected: Vec<usize> = expected.map(|(index, _)| *index).collect();
        assert_eq!(found, expected, "filters of {topic:?}");
    }

    fn check_filter(&self, filter: &str) {
        let mut found = Vec::new();
        self.topics.for_each_match(filter, &mut |id| {
            found.push(id.index());
            ControlFlow::Continue(())
        });
        let first = found.first().copied();
        let mut alone = None;
        self.topics.for_each_match(filter, &mut |id| {
            alone = Some(id.index());
            ControlFlow::Break(())
        });
        assert_eq!(alone, first, "who breaks after the first has the first");
        found.sort_unstable();
        let expected = self.known_topics.iter();
        let expected = expected.filter(|(_, topic)| model::matches(filter, topic));
        let expected: Vec<usize> = expected.map(|(index, _)| *index).collect();
        assert_eq!(found, expected, "topics of {filter:?}");
    }
}

fn note(known: &mut BTreeMap<usize, String>, index: usize, is_new: bool, text: &str) {
    let before = known.insert(index, text.to_owned());
    if is_new {
        assert_eq!(before, None, "an identifier in use is not given to {text:?}");
        let again = known.values().filter(|known| *known == text).count();
        assert_eq!(again, 1, "{text:?} is new once");
    } else {
        assert_eq!(before.as_deref(), Some(text), "a text keeps its identifier");
    }
}

/// Takes the `nth` text, counted round and round.
fn take(known: &mut BTreeMap<usize, String>, nth: usize) -> Option<(usize, String)> {
    let index = *known.keys().nth(nth % known.len().max(1))?;
    known.remove(&index).map(|text| (index, text))
}
