//! The children that a walk visits whatever the topic's next level is.

use crate::trie::{HASH, Kin, LevelId, Node, NodeId, PLUS, Slab};

/// Direct links to a node's wildcard children. They are in the edge table as well.
#[derive(Default)]
pub(super) struct Wildcards {
    pub(super) plus: Option<NodeId<Self>>,
    pub(super) hash: Option<NodeId<Self>>,
    /// All children, the wildcards included.
    children: u32,
}

const _: () = assert!(size_of::<Node<Wildcards>>() == 32);

impl Wildcards {
    fn link_to(&mut self, level: LevelId) -> Option<&mut Option<NodeId<Self>>> {
        if level == PLUS {
            Some(&mut self.plus)
        } else if level == HASH {
            Some(&mut self.hash)
        } else {
            None
        }
    }
}

impl Kin for Wildcards {
    fn adopt(nodes: &mut Slab<Node<Self>>, child: NodeId<Self>) {
        let (parent, level) = (nodes[child].parent, nodes[child].level);
        let kin = &mut nodes[parent].kin;
        kin.children += 1;
        if let Some(link) = kin.link_to(level) {
            *link = Some(child);
        }
    }

    fn disown(nodes: &mut Slab<Node<Self>>, child: NodeId<Self>) {
        let (parent, level) = (nodes[child].parent, nodes[child].level);
        let kin = &mut nodes[parent].kin;
        kin.children -= 1;
        if let Some(link) = kin.link_to(level) {
            *link = None;
        }
    }

    fn has_children(&self) -> bool {
        self.children > 0
    }
}
