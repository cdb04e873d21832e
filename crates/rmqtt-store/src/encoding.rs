use core::fmt;

use rmqtt_codec::PacketId;

/// Why bytes are no records of a known format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordError {
    /// The format version is not one that this release reads.
    UnknownFormat(u8),
    /// No record is of this kind.
    UnknownKind(u8),
    /// The bytes end within a record.
    Cut,
    /// A field holds what no record holds.
    Invalid,
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFormat(version) => write!(f, "format version {version} is not known"),
            Self::UnknownKind(kind) => write!(f, "record kind {kind} is not known"),
            Self::Cut => f.write_str("the bytes end within a record"),
            Self::Invalid => f.write_str("a field of a record is invalid"),
        }
    }
}

impl core::error::Error for RecordError {}

/// Appends a number, seven bits a byte, the lowest first; the top bit says that more follow.
pub(crate) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends a length and the bytes.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Appends a number that may be missing: 0, or the number plus one.
pub(crate) fn put_optional(out: &mut Vec<u8>, number: Option<u32>) {
    put_number(out, number.map_or(0, |number| u64::from(number) + 1));
}

/// Appends a text that may be missing and is never empty.
pub(crate) fn put_optional_text(out: &mut Vec<u8>, text: Option<&str>) {
    put_bytes(out, text.unwrap_or_default().as_bytes());
}

/// Takes apart what the `put_` functions appended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn byte(&mut self) -> Result<u8, RecordError> {
        let (byte, rest) = self.rest.split_first().ok_or(RecordError::Cut)?;
        self.rest = rest;
        Ok(*byte)
    }

    pub(crate) fn number(&mut self) -> Result<u64, RecordError> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            if bits << shift >> shift != bits {
                return Err(RecordError::Invalid);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(RecordError::Invalid)
    }

    pub(crate) fn number_u32(&mut self) -> Result<u32, RecordError> {
        self.number()?.try_into().map_err(|_| RecordError::Invalid)
    }

    pub(crate) fn optional(&mut self) -> Result<Option<u32>, RecordError> {
        match self.number()?.checked_sub(1) {
            None => Ok(None),
            Some(number) => number
                .try_into()
                .map(Some)
                .map_err(|_| RecordError::Invalid),
        }
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], RecordError> {
        let len = self.number()?;
        self.take(len)
    }

    /// The next `len` bytes.
    pub(crate) fn take(&mut self, len: u64) -> Result<&'a [u8], RecordError> {
        let len = usize::try_from(len).map_err(|_| RecordError::Cut)?;
        let (bytes, rest) = self.rest.split_at_checked(len).ok_or(RecordError::Cut)?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, RecordError> {
        core::str::from_utf8(self.bytes()?).map_err(|_| RecordError::Invalid)
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<&'a str>, RecordError> {
        Ok(Some(self.text()?).filter(|text| !text.is_empty()))
    }

    pub(crate) fn packet_id(&mut self) -> Result<PacketId, RecordError> {
        let number = u16::try_from(self.number()?).map_err(|_| RecordError::Invalid)?;
        PacketId::new(number).ok_or(RecordError::Invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_size_come_back_and_too_large_ones_do_not() {
        for number in (0..64)
            .map(|bits| 1_u64 << bits)
            .flat_map(|power| [power - 1, power])
        {
            let mut out = Vec::new();
            put_number(&mut out, number);
            let mut reader = Reader::new(&out);
            assert_eq!(reader.number(), Ok(number));
            assert!(reader.rest().is_empty());
        }
        let mut largest = Vec::new();
        put_number(&mut largest, u64::MAX);
        assert_eq!(Reader::new(&largest).number(), Ok(u64::MAX));
        assert_eq!(Reader::new(&largest[..9]).number(), Err(RecordError::Cut));
        *largest.last_mut().unwrap() = 2;
        assert_eq!(Reader::new(&largest).number(), Err(RecordError::Invalid));
        assert_eq!(Reader::new(&[0xFF; 11]).number(), Err(RecordError::Invalid));
    }

    #[test]
    fn a_length_beyond_the_end_is_a_cut() {
        let mut out = Vec::new();
        put_number(&mut out, u64::MAX);
        assert_eq!(Reader::new(&out).bytes(), Err(RecordError::Cut));
    }
}
