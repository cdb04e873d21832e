//! Numbers and texts taken from the bytes of an input.

/// The bytes of an input that nobody has taken yet.
///
/// Nothing fails: where the bytes have run out, numbers are 0 and texts are empty, so that an input
/// that was cut still says the most of what it said.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    /// All of an input.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Has everything been taken?
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        self.bytes(1).first().copied().unwrap_or(0)
    }

    /// A number from 0 to below `below`, which is not 0.
    pub fn below(&mut self, below: u8) -> u8 {
        self.byte() % below
    }

    /// The next two bytes as a number.
    pub fn number(&mut self) -> u16 {
        u16::from(self.byte()) << 8 | u16::from(self.byte())
    }

    /// One of these.
    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.byte()) % choices.len()]
    }

    /// The next bytes, `len` of them or as many as there are.
    pub fn bytes(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// Everything up to the next `end`, which is taken as well and not given.
    pub fn until(&mut self, end: u8) -> &'a [u8] {
        let len = self.0.iter().position(|byte| *byte == end);
        let taken = self.bytes(len.unwrap_or(self.0.len()));
        self.bytes(1);
        taken
    }

    /// Everything that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        self.bytes(self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_that_has_run_out_goes_on_with_nothing() {
        let mut input = Input::new(&[7, 1, 2, b'a', b'b', 0xFF, b'c']);
        assert_eq!(input.byte(), 7);
        assert_eq!(input.number(), 0x0102);
        assert_eq!(input.until(0xFF), b"ab");
        assert!(!input.is_empty());
        assert_eq!(input.until(0xFF), b"c");
        assert!(input.is_empty());
        assert_eq!((input.byte(), input.number(), input.below(3)), (0, 0, 0));
        assert_eq!(input.one_of(&[5, 6]), 5);
        assert_eq!(input.rest(), b"");
    }
}
