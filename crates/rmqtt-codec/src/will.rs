use crate::property_writer::PropertyWriter;
use crate::reader::Reader;
use crate::{
    DecodeError, EncodeError, PropertyId, ProtocolVersion, PublishProperties, QoS, writer,
};

/// The message that a CONNECT leaves for the case that its connection ends without DISCONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Will<'a> {
    /// How surely the message is delivered.
    pub qos: QoS,
    /// Whether it becomes the retained message of its topic.
    pub retain: bool,
    /// The topic name: not empty, without wildcards.
    pub topic: &'a str,
    /// The message; may be empty.
    pub payload: &'a [u8],
    /// Will Delay Interval, in seconds; 0 when absent [MQTT-3.1.3-9].
    pub delay_interval_s: u32,
    /// The properties that the message will have; empty before MQTT 5.0.
    pub properties: PublishProperties<'a>,
}

impl<'a> Will<'a> {
    /// Takes properties, topic and payload [MQTT-3.1.3-1] [MQTT-3.1.3-11].
    pub(crate) fn take_from(
        packet: &mut Reader<'a>,
        version: ProtocolVersion,
        qos: QoS,
        retain: bool,
    ) -> Result<Self, DecodeError> {
        let mut properties = PublishProperties::default();
        let mut delay_interval_s = None;
        if version.has_properties() {
            delay_interval_s = properties.take_from_will(packet)?;
        }
        let topic = packet.topic_name_not_empty()?;
        let payload = packet.binary()?;
        Ok(Self {
            qos,
            retain,
            topic,
            payload,
            delay_interval_s: delay_interval_s.unwrap_or(0),
            properties,
        })
    }

    /// Checks the payload against the Payload Format Indicator, which a server may do (section
    /// 3.1.3.2.3).
    ///
    /// # Errors
    ///
    /// [`DecodeError::PayloadFormatInvalid`].
    pub fn check_payload_format(&self) -> Result<(), DecodeError> {
        self.properties.check_payload_format(self.payload)
    }

    pub(crate) fn encode(
        &self,
        version: ProtocolVersion,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        if version.has_properties() {
            writer::put_with_length(out, |out| {
                let delay = Some(self.delay_interval_s).filter(|delay| *delay > 0);
                PropertyWriter::new(out).four_bytes(PropertyId::WillDelayInterval, delay);
                self.properties.encode_for_will(out)
            })?;
        }
        writer::put_topic_name_not_empty(out, self.topic)?;
        writer::put_binary(out, self.payload)
    }
}
