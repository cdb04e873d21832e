//! Slots that are handed out, taken back and handed out again.

use std::ops::{Index, IndexMut};

use super::chunked::Chunked;
use super::id::Id;

/// A value with room for a link to another slot of its slab: to the next free slot while its own
/// is free, to whatever its owner likes while it is in use.
pub(crate) trait Linked: Default {
    /// The link, as last set.
    fn link(&self) -> Option<Id<Self>>;
    /// Sets the link and nothing else.
    fn set_link(&mut self, link: Option<Id<Self>>);
    /// Lets go of all that a free slot must not keep. The link may take any value.
    fn clear(&mut self);
}

/// An arena with a free list that runs through the free slots, so that freeing allocates nothing.
/// Slots are never given back to the allocator.
pub(crate) struct Slab<T> {
    slots: Chunked<T>,
    first_free: Option<Id<T>>,
    len: usize,
}

impl<T: Linked> Slab<T> {
    pub(crate) const fn new() -> Self {
        Self { slots: Chunked::new(), first_free: None, len: 0 }
    }

    /// Puts `value` into the slot freed last, or into a new one.
    pub(crate) fn insert(&mut self, value: T) -> Id<T> {
        self.len += 1;
        if let Some(id) = self.first_free {
            self.first_free = self[id].link();
            self[id] = value;
            return id;
        }
        let id = Id::from_index(self.slots.len());
        self.slots.push(value);
        id
    }

    /// Frees a slot that is in use.
    pub(crate) fn release(&mut self, id: Id<T>) {
        self.len -= 1;
        let next_free = self.first_free.replace(id);
        let slot = &mut self[id];
        slot.clear();
        slot.set_link(next_free);
    }

    /// The slot's value, or what is left in it when it is free; `None` when there never was such
    /// a slot.
    pub(crate) fn get(&self, id: Id<T>) -> Option<&T> {
        (id.index() < self.slots.len()).then(|| &self[id])
    }

    /// How many slots are in use.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }
}

impl<T> Index<Id<T>> for Slab<T> {
    type Output = T;

    fn index(&self, id: Id<T>) -> &T {
        &self.slots[id.index()]
    }
}

impl<T> IndexMut<Id<T>> for Slab<T> {
    fn index_mut(&mut self, id: Id<T>) -> &mut T {
        &mut self.slots[id.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Slot(Option<Id<Self>>);

    impl Linked for Slot {
        fn link(&self) -> Option<Id<Self>> {
            self.0
        }

        fn set_link(&mut self, link: Option<Id<Self>>) {
            self.0 = link;
        }

        fn clear(&mut self) {}
    }

    #[test]
    fn free_slots_are_used_before_new_ones() {
        let mut slab = Slab::new();
        let ids: Vec<_> = (0..3000).map(|_| slab.insert(Slot(None))).collect();
        for id in ids.iter().step_by(2) {
            slab.release(*id);
        }
        assert_eq!(slab.len(), 1500);
        let mut again: Vec<_> = (0..1500).map(|_| slab.insert(Slot(None))).collect();
        again.sort();
        assert!(again.iter().eq(ids.iter().step_by(2)));
        assert_eq!(slab.insert(Slot(None)).index(), 3000);
    }
}
