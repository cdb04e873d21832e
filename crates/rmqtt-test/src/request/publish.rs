//! PUBLISH.

use super::{Request, kind};
use crate::property::{Properties, Property};
use crate::version::Version;
use crate::wire::Writer;

/// PUBLISH: QoS 0, not retained and without a packet identifier by default.
#[derive(Clone, Debug)]
pub struct Publish {
    topic: Vec<u8>,
    payload: Vec<u8>,
    pub(crate) qos: u8,
    retain: bool,
    dup: bool,
    pub(crate) packet_id: Option<u16>,
    properties: Properties,
}

impl Publish {
    /// A message for this topic, which need be neither UTF-8 nor a valid topic name.
    pub fn new(topic: impl AsRef<[u8]>, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            topic: topic.as_ref().to_vec(),
            payload: payload.into(),
            qos: 0,
            retain: false,
            dup: false,
            packet_id: None,
            properties: Properties::default(),
        }
    }

    /// The QoS; 3 is malformed.
    pub fn qos(mut self, qos: u8) -> Self {
        self.qos = qos;
        self
    }

    /// The packet identifier, written whatever the QoS is.
    pub fn id(mut self, packet_id: u16) -> Self {
        self.packet_id = Some(packet_id);
        self
    }

    /// Sets RETAIN.
    pub fn retain(mut self) -> Self {
        self.retain = true;
        self
    }

    /// Sets DUP.
    pub fn dup(mut self) -> Self {
        self.dup = true;
        self
    }

    /// Adds a property (MQTT 5; in 3.x it is not written).
    pub fn property(mut self, property: Property) -> Self {
        self.properties.0.push(property);
        self
    }
}

impl Request for Publish {
    fn bytes(&self, version: Version) -> Vec<u8> {
        let first_byte =
            kind::PUBLISH | (u8::from(self.dup) << 3) | (self.qos << 1) | u8::from(self.retain);
        let mut writer = Writer::new().binary(&self.topic);
        if let Some(packet_id) = self.packet_id {
            writer = writer.two(packet_id);
        }
        if version.is_v5() {
            writer = self.properties.write(writer);
        }
        writer.raw(&self.payload).packet(first_byte)
    }
}
