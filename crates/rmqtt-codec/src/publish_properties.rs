use crate::property_reader::{Occurrences, PropertyReader};
use crate::property_writer::PropertyWriter;
use crate::reader::Reader;
use crate::{DecodeError, EncodeError, PropertyId, SubscriptionIds, UserProperties};

/// The properties of a PUBLISH, or those of a will that its message will have.
///
/// A value that was decoded remembers its encoded form for [`Self::forwarded`]; changing a field
/// afterwards does not change that form. One that is made from [`Self::default`] has none.
#[derive(Clone, Copy, Debug, Default)]
pub struct PublishProperties<'a> {
    /// Payload Format Indicator: whether the payload is UTF-8 text.
    pub payload_format_utf8: Option<bool>,
    /// Message Expiry Interval, in seconds.
    pub message_expiry_interval_s: Option<u32>,
    /// Topic Alias, 1 to 65,535; never in a will.
    pub topic_alias: Option<u16>,
    /// Response Topic: a valid topic name [MQTT-3.3.2-14].
    pub response_topic: Option<&'a str>,
    /// Correlation Data.
    pub correlation_data: Option<&'a [u8]>,
    /// Content Type.
    pub content_type: Option<&'a str>,
    /// Subscription Identifiers; never in a will. A client may not send any [MQTT-3.3.4-6], which
    /// the session judges.
    pub subscription_ids: SubscriptionIds<'a>,
    /// User Properties.
    pub user_properties: UserProperties<'a>,
    source: Source<'a>,
}

/// Where the forwarded properties come from.
#[derive(Clone, Copy, Debug, Default)]
enum Source<'a> {
    /// The fields; the value was not decoded.
    #[default]
    Fields,
    /// The whole property block.
    Block(&'a [u8]),
    /// The property block without the properties that are not forwarded.
    PartOfBlock(&'a [u8]),
}

impl<'a> PublishProperties<'a> {
    /// Takes the property block of a PUBLISH, into properties that are empty so far.
    #[inline]
    pub(crate) fn take_from(&mut self, packet: &mut Reader<'a>) -> Result<(), DecodeError> {
        let length = packet.variable_integer()?;
        let block = packet.take(length as usize)?;
        if block.is_empty() {
            self.source = Source::Block(block);
            return Ok(());
        }
        self.read(PropertyReader::new(block))
    }

    /// Reads what [`Self::forwarded`] gave.
    ///
    /// # Errors
    ///
    /// Bytes that it never gives.
    pub fn from_forwarded(block: &'a [u8]) -> Result<Self, DecodeError> {
        let mut properties = Self::default();
        properties.read(PropertyReader::new(block))?;
        Ok(properties)
    }

    fn read(&mut self, mut block: PropertyReader<'a>) -> Result<(), DecodeError> {
        let mut subscription_ids = Occurrences::NONE;
        let mut only_forwarded = true;
        while let Some(id) = block.next()? {
            only_forwarded &= is_forwarded(id);
            match id {
                PropertyId::TopicAlias => {
                    block.two_bytes(&mut self.topic_alias)?;
                    // [MQTT-3.3.2-8]
                    if self.topic_alias == Some(0) {
                        return Err(DecodeError::TopicAliasZero);
                    }
                }
                PropertyId::SubscriptionIdentifier => {
                    block.subscription_id()?;
                    block.add_to(&mut subscription_ids);
                }
                id => self.take_common(id, &mut block)?,
            }
        }
        self.subscription_ids = SubscriptionIds::from_block(block.block(), subscription_ids);
        self.finish(&block, only_forwarded);
        Ok(())
    }

    /// Takes the property block of a will, into properties that are empty so far, and gives the
    /// Will Delay Interval, if there is one.
    pub(crate) fn take_from_will(
        &mut self,
        packet: &mut Reader<'a>,
    ) -> Result<Option<u32>, DecodeError> {
        let mut block = PropertyReader::take_from(packet)?;
        let mut delay_interval_s = None;
        let mut only_forwarded = true;
        while let Some(id) = block.next()? {
            only_forwarded &= is_forwarded(id);
            match id {
                PropertyId::WillDelayInterval => block.four_bytes(&mut delay_interval_s)?,
                id => self.take_common(id, &mut block)?,
            }
        }
        self.finish(&block, only_forwarded);
        Ok(delay_interval_s)
    }

    /// The properties that a server hands on unaltered, encoded, in their order, without a length
    /// before them: all but Message Expiry Interval, Topic Alias, Subscription Identifier and Will
    /// Delay Interval [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17]
    /// [MQTT-3.3.2-18] [MQTT-3.3.2-20].
    ///
    /// Borrows the packet when nothing has to be left out, and `scratch`, which is overwritten,
    /// otherwise. A value that was not decoded is encoded as [`Self::encode_forwarded`] does, or
    /// gives nothing where that fails.
    pub fn forwarded<'s>(&self, scratch: &'s mut Vec<u8>) -> &'s [u8]
    where
        'a: 's,
    {
        scratch.clear();
        match self.source {
            Source::Block(block) => return block,
            Source::PartOfBlock(block) => copy_forwarded(block, scratch),
            Source::Fields => {
                if self.encode_forwarded(scratch).is_err() {
                    scratch.clear();
                }
            }
        }
        scratch
    }

    /// Appends the properties that [`Self::forwarded`] names, from the fields.
    ///
    /// # Errors
    ///
    /// What [`EncodeError`] says of the fields; `out` may end in a part of the properties then.
    pub fn encode_forwarded(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut writer = PropertyWriter::new(out);
        writer.flag(PropertyId::PayloadFormatIndicator, self.payload_format_utf8);
        writer.text(PropertyId::ContentType, self.content_type)?;
        writer.topic_name(PropertyId::ResponseTopic, self.response_topic)?;
        writer.binary(PropertyId::CorrelationData, self.correlation_data)?;
        writer.user_properties(self.user_properties)
    }

    pub(crate) fn check_payload_format(&self, payload: &[u8]) -> Result<(), DecodeError> {
        if self.payload_format_utf8 == Some(true) && std::str::from_utf8(payload).is_err() {
            return Err(DecodeError::PayloadFormatInvalid);
        }
        Ok(())
    }

    /// Appends all properties, from the fields, without a length before them.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut writer = PropertyWriter::new(out);
        writer.four_bytes(PropertyId::MessageExpiryInterval, self.message_expiry_interval_s);
        writer.two_bytes_not_zero(PropertyId::TopicAlias, self.topic_alias)?;
        self.subscription_ids.encode(out)?;
        self.encode_forwarded(out)
    }

    /// Appends the properties that a will may have too, from the fields, without a length before
    /// them.
    pub(crate) fn encode_for_will(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if self.topic_alias.is_some() {
            return Err(EncodeError::PropertyValueInvalid(PropertyId::TopicAlias));
        }
        if !self.subscription_ids.is_empty() {
            return Err(EncodeError::PropertyValueInvalid(PropertyId::SubscriptionIdentifier));
        }
        let mut writer = PropertyWriter::new(out);
        writer.four_bytes(PropertyId::MessageExpiryInterval, self.message_expiry_interval_s);
        self.encode_forwarded(out)
    }

    /// Takes a property that PUBLISH and will have in common.
    fn take_common(
        &mut self,
        id: PropertyId,
        block: &mut PropertyReader<'a>,
    ) -> Result<(), DecodeError> {
        match id {
            PropertyId::PayloadFormatIndicator => block.flag(&mut self.payload_format_utf8),
            PropertyId::MessageExpiryInterval => {
                block.four_bytes(&mut self.message_expiry_interval_s)
            }
            PropertyId::ResponseTopic => block.topic_name(&mut self.response_topic),
            PropertyId::CorrelationData => block.binary(&mut self.correlation_data),
            PropertyId::ContentType => block.text(&mut self.content_type),
            PropertyId::UserProperty => block.user_property(),
            _ => Err(block.not_allowed()),
        }
    }

    fn finish(&mut self, block: &PropertyReader<'a>, only_forwarded: bool) {
        self.user_properties = block.user_properties();
        self.source = if only_forwarded {
            Source::Block(block.block())
        } else {
            Source::PartOfBlock(block.block())
        };
    }
}

/// Equal when the fields are equal, however they were encoded.
impl PartialEq for PublishProperties<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.payload_format_utf8 == other.payload_format_utf8
            && self.message_expiry_interval_s == other.message_expiry_interval_s
            && self.topic_alias == other.topic_alias
            && self.response_topic == other.response_topic
            && self.correlation_data == other.correlation_data
            && self.content_type == other.content_type
            && self.subscription_ids == other.subscription_ids
            && self.user_properties == other.user_properties
    }
}

impl Eq for PublishProperties<'_> {}

const fn is_forwarded(id: PropertyId) -> bool {
    !matches!(
        id,
        PropertyId::MessageExpiryInterval
            | PropertyId::TopicAlias
            | PropertyId::SubscriptionIdentifier
            | PropertyId::WillDelayInterval
    )
}

/// Copies the forwarded properties of a block that was validated before.
fn copy_forwarded(block: &[u8], out: &mut Vec<u8>) {
    let mut rest = Reader::new(block);
    while !rest.is_empty() {
        let before = rest.rest();
        let Some(id) = rest.byte().ok().and_then(PropertyId::from_u8) else {
            return;
        };
        if rest.skip_value(id).is_err() {
            return;
        }
        if is_forwarded(id) {
            out.extend_from_slice(&before[..before.len() - rest.rest().len()]);
        }
    }
}
