//! Where messages lie, in 44 bytes for each.

use rmqtt_message::MessageId;

/// The place of a message in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::journal) struct MessageSlot(pub(in crate::journal) u32);

/// A message as the queues name it, if any message of its sender is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::journal) struct Name {
    life: Option<u32>,
    seq: u64,
}

/// Where a message lies in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::journal) struct Placed {
    /// Position of the record that brought it: its name in this store for ever.
    pub(in crate::journal) birth: u64,
    /// Position of its record, or of the latest copy.
    pub(in crate::journal) location: u64,
    /// Bytes of the record.
    pub(in crate::journal) len: u32,
    /// CRC-32C of the record.
    pub(in crate::journal) sum: u32,
    /// Bytes of the message in memory.
    pub(in crate::journal) message_bytes: u32,
}

/// The messages that something refers to.
#[derive(Debug, Default)]
pub(in crate::journal) struct Messages {
    chunks: Vec<Chunk>,
    /// Chunks that have a free place.
    with_room: Vec<u32>,
    lives: Lives,
    len: usize,
}

/// Places that are given back together. Without growth by doubling, a full table has no more room
/// than it needs.
#[derive(Debug, Default)]
struct Chunk {
    entries: Vec<Entry>,
    free: Option<u16>,
    used: u16,
}

/// Sixty-four bit numbers are held in halves, which leaves no gaps between fields.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    birth: [u32; 2],
    location: [u32; 2],
    seq: [u32; 2],
    life: u32,
    /// 0 for a free place, whose `life` then is the next free one plus one.
    references: u32,
    len: u32,
    sum: u32,
    message_bytes: u32,
}

/// The lives of nodes whose messages are known: a message's name in twelve bytes.
#[derive(Debug, Default)]
struct Lives {
    known: Vec<(u64, u64)>,
    /// The last one that was looked for.
    latest: usize,
}

impl Messages {
    /// Takes in a message without a reference.
    pub(in crate::journal) fn insert(&mut self, id: MessageId, placed: &Placed) -> MessageSlot {
        let entry = Entry {
            birth: halves(placed.birth),
            location: halves(placed.location),
            seq: halves(id.seq),
            life: self.lives.intern(id),
            references: 0,
            len: placed.len,
            sum: placed.sum,
            message_bytes: placed.message_bytes,
        };
        self.len += 1;
        let number = match self.with_room.last() {
            Some(number) => *number,
            None => {
                let number = u32::try_from(self.chunks.len()).expect("fewer than 2^32 messages");
                self.chunks.push(Chunk::default());
                self.with_room.push(number);
                number
            }
        };
        let chunk = &mut self.chunks[number as usize];
        let place = chunk.insert(entry);
        if chunk.is_full() {
            self.with_room.pop();
        }
        MessageSlot(number << CHUNK_BITS | u32::from(place))
    }

    /// One more refers to the message.
    pub(in crate::journal) fn reference(&mut self, slot: MessageSlot) {
        self.entry_mut(slot).references += 1;
    }

    /// One fewer refers to the message. If none is left it is gone: where it was.
    pub(in crate::journal) fn release(&mut self, slot: MessageSlot) -> Option<Placed> {
        let entry = self.entry_mut(slot);
        entry.references -= 1;
        if entry.references > 0 {
            return None;
        }
        let placed = entry.placed();
        self.len -= 1;
        let number = slot.0 >> CHUNK_BITS;
        let chunk = &mut self.chunks[number as usize];
        let was_full = chunk.is_full();
        chunk.remove(slot.0 as u16 & PLACE_MASK);
        if was_full {
            self.with_room.push(number);
        }
        Some(placed)
    }

    pub(in crate::journal) fn get(&self, slot: MessageSlot) -> Option<Placed> {
        let chunk = self.chunks.get((slot.0 >> CHUNK_BITS) as usize)?;
        let entry = chunk.entries.get(usize::from(slot.0 as u16 & PLACE_MASK))?;
        Some(entry.placed())
    }

    pub(in crate::journal) fn message_bytes(&self, slot: MessageSlot) -> u32 {
        self.entry(slot).message_bytes
    }

    pub(in crate::journal) fn set_location(&mut self, slot: MessageSlot, location: u64) {
        self.entry_mut(slot).location = halves(location);
    }

    /// The message's name in the table.
    pub(in crate::journal) fn name(&mut self, id: MessageId) -> Name {
        Name { life: self.lives.find(id), seq: id.seq }
    }

    pub(in crate::journal) fn is_named(&self, slot: MessageSlot, name: Name) -> bool {
        let entry = self.entry(slot);
        Some(entry.life) == name.life && whole(entry.seq) == name.seq
    }

    pub(in crate::journal) fn id(&self, slot: MessageSlot) -> MessageId {
        let entry = self.entry(slot);
        let (node, incarnation) = self.lives.known[entry.life as usize];
        MessageId { node, incarnation, seq: whole(entry.seq) }
    }

    /// The messages that something refers to.
    pub(in crate::journal) fn iter(&self) -> impl Iterator<Item = (MessageSlot, Placed)> + '_ {
        self.iter_chunks(0, self.chunks.len())
    }

    /// As [`Messages::iter`], of a part of the table.
    pub(in crate::journal) fn iter_chunks(
        &self,
        from: usize,
        number: usize,
    ) -> impl Iterator<Item = (MessageSlot, Placed)> + '_ {
        let chunks = self.chunks.iter().enumerate().skip(from).take(number);
        chunks.flat_map(|(number, chunk)| {
            let entries = chunk.entries.iter().enumerate();
            entries.filter(|(_, entry)| entry.references > 0).map(move |(place, entry)| {
                (MessageSlot((number << CHUNK_BITS | place) as u32), entry.placed())
            })
        })
    }

    pub(in crate::journal) fn chunks(&self) -> usize {
        self.chunks.len()
    }

    pub(in crate::journal) fn len(&self) -> usize {
        self.len
    }

    fn entry(&self, slot: MessageSlot) -> &Entry {
        let chunk = &self.chunks[(slot.0 >> CHUNK_BITS) as usize];
        &chunk.entries[usize::from(slot.0 as u16 & PLACE_MASK)]
    }

    fn entry_mut(&mut self, slot: MessageSlot) -> &mut Entry {
        let chunk = &mut self.chunks[(slot.0 >> CHUNK_BITS) as usize];
        &mut chunk.entries[usize::from(slot.0 as u16 & PLACE_MASK)]
    }
}

impl Chunk {
    fn insert(&mut self, entry: Entry) -> u16 {
        self.used += 1;
        if let Some(place) = self.free {
            let free = &mut self.entries[usize::from(place)];
            self.free = free.life.checked_sub(1).map(|next| next as u16);
            *free = entry;
            return place;
        }
        if self.entries.capacity() == self.entries.len() {
            // The first ones grow as they need; a table of many messages is made of whole chunks.
            let more = self.entries.len().clamp(8, CHUNK / 2).min(CHUNK - self.entries.len());
            self.entries.reserve_exact(more);
        }
        self.entries.push(entry);
        (self.entries.len() - 1) as u16
    }

    fn remove(&mut self, place: u16) {
        self.used -= 1;
        if self.used == 0 {
            *self = Self::default();
            return;
        }
        let next = self.free.map_or(0, |next| u32::from(next) + 1);
        self.entries[usize::from(place)] = Entry { life: next, ..Entry::default() };
        self.free = Some(place);
    }

    fn is_full(&self) -> bool {
        usize::from(self.used) == CHUNK
    }
}

impl Entry {
    fn placed(&self) -> Placed {
        Placed {
            birth: whole(self.birth),
            location: whole(self.location),
            len: self.len,
            sum: self.sum,
            message_bytes: self.message_bytes,
        }
    }
}

impl Lives {
    fn find(&mut self, id: MessageId) -> Option<u32> {
        let life = (id.node, id.incarnation);
        if self.known.get(self.latest) != Some(&life) {
            self.latest = self.known.iter().position(|known| *known == life)?;
        }
        Some(self.latest as u32)
    }

    fn intern(&mut self, id: MessageId) -> u32 {
        self.find(id).unwrap_or_else(|| {
            self.latest = self.known.len();
            self.known.push((id.node, id.incarnation));
            self.latest as u32
        })
    }
}

fn halves(number: u64) -> [u32; 2] {
    [number as u32, (number >> 32) as u32]
}

fn whole(halves: [u32; 2]) -> u64 {
    u64::from(halves[0]) | u64::from(halves[1]) << 32
}

/// Messages in a chunk.
const CHUNK: usize = 1 << CHUNK_BITS;
const CHUNK_BITS: u32 = 12;
const PLACE_MASK: u16 = (CHUNK - 1) as u16;

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(number: u64) -> Placed {
        Placed { birth: number, location: number << 40, len: 3, sum: 4, message_bytes: 5 }
    }

    fn id(seq: u64) -> MessageId {
        MessageId { node: seq % 3, incarnation: u64::MAX, seq }
    }

    #[test]
    fn a_message_is_there_as_long_as_something_refers_to_it() {
        let mut messages = Messages::default();
        let slots: Vec<_> =
            (0..10_000).map(|number| messages.insert(id(number), &placed(number))).collect();
        slots.iter().for_each(|slot| messages.reference(*slot));
        messages.reference(slots[7]);
        assert_eq!(messages.id(slots[9_999]), id(9_999));
        assert_eq!(messages.release(slots[7]), None);
        messages.set_location(slots[7], 77);
        assert_eq!(messages.release(slots[7]), Some(Placed { location: 77, ..placed(7) }));
        let name = messages.name(id(8));
        assert!(messages.is_named(slots[8], name) && !messages.is_named(slots[9], name));
        let again = messages.insert(id(20_000), &placed(20_000));
        messages.reference(again);
        assert_eq!(messages.iter().count(), 10_000);
        for slot in slots.iter().filter(|slot| **slot != slots[7]) {
            messages.release(*slot);
        }
        assert_eq!(messages.iter().map(|(slot, _)| slot).collect::<Vec<_>>(), [again]);
        assert_eq!(messages.len(), 1);
        let room: usize = messages.chunks.iter().map(|chunk| chunk.entries.capacity()).sum();
        assert!(room <= CHUNK, "room for {room} is kept for one");
    }

    #[test]
    fn free_places_are_used_again() {
        let mut messages = Messages::default();
        let mut slots = Vec::new();
        for round in 0..50 {
            for number in 0..3_000 {
                let slot = messages.insert(id(number), &placed(round * 10_000 + number));
                messages.reference(slot);
                slots.push(slot);
            }
            for slot in slots.drain(..2_000) {
                messages.release(slot);
            }
        }
        assert_eq!(messages.len(), slots.len());
        let rooms: usize = messages.chunks.iter().map(|chunk| chunk.entries.len()).sum();
        assert!(rooms <= slots.len() + CHUNK + 3_000, "{rooms} places for {}", slots.len());
    }

    #[test]
    fn an_unknown_life_names_nothing() {
        let mut messages = Messages::default();
        let slot = messages.insert(id(3), &placed(3));
        let name = messages.name(MessageId { node: 99, ..id(3) });
        assert!(!messages.is_named(slot, name));
    }
}
