use core::hash::Hash;
use std::collections::HashMap;

use foldhash::fast::FixedState;

/// A map that holds a bounded number of entries: a new one takes the place of the one that was not
/// used for longest.
///
/// The entries stand in one vector and are chained by index from the most to the least recently
/// used, so that a full map allocates nothing.
#[derive(Debug)]
pub(super) struct RecentMap<K, V> {
    index: HashMap<K, u32, FixedState>,
    entries: Vec<Entry<K, V>>,
    entries_max: usize,
    newest: u32,
    oldest: u32,
}

impl<K: Copy + Eq + Hash, V> RecentMap<K, V> {
    /// A map of up to `entries_max` entries, at least one.
    pub(super) fn new(entries_max: usize, seed: u64) -> Self {
        Self {
            index: HashMap::with_hasher(FixedState::with_seed(seed)),
            entries: Vec::new(),
            entries_max: entries_max.clamp(1, NONE as usize),
            newest: NONE,
            oldest: NONE,
        }
    }

    /// The value of `key`, which counts as used.
    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let at = *self.index.get(key)?;
        self.use_now(at);
        Some(&mut self.entries[at as usize].value)
    }

    /// The value of `key`, which counts as used; `value` if it had none.
    pub(super) fn get_or_insert(&mut self, key: K, value: V) -> &mut V {
        let at = match self.index.get(&key) {
            Some(&at) => {
                self.use_now(at);
                at
            }
            None => self.insert_new(key, value),
        };
        &mut self.entries[at as usize].value
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    fn insert_new(&mut self, key: K, value: V) -> u32 {
        let entry = Entry { key, value, newer: NONE, older: NONE };
        let at = if self.entries.len() < self.entries_max {
            self.entries.push(entry);
            self.entries.len() as u32 - 1
        } else {
            let at = self.oldest;
            self.unlink(at);
            self.index.remove(&self.entries[at as usize].key);
            self.entries[at as usize] = entry;
            at
        };
        self.index.insert(key, at);
        self.link_newest(at);
        at
    }

    fn use_now(&mut self, at: u32) {
        if self.newest != at {
            self.unlink(at);
            self.link_newest(at);
        }
    }

    fn link_newest(&mut self, at: u32) {
        let second = self.newest;
        let entry = &mut self.entries[at as usize];
        entry.newer = NONE;
        entry.older = second;
        self.newest = at;
        match second {
            NONE => self.oldest = at,
            second => self.entries[second as usize].newer = at,
        }
    }

    fn unlink(&mut self, at: u32) {
        let Entry { newer, older, .. } = self.entries[at as usize];
        match newer {
            NONE => self.newest = older,
            newer => self.entries[newer as usize].older = older,
        }
        match older {
            NONE => self.oldest = newer,
            older => self.entries[older as usize].newer = newer,
        }
    }
}

#[derive(Debug)]
struct Entry<K, V> {
    key: K,
    value: V,
    newer: u32,
    older: u32,
}

/// No entry.
const NONE: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_entry_unused_for_longest_makes_room() {
        let mut map = RecentMap::new(2, 0);
        map.get_or_insert(1, "one");
        map.get_or_insert(2, "two");
        assert_eq!(map.get_mut(&1), Some(&mut "one"));
        map.get_or_insert(3, "three");
        assert_eq!(map.get_mut(&2), None);
        assert_eq!(map.get_mut(&1), Some(&mut "one"));
        assert_eq!(map.len(), 2);
    }

    proptest! {
        #[test]
        fn the_map_agrees_with_a_list_kept_in_order(
            entries_max in 1..6_usize,
            steps in prop::collection::vec((any::<bool>(), 0..10_u8), 0..200),
        ) {
            let mut map = RecentMap::new(entries_max, 1);
            let mut list = Vec::<(u8, usize)>::new();
            for (step, (inserts, key)) in steps.into_iter().enumerate() {
                let known = list.iter().position(|(other, _)| *other == key);
                let used = match known {
                    Some(at) => Some(list.remove(at)),
                    None => inserts.then_some((key, step)),
                };
                if let Some(used) = used {
                    list.push(used);
                    if list.len() > entries_max {
                        list.remove(0);
                    }
                }
                let value = match inserts {
                    true => Some(*map.get_or_insert(key, step)),
                    false => map.get_mut(&key).copied(),
                };
                prop_assert_eq!(value, used.map(|(_, value)| value));
                prop_assert_eq!(map.len(), list.len());
            }
        }
    }
}
