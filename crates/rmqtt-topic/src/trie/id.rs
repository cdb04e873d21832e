//! Names of slots.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::num::NonZeroU32;

/// Names a slot of a [`Slab<T>`](super::slab::Slab), and cannot be mistaken for one of another
/// slab. Takes four bytes, as an `Option` too: what is kept is the index plus one.
pub(crate) struct Id<T> {
    index_plus_one: NonZeroU32,
    of: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// # Panics
    ///
    /// For `u32::MAX` and above: an arena holds no more slots than that.
    pub(crate) const fn from_index(index: usize) -> Self {
        assert!(index < u32::MAX as usize, "an arena has fewer than 2^32 - 1 slots");
        match NonZeroU32::new(index as u32 + 1) {
            Some(index_plus_one) => Self { index_plus_one, of: PhantomData },
            None => unreachable!(),
        }
    }

    pub(crate) const fn index(self) -> usize {
        (self.index_plus_one.get() - 1) as usize
    }

    /// The id as a number for hashing.
    pub(crate) const fn number(self) -> u32 {
        self.index_plus_one.get()
    }

    /// The slot of the same index in another slab.
    pub(crate) const fn cast<U>(self) -> Id<U> {
        Id { index_plus_one: self.index_plus_one, of: PhantomData }
    }
}

// By hand, because a derive would ask the same of `T`.

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.index_plus_one == other.index_plus_one
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.index_plus_one.cmp(&other.index_plus_one)
    }
}

impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.index_plus_one.hash(state);
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.index().fmt(f)
    }
}
