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

/// Appends a number: itself in one byte if it is below 248; else a byte that says how many more
/// follow (248: one, 255: eight), and those, the lowest first.
#[inline]
pub(crate) fn put_number(out: &mut Vec<u8>, number: u64) {
    if number < ONE_MORE_BYTE {
        out.push(number as u8);
        return;
    }
    let len = (u64::BITS - number.leading_zeros()).div_ceil(8) as usize;
    let mut bytes = [0; 9];
    bytes[0] = ONE_MORE_BYTE as u8 + (len as u8 - 1);
    bytes[1..].copy_from_slice(&number.to_le_bytes());
    // Copying a fixed length and cutting it costs less than copying a varying one.
    out.extend_from_slice(&bytes);
    out.truncate(out.len() - (8 - len));
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
        let first = self.byte()?;
        let Some(more) = u64::from(first).checked_sub(ONE_MORE_BYTE) else {
            return Ok(u64::from(first));
        };
        let stored = self.take(more + 1)?;
        let mut bytes = [0; 8];
        bytes[..stored.len()].copy_from_slice(stored);
        Ok(u64::from_le_bytes(bytes))
    }

    pub(crate) fn number_u32(&mut self) -> Result<u32, RecordError> {
        self.number()?.try_into().map_err(|_| RecordError::Invalid)
    }

    pub(crate) fn optional(&mut self) -> Result<Option<u32>, RecordError> {
        match self.number()?.checked_sub(1) {
            None => Ok(None),
            Some(number) => number.try_into().map(Some).map_err(|_| RecordError::Invalid),
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

/// The first byte of a number that takes two.
const ONE_MORE_BYTE: u64 = 248;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_size_come_back() {
        let powers = (0..64).map(|bits| 1_u64 << bits).flat_map(|power| [power - 1, power]);
        for number in powers.chain([247, 248, u64::MAX]) {
            let mut out = Vec::new();
            put_number(&mut out, number);
            let mut reader = Reader::new(&out);
            assert_eq!(reader.number(), Ok(number));
            assert!(reader.rest().is_empty());
            let cut = &out[..out.len() - 1];
            assert_eq!(Reader::new(cut).number(), Err(RecordError::Cut));
        }
    }

    #[test]
    fn numbers_take_as_many_bytes_as_they_need() {
        for (number, expected) in [(0, 1), (247, 1), (248, 2), (255, 2), (256, 3), (u64::MAX, 9)] {
            let mut out = Vec::new();
            put_number(&mut out, number);
            assert_eq!(out.len(), expected, "{number}");
        }
    }

    #[test]
    fn a_length_beyond_the_end_is_a_cut() {
        let mut out = Vec::new();
        put_number(&mut out, u64::MAX);
        assert_eq!(Reader::new(&out).bytes(), Err(RecordError::Cut));
    }
}
