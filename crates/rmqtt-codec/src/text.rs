//! The checks that strings of a packet pass (section 1.5.4) and topic names besides (section 4.7).
//!
//! Almost all strings are ASCII. Eight bytes at a time are looked at as one word, in which every
//! byte has to show a high bit after an addition that carries into it from any other value than
//! the unwanted one.

use std::str;

use crate::DecodeError;

/// The string in `bytes`: well-formed UTF-8 [MQTT-1.5.4-1], which excludes surrogates, and without
/// U+0000 [MQTT-1.5.4-2]. A byte order mark is an ordinary character [MQTT-1.5.4-3].
#[inline]
pub(crate) fn check_text(bytes: &[u8]) -> Result<&str, DecodeError> {
    if !all(bytes, is_ascii_text) && bytes.contains(&0) {
        return Err(DecodeError::TextContainsNull);
    }
    str::from_utf8(bytes).map_err(|_| DecodeError::TextMalformed)
}

/// Like [`check_text`], for who does not look at the string now, and does not pay for a `&str`.
#[inline]
pub(crate) fn check_text_unseen(bytes: &[u8]) -> Result<(), DecodeError> {
    if all(bytes, is_ascii_text) { Ok(()) } else { check_text(bytes).map(|_| ()) }
}

/// The topic name in `bytes`: a string without wildcards [MQTT-3.3.2-2]. It may be empty; who
/// calls knows whether that is allowed.
#[inline(always)]
pub(crate) fn check_topic_name(bytes: &[u8]) -> Result<&str, DecodeError> {
    if !all(bytes, is_ascii_topic) {
        check_other_topic_name(bytes)?;
    }
    str::from_utf8(bytes).map_err(|_| DecodeError::TextMalformed)
}

/// Finds out whether a topic name is wrong, or only not ASCII.
#[cold]
fn check_other_topic_name(bytes: &[u8]) -> Result<(), DecodeError> {
    if bytes.contains(&0) {
        return Err(DecodeError::TextContainsNull);
    }
    if str::from_utf8(bytes).is_ok() && bytes.iter().any(|byte| matches!(byte, b'+' | b'#')) {
        return Err(DecodeError::TopicNameInvalid);
    }
    Ok(())
}

/// Whether `good` sets the high bit of every byte of every word. Words overlap where the length
/// is no multiple of theirs; fewer than four bytes are filled up with what is always good.
#[inline]
fn all(bytes: &[u8], good: impl Fn(u64) -> u64) -> bool {
    let every = if let Some(last) = bytes.last_chunk() {
        let mut every = good(u64::from_le_bytes(*last));
        let mut rest = bytes;
        while let Some((word, after)) = rest.split_first_chunk() {
            every &= good(u64::from_le_bytes(*word));
            rest = after;
        }
        every
    } else if let (Some([a, b, c, d]), Some([e, f, g, h])) =
        (bytes.first_chunk(), bytes.last_chunk())
    {
        good(u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]))
    } else {
        let [a, b, c] = match *bytes {
            [a] => [a, b'x', b'x'],
            [a, b] => [a, b, b'x'],
            [a, b, c] => [a, b, c],
            _ => [b'x'; 3],
        };
        good(u64::from_le_bytes([a, b, c, b'x', b'x', b'x', b'x', b'x']))
    };
    every & HIGH_BITS == HIGH_BITS
}

const LOW_BITS: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = LOW_BITS << 7;
const PLUS_SIGNS: u64 = LOW_BITS * b'+' as u64;
/// The bit in which `+` and `#` differ.
const WILDCARD_BIT: u64 = LOW_BITS << 3;

/// High bits where a byte is ASCII and not zero; exact as long as all bytes are ASCII, and never
/// set in a byte that is not.
#[inline]
const fn is_ascii_text(word: u64) -> u64 {
    word.wrapping_add(!HIGH_BITS) & !word
}

/// The same, and not `#` (0x23) or `+` (0x2B) either, which differ in one bit.
#[inline]
const fn is_ascii_topic(word: u64) -> u64 {
    let zero_for_wildcard = (word | WILDCARD_BIT) ^ PLUS_SIGNS;
    is_ascii_text(word) & zero_for_wildcard.wrapping_add(!HIGH_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the specification says, one byte after the other.
    fn text_by_the_book(bytes: &[u8]) -> Result<&str, DecodeError> {
        if bytes.contains(&0) {
            return Err(DecodeError::TextContainsNull);
        }
        str::from_utf8(bytes).map_err(|_| DecodeError::TextMalformed)
    }

    fn topic_by_the_book(bytes: &[u8]) -> Result<&str, DecodeError> {
        match text_by_the_book(bytes)? {
            topic if topic.contains(['+', '#']) => Err(DecodeError::TopicNameInvalid),
            topic => Ok(topic),
        }
    }

    #[test]
    fn every_byte_at_every_place_of_every_short_length_is_judged_by_the_book() {
        for length in 0..=41 {
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    let mut bytes = vec![b'a'; length];
                    bytes[place] = byte;
                    // Half of a two-byte character follows, which makes some bytes well-formed.
                    for next in [b'a', 0x80, b'*', b'"', b'\n', 0x01, 0x7F] {
                        if let Some(slot) = bytes.get_mut(place + 1) {
                            *slot = next;
                        }
                        let text = text_by_the_book(&bytes);
                        assert_eq!(check_text(&bytes), text, "{bytes:x?}");
                        assert_eq!(check_text_unseen(&bytes), text.map(|_| ()), "{bytes:x?}");
                        assert_eq!(check_topic_name(&bytes), topic_by_the_book(&bytes));
                    }
                }
            }
        }
    }

    #[test]
    fn a_wrong_byte_beside_one_that_is_not_ascii_is_found() {
        for (topic, judgement) in [
            ("äöü/ß", Ok("äöü/ß")),
            ("ä#", Err(DecodeError::TopicNameInvalid)),
            ("+ä", Err(DecodeError::TopicNameInvalid)),
            ("\0ä+", Err(DecodeError::TextContainsNull)),
            ("aaaaaaaaaaaaä\0aaaaaaaaaa", Err(DecodeError::TextContainsNull)),
            ("aaaaaaaaaaaaä+aaaaaaaaaa", Err(DecodeError::TopicNameInvalid)),
        ] {
            assert_eq!(check_topic_name(topic.as_bytes()), judgement, "{topic:?}");
        }
    }
}
