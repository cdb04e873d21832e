//! SUBSCRIBE and UNSUBSCRIBE.

use super::{Request, kind};
use crate::property::{Properties, Property, Variable};
use crate::version::Version;
use crate::wire::Writer;

/// SUBSCRIBE: filters with their options byte, in their order.
#[derive(Clone, Debug, Default)]
pub struct Subscribe {
    pub(crate) packet_id: Option<u16>,
    filters: Vec<(Vec<u8>, u8)>,
    properties: Properties,
}

impl Subscribe {
    /// The option bit No Local (MQTT 5).
    pub const NO_LOCAL: u8 = 0x04;
    /// The option bit Retain As Published (MQTT 5).
    pub const RETAIN_AS_PUBLISHED: u8 = 0x08;
    /// Retain Handling 1 (MQTT 5): retained messages only for a new subscription.
    pub const RETAINED_IF_NEW: u8 = 0x10;
    /// Retain Handling 2 (MQTT 5): no retained messages.
    pub const NO_RETAINED: u8 = 0x20;

    /// No filter yet, which is a protocol error if it stays so.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a filter, which need be neither UTF-8 nor valid, with its options byte: a QoS and the
    /// option bits.
    pub fn filter(mut self, filter: impl AsRef<[u8]>, options: u8) -> Self {
        self.filters.push((filter.as_ref().to_vec(), options));
        self
    }

    /// The packet identifier; the client chooses one by itself otherwise.
    pub fn id(mut self, packet_id: u16) -> Self {
        self.packet_id = Some(packet_id);
        self
    }

    /// The Subscription Identifier (MQTT 5).
    pub fn identifier(self, identifier: u32) -> Self {
        self.property(Property::SubscriptionIdentifier(Variable(identifier)))
    }

    /// Adds a property (MQTT 5; in 3.x it is not written).
    pub fn property(mut self, property: Property) -> Self {
        self.properties.0.push(property);
        self
    }
}

impl Request for Subscribe {
    fn bytes(&self, version: Version) -> Vec<u8> {
        let mut writer = Writer::new().two(self.packet_id.unwrap_or(1));
        if version.is_v5() {
            writer = self.properties.write(writer);
        }
        for (filter, options) in &self.filters {
            writer = writer.binary(filter).byte(*options);
        }
        writer.packet(kind::SUBSCRIBE)
    }
}

/// UNSUBSCRIBE: filters in their order.
#[derive(Clone, Debug, Default)]
pub struct Unsubscribe {
    pub(crate) packet_id: Option<u16>,
    filters: Vec<Vec<u8>>,
    properties: Properties,
}

impl Unsubscribe {
    /// No filter yet, which is a protocol error if it stays so.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a filter, which need be neither UTF-8 nor valid.
    pub fn filter(mut self, filter: impl AsRef<[u8]>) -> Self {
        self.filters.push(filter.as_ref().to_vec());
        self
    }

    /// The packet identifier; the client chooses one by itself otherwise.
    pub fn id(mut self, packet_id: u16) -> Self {
        self.packet_id = Some(packet_id);
        self
    }

    /// Adds a property (MQTT 5; in 3.x it is not written).
    pub fn property(mut self, property: Property) -> Self {
        self.properties.0.push(property);
        self
    }
}

impl Request for Unsubscribe {
    fn bytes(&self, version: Version) -> Vec<u8> {
        let mut writer = Writer::new().two(self.packet_id.unwrap_or(1));
        if version.is_v5() {
            writer = self.properties.write(writer);
        }
        for filter in &self.filters {
            writer = writer.binary(filter);
        }
        writer.packet(kind::UNSUBSCRIBE)
    }
}
