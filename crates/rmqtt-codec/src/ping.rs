use crate::{DecodeError, Frame, PacketType};

/// A whole PINGREQ packet.
pub const PINGREQ: [u8; 2] = [PacketType::PingReq.first_byte(), 0];

/// A whole PINGRESP packet.
pub const PINGRESP: [u8; 2] = [PacketType::PingResp.first_byte(), 0];

/// PINGREQ and PINGRESP have no content.
pub(crate) fn decode(frame: &Frame<'_>) -> Result<(), DecodeError> {
    if frame.body.is_empty() { Ok(()) } else { Err(DecodeError::TrailingBytes) }
}
