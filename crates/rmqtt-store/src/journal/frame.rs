//! A frame is what the log consists of: what was committed together, behind a head that says where in
//! the log it stands and how far the log was synced when it was written.
//!
//! | bytes | field |
//! |---|---|
//! | 4 | `RqF1` |
//! | 4 | CRC-32C of the store's salt and of all that follows |
//! | 4 | length of the body |
//! | 8 | position of the frame in the log, exclusive-or the salt |
//! | 8 | position up to which the log was known to be synced |
//! | 1 | kind of the body |
//! | 1 | format version of its records |
//! | … | the rest of the body |

use rmqtt_message::RECORD_FORMAT_VERSION;

/// Bytes before the body.
pub(super) const HEAD_BYTES: usize = 28;
/// Bytes before what the body holds: the head, its kind and the format version of records.
pub(super) const CONTENT_AT: usize = HEAD_BYTES + 2;
const MAGIC: [u8; 4] = *b"RqF1";
/// Where the checksum begins to count.
const SUMMED_FROM: usize = 8;

/// What the body of a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Records, one after another.
    Records = 1,
    /// Records of messages that were moved here, each behind its place of birth and its length.
    Relocations = 2,
}

/// Records to be, none yet.
pub(super) fn empty_records() -> FrameBuf {
    FrameBuf::new(Kind::Records, RECORD_FORMAT_VERSION)
}

/// The head of a frame whose checksum is not looked at yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Bytes of head and body.
    pub(super) len: u64,
    /// The position up to which the log was synced.
    pub(super) synced: u64,
    sum: u32,
}

/// A frame to be, with room for its head.
#[derive(Debug)]
pub(super) struct FrameBuf {
    bytes: Vec<u8>,
}

impl FrameBuf {
    pub(super) fn new(kind: Kind, records_version: u8) -> Self {
        let mut bytes = vec![0; CONTENT_AT];
        bytes[HEAD_BYTES] = kind as u8;
        bytes[HEAD_BYTES + 1] = records_version;
        Self { bytes }
    }

    /// Forgets the content. Room beyond `kept_bytes` is given back.
    pub(super) fn clear(&mut self, kept_bytes: usize) {
        self.bytes.truncate(CONTENT_AT);
        self.bytes.shrink_to(kept_bytes);
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.len() == CONTENT_AT
    }

    /// Bytes of the content.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() - CONTENT_AT
    }

    /// Writes the head.
    pub(super) fn seal(&mut self, salt: u64, position: u64, synced: u64) {
        let body_len = u32::try_from(self.bytes.len() - HEAD_BYTES).expect("a group is bounded");
        self.bytes[..4].copy_from_slice(&MAGIC);
        self.bytes[8..12].copy_from_slice(&body_len.to_le_bytes());
        self.bytes[12..20].copy_from_slice(&(position ^ salt).to_le_bytes());
        self.bytes[20..28].copy_from_slice(&synced.to_le_bytes());
        let sum = sum(salt, &self.bytes[SUMMED_FROM..]);
        self.bytes[4..8].copy_from_slice(&sum.to_le_bytes());
    }

    /// The sealed frame.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Head {
    /// The head in these bytes, if it is one of a frame at this position.
    pub(super) fn read(bytes: &[u8], salt: u64, position: u64) -> Option<Self> {
        let head: &[u8; HEAD_BYTES] = bytes.first_chunk()?;
        let fixed = |from: usize| u64::from_le_bytes(head[from..from + 8].try_into().expect("8"));
        let word = |from: usize| u32::from_le_bytes(head[from..from + 4].try_into().expect("4"));
        let synced = fixed(20);
        let body_len = u64::from(word(8));
        let is_frame = head[..4] == MAGIC
            && fixed(12) == position ^ salt
            && synced <= position
            && body_len >= (CONTENT_AT - HEAD_BYTES) as u64;
        is_frame.then(|| Self { len: HEAD_BYTES as u64 + body_len, synced, sum: word(4) })
    }

    /// The position that a frame in these bytes says it has, whatever else is wrong with it.
    pub(super) fn claimed_position(bytes: &[u8], salt: u64) -> Option<u64> {
        let head: &[u8; HEAD_BYTES] = bytes.first_chunk()?;
        let position = u64::from_le_bytes(head[12..20].try_into().expect("8"));
        (head[..4] == MAGIC).then_some(position ^ salt)
    }

    /// Whether the frame, head and body, is the one that was written.
    pub(super) fn is_sound(&self, frame: &[u8], salt: u64) -> bool {
        frame.len() as u64 == self.len && sum(salt, &frame[SUMMED_FROM..]) == self.sum
    }
}

/// Where the next frame might begin, looking from `from` on.
pub(super) fn find_magic(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == MAGIC[0])?;
        if bytes[at..].starts_with(&MAGIC) {
            return Some(at);
        }
        at += 1;
    }
}

/// What a sound frame holds.
pub(super) fn body(frame: &[u8]) -> Option<(Kind, u8, &[u8])> {
    let (&[kind, version], content) = frame.get(HEAD_BYTES..)?.split_first_chunk()?;
    let kind = match kind {
        1 => Kind::Records,
        2 => Kind::Relocations,
        _ => return None,
    };
    Some((kind, version, content))
}

fn sum(salt: u64, bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&salt.to_le_bytes()), bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: u64 = 0x0123_4567_89AB_CDEF;

    fn frame(position: u64, synced: u64) -> Vec<u8> {
        let mut frame = FrameBuf::new(Kind::Records, 1);
        assert!(frame.is_empty());
        frame.push(b"hello");
        assert_eq!(frame.len(), 5);
        frame.seal(SALT, position, synced);
        frame.as_bytes().to_vec()
    }

    fn read(bytes: &[u8], position: u64) -> Option<Head> {
        Head::read(bytes, SALT, position).filter(|head| head.is_sound(bytes, SALT))
    }

    #[test]
    fn a_frame_is_read_at_its_place_only() {
        let bytes = frame(1_000, 900);
        let head = read(&bytes, 1_000).unwrap();
        assert_eq!((head.len, head.synced), (bytes.len() as u64, 900));
        assert_eq!(body(&bytes), Some((Kind::Records, 1, &b"hello"[..])));
        assert_eq!(read(&bytes, 999), None);
        assert_eq!(Head::read(&bytes, SALT + 1, 1_000), None);
        assert_eq!(Head::claimed_position(&bytes, SALT), Some(1_000));
    }

    #[test]
    fn no_changed_byte_goes_unnoticed() {
        let bytes = frame(5, 5);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert_eq!(read(&damaged, 5), None, "byte {at}");
            assert_eq!(read(&bytes[..at], 5), None, "cut at {at}");
        }
    }

    /// The bytes of a payload are a client's. Without the salt it cannot write a frame.
    #[test]
    fn a_frame_of_another_store_is_none_here() {
        let mut forged = FrameBuf::new(Kind::Records, 1);
        forged.push(b"x");
        forged.seal(0, 7, 7);
        assert_eq!(read(forged.as_bytes(), 7), None);
    }

    #[test]
    fn the_next_frame_is_found_among_other_bytes() {
        let mut bytes = b"RqFRqF".to_vec();
        bytes.extend_from_slice(&frame(6, 0));
        assert_eq!(find_magic(&bytes, 0), Some(6));
        assert_eq!(find_magic(&bytes, 7), None);
        assert_eq!(find_magic(&bytes, 900), None);
    }
}
