use crate::publish::first_byte;
use crate::{EncodeError, PacketId, PropertyId, ProtocolVersion, QoS, text, variable_integer};

/// What every receiver of a message gets alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishBody<'a> {
    /// A valid topic name: not empty, without wildcards and U+0000. Decoding gives such names;
    /// who makes one elsewhere has to check it, because only its length is checked here.
    pub topic: &'a str,
    /// Encoded properties, as [`crate::PublishProperties::forwarded`] gives them.
    pub properties: &'a [u8],
    /// The application message.
    pub payload: &'a [u8],
}

/// What differs between the receivers of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishHead<'a> {
    /// Whether it may have been sent before; not with QoS 0.
    pub dup: bool,
    /// The QoS of this delivery.
    pub qos: QoS,
    /// The retain flag of this delivery.
    pub retain: bool,
    /// Present exactly when the QoS is above 0.
    pub packet_id: Option<PacketId>,
    /// What is left of the Message Expiry Interval, in seconds [MQTT-3.3.2-6].
    pub message_expiry_interval_s: Option<u32>,
    /// Topic Alias.
    pub topic_alias: Option<TopicAlias>,
    /// Identifiers of the subscriptions that the message matches, each 1 to 268,435,455
    /// [MQTT-3.3.4-3].
    pub subscription_ids: &'a [u32],
}

/// A topic alias in an outgoing PUBLISH.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicAlias {
    /// 1 up to the Topic Alias Maximum of the receiver.
    pub alias: u16,
    /// Whether the topic name is sent too, which sets the alias.
    pub with_topic: bool,
}

/// Appends a PUBLISH; before MQTT 5.0 without any properties and always with the topic.
///
/// # Errors
///
/// What [`EncodeError`] says of head and body; nothing is appended then.
pub fn encode_publish(
    version: ProtocolVersion,
    head: &PublishHead<'_>,
    body: &PublishBody<'_>,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let lengths = Lengths::of(version, head, body);
    check(version, head, body, lengths)?;
    put(version, head, body, lengths, out);
    Ok(())
}

/// The length of the packet that [`encode_publish`] appends, in bytes, to be compared with the
/// Maximum Packet Size of the receiver.
pub fn encoded_publish_len(
    version: ProtocolVersion,
    head: &PublishHead<'_>,
    body: &PublishBody<'_>,
) -> usize {
    let remaining = Lengths::of(version, head, body).remaining;
    let length_len = u32::try_from(remaining).map_or(4, variable_integer::len);
    1 + length_len + remaining
}

/// The lengths that a PUBLISH says of itself, in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Lengths {
    /// All properties, without the length before them.
    pub(crate) properties: usize,
    /// All that follows the fixed header.
    pub(crate) remaining: usize,
}

impl Lengths {
    #[inline]
    pub(crate) fn of(
        version: ProtocolVersion,
        head: &PublishHead<'_>,
        body: &PublishBody<'_>,
    ) -> Self {
        let packet_id = if head.packet_id.is_some() { 2 } else { 0 };
        let topic = topic_on_wire(version, head, body).len();
        let mut remaining = 2 + topic + packet_id + body.payload.len();
        let mut properties = 0;
        if version.has_properties() {
            properties = body.properties.len() + own_properties_len(head);
            let length_len = u32::try_from(properties).map_or(4, variable_integer::len);
            remaining += length_len + properties;
        }
        Self { properties, remaining }
    }
}

fn own_properties_len(head: &PublishHead<'_>) -> usize {
    let expiry = if head.message_expiry_interval_s.is_some() { 5 } else { 0 };
    let alias = if head.topic_alias.is_some() { 3 } else { 0 };
    let ids: usize = head.subscription_ids.iter().map(|id| 1 + variable_integer::len(*id)).sum();
    expiry + alias + ids
}

#[inline]
pub(crate) fn topic_on_wire<'a>(
    version: ProtocolVersion,
    head: &PublishHead<'_>,
    body: &PublishBody<'a>,
) -> &'a str {
    match head.topic_alias {
        Some(TopicAlias { with_topic: false, .. }) if version.has_properties() => "",
        _ => body.topic,
    }
}

#[inline]
pub(crate) fn check(
    version: ProtocolVersion,
    head: &PublishHead<'_>,
    body: &PublishBody<'_>,
    lengths: Lengths,
) -> Result<(), EncodeError> {
    debug_assert!(text::check_topic_name(body.topic.as_bytes()).is_ok(), "a valid topic name");
    if head.qos.is_acknowledged() != head.packet_id.is_some() {
        return Err(EncodeError::PacketIdMismatch);
    }
    if head.dup && !head.qos.is_acknowledged() {
        return Err(EncodeError::DupWithoutAcknowledgement);
    }
    if body.topic.is_empty() {
        return Err(EncodeError::TopicNameInvalid);
    }
    if body.topic.len() > usize::from(u16::MAX) {
        return Err(EncodeError::FieldTooLong);
    }
    if lengths.remaining > variable_integer::MAX as usize {
        return Err(EncodeError::PacketTooLong);
    }
    if version.has_properties() {
        if head.topic_alias.is_some_and(|topic_alias| topic_alias.alias == 0) {
            return Err(EncodeError::PropertyValueInvalid(PropertyId::TopicAlias));
        }
        if head.subscription_ids.iter().any(|id| *id == 0 || *id > variable_integer::MAX) {
            return Err(EncodeError::PropertyValueInvalid(PropertyId::SubscriptionIdentifier));
        }
    }
    Ok(())
}

/// Appends a packet that was checked.
#[inline]
pub(crate) fn put(
    version: ProtocolVersion,
    head: &PublishHead<'_>,
    body: &PublishBody<'_>,
    lengths: Lengths,
    out: &mut Vec<u8>,
) {
    out.reserve(FIXED_HEADER_LEN_MAX + lengths.remaining);
    let topic = topic_on_wire(version, head, body);
    let first = first_byte(head.dup, head.qos, head.retain);
    let [high, low] = (topic.len() as u16).to_be_bytes();
    let length = variable_integer::encode(lengths.remaining as u32);
    match (variable_integer::len(lengths.remaining as u32), length) {
        (1, [a, ..]) => out.extend_from_slice(&[first, a, high, low]),
        (2, [a, b, ..]) => out.extend_from_slice(&[first, a, b, high, low]),
        (3, [a, b, c, _]) => out.extend_from_slice(&[first, a, b, c, high, low]),
        (_, [a, b, c, d]) => out.extend_from_slice(&[first, a, b, c, d, high, low]),
    }
    out.extend_from_slice(topic.as_bytes());
    if let Some(packet_id) = head.packet_id {
        out.extend_from_slice(&packet_id.get().to_be_bytes());
    }
    if version.has_properties() {
        variable_integer::put(out, lengths.properties as u32);
        put_own_properties(head, out);
        out.extend_from_slice(body.properties);
    }
    out.extend_from_slice(body.payload);
}

fn put_own_properties(head: &PublishHead<'_>, out: &mut Vec<u8>) {
    if let Some(expiry) = head.message_expiry_interval_s {
        out.push(PropertyId::MessageExpiryInterval.as_u8());
        out.extend_from_slice(&expiry.to_be_bytes());
    }
    if let Some(TopicAlias { alias, .. }) = head.topic_alias {
        out.push(PropertyId::TopicAlias.as_u8());
        out.extend_from_slice(&alias.to_be_bytes());
    }
    for id in head.subscription_ids {
        out.push(PropertyId::SubscriptionIdentifier.as_u8());
        variable_integer::put(out, *id);
    }
}

const FIXED_HEADER_LEN_MAX: usize = 5;
