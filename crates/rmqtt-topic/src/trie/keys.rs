//! The keyed hash of this index.

use std::hash::{BuildHasher, Hasher, RandomState};

use foldhash::SharedSeed;
use foldhash::fast::FoldHasher;

/// What the hashes of one index depend on. Clients name the levels, so an index whose seed they
/// knew could be filled with levels that all fall into one bucket.
#[derive(Clone)]
pub(crate) struct Keys {
    seed: u64,
    /// Differs from index to index too: with a seed known to all, foldhash has inputs that
    /// collide whatever `seed` is.
    shared: SharedSeed,
    /// What pairs of ids are multiplied with.
    factor: u64,
}

impl Keys {
    pub(crate) fn with_seed(seed: u64) -> Self {
        let mut keys = Self { seed, shared: SharedSeed::from_u64(seed), factor: 0 };
        // Ones at both ends, so that the product depends on every bit of the pair.
        keys.factor = keys.hash_text(b"factor") | 1 << 63 | 1;
        keys
    }

    /// Keys from the randomness of the operating system, by way of the standard library's hasher.
    pub(crate) fn random() -> Self {
        Self::with_seed(RandomState::new().hash_one(0))
    }

    pub(crate) fn hash_text(&self, text: &[u8]) -> u64 {
        let mut hasher = FoldHasher::with_seed(self.seed, &self.shared);
        hasher.write(text);
        hasher.finish()
    }

    /// Hashes a parent and a level. The index chose both numbers, so one multiplication will do.
    pub(crate) fn hash_pair(&self, first: u32, second: u32) -> u64 {
        let pair = u64::from(first) << 32 | u64::from(second);
        let product = u128::from(pair ^ self.seed) * u128::from(self.factor);
        (product >> 64) as u64 ^ product as u64
    }
}
