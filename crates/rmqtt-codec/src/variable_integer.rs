//! The variable byte integer (section 1.5.5): seven bits a byte, lowest first, at most four bytes.

use crate::DecodeError;

/// The greatest value that four bytes carry.
pub(crate) const MAX: u32 = 268_435_455;

/// The integer at the start of `input` and what follows it; none when its end has not arrived.
///
/// A longer form than necessary is refused [MQTT-1.5.5-1], in every version: MQTT 3.x computes
/// the length with an algorithm that never produces one.
#[inline]
pub(crate) fn split(input: &[u8]) -> Result<Option<(u32, &[u8])>, DecodeError> {
    match input {
        [first, rest @ ..] if *first < 0x80 => Ok(Some((u32::from(*first), rest))),
        [low, high, rest @ ..] if *high < 0x80 && *high > 0 => {
            Ok(Some((u32::from(*low & 0x7f) | u32::from(*high) << 7, rest)))
        }
        _ => split_long(input),
    }
}

fn split_long(input: &[u8]) -> Result<Option<(u32, &[u8])>, DecodeError> {
    let mut value = 0;
    let mut rest = input;
    for shift in [0, 7, 14, 21] {
        let Some((&byte, after)) = rest.split_first() else {
            return Ok(None);
        };
        rest = after;
        value |= u32::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            let shortest = byte != 0 || shift == 0;
            return if shortest {
                Ok(Some((value, rest)))
            } else {
                Err(DecodeError::VariableIntegerMalformed)
            };
        }
    }
    Err(DecodeError::VariableIntegerMalformed)
}

/// How many bytes the value takes, 1 to 4; the value is at most [`MAX`].
#[inline]
pub(crate) const fn len(value: u32) -> usize {
    match value {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        0x4000..0x20_0000 => 3,
        _ => 4,
    }
}

/// The encoded value, which is at most [`MAX`]; the first [`len`] bytes count.
#[inline]
pub(crate) const fn encode(value: u32) -> [u8; 4] {
    let [low, second, third, high] = [value, value >> 7, value >> 14, value >> 21];
    let mut bytes = [low as u8 | 0x80, second as u8 | 0x80, third as u8 | 0x80, high as u8 | 0x80];
    bytes[len(value) - 1] &= 0x7f;
    bytes
}

/// Appends the value, which is at most [`MAX`].
#[inline]
pub(crate) fn put(out: &mut Vec<u8>, value: u32) {
    if value < 0x80 {
        out.push(value as u8);
    } else {
        out.extend_from_slice(&encode(value)[..len(value)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_at_the_borders_of_the_lengths_are_read_as_written() {
        for (value, length) in [
            (0, 1),
            (127, 1),
            (128, 2),
            (16_383, 2),
            (16_384, 3),
            (2_097_151, 3),
            (2_097_152, 4),
            (MAX, 4),
        ] {
            let mut bytes = Vec::new();
            put(&mut bytes, value);
            assert_eq!(bytes.len(), length);
            assert_eq!(len(value), length);
            bytes.push(0xAA);
            assert_eq!(split(&bytes), Ok(Some((value, &[0xAA][..]))));
            bytes.truncate(length - 1);
            assert_eq!(split(&bytes), Ok(None));
        }
    }

    #[test]
    fn longer_forms_than_necessary_and_longer_than_four_bytes_are_malformed() {
        for bytes in [
            &[0x80, 0x00][..],
            &[0xFF, 0x00],
            &[0x80, 0x80, 0x00],
            &[0x80, 0x80, 0x80, 0x00],
            &[0x80, 0x80, 0x80, 0x80],
            &[0xFF, 0xFF, 0xFF, 0xFF, 0x01],
        ] {
            assert_eq!(split(bytes), Err(DecodeError::VariableIntegerMalformed), "{bytes:x?}");
        }
    }
}
