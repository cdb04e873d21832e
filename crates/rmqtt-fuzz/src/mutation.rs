//! A kept input and its neighbours, from a seed: what an ordinary test run can try without a fuzzer.

/// Numbers from a seed, the same on every machine.
#[derive(Clone, Debug)]
pub struct Mutation {
    state: u64,
}

/// Bytes that mean something where one is expected: signs of the formats, borders of integers.
const TELLING: [u8; 24] = [
    0x00, 0x01, 0x02, 0x03, 0x0F, 0x10, 0x20, 0x30, 0x32, 0x3F, 0x62, 0x7F, 0x80, 0x82, 0xC0, 0xE0,
    0xFE, 0xFF, b'/', b'#', b'+', b'$', b'"', b'\n',
];

impl Mutation {
    /// Neighbours from this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// An input that differs from `input` in one to four places; `other` lends it a part at times.
    #[must_use]
    pub fn of(&mut self, input: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = input.to_vec();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes, other);
        }
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(bytes.len() + 1);
        let end = at + self.below(bytes.len() - at + 1);
        match self.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            1 if at < bytes.len() => bytes[at] = TELLING[self.below(TELLING.len())],
            2 => bytes.insert(at, TELLING[self.below(TELLING.len())]),
            3 => {
                bytes.drain(at..end);
            }
            4 => {
                let twice = bytes[at..end].to_vec();
                bytes.splice(at..at, twice);
            }
            _ => {
                let from = self.below(other.len() + 1);
                let upto = from + self.below(other.len() - from + 1);
                bytes.splice(at..at, other[from..upto].iter().copied());
            }
        }
    }

    fn below(&mut self, below: usize) -> usize {
        // The generator of Steele, Lea and Flood: one addition and a mixing for each number.
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ mixed >> 31) >> 16).unwrap_or(0) % below.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_neighbours_again_and_they_differ() {
        let neighbours = |seed| {
            let mut mutation = Mutation::new(seed);
            (0..50).map(|_| mutation.of(b"an input", b"another")).collect::<Vec<_>>()
        };
        let first = neighbours(1);
        assert_eq!(first, neighbours(1));
        assert_ne!(first, neighbours(2));
        assert!(first.iter().filter(|bytes| bytes[..] != b"an input"[..]).count() > 40);
    }

    #[test]
    fn nothing_at_all_has_neighbours_too() {
        let mut mutation = Mutation::new(7);
        for _ in 0..200 {
            let _ = mutation.of(b"", b"");
        }
    }
}
