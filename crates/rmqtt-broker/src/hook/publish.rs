use core::fmt;

use rmqtt_codec::{
    DecodeError, EncodeError, PublishProperties, QoS, UserProperties, UserPropertiesBuf,
};
use rmqtt_message::MessageRef;

/// A publication that somebody may change before it is routed.
#[derive(Clone, PartialEq, Eq)]
pub struct Publish {
    /// The topic name.
    pub topic: String,
    /// The QoS.
    pub qos: QoS,
    /// The RETAIN flag.
    pub retain: bool,
    /// The application's bytes.
    pub payload: Vec<u8>,
    /// Message Expiry Interval, seconds.
    pub message_expiry_interval_s: Option<u32>,
    /// From `$delayed/…`: when it is published, seconds from now.
    pub delay_s: Option<u32>,
    /// What is handed on beside that, encoded.
    properties: Vec<u8>,
}

/// Why a changed publication cannot be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidPublish {
    /// The topic is no topic name, or one that only the broker uses.
    Topic,
}

impl Publish {
    /// A publication with nothing but this.
    #[must_use]
    pub fn new(topic: impl Into<String>, qos: QoS, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            topic: topic.into(),
            qos,
            retain: false,
            payload: payload.into(),
            message_expiry_interval_s: None,
            delay_s: None,
            properties: Vec::new(),
        }
    }

    /// A copy of a message, to be changed.
    #[must_use]
    pub fn of(message: &MessageRef<'_>, delay_s: Option<u32>) -> Self {
        let start_ms = message.published_wall_ms + u64::from(delay_s.unwrap_or(0)) * 1000;
        let published = message.expires_wall_ms.filter(|_| message.expiry_is_published);
        let expiry_s = published.map(|expires| expires.saturating_sub(start_ms).div_ceil(1000));
        Self {
            topic: message.topic.to_owned(),
            qos: message.qos,
            retain: message.retain,
            payload: message.payload.to_vec(),
            message_expiry_interval_s: expiry_s.map(|s| u32::try_from(s).unwrap_or(u32::MAX)),
            delay_s,
            properties: message.properties.to_vec(),
        }
    }

    /// The properties that are handed on.
    ///
    /// # Errors
    /// Never for those of a packet that was decoded.
    pub fn properties(&self) -> Result<PublishProperties<'_>, DecodeError> {
        PublishProperties::from_forwarded(&self.properties)
    }

    /// Sets the properties that are handed on: all of `properties` but expiry, alias and subscription
    /// identifiers.
    ///
    /// # Errors
    /// A text or a block is longer than a packet holds.
    pub fn set_properties(
        &mut self,
        properties: &PublishProperties<'_>,
    ) -> Result<(), EncodeError> {
        let mut encoded = Vec::new();
        properties.encode_forwarded(&mut encoded)?;
        self.properties = encoded;
        Ok(())
    }

    /// Adds a User Property behind those that are there.
    ///
    /// # Errors
    /// A text that is too long or holds a null.
    pub fn add_user_property(&mut self, name: &str, value: &str) -> Result<(), EncodeError> {
        let mut added = UserPropertiesBuf::new();
        added.push(name, value)?;
        self.properties.extend_from_slice(added.as_bytes());
        Ok(())
    }

    /// The User Properties.
    #[must_use]
    pub fn user_properties(&self) -> UserProperties<'_> {
        self.properties().map_or(UserProperties::EMPTY, |properties| properties.user_properties)
    }

    /// The encoded properties.
    #[must_use]
    pub fn encoded_properties(&self) -> &[u8] {
        &self.properties
    }

    /// Whether it can be published.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self) -> Result<(), InvalidPublish> {
        let reserved = self.topic == "$SYS" || self.topic.starts_with("$SYS/");
        if reserved || rmqtt_topic::check_topic_name(&self.topic).is_err() {
            return Err(InvalidPublish::Topic);
        }
        Ok(())
    }
}

impl fmt::Debug for Publish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The payload and the properties are the client's: only their sizes are shown.
        f.debug_struct("Publish")
            .field("topic", &self.topic)
            .field("qos", &self.qos)
            .field("retain", &self.retain)
            .field("payload_bytes", &self.payload.len())
            .field("message_expiry_interval_s", &self.message_expiry_interval_s)
            .field("delay_s", &self.delay_s)
            .field("properties_bytes", &self.properties.len())
            .finish()
    }
}
