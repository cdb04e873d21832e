//! Builders of what a client sends.
//!
//! A builder writes what it is told, also where that breaks the specification; what no builder can
//! express is written byte by byte with [`crate::wire::Writer`].

mod connect;
mod publish;
mod subscribe;

pub use connect::{Connect, Will};
pub use publish::Publish;
pub use subscribe::{Subscribe, Unsubscribe};

use crate::property::{Properties, Property};
use crate::version::Version;
use crate::wire::{Writer, packet};

/// The packet types that a client sends, as the high half of the first byte.
#[allow(missing_docs, reason = "the names are the specification's")]
pub mod kind {
    pub const CONNECT: u8 = 0x10;
    pub const PUBLISH: u8 = 0x30;
    pub const PUBACK: u8 = 0x40;
    pub const PUBREC: u8 = 0x50;
    /// With its reserved flags.
    pub const PUBREL: u8 = 0x62;
    pub const PUBCOMP: u8 = 0x70;
    /// With its reserved flags.
    pub const SUBSCRIBE: u8 = 0x82;
    /// With its reserved flags.
    pub const UNSUBSCRIBE: u8 = 0xA2;
    pub const PINGREQ: u8 = 0xC0;
    pub const DISCONNECT: u8 = 0xE0;
    pub const AUTH: u8 = 0xF0;
}

/// Something a client can send.
pub trait Request {
    /// The packet in this version of the protocol.
    fn bytes(&self, version: Version) -> Vec<u8>;
}

/// PINGREQ.
pub const PINGREQ: [u8; 2] = [kind::PINGREQ, 0];

/// A PUBACK, PUBREC, PUBREL or PUBCOMP in its short form: success.
pub fn acknowledge(first_byte: u8, packet_id: u16) -> Vec<u8> {
    packet(first_byte, &packet_id.to_be_bytes())
}

/// A PUBACK, PUBREC, PUBREL or PUBCOMP of MQTT 5 with a reason code.
pub fn acknowledge_with(first_byte: u8, packet_id: u16, reason: u8) -> Vec<u8> {
    Writer::new().two(packet_id).byte(reason).packet(first_byte)
}

/// DISCONNECT.
#[derive(Clone, Debug, Default)]
pub struct Disconnect {
    reason: u8,
    properties: Properties,
}

impl Disconnect {
    /// A DISCONNECT with a reason code, which 3.x does not write.
    pub fn new(reason: u8) -> Self {
        Self { reason, ..Self::default() }
    }

    /// Adds a property (MQTT 5).
    pub fn property(mut self, property: Property) -> Self {
        self.properties.0.push(property);
        self
    }
}

impl Request for Disconnect {
    fn bytes(&self, version: Version) -> Vec<u8> {
        if version.is_v5() {
            self.properties.write(Writer::new().byte(self.reason)).packet(kind::DISCONNECT)
        } else {
            packet(kind::DISCONNECT, &[])
        }
    }
}

/// AUTH (MQTT 5).
#[derive(Clone, Debug, Default)]
pub struct Auth {
    reason: u8,
    properties: Properties,
}

impl Auth {
    /// An AUTH with this reason code.
    pub fn new(reason: u8) -> Self {
        Self { reason, ..Self::default() }
    }

    /// Adds a property.
    pub fn property(mut self, property: Property) -> Self {
        self.properties.0.push(property);
        self
    }
}

impl Request for Auth {
    fn bytes(&self, _version: Version) -> Vec<u8> {
        self.properties.write(Writer::new().byte(self.reason)).packet(kind::AUTH)
    }
}
