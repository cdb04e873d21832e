//! A hash table that grows one bucket at a time.

use super::chunked::Chunked;
use super::id::Id;
use super::slab::{Linked, Slab};

/// Finds slots of a slab by hash: linear hashing (W. Litwin, "Linear hashing: a new tool for file
/// and table addressing", VLDB 1980). The entries of a bucket are chained through the links of
/// their slots, so an entry costs one word here and none of its own.
///
/// There is one bucket per entry. Each entry that comes in splits one bucket, in order, so no
/// insertion pays for a table that doubles, in time or in memory. The low bits of a hash choose
/// the bucket: as many as address the buckets at the start of the round, and one more for the
/// buckets already split in this round. Buckets are not joined again when entries leave.
pub(crate) struct Chains<T> {
    heads: Chunked<Option<Id<T>>>,
    entries: usize,
    /// The number of buckets at the start of this round, a power of two, less one.
    round_mask: usize,
    /// The buckets below this one are split already.
    next_split: usize,
}

const BUCKETS_MIN: usize = 8;

impl<T: Linked> Chains<T> {
    pub(crate) fn new() -> Self {
        let mut heads = Chunked::new();
        for _ in 0..BUCKETS_MIN {
            heads.push(None);
        }
        Self { heads, entries: 0, round_mask: BUCKETS_MIN - 1, next_split: 0 }
    }

    /// Adds a slot that is not here yet. `hash_of` hashes any slot of this table.
    pub(crate) fn insert(&mut self, slab: &mut Slab<T>, id: Id<T>, hash_of: impl Fn(&T) -> u64) {
        let bucket = self.bucket_of(hash_of(&slab[id]));
        self.push(slab, bucket, id);
        self.entries += 1;
        if self.entries > self.heads.len() {
            self.split(slab, hash_of);
        }
    }

    /// Takes a slot out that is here; `hash` is its hash.
    pub(crate) fn remove(&mut self, slab: &mut Slab<T>, id: Id<T>, hash: u64) {
        let bucket = self.bucket_of(hash);
        let after = slab[id].link();
        let mut before = None;
        let mut at = self.heads[bucket];
        while at != Some(id) {
            before = at;
            at = slab[at.expect("the slot is in the chain of its hash")].link();
        }
        match before {
            Some(before) => slab[before].set_link(after),
            None => self.heads[bucket] = after,
        }
        self.entries -= 1;
    }

    /// The first slot in the chain of `hash` that is the wanted one.
    #[inline]
    pub(crate) fn find(
        &self,
        slab: &Slab<T>,
        hash: u64,
        is_wanted: impl Fn(&T) -> bool,
    ) -> Option<Id<T>> {
        let mut at = self.heads[self.bucket_of(hash)];
        while let Some(id) = at {
            let slot = &slab[id];
            if is_wanted(slot) {
                break;
            }
            at = slot.link();
        }
        at
    }

    #[inline]
    fn bucket_of(&self, hash: u64) -> usize {
        let hash = hash as usize;
        let bucket = hash & self.round_mask;
        if bucket < self.next_split { hash & self.split_mask() } else { bucket }
    }

    const fn split_mask(&self) -> usize {
        self.round_mask << 1 | 1
    }

    fn push(&mut self, slab: &mut Slab<T>, bucket: usize, id: Id<T>) {
        slab[id].set_link(self.heads[bucket].replace(id));
    }

    /// Adds a bucket, and shares the entries of the next bucket in order with it.
    fn split(&mut self, slab: &mut Slab<T>, hash_of: impl Fn(&T) -> u64) {
        let mut at = self.heads[self.next_split].take();
        self.heads.push(None);
        let mask = self.split_mask();
        self.next_split += 1;
        if self.next_split > self.round_mask {
            self.round_mask = mask;
            self.next_split = 0;
        }
        while let Some(id) = at {
            at = slab[id].link();
            self.push(slab, hash_of(&slab[id]) as usize & mask, id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Entry {
        hash: u64,
        link: Option<Id<Self>>,
    }

    impl Linked for Entry {
        fn link(&self) -> Option<Id<Self>> {
            self.link
        }

        fn set_link(&mut self, link: Option<Id<Self>>) {
            self.link = link;
        }

        fn clear(&mut self) {}
    }

    fn spread(n: u64) -> u64 {
        (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32)
    }

    #[test]
    fn entries_are_found_through_all_splits_and_gone_after_removal() {
        let mut slab = Slab::new();
        let mut chains = Chains::new();
        let ids: Vec<_> = (0..20_000)
            .map(|n| {
                let id = slab.insert(Entry { hash: spread(n), link: None });
                chains.insert(&mut slab, id, |entry| entry.hash);
                id
            })
            .collect();
        let find = |chains: &Chains<Entry>, slab: &Slab<Entry>, n| {
            chains.find(slab, spread(n), |entry| entry.hash == spread(n))
        };
        for (n, id) in (0..).zip(&ids) {
            assert_eq!(find(&chains, &slab, n), Some(*id));
        }
        for (n, id) in (0..).zip(&ids).filter(|(n, _)| n % 3 != 0) {
            chains.remove(&mut slab, *id, spread(n));
        }
        for (n, id) in (0..).zip(&ids) {
            assert_eq!(find(&chains, &slab, n), (n % 3 == 0).then_some(*id));
        }
    }

    #[test]
    fn there_is_never_less_than_one_bucket_per_entry() {
        let mut slab = Slab::new();
        let mut chains = Chains::new();
        for n in 0..5_000 {
            let id = slab.insert(Entry { hash: spread(n), link: None });
            chains.insert(&mut slab, id, |entry| entry.hash);
            assert_eq!(chains.heads.len(), slab.len().max(BUCKETS_MIN));
        }
    }
}
