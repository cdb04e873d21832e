use rmqtt_codec::{QoS, Will as WillPacket};
use rmqtt_message::{MessageId, MessageRef, Now, Sender, SenderKind, SessionId};

/// The Will of one connection: published when it ends in any way but a DISCONNECT with reason 0x00
/// `[MQTT-3.1.2-8]`, `[MQTT-3.14.4-3]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Will {
    /// The topic name.
    pub topic: Box<str>,
    /// The properties to hand on, encoded as in a PUBLISH.
    pub properties: Box<[u8]>,
    /// The application's bytes.
    pub payload: Box<[u8]>,
    /// The QoS to publish it with.
    pub qos: QoS,
    /// Whether it becomes a retained message.
    pub retain: bool,
    /// From the end of the connection to publishing, seconds.
    pub delay_interval_s: u32,
    /// Message Expiry Interval, seconds, from publishing on.
    pub message_expiry_interval_s: Option<u32>,
}

impl Will {
    /// An owned copy of what CONNECT carried.
    pub(crate) fn from_packet(will: &WillPacket<'_>) -> Self {
        let mut scratch = Vec::new();
        let properties = will.properties.forwarded(&mut scratch);
        Self {
            topic: will.topic.into(),
            properties: properties.into(),
            payload: will.payload.into(),
            qos: will.qos,
            retain: will.retain,
            delay_interval_s: will.delay_interval_s,
            message_expiry_interval_s: will.properties.message_expiry_interval_s,
        }
    }

    /// The Will as the message it becomes at `now`.
    #[must_use]
    pub fn message(&self, id: MessageId, publisher: SessionId, now: Now) -> MessageRef<'_> {
        let expiry_ms = self.message_expiry_interval_s.map(|s| u64::from(s) * 1000);
        MessageRef {
            id,
            publisher,
            sender: Sender { kind: SenderKind::Will, details: &[] },
            qos: self.qos,
            retain: self.retain,
            published_wall_ms: now.wall_ms,
            expires_wall_ms: expiry_ms.map(|ms| now.wall_ms.saturating_add(ms)),
            expiry_is_published: expiry_ms.is_some(),
            topic: &self.topic,
            properties: &self.properties,
            payload: &self.payload,
        }
    }
}
