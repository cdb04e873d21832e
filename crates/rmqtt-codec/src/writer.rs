//! Appends packets and their fields; the property blocks are in `property_writer`.

use crate::{EncodeError, text, variable_integer};

/// Appends a packet: its first byte, the length of what `content` appends, and that.
///
/// On an error `out` is as before.
pub(crate) fn put_packet(
    out: &mut Vec<u8>,
    first_byte: u8,
    content: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let start = out.len();
    out.push(first_byte);
    put_with_length(out, content).inspect_err(|_| out.truncate(start))
}

/// Appends the length of what `content` appends, as a variable byte integer, and that.
///
/// One byte is kept for the length, which is enough for almost all packets but PUBLISH; longer
/// content is moved.
pub(crate) fn put_with_length(
    out: &mut Vec<u8>,
    content: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let length_at = out.len();
    out.push(0);
    content(out)?;
    let length = u32::try_from(out.len() - length_at - 1)
        .ok()
        .filter(|length| *length <= variable_integer::MAX)
        .ok_or(EncodeError::PacketTooLong)?;
    let encoded = variable_integer::encode(length);
    let encoded = &encoded[..variable_integer::len(length)];
    out.splice(length_at..=length_at, encoded.iter().copied());
    Ok(())
}

pub(crate) fn put_two_bytes(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_be_bytes());
}

pub(crate) fn put_four_bytes(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_be_bytes());
}

pub(crate) fn put_binary(out: &mut Vec<u8>, value: &[u8]) -> Result<(), EncodeError> {
    let length = u16::try_from(value.len()).map_err(|_| EncodeError::FieldTooLong)?;
    put_two_bytes(out, length);
    out.extend_from_slice(value);
    Ok(())
}

pub(crate) fn put_text(out: &mut Vec<u8>, value: &str) -> Result<(), EncodeError> {
    if value.as_bytes().contains(&0) {
        return Err(EncodeError::TextContainsNull);
    }
    put_binary(out, value.as_bytes())
}

/// Appends a topic name, which may be empty.
pub(crate) fn put_topic_name(out: &mut Vec<u8>, value: &str) -> Result<(), EncodeError> {
    text::check_topic_name(value.as_bytes()).map_err(|_| EncodeError::TopicNameInvalid)?;
    put_binary(out, value.as_bytes())
}

/// Appends a topic name that says something.
pub(crate) fn put_topic_name_not_empty(out: &mut Vec<u8>, value: &str) -> Result<(), EncodeError> {
    if value.is_empty() {
        return Err(EncodeError::TopicNameInvalid);
    }
    put_topic_name(out, value)
}
