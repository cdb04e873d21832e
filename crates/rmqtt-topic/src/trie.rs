//! Paths of levels as a tree, shared by both indexes: a path goes in, a small number comes out.
//!
//! ```text
//!             interner: every level text once, counted           places: item -> node
//!             0 "+"   1 "#"   2 "site"   3 "7"   4 "temp/now"     0 -> B    1 -> D
//!
//!   nodes                                                        edges: (parent, level) -> node
//!     root ── A "site" ┬─ B "+"  item 0                          (root, 2) -> A   (A, 0) -> B
//!                      └─ D "7"  item 1, tail "temp/now"         (A, 3) -> D
//! ```
//!
//! * **Flat.** Nodes, texts and items lie in arenas and name each other by four-byte ids. Free
//!   slots are chained and used again. Arenas and hash tables grow chunk by chunk and bucket by
//!   bucket: nothing is copied, and no insertion waits for a table that doubles.
//! * **A path's own end is one node.** Below the last node that it shares with another path, the
//!   rest of a path is kept as one interned text, the node's *tail*: however deep a path is, what
//!   is its own costs one node. When a second path comes along, the levels that both share become
//!   nodes. They stay nodes until no path needs them.
//! * **Walks go by parents.** A node names its parent, so a walk needs neither recursion nor a
//!   stack, and a path of 65,536 levels is as safe as any.
//! * **An index pays for its own links.** What a walk needs beside the edge table is the index's
//!   [`Kin`]: its wildcard children, or its siblings.
//!
//! An item takes 4 bytes, its node 32 and 4 in the edge table; each text that no other path has
//! takes 32 and 4, and its bytes in addition if there are over 22. `benches/memory.rs` measures
//! what that makes for a million paths.

mod chains;
mod chunked;
mod cursor;
mod id;
mod interner;
mod keys;
mod node;
mod slab;

use std::fmt;

use crate::levels::split_first;
use chains::Chains;
use interner::Interner;
use keys::Keys;

pub(crate) use cursor::Cursor;
pub(crate) use id::Id;
pub(crate) use interner::{HASH, LevelId, PLUS};
pub(crate) use node::{Kin, Node, NodeId};
pub(crate) use slab::{Linked, Slab};

/// Names a path in the trie.
pub(crate) type ItemId = Id<Place>;

/// Paths and the items they name. Matching is the indexes'.
pub(crate) struct Trie<K> {
    levels: Interner,
    nodes: Slab<Node<K>>,
    edges: Chains<Node<K>>,
    places: Slab<Place>,
    keys: Keys,
}

impl<K: Kin> Trie<K> {
    /// The node where every path begins.
    pub(crate) const ROOT: NodeId<K> = Node::ROOT;

    /// An empty trie whose behaviour depends on nothing else but `seed`.
    pub(crate) fn with_seed(seed: u64) -> Self {
        Self::with_keys(Keys::with_seed(seed))
    }

    /// An empty trie with a random seed.
    pub(crate) fn random() -> Self {
        Self::with_keys(Keys::random())
    }

    fn with_keys(keys: Keys) -> Self {
        let mut nodes = Slab::new();
        assert_eq!(nodes.insert(Node::default()), Self::ROOT);
        Self {
            levels: Interner::new(keys.clone()),
            nodes,
            edges: Chains::new(),
            places: Slab::new(),
            keys,
        }
    }

    /// The item of `path`, and whether it is new. Takes time linear in the path.
    pub(crate) fn insert(&mut self, path: &str) -> (ItemId, bool) {
        let mut node = Self::ROOT;
        let mut rest = Some(path.as_bytes());
        loop {
            if let Some(tail) = self.nodes[node].tail {
                if rest == Some(self.levels.text(tail))
                    && let Some(item) = self.nodes[node].item
                {
                    return (item, false);
                }
                self.unfold(node, rest);
            }
            let Some(text) = rest else { break };
            let (level, next) = split_first(text);
            match self.levels.find(level).and_then(|level| self.child(node, level)) {
                Some(child) => (node, rest) = (child, next),
                None => {
                    let child = self.add_child(node, level);
                    return (self.add_item(child, next), true);
                }
            }
        }
        match self.nodes[node].item {
            Some(item) => (item, false),
            None => (self.add_item(node, None), true),
        }
    }

    /// The item of `path`, if it is here.
    pub(crate) fn find(&self, path: &str) -> Option<ItemId> {
        let mut id = Self::ROOT;
        let mut rest = path.as_bytes();
        loop {
            let (level, next) = split_first(rest);
            id = self.child(id, self.levels.find(level)?)?;
            let node = &self.nodes[id];
            match (node.tail, next) {
                (None, Some(next)) => rest = next,
                (None, None) => return node.item,
                (Some(tail), Some(next)) if self.levels.text(tail) == next => return node.item,
                (Some(_), _) => return None,
            }
        }
    }

    /// Removes an item, and every node and text that no other item needs.
    ///
    /// # Panics
    ///
    /// When `item` is not in use.
    pub(crate) fn remove(&mut self, item: ItemId) {
        let id = self.node_of(item);
        let node = &mut self.nodes[id];
        node.item = None;
        if let Some(tail) = node.tail.take() {
            self.levels.release(tail);
        }
        self.places.release(item);
        self.prune(id);
    }

    /// Appends the item's path.
    ///
    /// # Panics
    ///
    /// When `item` is not in use.
    pub(crate) fn write(&self, item: ItemId, out: &mut String) {
        let end = self.node_of(item);
        let mut levels: Vec<LevelId> = self.path_up(end).collect();
        levels.reverse();
        levels.extend(self.nodes[end].tail);
        let mut separator = "";
        for level in levels {
            let text = std::str::from_utf8(self.levels.text(level))
                .expect("interned texts are cut out of strings at separators");
            out.push_str(separator);
            out.push_str(text);
            separator = "/";
        }
    }

    /// The levels from `node` up to the root, the tail left out.
    pub(crate) fn path_up(&self, node: NodeId<K>) -> impl Iterator<Item = LevelId> {
        let mut at = node;
        std::iter::from_fn(move || {
            let node = (at != Self::ROOT).then(|| &self.nodes[at])?;
            at = node.parent;
            Some(node.level)
        })
    }

    /// The node where the item's path ends, its tail left out.
    ///
    /// # Panics
    ///
    /// When `item` is not in use.
    pub(crate) fn node_of(&self, item: ItemId) -> NodeId<K> {
        // A free place holds its link in the free list instead of a node. That may well be the
        // number of some node, but no node names a free item.
        self.places
            .get(item)
            .and_then(|place| place.0.map(Id::cast))
            .filter(|id| self.nodes.get(*id).is_some_and(|node| node.item == Some(item)))
            .expect("the id is in use")
    }

    /// The child of `parent` at `level`.
    pub(crate) fn child(&self, parent: NodeId<K>, level: LevelId) -> Option<NodeId<K>> {
        let hash = hash_edge(&self.keys, parent, level);
        self.edges.find(&self.nodes, hash, |node| node.parent == parent && node.level == level)
    }

    pub(crate) fn node(&self, id: NodeId<K>) -> &Node<K> {
        &self.nodes[id]
    }

    /// The id of a level's text, if it is interned. When it is not, no node stands for it, but it
    /// may be part of a tail.
    pub(crate) fn level(&self, text: &[u8]) -> Option<LevelId> {
        self.levels.find(text)
    }

    /// The text of a level or tail.
    pub(crate) fn text(&self, level: LevelId) -> &[u8] {
        self.levels.text(level)
    }

    /// How many items there are.
    pub(crate) const fn len(&self) -> usize {
        self.places.len()
    }

    /// How many nodes there are, the root not counted.
    pub(crate) const fn node_count(&self) -> usize {
        self.nodes.len() - 1
    }

    /// How many distinct texts are interned, those of the two wildcards not counted.
    pub(crate) const fn level_count(&self) -> usize {
        self.levels.len()
    }

    /// Turns the tail of `node` into nodes, as far as it shares levels with `other` and one level
    /// further, so that the two paths have parted.
    fn unfold(&mut self, node: NodeId<K>, mut other: Option<&[u8]>) {
        let from = &mut self.nodes[node];
        let (Some(item), Some(tail)) = (from.item.take(), from.tail.take()) else {
            return;
        };
        let text = self.levels.text(tail).to_vec();
        self.levels.release(tail);
        let mut end = node;
        let mut rest = Some(text.as_slice());
        while let Some(text) = rest {
            let (level, next) = split_first(text);
            end = self.add_child(end, level);
            rest = next;
            match other.map(split_first) {
                Some((same, other_next)) if same == level => other = other_next,
                _ => break,
            }
        }
        self.settle(item, end, rest);
    }

    /// A new item whose path ends at `node`, or with `tail` below it.
    fn add_item(&mut self, node: NodeId<K>, tail: Option<&[u8]>) -> ItemId {
        let item = self.places.insert(Place(None));
        self.settle(item, node, tail);
        item
    }

    fn settle(&mut self, item: ItemId, node: NodeId<K>, tail: Option<&[u8]>) {
        self.places[item] = Place(Some(node.cast()));
        let tail = tail.map(|text| self.levels.acquire(text));
        let node = &mut self.nodes[node];
        node.item = Some(item);
        node.tail = tail;
    }

    fn add_child(&mut self, parent: NodeId<K>, level: &[u8]) -> NodeId<K> {
        let level = self.levels.acquire(level);
        let child = self.nodes.insert(Node::new(parent, level));
        let keys = &self.keys;
        self.edges.insert(&mut self.nodes, child, |n| hash_edge(keys, n.parent, n.level));
        K::adopt(&mut self.nodes, child);
        child
    }

    /// Removes `id` and its ancestors up to the first that is still needed.
    fn prune(&mut self, mut id: NodeId<K>) {
        while id != Self::ROOT {
            let node = &self.nodes[id];
            if node.item.is_some() || node.kin.has_children() {
                return;
            }
            let (parent, level) = (node.parent, node.level);
            K::disown(&mut self.nodes, id);
            self.edges.remove(&mut self.nodes, id, hash_edge(&self.keys, parent, level));
            self.nodes.release(id);
            self.levels.release(level);
            id = parent;
        }
    }
}

impl<K: Kin> fmt::Debug for Trie<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trie")
            .field("len", &self.len())
            .field("nodes", &self.node_count())
            .field("levels", &self.level_count())
            .finish()
    }
}

/// The node where an item's path ends; while the item is free, the next free item. Four bytes.
#[derive(Default)]
pub(crate) struct Place(Option<Id<Self>>);

impl Linked for Place {
    fn link(&self) -> Option<Id<Self>> {
        self.0
    }

    fn set_link(&mut self, link: Option<Id<Self>>) {
        self.0 = link;
    }

    fn clear(&mut self) {}
}

fn hash_edge<K>(keys: &Keys, parent: NodeId<K>, level: LevelId) -> u64 {
    keys.hash_pair(parent.number(), level.number())
}
