use crate::{DecodeError, PacketType, ProtocolVersion, variable_integer};

/// The greatest length that a fixed header announces for what follows it, in bytes.
pub const REMAINING_LENGTH_MAX: u32 = variable_integer::MAX;

/// A packet that is cut out of the stream and not read yet.
///
/// [`split_frame`] makes it and has judged the fixed header; one that is made otherwise is decoded
/// as if its flags were judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What the packet is.
    pub packet_type: PacketType,
    /// The lower four bits of the first byte.
    pub flags: u8,
    /// What follows the fixed header.
    pub body: &'a [u8],
    /// How many bytes the packet takes in the input, the fixed header included.
    pub wire_len: usize,
}

/// The DUP flag, in the flags of PUBLISH and, in MQTT 3.1, of the packets that are repeated.
pub(crate) const FLAG_DUP: u8 = 0b1000;

/// Cuts the first packet out of `input`; none when more bytes are needed.
///
/// `max_packet_size` counts the whole packet, in bytes. It is judged as soon as the fixed header
/// is there, and so are the packet type and its flags: a peer cannot make anyone wait for the
/// rest of a packet that will be refused. Flags are judged as far as no version allows them;
/// what depends on the version is left to the decoding of the packet.
///
/// # Errors
///
/// [`DecodeError::PacketTypeReserved`], [`DecodeError::FixedHeaderFlagsInvalid`],
/// [`DecodeError::PublishQosInvalid`], [`DecodeError::VariableIntegerMalformed`] and
/// [`DecodeError::PacketTooLarge`].
// Inlined into a read loop, the frame stays in registers.
#[inline(always)]
pub fn split_frame(input: &[u8], max_packet_size: u32) -> Result<Option<Frame<'_>>, DecodeError> {
    let Some((&first, after_first)) = input.split_first() else {
        return Ok(None);
    };
    let flags = first & 0x0f;
    let packet_type = PacketType::from_u8(first >> 4).ok_or(DecodeError::PacketTypeReserved)?;
    check_flags(packet_type, flags)?;
    let Some((length, rest)) = variable_integer::split(after_first)? else {
        return Ok(None);
    };
    let header_len = input.len() - rest.len();
    let wire_len = header_len + length as usize;
    if wire_len > max_packet_size as usize {
        return Err(DecodeError::PacketTooLarge);
    }
    let Some(body) = rest.get(..length as usize) else {
        return Ok(None);
    };
    Ok(Some(Frame { packet_type, flags, body, wire_len }))
}

impl Frame<'_> {
    /// Checks that the frame is what the caller decodes.
    #[inline]
    pub(crate) fn check_type(&self, expected: PacketType) -> Result<(), DecodeError> {
        if self.packet_type == expected { Ok(()) } else { Err(DecodeError::PacketTypeUnexpected) }
    }

    /// Checks the type and, for a packet that only MQTT 3.1 marks as repeated, that the DUP flag
    /// is not set in another version [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1].
    pub(crate) fn check_repeatable(
        &self,
        expected: PacketType,
        version: ProtocolVersion,
    ) -> Result<(), DecodeError> {
        self.check_type(expected)?;
        if self.flags & FLAG_DUP != 0 && version != ProtocolVersion::V31 {
            return Err(DecodeError::FixedHeaderFlagsInvalid);
        }
        Ok(())
    }
}

/// Refuses the flags that no version allows [MQTT-2.1.3-1].
#[inline]
fn check_flags(packet_type: PacketType, flags: u8) -> Result<(), DecodeError> {
    if packet_type == PacketType::Publish {
        // [MQTT-3.3.1-4]
        let both_bits = flags & QOS_BITS == QOS_BITS;
        return if both_bits { Err(DecodeError::PublishQosInvalid) } else { Ok(()) };
    }
    // MQTT 3.1 sends PUBREL, SUBSCRIBE and UNSUBSCRIBE with QoS 1 and marks them as repeated like
    // a PUBLISH.
    let fixed = packet_type.fixed_flags();
    if flags == fixed || fixed != 0 && flags == fixed | FLAG_DUP {
        Ok(())
    } else {
        Err(DecodeError::FixedHeaderFlagsInvalid)
    }
}

const QOS_BITS: u8 = 0b0110;
