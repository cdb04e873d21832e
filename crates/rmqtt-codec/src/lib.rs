//! Bytes to packets and back, for MQTT 3.1, 3.1.1 and 5.0.
//!
//! One packet model serves the three versions and both directions. Decoding borrows from the
//! input, allocates nothing, never panics, and refuses everything that the bytes alone show to be
//! wrong; what needs the state of a session (an unknown alias, an identifier in use, a limit that
//! was announced) is left to the session. Encoding refuses to emit what decoding would refuse.
//!
//! The crate knows no socket, no clock, no runtime and no policy.
//!
//! | to | use |
//! |---|---|
//! | cut a packet out of a byte stream | [`split_frame`] |
//! | read it | [`Packet::decode`], or the `decode` of one packet type |
//! | write it | the `encode` of the packet type |
//! | write one message to many receivers | [`PublishTemplate`], [`encode_publish`] |
//! | answer quickly | [`encode_ack_short`], [`PINGRESP`] |
//! | tell the peer what was wrong | [`DecodeError::reason_code`] |
//!
//! Statements of the specification are cited as `[MQTT-x.y.z-n]` (MQTT 5.0) or
//! `[MQTT-3.1.1: x.y.z-n]`.

mod ack;
mod auth;
mod connack;
mod connect;
mod decode_error;
mod disconnect;
mod encode_error;
mod filters;
mod frame;
mod packet;
mod packet_id;
mod packet_type;
mod ping;
mod property;
mod property_reader;
mod property_writer;
mod publish;
mod publish_head;
mod publish_properties;
mod publish_template;
mod qos;
mod reader;
mod reason_code;
mod reason_codes;
mod suback;
mod subscribe;
mod subscription_ids;
mod subscription_options;
mod text;
mod unsuback;
mod unsubscribe;
mod user_properties;
mod variable_integer;
mod version;
mod will;
mod writer;

pub use ack::{Ack, AckType, encode_ack_short};
pub use auth::Auth;
pub use connack::ConnAck;
pub use connect::Connect;
pub use decode_error::DecodeError;
pub use disconnect::Disconnect;
pub use encode_error::EncodeError;
pub use filters::{Filters, SubscribeFilter, UnsubscribeFilters};
pub use frame::{Frame, REMAINING_LENGTH_MAX, split_frame};
pub use packet::Packet;
pub use packet_id::PacketId;
pub use packet_type::PacketType;
pub use ping::{PINGREQ, PINGRESP};
pub use property::PropertyId;
pub use publish::Publish;
pub use publish_head::{PublishBody, PublishHead, TopicAlias, encode_publish, encoded_publish_len};
pub use publish_properties::PublishProperties;
pub use publish_template::PublishTemplate;
pub use qos::QoS;
pub use reason_code::ReasonCode;
pub use reason_codes::ReasonCodes;
pub use suback::SubAck;
pub use subscribe::Subscribe;
pub use subscription_ids::SubscriptionIds;
pub use subscription_options::{RetainHandling, SubscriptionOptions};
pub use unsuback::UnsubAck;
pub use unsubscribe::Unsubscribe;
pub use user_properties::{UserProperties, UserPropertiesBuf};
pub use version::ProtocolVersion;
pub use will::Will;
