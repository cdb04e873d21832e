//! The files of the log, and how much in them is still needed.

use std::sync::Arc;

use super::bytes::Cursor;

/// What stands at the beginning of a file of the log.
///
/// | bytes | field |
/// |---|---|
/// | 8 | `rmqttlog` |
/// | 4 | format version |
/// | 8 | number of the file |
/// | 8 | position in the log of its first frame |
/// | 8 | position up to which the log was known to be synced |
/// | 4 | CRC-32C of the store's salt and of all that is before it |
///
/// A file holds the log from its first position up to that of the next file. Whatever else is in it
/// does not count: it was given up after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    pub(super) number: u64,
    pub(super) start: u64,
    pub(super) synced: u64,
}

/// What can be wrong with a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeaderFlaw {
    Damaged,
    UnknownFormat(u32),
}

impl SegmentHeader {
    pub(super) fn encode(&self, salt: u64) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        for (word, place) in
            [self.number, self.start, self.synced].iter().zip(bytes[12..36].chunks_exact_mut(8))
        {
            place.copy_from_slice(&word.to_le_bytes());
        }
        let sum = sum(salt, &bytes[..SUMMED]);
        bytes[SUMMED..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// The header of the file with this number.
    pub(super) fn decode(bytes: &[u8], salt: u64, number: u64) -> Result<Self, HeaderFlaw> {
        let read = || {
            let mut cursor = Cursor::new(bytes.get(..HEADER_BYTES)?);
            let magic = cursor.take(MAGIC.len())?;
            let version = cursor.fixed_u32()?;
            let header = Self {
                number: cursor.fixed_u64()?,
                start: cursor.fixed_u64()?,
                synced: cursor.fixed_u64()?,
            };
            let is_sound = magic == MAGIC && sum(salt, &bytes[..SUMMED]) == cursor.fixed_u32()?;
            is_sound.then_some((version, header))
        };
        match read() {
            Some((FORMAT_VERSION, header)) if header.number == number => Ok(header),
            Some((version, _)) if version != FORMAT_VERSION => {
                Err(HeaderFlaw::UnknownFormat(version))
            }
            _ => Err(HeaderFlaw::Damaged),
        }
    }
}

/// The name of the file with this number.
pub(super) fn segment_name(number: u64) -> String {
    format!("{NAME_START}{number:016x}")
}

/// The number in the name of a file of the log.
pub(super) fn segment_number(name: &str) -> Option<u64> {
    numbered(name, NAME_START)
}

/// The number in a name that begins like this.
pub(super) fn numbered(name: &str, start: &str) -> Option<u64> {
    let digits = name.strip_prefix(start)?;
    let is_ours = digits.len() == 16
        && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    is_ours.then(|| u64::from_str_radix(digits, 16).ok())?
}

/// A part of the log that is a file.
#[derive(Debug)]
pub(super) struct Segment<F> {
    pub(super) number: u64,
    /// Position of its first frame.
    pub(super) start: u64,
    /// Position after its last frame.
    pub(super) end: u64,
    /// Bytes of the file, which may have more than what counts.
    pub(super) file_bytes: u64,
    /// Bytes of the records in it whose messages are needed.
    pub(super) live_bytes: u64,
    /// How many these are.
    pub(super) live_messages: u64,
    /// Since which position nothing in it is needed.
    pub(super) dead_since: Option<u64>,
    pub(super) file: Arc<F>,
}

impl<F> Segment<F> {
    /// Where in the file a position of the log is.
    pub(super) fn offset(&self, position: u64) -> u64 {
        HEADER_BYTES as u64 + (position - self.start)
    }

    pub(super) fn name(&self) -> String {
        segment_name(self.number)
    }
}

/// The parts of the log, the oldest first.
#[derive(Debug)]
pub(super) struct Segments<F> {
    list: Vec<Segment<F>>,
    live_bytes: u64,
}

impl<F> Segments<F> {
    pub(super) fn new() -> Self {
        Self { list: Vec::new(), live_bytes: 0 }
    }

    pub(super) fn push(&mut self, segment: Segment<F>) {
        self.list.push(segment);
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Segment<F>> {
        self.list.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn last_mut(&mut self) -> Option<&mut Segment<F>> {
        self.list.last_mut()
    }

    /// All but the last one, which may still grow.
    pub(super) fn closed(&self) -> &[Segment<F>] {
        self.list.split_last().map_or(&[], |(_, closed)| closed)
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<Segment<F>> {
        let place = self.list.iter().position(|segment| segment.number == number)?;
        Some(self.list.remove(place))
    }

    /// Cuts the log at this position; gives the files that have no part in it any more.
    pub(super) fn cut(&mut self, position: u64) -> Vec<Segment<F>> {
        let keep = self.list.partition_point(|segment| segment.start < position);
        let cut = self.list.split_off(keep);
        if let Some(last) = self.list.last_mut() {
            last.end = last.end.min(position);
        }
        cut
    }

    /// The part that holds this position.
    pub(super) fn find(&self, position: u64) -> Option<&Segment<F>> {
        let after = self.list.partition_point(|segment| segment.start <= position);
        let segment = self.list.get(after.checked_sub(1)?)?;
        (position < segment.end).then_some(segment)
    }

    /// A message of these bytes is needed. It may stand in a frame that is not counted as written
    /// yet.
    pub(super) fn add_live(&mut self, location: u64, len: u32) {
        if let Some(segment) = self.holder(location) {
            segment.live_bytes += u64::from(len);
            segment.live_messages += 1;
            segment.dead_since = None;
            self.live_bytes += u64::from(len);
        }
    }

    /// A message of these bytes is not needed any more, now that the log has come to `now`.
    pub(super) fn remove_live(&mut self, location: u64, len: u32, now: u64) {
        if let Some(segment) = self.holder(location) {
            segment.live_bytes = segment.live_bytes.saturating_sub(u64::from(len));
            segment.live_messages = segment.live_messages.saturating_sub(1);
            segment.dead_since = (segment.live_bytes == 0).then_some(now);
            self.live_bytes = self.live_bytes.saturating_sub(u64::from(len));
        }
    }

    /// Begins to count anew.
    pub(super) fn forget_live(&mut self, now: u64) {
        self.live_bytes = 0;
        for segment in &mut self.list {
            segment.live_bytes = 0;
            segment.live_messages = 0;
            segment.dead_since = Some(now);
        }
    }

    pub(super) fn live_bytes(&self) -> u64 {
        self.live_bytes
    }

    pub(super) fn file_bytes(&self) -> u64 {
        self.list.iter().map(|segment| segment.file_bytes).sum()
    }

    fn holder(&mut self, location: u64) -> Option<&mut Segment<F>> {
        // Nearly always the last one.
        if self.list.last().is_some_and(|last| last.start <= location) {
            return self.list.last_mut();
        }
        let after = self.list.partition_point(|segment| segment.start <= location);
        self.list.get_mut(after.checked_sub(1)?)
    }
}

fn sum(salt: u64, bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&salt.to_le_bytes()), bytes)
}

const MAGIC: &[u8; 8] = b"rmqttlog";
const FORMAT_VERSION: u32 = 1;
const NAME_START: &str = "log-";
const SUMMED: usize = 36;
/// Bytes before the first frame.
pub(super) const HEADER_BYTES: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_in_its_own_file_only() {
        let header = SegmentHeader { number: 7, start: 500, synced: 400 };
        let bytes = header.encode(9);
        assert_eq!(SegmentHeader::decode(&bytes, 9, 7), Ok(header));
        assert_eq!(SegmentHeader::decode(&bytes, 9, 8), Err(HeaderFlaw::Damaged));
        assert_eq!(SegmentHeader::decode(&bytes, 8, 7), Err(HeaderFlaw::Damaged));
        for at in 0..bytes.len() {
            let mut damaged = bytes;
            damaged[at] ^= 0x40;
            assert_eq!(SegmentHeader::decode(&damaged, 9, 7), Err(HeaderFlaw::Damaged), "{at}");
            assert_eq!(SegmentHeader::decode(&bytes[..at], 9, 7), Err(HeaderFlaw::Damaged));
        }
        let mut later = bytes;
        later[8] = 2;
        let sum = sum(9, &later[..SUMMED]).to_le_bytes();
        later[SUMMED..].copy_from_slice(&sum);
        assert_eq!(SegmentHeader::decode(&later, 9, 7), Err(HeaderFlaw::UnknownFormat(2)));
    }

    #[test]
    fn names_hold_numbers() {
        assert_eq!(segment_number(&segment_name(0xAB)), Some(0xAB));
        assert_eq!(segment_number(&segment_name(u64::MAX)), Some(u64::MAX));
        for other in ["log-", "log-00000000000000AB", "log-00000000000000ab.new", "db"] {
            assert_eq!(segment_number(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_needed_is_counted_where_it_lies() {
        let mut segments = Segments::new();
        for (number, start) in [(1, 0), (2, 100), (4, 250)] {
            let end = start + 100;
            let file = Arc::new(());
            let (live_bytes, live_messages, dead_since) = (0, 0, None);
            segments.push(Segment {
                number,
                start,
                end,
                file_bytes: 140,
                live_bytes,
                live_messages,
                dead_since,
                file,
            });
        }
        segments.add_live(10, 30);
        segments.add_live(99, 1);
        segments.add_live(900, 5);
        assert_eq!(segments.live_bytes(), 36);
        segments.remove_live(10, 30, 400);
        segments.remove_live(99, 1, 401);
        let seen: Vec<_> = segments.iter().map(|s| (s.live_bytes, s.dead_since)).collect();
        assert_eq!(seen, [(0, Some(401)), (0, None), (5, None)]);
        assert_eq!(segments.find(99).map(|segment| segment.number), Some(1));
        assert_eq!(segments.find(220).map(|segment| segment.number), None);
        assert_eq!(segments.find(250).map(|segment| segment.number), Some(4));
        let cut = segments.cut(150);
        assert_eq!(cut.iter().map(|segment| segment.number).collect::<Vec<_>>(), [4]);
        assert_eq!(segments.last_mut().map(|segment| segment.end), Some(150));
    }
}
