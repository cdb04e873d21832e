/// A table of numbered slots. A slot has one tenant after the other; the tenant's number in the slot
/// (its epoch) tells a stale reference from a good one.
///
/// It grows in chunks, so that growing neither moves nor doubles what is there.
#[derive(Debug)]
pub(crate) struct Slots<T> {
    chunks: Vec<Box<[Slot<T>]>>,
    free: Vec<u32>,
    taken: usize,
}

#[derive(Debug)]
struct Slot<T> {
    epoch: u32,
    tenant: Option<T>,
}

const CHUNK: usize = 64;

impl<T> Slots<T> {
    pub(crate) fn new() -> Self {
        Self { chunks: Vec::new(), free: Vec::new(), taken: 0 }
    }

    /// Takes a slot whose tenant comes later; gives its number and its epoch.
    pub(crate) fn reserve(&mut self) -> (u32, u32) {
        if self.free.is_empty() {
            let start = self.chunks.len() * CHUNK;
            self.chunks.push((0..CHUNK).map(|_| Slot { epoch: 0, tenant: None }).collect());
            let numbers = (start..start + CHUNK).rev();
            self.free.extend(numbers.map(|n| u32::try_from(n).expect("fewer than 2^32 slots")));
        }
        let number = self.free.pop().expect("a chunk was just added");
        self.taken += 1;
        (number, self.slot(number).expect("its chunk is there").epoch)
    }

    /// Puts the tenant into a reserved slot.
    pub(crate) fn fill(&mut self, number: u32, tenant: T) {
        let slot = self.slot_mut(number).expect("reserved before");
        debug_assert!(slot.tenant.is_none(), "a slot has one tenant");
        slot.tenant = Some(tenant);
    }

    pub(crate) fn insert(&mut self, tenant: T) -> (u32, u32) {
        let (number, epoch) = self.reserve();
        self.fill(number, tenant);
        (number, epoch)
    }

    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        self.slot(number)?.tenant.as_ref()
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.slot_mut(number)?.tenant.as_mut()
    }

    /// The tenant with this epoch, if it is still the one.
    pub(crate) fn get_mut_at(&mut self, number: u32, epoch: u32) -> Option<&mut T> {
        let slot = self.slot_mut(number)?;
        if slot.epoch == epoch { slot.tenant.as_mut() } else { None }
    }

    pub(crate) fn epoch(&self, number: u32) -> u32 {
        self.slot(number).map_or(0, |slot| slot.epoch)
    }

    pub(crate) fn is_at(&self, number: u32, epoch: u32) -> bool {
        self.slot(number).is_some_and(|slot| slot.epoch == epoch && slot.tenant.is_some())
    }

    /// Whether the slot is reserved for a tenant with this epoch that has not come yet.
    pub(crate) fn is_reserved(&self, number: u32, epoch: u32) -> bool {
        self.slot(number).is_some_and(|slot| slot.epoch == epoch && slot.tenant.is_none())
    }

    /// Takes the tenant out. The slot stays taken until [`Slots::release`], but what refers to this
    /// tenant is stale from now on.
    pub(crate) fn vacate(&mut self, number: u32) -> Option<T> {
        let slot = self.slot_mut(number)?;
        let tenant = slot.tenant.take()?;
        slot.epoch = slot.epoch.wrapping_add(1);
        Some(tenant)
    }

    /// Gives a slot without tenant back.
    pub(crate) fn release(&mut self, number: u32) {
        let slot = self.slot_mut(number).expect("it was reserved");
        debug_assert!(slot.tenant.is_none(), "the tenant was taken out");
        slot.epoch = slot.epoch.wrapping_add(1);
        self.free.push(number);
        self.taken -= 1;
    }

    pub(crate) fn remove(&mut self, number: u32) -> Option<T> {
        let tenant = self.vacate(number)?;
        self.release(number);
        Some(tenant)
    }

    /// Slots with a tenant, or reserved.
    pub(crate) fn len(&self) -> usize {
        self.taken
    }

    /// The numbers of the slots that have a tenant.
    pub(crate) fn numbers(&self) -> Vec<u32> {
        let slots = self.chunks.iter().flatten().enumerate();
        let taken = slots.filter(|(_, slot)| slot.tenant.is_some());
        taken.map(|(n, _)| u32::try_from(n).expect("fewer than 2^32 slots")).collect()
    }

    fn slot(&self, number: u32) -> Option<&Slot<T>> {
        self.chunks.get(number as usize / CHUNK).map(|chunk| &chunk[number as usize % CHUNK])
    }

    fn slot_mut(&mut self, number: u32) -> Option<&mut Slot<T>> {
        self.chunks
            .get_mut(number as usize / CHUNK)
            .map(|chunk| &mut chunk[number as usize % CHUNK])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_to_a_former_tenant_is_stale() {
        let mut slots = Slots::new();
        let (number, epoch) = slots.insert('a');
        assert_eq!(slots.get_mut_at(number, epoch), Some(&mut 'a'));
        assert_eq!(slots.remove(number), Some('a'));
        assert_eq!(slots.get_mut_at(number, epoch), None);
        let (again, next_epoch) = slots.insert('b');
        assert_eq!(again, number, "slots are used again");
        assert_eq!(slots.get_mut_at(number, epoch), None);
        assert_eq!(slots.get_mut_at(number, next_epoch), Some(&mut 'b'));
    }

    #[test]
    fn a_vacated_slot_is_nobodys_until_it_is_released() {
        let mut slots = Slots::new();
        let (number, _) = slots.insert('a');
        slots.vacate(number);
        assert_ne!(slots.insert('b').0, number);
        slots.release(number);
        assert_eq!(slots.insert('c').0, number);
        assert_eq!(slots.len(), 2);
        let mut numbers = slots.numbers();
        numbers.sort_unstable();
        assert_eq!(numbers.len(), 2);
    }
}
