//! The sockets of a worker, by link id.

use rmqtt_broker::LinkId;

/// A table that grows in small pieces: links are numbered densely, and doubling would leave room for
/// as many again.
pub(crate) struct LinkTable<T> {
    chunks: Vec<Box<[Option<T>]>>,
}

impl<T> LinkTable<T> {
    const CHUNK: usize = 64;

    pub(crate) fn new() -> Self {
        Self { chunks: Vec::new() }
    }

    /// Enters a link whose number is free.
    pub(crate) fn insert(&mut self, link: LinkId, value: T) {
        let (chunk, place) = position(link);
        while self.chunks.len() <= chunk {
            self.chunks.push((0..Self::CHUNK).map(|_| None).collect());
        }
        let place = &mut self.chunks[chunk][place];
        debug_assert!(place.is_none(), "{link:?} is taken");
        *place = Some(value);
    }

    /// Takes a link out.
    pub(crate) fn take(&mut self, link: LinkId) -> Option<T> {
        let (chunk, place) = position(link);
        self.chunks.get_mut(chunk)?[place].take()
    }

    pub(crate) fn get(&self, link: LinkId) -> Option<&T> {
        let (chunk, place) = position(link);
        self.chunks.get(chunk)?[place].as_ref()
    }

    pub(crate) fn get_mut(&mut self, link: LinkId) -> Option<&mut T> {
        let (chunk, place) = position(link);
        self.chunks.get_mut(chunk)?[place].as_mut()
    }

    /// All links' sockets.
    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten().flatten()
    }
}

/// The chunk, and the place in it.
fn position(LinkId(link): LinkId) -> (usize, usize) {
    let index = link as usize;
    (index / LinkTable::<()>::CHUNK, index % LinkTable::<()>::CHUNK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_found_under_its_number_until_it_is_taken() {
        let mut table = LinkTable::new();
        for link in [0, 63, 64, 200] {
            table.insert(LinkId(link), link);
        }
        assert_eq!(table.get(LinkId(64)), Some(&64));
        assert_eq!(table.get(LinkId(65)), None);
        assert_eq!(table.get(LinkId(9_999)), None);
        assert_eq!(table.take(LinkId(64)), Some(64));
        assert_eq!(table.get_mut(LinkId(64)), None);
        assert_eq!(table.values().copied().collect::<Vec<_>>(), [0, 63, 200]);
        table.insert(LinkId(64), 7);
        assert_eq!(table.get(LinkId(64)), Some(&7));
    }
}
