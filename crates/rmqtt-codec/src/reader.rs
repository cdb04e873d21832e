use crate::property::ValueKind;
use crate::{DecodeError, PacketId, PacketType, PropertyId, ReasonCode, text, variable_integer};

/// Takes fields from the front of a slice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    #[inline]
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, DecodeError> {
        let (&value, rest) = self.rest.split_first().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(value)
    }

    #[inline]
    pub(crate) fn two_bytes(&mut self) -> Result<u16, DecodeError> {
        let (value, rest) = self.rest.split_first_chunk().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(u16::from_be_bytes(*value))
    }

    #[inline]
    pub(crate) fn four_bytes(&mut self) -> Result<u32, DecodeError> {
        let (value, rest) = self.rest.split_first_chunk().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(u32::from_be_bytes(*value))
    }

    #[inline]
    pub(crate) fn variable_integer(&mut self) -> Result<u32, DecodeError> {
        let (value, rest) = variable_integer::split(self.rest)?.ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(value)
    }

    #[inline]
    pub(crate) fn packet_id(&mut self) -> Result<PacketId, DecodeError> {
        PacketId::new(self.two_bytes()?).ok_or(DecodeError::PacketIdZero)
    }

    /// A reason code that this packet type may carry.
    pub(crate) fn reason_code(
        &mut self,
        packet_type: PacketType,
    ) -> Result<ReasonCode, DecodeError> {
        ReasonCode::from_u8(self.byte()?)
            .filter(|code| code.is_allowed_in(packet_type))
            .ok_or(DecodeError::ReasonCodeInvalid)
    }

    #[inline]
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Bytes behind a length of two bytes (section 1.5.6).
    #[inline]
    pub(crate) fn binary(&mut self) -> Result<&'a [u8], DecodeError> {
        let count = self.two_bytes()?;
        self.take(usize::from(count))
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, DecodeError> {
        text::check_text(self.binary()?)
    }

    /// A string that is checked and not looked at.
    pub(crate) fn text_unseen(&mut self) -> Result<(), DecodeError> {
        text::check_text_unseen(self.binary()?)
    }

    /// A topic name; it may be empty.
    #[inline(always)]
    pub(crate) fn topic_name(&mut self) -> Result<&'a str, DecodeError> {
        text::check_topic_name(self.binary()?)
    }

    /// A topic name that says something [MQTT-4.7.3-1].
    pub(crate) fn topic_name_not_empty(&mut self) -> Result<&'a str, DecodeError> {
        match self.topic_name()? {
            "" => Err(DecodeError::TopicNameInvalid),
            topic => Ok(topic),
        }
    }

    /// Passes over the value of a property whose bytes were validated before, or checks that it is
    /// there at all.
    pub(crate) fn skip_value(&mut self, id: PropertyId) -> Result<(), DecodeError> {
        match id.value_kind() {
            ValueKind::Byte => self.take(1)?,
            ValueKind::TwoBytes => self.take(2)?,
            ValueKind::FourBytes => self.take(4)?,
            ValueKind::VariableInteger => return self.variable_integer().map(|_| ()),
            ValueKind::Text | ValueKind::Binary => self.binary()?,
            ValueKind::TextPair => {
                self.binary()?;
                self.binary()?
            }
        };
        Ok(())
    }

    /// What was not taken yet.
    #[inline]
    pub(crate) const fn rest(self) -> &'a [u8] {
        self.rest
    }

    #[inline]
    pub(crate) const fn is_empty(self) -> bool {
        self.rest.is_empty()
    }

    /// Checks that everything was taken.
    pub(crate) const fn finish(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DecodeError::TrailingBytes) }
    }
}
