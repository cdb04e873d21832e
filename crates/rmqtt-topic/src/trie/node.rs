//! A level at its place under other levels.

use super::Place;
use super::id::Id;
use super::interner::{LevelId, PLUS};
use super::slab::{Linked, Slab};

/// Names a node.
pub(crate) type NodeId<K> = Id<Node<K>>;

/// One level of one or more paths.
pub(crate) struct Node<K> {
    /// The level before; the root is its own parent.
    pub(crate) parent: NodeId<K>,
    /// What stands at this level. The root's has no meaning.
    pub(crate) level: LevelId,
    /// The item whose path ends here, or ends with `tail` below here.
    pub(crate) item: Option<Id<Place>>,
    /// The levels of the item's path that follow this one, with their separators. A node with a
    /// tail has an item and no children.
    pub(crate) tail: Option<LevelId>,
    /// What this trie knows of the node's relatives.
    pub(crate) kin: K,
    /// The next node in the chain of the edge table.
    link: Option<NodeId<K>>,
}

impl<K> Node<K> {
    /// The node where every path begins. It stands for no level and has no item.
    pub(crate) const ROOT: NodeId<K> = NodeId::from_index(0);
}

impl<K: Default> Node<K> {
    pub(crate) fn new(parent: NodeId<K>, level: LevelId) -> Self {
        Self { parent, level, item: None, tail: None, kin: K::default(), link: None }
    }
}

impl<K: Default> Default for Node<K> {
    /// A root without children.
    fn default() -> Self {
        Self::new(Self::ROOT, PLUS)
    }
}

impl<K: Default> Linked for Node<K> {
    fn link(&self) -> Option<NodeId<K>> {
        self.link
    }

    fn set_link(&mut self, link: Option<NodeId<K>>) {
        self.link = link;
    }

    fn clear(&mut self) {
        self.item = None;
        self.tail = None;
    }
}

/// The direct ways from a node to its relatives, beside the edge table: each index keeps those
/// that its walk needs, and no node pays for the others.
pub(crate) trait Kin: Default + Sized {
    /// `child` was made under its parent.
    fn adopt(nodes: &mut Slab<Node<Self>>, child: NodeId<Self>);
    /// `child` is about to be removed; it has no children.
    fn disown(nodes: &mut Slab<Node<Self>>, child: NodeId<Self>);
    /// Whether the node has any child.
    fn has_children(&self) -> bool;
}
