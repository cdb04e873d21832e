//! The properties of MQTT 5, written and read.

use crate::wire::{Malformed, Reader, Writer};

/// A value of a property, as it is written on the wire.
trait Field: Sized + Clone {
    fn write(&self, writer: Writer) -> Writer;
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed>;
}

/// A Variable Byte Integer, as a Subscription Identifier is one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Variable(pub u32);

/// Declares the property enum, its encoding and one accessor per property.
macro_rules! properties {
    ($($id:literal $variant:ident $accessor:ident $field:ty;)*) => {
        /// A property of MQTT 5, named as in the specification.
        #[derive(Clone, Debug, Eq, PartialEq)]
        #[allow(missing_docs, reason = "the names are the specification's")]
        pub enum Property { $($variant($field),)* }

        impl Property {
            /// The property's identifier.
            pub fn id(&self) -> u8 {
                match self { $(Self::$variant(_) => $id,)* }
            }

            fn write(&self, writer: Writer) -> Writer {
                let writer = writer.byte(self.id());
                match self { $(Self::$variant(value) => value.write(writer),)* }
            }

            fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
                match reader.byte()? {
                    $($id => Ok(Self::$variant(Field::read(reader)?)),)*
                    unknown => Err(format!("unknown property {unknown:#04x}")),
                }
            }
        }

        #[allow(missing_docs, reason = "the names are the specification's")]
        impl Properties {
            $(pub fn $accessor(&self) -> Option<$field> {
                self.0.iter().find_map(|property| match property {
                    Property::$variant(value) => Some(value.clone()),
                    _ => None,
                })
            })*
        }
    };
}

/// The properties of one packet in their order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Properties(pub Vec<Property>);

properties! {
    0x01 PayloadFormatIndicator payload_format_indicator u8;
    0x02 MessageExpiryInterval message_expiry_interval u32;
    0x03 ContentType content_type String;
    0x08 ResponseTopic response_topic String;
    0x09 CorrelationData correlation_data Vec<u8>;
    0x0B SubscriptionIdentifier subscription_identifier Variable;
    0x11 SessionExpiryInterval session_expiry_interval u32;
    0x12 AssignedClientIdentifier assigned_client_identifier String;
    0x13 ServerKeepAlive server_keep_alive u16;
    0x15 AuthenticationMethod authentication_method String;
    0x16 AuthenticationData authentication_data Vec<u8>;
    0x17 RequestProblemInformation request_problem_information u8;
    0x18 WillDelayInterval will_delay_interval u32;
    0x19 RequestResponseInformation request_response_information u8;
    0x1A ResponseInformation response_information String;
    0x1C ServerReference server_reference String;
    0x1F ReasonString reason_string String;
    0x21 ReceiveMaximum receive_maximum u16;
    0x22 TopicAliasMaximum topic_alias_maximum u16;
    0x23 TopicAlias topic_alias u16;
    0x24 MaximumQoS maximum_qos u8;
    0x25 RetainAvailable retain_available u8;
    0x26 UserProperty user_property (String, String);
    0x27 MaximumPacketSize maximum_packet_size u32;
    0x28 WildcardSubscriptionAvailable wildcard_subscription_available u8;
    0x29 SubscriptionIdentifierAvailable subscription_identifier_available u8;
    0x2A SharedSubscriptionAvailable shared_subscription_available u8;
}

impl Property {
    /// A User Property.
    pub fn user(name: &str, value: &str) -> Self {
        Self::UserProperty((name.to_owned(), value.to_owned()))
    }

    /// Whether the specification lets the property stand more than once in a server's packet.
    fn may_repeat(&self) -> bool {
        matches!(self, Self::UserProperty(_) | Self::SubscriptionIdentifier(_))
    }
}

impl Properties {
    /// The Property Length and the properties.
    pub fn write(&self, writer: Writer) -> Writer {
        let block = self.0.iter().fold(Writer::new(), |block, property| property.write(block));
        let block = block.finish();
        writer
            .variable(u32::try_from(block.len()).expect("a test's properties are short"))
            .raw(&block)
    }

    /// Reads the Property Length and the properties, all of which must be among `allowed` (by
    /// identifier) and stand once, User Property and Subscription Identifier excepted.
    ///
    /// # Errors
    /// If one is malformed, not allowed here or repeated.
    pub fn read(reader: &mut Reader<'_>, allowed: &[u8]) -> Result<Self, Malformed> {
        let length = usize::try_from(reader.variable()?).expect("a usize has at least 32 bits");
        let mut block = Reader::new(reader.take(length)?);
        let mut properties: Vec<Property> = Vec::new();
        while !block.is_empty() {
            let property = Property::read(&mut block)?;
            if !allowed.contains(&property.id()) {
                return Err(format!("{property:?} may not stand in this packet"));
            }
            if !property.may_repeat() && properties.iter().any(|other| other.id() == property.id())
            {
                return Err(format!("{property:?} stands twice"));
            }
            properties.push(property);
        }
        Ok(Self(properties))
    }

    /// All Subscription Identifiers, ascending.
    pub fn subscription_identifiers(&self) -> Vec<u32> {
        let mut identifiers: Vec<u32> = self
            .0
            .iter()
            .filter_map(|property| match property {
                Property::SubscriptionIdentifier(Variable(identifier)) => Some(*identifier),
                _ => None,
            })
            .collect();
        identifiers.sort_unstable();
        identifiers
    }

    /// All User Properties in their order.
    pub fn user_properties(&self) -> Vec<(String, String)> {
        self.0
            .iter()
            .filter_map(|property| match property {
                Property::UserProperty(pair) => Some(pair.clone()),
                _ => None,
            })
            .collect()
    }
}

impl Field for u8 {
    fn write(&self, writer: Writer) -> Writer {
        writer.byte(*self)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        reader.byte()
    }
}

impl Field for u16 {
    fn write(&self, writer: Writer) -> Writer {
        writer.two(*self)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        reader.two()
    }
}

impl Field for u32 {
    fn write(&self, writer: Writer) -> Writer {
        writer.four(*self)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        reader.four()
    }
}

impl Field for Variable {
    fn write(&self, writer: Writer) -> Writer {
        writer.variable(self.0)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        reader.variable().map(Self)
    }
}

impl Field for String {
    fn write(&self, writer: Writer) -> Writer {
        writer.string(self)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        reader.string()
    }
}

impl Field for Vec<u8> {
    fn write(&self, writer: Writer) -> Writer {
        writer.binary(self)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        reader.binary()
    }
}

impl Field for (String, String) {
    fn write(&self, writer: Writer) -> Writer {
        writer.string(&self.0).string(&self.1)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok((reader.string()?, reader.string()?))
    }
}
