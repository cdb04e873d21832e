//! CONNECT and the will in it.

use super::{Request, kind};
use crate::property::{Properties, Property};
use crate::version::Version;
use crate::wire::Writer;

const CLEAN: u8 = 0x02;
const WILL: u8 = 0x04;
const WILL_RETAIN: u8 = 0x20;
const PASSWORD: u8 = 0x40;
const USER_NAME: u8 = 0x80;

/// CONNECT: by default a clean session (clean start) and a keep-alive of 60 seconds.
#[derive(Clone, Debug)]
pub struct Connect {
    /// The version that is spoken after this packet.
    pub version: Version,
    client_id: String,
    protocol_name: Vec<u8>,
    level: u8,
    clean: bool,
    keep_alive_s: u16,
    will: Option<Will>,
    user_name: Option<Vec<u8>>,
    password: Option<Vec<u8>>,
    pub(crate) properties: Properties,
    flags_changed: u8,
}

impl Connect {
    /// A CONNECT of this client.
    pub fn new(version: Version, client_id: &str) -> Self {
        Self {
            version,
            client_id: client_id.to_owned(),
            protocol_name: version.protocol_name().into(),
            level: version.level(),
            clean: true,
            keep_alive_s: 60,
            will: None,
            user_name: None,
            password: None,
            properties: Properties::default(),
            flags_changed: 0,
        }
    }

    /// A CONNECT whose session outlives the connection: clean session 0, or in MQTT 5 clean start 0
    /// and a Session Expiry Interval of five minutes.
    pub fn persistent(version: Version, client_id: &str) -> Self {
        let connect = Self::new(version, client_id).clean(false);
        if version.is_v5() { connect.session_expiry(300) } else { connect }
    }

    /// Clean Session (3.x) or Clean Start.
    pub fn clean(mut self, clean: bool) -> Self {
        self.clean = clean;
        self
    }

    /// Session Expiry Interval in seconds (MQTT 5).
    pub fn session_expiry(self, seconds: u32) -> Self {
        self.property(Property::SessionExpiryInterval(seconds))
    }

    /// Keep Alive in seconds.
    pub fn keep_alive(mut self, seconds: u16) -> Self {
        self.keep_alive_s = seconds;
        self
    }

    /// The will.
    pub fn will(mut self, will: Will) -> Self {
        self.will = Some(will);
        self
    }

    /// The user name, which need not be UTF-8.
    pub fn user_name(mut self, name: impl Into<Vec<u8>>) -> Self {
        self.user_name = Some(name.into());
        self
    }

    /// The password.
    pub fn password(mut self, password: impl Into<Vec<u8>>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Adds a property (MQTT 5; in 3.x it is not written).
    pub fn property(mut self, property: Property) -> Self {
        self.properties.0.push(property);
        self
    }

    /// Another protocol name and level, right or wrong.
    pub fn protocol(mut self, name: &[u8], level: u8) -> Self {
        self.protocol_name = name.to_vec();
        self.level = level;
        self
    }

    /// Changes these bits of the connect flags against what the payload says.
    pub fn flip_flags(mut self, bits: u8) -> Self {
        self.flags_changed = bits;
        self
    }

    fn flags(&self) -> u8 {
        let mut flags = 0;
        if self.clean {
            flags |= CLEAN;
        }
        if let Some(will) = &self.will {
            flags |= WILL | (will.qos << 3);
            if will.retain {
                flags |= WILL_RETAIN;
            }
        }
        if self.user_name.is_some() {
            flags |= USER_NAME;
        }
        if self.password.is_some() {
            flags |= PASSWORD;
        }
        flags ^ self.flags_changed
    }
}

impl Request for Connect {
    fn bytes(&self, _version: Version) -> Vec<u8> {
        let mut writer = Writer::new()
            .binary(&self.protocol_name)
            .byte(self.level)
            .byte(self.flags())
            .two(self.keep_alive_s);
        if self.version.is_v5() {
            writer = self.properties.write(writer);
        }
        writer = writer.string(&self.client_id);
        if let Some(will) = &self.will {
            if self.version.is_v5() {
                writer = will.properties.write(writer);
            }
            writer = writer.binary(&will.topic).binary(&will.payload);
        }
        if let Some(name) = &self.user_name {
            writer = writer.binary(name);
        }
        if let Some(password) = &self.password {
            writer = writer.binary(password);
        }
        writer.packet(kind::CONNECT)
    }
}

/// The will of a CONNECT: QoS 0 and not retained by default.
#[derive(Clone, Debug)]
pub struct Will {
    topic: Vec<u8>,
    payload: Vec<u8>,
    qos: u8,
    retain: bool,
    properties: Properties,
}

impl Will {
    /// A will for this topic, which need be neither UTF-8 nor a valid topic name.
    pub fn new(topic: impl Into<Vec<u8>>, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            topic: topic.into(),
            payload: payload.into(),
            qos: 0,
            retain: false,
            properties: Properties::default(),
        }
    }

    /// The will's QoS; 3 is malformed.
    pub fn qos(mut self, qos: u8) -> Self {
        self.qos = qos;
        self
    }

    /// The will is a retained message.
    pub fn retain(mut self) -> Self {
        self.retain = true;
        self
    }

    /// Adds a property (MQTT 5).
    pub fn property(mut self, property: Property) -> Self {
        self.properties.0.push(property);
        self
    }
}
