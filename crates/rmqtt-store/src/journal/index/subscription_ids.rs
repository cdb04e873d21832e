//! The lists of Subscription Identifiers of queued messages: few different ones, many times.

use hashbrown::HashMap;

/// Gives each list a number.
#[derive(Debug)]
pub(in crate::journal) struct SubscriptionIds {
    lists: Vec<List>,
    numbers: HashMap<Box<[u32]>, u32, foldhash::fast::RandomState>,
    free: Vec<u32>,
    scratch: Vec<u32>,
}

#[derive(Clone, Debug, Default)]
struct List {
    ids: Box<[u32]>,
    references: u64,
}

/// The number of the list without identifiers.
pub(in crate::journal) const NO_IDS: u32 = 0;

impl Default for SubscriptionIds {
    fn default() -> Self {
        Self {
            lists: vec![List::default()],
            numbers: HashMap::default(),
            free: Vec::new(),
            scratch: Vec::new(),
        }
    }
}

impl SubscriptionIds {
    /// The number of this list, which is held until it is released.
    pub(in crate::journal) fn intern(&mut self, ids: impl Iterator<Item = u32>) -> u32 {
        self.scratch.clear();
        self.scratch.extend(ids);
        if self.scratch.is_empty() {
            return NO_IDS;
        }
        if let Some(number) = self.numbers.get(self.scratch.as_slice()) {
            self.lists[*number as usize].references += 1;
            return *number;
        }
        let ids: Box<[u32]> = self.scratch.as_slice().into();
        let list = List { ids: ids.clone(), references: 1 };
        let number = match self.free.pop() {
            Some(number) => {
                self.lists[number as usize] = list;
                number
            }
            None => {
                self.lists.push(list);
                (self.lists.len() - 1) as u32
            }
        };
        self.numbers.insert(ids, number);
        number
    }

    pub(in crate::journal) fn release(&mut self, number: u32) {
        if number == NO_IDS {
            return;
        }
        let list = &mut self.lists[number as usize];
        list.references -= 1;
        if list.references == 0 {
            let ids = core::mem::take(&mut list.ids);
            self.numbers.remove(&ids);
            self.free.push(number);
        }
    }

    pub(in crate::journal) fn get(&self, number: u32) -> &[u32] {
        &self.lists[number as usize].ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_lists_are_held_once_and_for_as_long_as_they_are_used() {
        let mut ids = SubscriptionIds::default();
        let one = ids.intern([1, 2].into_iter());
        assert_eq!(ids.intern([1, 2].into_iter()), one);
        let other = ids.intern([2, 1].into_iter());
        assert_ne!(other, one);
        assert_eq!(ids.intern([].into_iter()), NO_IDS);
        assert_eq!(
            (ids.get(one), ids.get(other), ids.get(NO_IDS)),
            (&[1, 2][..], &[2, 1][..], &[][..])
        );
        ids.release(one);
        assert_eq!(ids.get(one), [1, 2]);
        ids.release(one);
        ids.release(NO_IDS);
        assert_eq!(ids.intern([9].into_iter()), one, "a number is used again");
        assert_eq!(ids.get(one), [9]);
    }
}
