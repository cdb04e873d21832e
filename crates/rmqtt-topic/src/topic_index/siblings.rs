//! The children of a node, one after another.

use crate::trie::{Kin, Node, NodeId, Slab};

/// A node's place in the list of its parent's children, and the head of the list of its own.
#[derive(Default)]
pub(super) struct Siblings {
    pub(super) first_child: Option<NodeId<Self>>,
    pub(super) next: Option<NodeId<Self>>,
    previous: Option<NodeId<Self>>,
}

const _: () = assert!(size_of::<Node<Siblings>>() == 32);

impl Kin for Siblings {
    fn adopt(nodes: &mut Slab<Node<Self>>, child: NodeId<Self>) {
        let parent = nodes[child].parent;
        let next = nodes[parent].kin.first_child.replace(child);
        nodes[child].kin.next = next;
        if let Some(next) = next {
            nodes[next].kin.previous = Some(child);
        }
    }

    fn disown(nodes: &mut Slab<Node<Self>>, child: NodeId<Self>) {
        let parent = nodes[child].parent;
        let Self { next, previous, .. } = nodes[child].kin;
        match previous {
            Some(previous) => nodes[previous].kin.next = next,
            None => nodes[parent].kin.first_child = next,
        }
        if let Some(next) = next {
            nodes[next].kin.previous = previous;
        }
    }

    fn has_children(&self) -> bool {
        self.first_child.is_some()
    }
}
