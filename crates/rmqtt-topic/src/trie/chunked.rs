//! A vector that grows without moving.

use std::ops::{Index, IndexMut};

const CHUNK_LEN: usize = 1024;

/// A vector in chunks of 1,024 elements.
///
/// A plain vector doubles: while it does so, up to three times what it holds is allocated, the
/// copy stops everything else, and afterwards half of it may stay empty. Here at most one chunk
/// is not full; what is not in use of it holds defaults.
pub(crate) struct Chunked<T> {
    chunks: Vec<Box<[T; CHUNK_LEN]>>,
    len: usize,
}

impl<T: Default> Chunked<T> {
    pub(crate) const fn new() -> Self {
        Self { chunks: Vec::new(), len: 0 }
    }

    pub(crate) fn push(&mut self, value: T) {
        let index = self.len;
        if index == self.chunks.len() * CHUNK_LEN {
            let chunk: Vec<T> = (0..CHUNK_LEN).map(|_| T::default()).collect();
            let Ok(chunk) = chunk.into_boxed_slice().try_into() else { unreachable!() };
            self.chunks.push(chunk);
        }
        self[index] = value;
        self.len += 1;
    }
}

impl<T> Chunked<T> {
    pub(crate) const fn len(&self) -> usize {
        self.len
    }
}

/// An element, or a default when the index is beyond the length by less than a chunk.
impl<T> Index<usize> for Chunked<T> {
    type Output = T;

    #[inline]
    fn index(&self, index: usize) -> &T {
        &self.chunks[index / CHUNK_LEN][index % CHUNK_LEN]
    }
}

impl<T> IndexMut<usize> for Chunked<T> {
    #[inline]
    fn index_mut(&mut self, index: usize) -> &mut T {
        &mut self.chunks[index / CHUNK_LEN][index % CHUNK_LEN]
    }
}
