use std::fmt;

use crate::{DecodeError, EncodeError, PacketType, ProtocolVersion, ReasonCode};

/// The reason codes of a SUBACK or UNSUBACK, one for each topic filter, in its order
/// [MQTT-3.9.3-1] [MQTT-3.11.3-1].
#[derive(Clone, Copy, Default)]
pub struct ReasonCodes<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    /// Validated bytes.
    Encoded(&'a [u8]),
    Values(&'a [ReasonCode]),
}

impl<'a> ReasonCodes<'a> {
    /// The codes in the slice; they are judged when they are encoded.
    pub const fn new(codes: &'a [ReasonCode]) -> Self {
        Self(Source::Values(codes))
    }

    /// No reason code, as in an UNSUBACK before MQTT 5.0.
    pub const EMPTY: Self = Self(Source::Values(&[]));

    /// Validates the payload of a packet of this type.
    pub(crate) fn decode(
        bytes: &'a [u8],
        packet_type: PacketType,
        version: ProtocolVersion,
    ) -> Result<Self, DecodeError> {
        if bytes.is_empty() {
            return Err(DecodeError::ReasonCodesMissing);
        }
        let allowed = |byte: &u8| match version {
            ProtocolVersion::V5 => {
                ReasonCode::from_u8(*byte).is_some_and(|code| code.is_allowed_in(packet_type))
            }
            // [MQTT-3.1.1: 3.9.3-2]; MQTT 3.1 does not know 0x80, but servers send it.
            ProtocolVersion::V31 | ProtocolVersion::V311 => matches!(byte, 0..=2 | 0x80),
        };
        if !bytes.iter().all(allowed) {
            return Err(DecodeError::ReasonCodeInvalid);
        }
        Ok(Self(Source::Encoded(bytes)))
    }

    /// How many there are.
    pub const fn len(self) -> usize {
        match self.0 {
            Source::Encoded(bytes) => bytes.len(),
            Source::Values(values) => values.len(),
        }
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The codes, in order.
    pub fn iter(self) -> impl ExactSizeIterator<Item = ReasonCode> {
        (0..self.len()).map(move |index| match self.0 {
            // The bytes were validated when they were decoded.
            Source::Encoded(bytes) => {
                ReasonCode::from_u8(bytes[index]).unwrap_or(ReasonCode::UnspecifiedError)
            }
            Source::Values(values) => values[index],
        })
    }

    /// Appends the codes of a packet of this type.
    pub(crate) fn encode(
        self,
        packet_type: PacketType,
        version: ProtocolVersion,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        if self.is_empty() {
            return Err(EncodeError::ReasonCodesMissing);
        }
        for code in self.iter() {
            if !code.is_allowed_in(packet_type) {
                return Err(EncodeError::ReasonCodeNotAllowed);
            }
            out.push(if version.has_properties() {
                code.as_u8()
            } else {
                code.suback_return_code_v3()
            });
        }
        Ok(())
    }
}

impl Default for Source<'_> {
    fn default() -> Self {
        Self::Values(&[])
    }
}

/// Equal when the codes are equal, wherever they lie.
impl PartialEq for ReasonCodes<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for ReasonCodes<'_> {}

impl fmt::Debug for ReasonCodes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
