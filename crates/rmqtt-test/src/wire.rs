//! The encodings of MQTT: integers, strings, variable byte integers, whole packets.

/// Appends encoded fields to a packet under construction. Nothing is checked: a test may write
/// whatever it likes.
#[derive(Clone, Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// Nothing written yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One byte.
    pub fn byte(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    /// A Two Byte Integer.
    pub fn two(self, value: u16) -> Self {
        self.raw(&value.to_be_bytes())
    }

    /// A Four Byte Integer.
    pub fn four(self, value: u32) -> Self {
        self.raw(&value.to_be_bytes())
    }

    /// A Variable Byte Integer in as few bytes as possible `[MQTT-1.5.5-1]`.
    pub fn variable(mut self, mut value: u32) -> Self {
        loop {
            let low = u8::try_from(value & 0x7F).expect("seven bits fit");
            value >>= 7;
            if value == 0 {
                self.0.push(low);
                return self;
            }
            self.0.push(low | 0x80);
        }
    }

    /// A string behind its two-byte length.
    pub fn string(self, text: &str) -> Self {
        self.binary(text.as_bytes())
    }

    /// Bytes behind their two-byte length: Binary Data, or a string that need not be UTF-8.
    ///
    /// # Panics
    /// If there are more than 65,535 bytes.
    pub fn binary(self, bytes: &[u8]) -> Self {
        let length = u16::try_from(bytes.len()).expect("binary data is at most 65,535 bytes");
        self.two(length).raw(bytes)
    }

    /// Bytes as they are.
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// What was written.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }

    /// What was written, as the body of a packet with this first byte and the right Remaining Length.
    pub fn packet(self, first_byte: u8) -> Vec<u8> {
        packet(first_byte, &self.0)
    }
}

/// A packet: first byte, Remaining Length, body.
///
/// # Panics
/// If the body is 4 GiB or longer.
pub fn packet(first_byte: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("a packet is shorter than 4 GiB");
    Writer::new().byte(first_byte).variable(length).raw(body).finish()
}

/// Why bytes of the server are no packet, in words.
pub type Malformed = String;

/// Takes fields from the front of a packet's body and refuses what the specification forbids.
#[derive(Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads from the beginning of these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether everything has been taken.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// If fewer are left.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .ok_or_else(|| format!("{count} bytes expected, {} left", self.0.len()))?;
        self.0 = rest;
        Ok(taken)
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    /// One byte.
    ///
    /// # Errors
    /// At the end of the body.
    pub fn byte(&mut self) -> Result<u8, Malformed> {
        Ok(self.take(1)?[0])
    }

    /// A Two Byte Integer.
    ///
    /// # Errors
    /// At the end of the body.
    pub fn two(&mut self) -> Result<u16, Malformed> {
        let bytes = self.take(2)?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    /// A Four Byte Integer.
    ///
    /// # Errors
    /// At the end of the body.
    pub fn four(&mut self) -> Result<u32, Malformed> {
        let bytes = self.take(4)?;
        Ok(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// A Variable Byte Integer.
    ///
    /// # Errors
    /// If it is longer than needed `[MQTT-1.5.5-1]` or than four bytes.
    pub fn variable(&mut self) -> Result<u32, Malformed> {
        let mut value = 0;
        for position in 0..4 {
            let byte = self.byte()?;
            value |= u32::from(byte & 0x7F) << (7 * position);
            if byte & 0x80 == 0 {
                if byte == 0 && position > 0 {
                    return Err("a variable byte integer is longer than needed".into());
                }
                return Ok(value);
            }
        }
        Err("a variable byte integer has more than four bytes".into())
    }

    /// Bytes behind their length.
    ///
    /// # Errors
    /// If they are cut short.
    pub fn binary(&mut self) -> Result<Vec<u8>, Malformed> {
        let length = self.two()?;
        Ok(self.take(usize::from(length))?.to_vec())
    }

    /// A string behind its length.
    ///
    /// # Errors
    /// If it is not UTF-8 `[MQTT-1.5.4-1]` or holds U+0000 `[MQTT-1.5.4-2]`.
    pub fn string(&mut self) -> Result<String, Malformed> {
        let text = String::from_utf8(self.binary()?).map_err(|problem| problem.to_string())?;
        if text.contains('\0') {
            return Err(format!("{text:?} holds U+0000"));
        }
        Ok(text)
    }

    /// Nothing may be left.
    ///
    /// # Errors
    /// If something is.
    pub fn end(&self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(format!("{} bytes too many", self.0.len())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variable_integers_survive_the_round_trip_at_their_borders() {
        for value in [0, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455] {
            let bytes = Writer::new().variable(value).finish();
            assert_eq!(Reader::new(&bytes).variable(), Ok(value));
        }
    }

    #[test]
    fn a_variable_integer_that_is_longer_than_needed_is_refused() {
        assert!(Reader::new(&[0x80, 0x00]).variable().is_err());
        assert!(Reader::new(&[0xFF, 0xFF, 0xFF, 0xFF, 0x01]).variable().is_err());
    }
}
