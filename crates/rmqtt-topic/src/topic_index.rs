//! Many topics, one filter: which of them match.

mod siblings;

use std::ops::ControlFlow;

use crate::matching::rest_matches;
use crate::trie::{Cursor, HASH, ItemId, NodeId, PLUS, Trie};
use siblings::Siblings;

/// A topic name in a [`TopicIndex`].
///
/// Ids count up from 0, and one is used again only after its topic was removed, so they index a
/// table of the caller's. An `Option<TopicId>` takes four bytes as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicId(ItemId);

impl TopicId {
    /// The place of the topic in a table.
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

/// Topic names, each with an id, and the search for those that a filter matches.
///
/// # What a search costs
///
/// For a level by name it does one lookup. For `+` it visits every child of the nodes so far; for
/// `#` all that is below them, and all of it is a match. A search does not recurse and keeps no
/// stack. It allocates only when it goes deeper than 24 levels, where topics as deep exist.
///
/// ```
/// use std::ops::ControlFlow;
///
/// let mut index = rmqtt_topic::TopicIndex::default();
/// let (temperature, _) = index.insert("site/7/temp");
/// index.insert("site/7/humidity");
///
/// let mut found = Vec::new();
/// index.for_each_match("site/+/temp", &mut |id| {
///     found.push(id);
///     ControlFlow::Continue(())
/// });
/// assert_eq!(found, [temperature]);
/// ```
#[derive(Debug)]
pub struct TopicIndex {
    trie: Trie<Siblings>,
}

impl TopicIndex {
    /// An empty index whose inner order depends on `seed` alone, for tests and simulations. Who
    /// knows the seed can choose topics that make lookups slow.
    #[must_use]
    pub fn with_seed(seed: u64) -> Self {
        Self { trie: Trie::with_seed(seed) }
    }

    /// The id of a valid topic name, and whether it was added by this call.
    pub fn insert(&mut self, topic: &str) -> (TopicId, bool) {
        let (item, is_new) = self.trie.insert(topic);
        (TopicId(item), is_new)
    }

    /// Removes a topic and all that only it needed; the id is free for another topic.
    ///
    /// # Panics
    ///
    /// When `id` is not in use.
    pub fn remove(&mut self, id: TopicId) {
        self.trie.remove(id.0);
    }

    /// The id of exactly this topic.
    #[must_use]
    pub fn id(&self, topic: &str) -> Option<TopicId> {
        self.trie.find(topic).map(TopicId)
    }

    /// Appends the topic's text.
    ///
    /// # Panics
    ///
    /// When `id` is not in use.
    pub fn write_topic(&self, id: TopicId, out: &mut String) {
        self.trie.write(id.0, out);
    }

    /// How many topics there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.trie.len()
    }

    /// Whether there is no topic.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many nodes the topics take, 36 bytes each.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.trie.node_count()
    }

    /// How many distinct texts the topics take, 36 bytes each and more if longer than 22 bytes.
    #[must_use]
    pub fn level_count(&self) -> usize {
        self.trie.level_count()
    }

    /// Calls `f` once for each topic that a valid filter matches, in no particular order, until
    /// `f` breaks.
    pub fn for_each_match(&self, filter: &str, f: &mut impl FnMut(TopicId) -> ControlFlow<()>) {
        let mut walk =
            Walk { trie: &self.trie, cursor: Cursor::new(filter), node: Trie::ROOT, depth: 0 };
        while let ControlFlow::Continue(child) = walk.enter(f) {
            if !walk.go_on(child) {
                return;
            }
        }
    }
}

impl Default for TopicIndex {
    /// An empty index with a random seed.
    fn default() -> Self {
        Self { trie: Trie::random() }
    }
}

/// A walk over the nodes whose levels are matched by the filter's first levels.
struct Walk<'a> {
    trie: &'a Trie<Siblings>,
    cursor: Cursor<'a>,
    node: NodeId<Siblings>,
    /// How many levels lead to `node`.
    depth: usize,
}

impl Walk<'_> {
    /// Reports the matches at this node. Goes on with the child to visit first.
    fn enter(
        &mut self,
        f: &mut impl FnMut(TopicId) -> ControlFlow<()>,
    ) -> ControlFlow<(), Option<NodeId<Siblings>>> {
        let node = self.trie.node(self.node);
        let rest = self.cursor.rest(self.depth);
        if let Some(tail) = node.tail {
            if rest_matches(rest, Some(self.trie.text(tail))) {
                report(node.item, f)?;
            }
            return ControlFlow::Continue(None);
        }
        if rest.is_none() {
            report(node.item, f)?;
            return ControlFlow::Continue(None);
        }
        let child = match self.cursor.level(self.depth, self.trie) {
            Some(level) if level == HASH => {
                self.report_all_below(f)?;
                None
            }
            Some(level) if level == PLUS => self.first_visible(node.kin.first_child),
            Some(level) => self.trie.child(self.node, level),
            None => None,
        };
        ControlFlow::Continue(child)
    }

    /// Goes to `child`, or else to the next node that is left to visit. `false` when there is none.
    fn go_on(&mut self, mut child: Option<NodeId<Siblings>>) -> bool {
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
            if self.cursor.level(self.depth, self.trie) == Some(PLUS) {
                child = self.first_visible(node.kin.next);
            }
        }
    }

    /// Reports this node and all below it.
    fn report_all_below(&self, f: &mut impl FnMut(TopicId) -> ControlFlow<()>) -> ControlFlow<()> {
        let mut at = self.node;
        loop {
            let node = self.trie.node(at);
            report(node.item, f)?;
            let mut next = self.first_visible(node.kin.first_child);
            at = loop {
                if let Some(next) = next {
                    break next;
                }
                if at == self.node {
                    return ControlFlow::Continue(());
                }
                let node = self.trie.node(at);
                next = self.first_visible(node.kin.next);
                at = node.parent;
            };
        }
    }

    /// `node`, or its first sibling after it, that a wildcard may match: as a first level, one
    /// that begins with `$` may not be matched so. [MQTT-4.7.2-1]
    fn first_visible(&self, mut node: Option<NodeId<Siblings>>) -> Option<NodeId<Siblings>> {
        while let Some(id) = node {
            let sibling = self.trie.node(id);
            if sibling.parent != Trie::ROOT || !self.trie.text(sibling.level).starts_with(b"$") {
                break;
            }
            node = sibling.kin.next;
        }
        node
    }
}

fn report(item: Option<ItemId>, f: &mut impl FnMut(TopicId) -> ControlFlow<()>) -> ControlFlow<()> {
    item.map_or(ControlFlow::Continue(()), |item| f(TopicId(item)))
}
