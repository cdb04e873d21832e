//! Many filters, one topic: which of them match.

mod wildcards;

use crate::matching::rest_matches;
use crate::trie::{Cursor, HASH, ItemId, NodeId, PLUS, Trie};
use wildcards::Wildcards;

/// A filter in a [`FilterIndex`].
///
/// Ids count up from 0, and one is used again only after its filter was removed, so they index a
/// table of the caller's. An `Option<FilterId>` takes four bytes as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilterId(ItemId);

impl FilterId {
    /// The place of the filter in a table.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0.index()
    }

    /// The reverse of [`index`](Self::index).
    ///
    /// # Panics
    ///
    /// When `index` is `u32::MAX` or more, which no id has.
    #[must_use]
    pub const fn from_index(index: usize) -> Self {
        Self(ItemId::from_index(index))
    }
}

/// Topic filters, each with an id, and the search for those that match a topic.
///
/// The filters must be valid ([`check_topic_filter`](crate::check_topic_filter)) and without
/// prefix: `$share/g/a` and `a` of a plain subscription are the same filter here.
///
/// # What a search costs
///
/// It visits a node only when the levels up to it match the topic. There it does one lookup for
/// the topic's next level, and follows the links to `+` and `#` if there are any; the rest of a
/// filter that is alone below its node is compared as text. Every level of the topic is hashed
/// once. Filters that part from the topic cost nothing from there on, however many they are.
///
/// Two nodes of one level can lie on the way, one by name and one by `+`, so the number of visited
/// nodes can double from level to level. Who wants that must subscribe to as many filters: a search
/// never visits more nodes than there are on paths of filters, and none twice.
///
/// A search does not recurse and keeps no stack. It allocates only when it goes deeper than 24
/// levels, where filters as deep exist.
///
/// # What a filter takes
///
/// About 76 bytes when one of its levels is its own, 112 when two are, whatever lies between. A
/// level that two filters share after they left all others costs 36 bytes, so who may choose
/// filters freely can make 64 KiB of slashes cost 2.4 MB: bound their levels
/// ([`level_count`](crate::level_count)).
///
/// ```
/// let mut index = rmqtt_topic::FilterIndex::default();
/// let (all, _) = index.insert("site/#");
/// let (temperature, _) = index.insert("site/+/temp");
/// let (humidity, _) = index.insert("site/+/humidity");
///
/// let mut found = Vec::new();
/// index.for_each_match("site/7/temp", &mut |id| found.push(id));
/// found.sort();
/// assert_eq!(found, [all, temperature]);
/// assert!(!found.contains(&humidity));
/// ```
#[derive(Debug)]
pub struct FilterIndex {
    trie: Trie<Wildcards>,
}

impl FilterIndex {
    /// An empty index whose inner order depends on `seed` alone, for tests and simulations. Who
    /// knows the seed can choose filters that make lookups slow.
    #[must_use]
    pub fn with_seed(seed: u64) -> Self {
        Self { trie: Trie::with_seed(seed) }
    }

    /// The id of `filter`, and whether it was added by this call.
    pub fn insert(&mut self, filter: &str) -> (FilterId, bool) {
        let (item, is_new) = self.trie.insert(filter);
        (FilterId(item), is_new)
    }

    /// Removes a filter and all that only it needed; the id is free for another filter.
    ///
    /// # Panics
    ///
    /// When `id` is not in use.
    pub fn remove(&mut self, id: FilterId) {
        self.trie.remove(id.0);
    }

    /// The id of exactly this filter; wildcards stand for themselves.
    #[must_use]
    pub fn id(&self, filter: &str) -> Option<FilterId> {
        self.trie.find(filter).map(FilterId)
    }

    /// Appends the filter's text.
    ///
    /// # Panics
    ///
    /// When `id` is not in use.
    pub fn write_filter(&self, id: FilterId, out: &mut String) {
        self.trie.write(id.0, out);
    }

    /// Whether the filter has a wildcard. One without matches exactly the topic it spells.
    ///
    /// # Panics
    ///
    /// When `id` is not in use.
    #[must_use]
    pub fn is_wildcard(&self, id: FilterId) -> bool {
        let node = self.trie.node_of(id.0);
        let tail = self.trie.node(node).tail.map(|tail| self.trie.text(tail));
        let in_tail = tail.is_some_and(|tail| tail.contains(&b'+') || tail.contains(&b'#'));
        let mut levels = self.trie.path_up(node);
        in_tail || levels.any(|level| level == PLUS || level == HASH)
    }

    /// How many filters there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.trie.len()
    }

    /// Whether there is no filter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many nodes the filters take, 36 bytes each.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.trie.node_count()
    }

    /// How many distinct texts the filters take, 36 bytes each and more if longer than 22 bytes.
    #[must_use]
    pub fn level_count(&self) -> usize {
        self.trie.level_count()
    }

    /// Calls `f` once for each filter that matches a valid topic name, in no particular order.
    pub fn for_each_match(&self, topic: &str, f: &mut impl FnMut(FilterId)) {
        let mut walk = Walk {
            trie: &self.trie,
            cursor: Cursor::new(topic),
            is_dollar: topic.starts_with('$'),
            node: Trie::ROOT,
            depth: 0,
        };
        loop {
            let child = walk.enter(f);
            if !walk.go_on(child) {
                return;
            }
        }
    }
}

impl Default for FilterIndex {
    /// An empty index with a random seed.
    fn default() -> Self {
        Self { trie: Trie::random() }
    }
}

/// A walk over the nodes whose levels match the topic's first levels: by name first, then by `+`.
struct Walk<'a> {
    trie: &'a Trie<Wildcards>,
    cursor: Cursor<'a>,
    is_dollar: bool,
    node: NodeId<Wildcards>,
    /// How many levels lead to `node`.
    depth: usize,
}

impl Walk<'_> {
    /// Reports the matches at this node. Returns the child to visit first.
    fn enter(&mut self, f: &mut impl FnMut(FilterId)) -> Option<NodeId<Wildcards>> {
        let node = self.trie.node(self.node);
        let rest = self.cursor.rest(self.depth);
        if let Some(tail) = node.tail {
            if rest_matches(Some(self.trie.text(tail)), rest) {
                report(node.item, f);
            }
            return None;
        }
        if self.wildcards_count()
            && let Some(hash) = node.kin.hash
        {
            report(self.trie.node(hash).item, f);
        }
        if rest.is_none() {
            report(node.item, f);
            return None;
        }
        // A valid topic has no `#`; if this one has, the filter `#` was reported just now.
        self.cursor
            .level(self.depth, self.trie)
            .filter(|level| *level != HASH)
            .and_then(|level| self.trie.child(self.node, level))
            .or_else(|| self.plus())
    }

    /// Goes to `child`, or else to the next node that is left to visit. `false` when there is none.
    fn go_on(&mut self, mut child: Option<NodeId<Wildcards>>) -> bool {
        loop {
            if let Some(child) = child {
                self.node = child;
                self.depth += 1;
                return true;
            }
            if self.depth == 0 {
                return false;
            }
            let node = self.trie.node(self.node);
            self.node = node.parent;
            self.depth -= 1;
            if node.level != PLUS {
                child = self.plus();
            }
        }
    }

    fn plus(&self) -> Option<NodeId<Wildcards>> {
        self.trie.node(self.node).kin.plus.filter(|_| self.wildcards_count())
    }

    /// A leading wildcard does not match a topic that begins with `$`. [MQTT-4.7.2-1]
    fn wildcards_count(&self) -> bool {
        self.depth > 0 || !self.is_dollar
    }
}

fn report(item: Option<ItemId>, f: &mut impl FnMut(FilterId)) {
    if let Some(item) = item {
        f(FilterId(item));
    }
}
