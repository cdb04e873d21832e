use std::sync::Arc;

use rmqtt_codec::{Connect, ProtocolVersion, UserPropertiesBuf};

use crate::policy::ListenerPolicy;
use crate::session_expiry;
use crate::will::Will;

/// A CONNECT that has been judged, as its session needs it. Owned: it may travel to another worker.
#[derive(Debug, Clone)]
pub struct ConnectRequest {
    /// The listener's terms.
    pub policy: Arc<ListenerPolicy>,
    /// The version the client speaks.
    pub version: ProtocolVersion,
    /// The client identifier, given or assigned.
    pub client_id: Arc<str>,
    /// Whether the broker assigned it `[MQTT-3.2.2-16]`.
    pub client_id_assigned: bool,
    /// Clean Start (3.x: clean session).
    pub clean_start: bool,
    /// The keep-alive in force, seconds.
    pub keep_alive_s: u16,
    /// Whether that is not what the client asked for.
    pub keep_alive_changed: bool,
    /// The session expiry granted, seconds; `u32::MAX` never ends.
    pub session_expiry_s: u32,
    /// Whether that is less than the client asked for.
    pub session_expiry_cut: bool,
    /// The client's Receive Maximum.
    pub receive_maximum: u16,
    /// The client's Maximum Packet Size, bytes.
    pub packet_size_max: u32,
    /// The client's Topic Alias Maximum.
    pub topic_alias_maximum: u16,
    /// Whether the client asks for Response Information.
    pub wants_response_information: bool,
    /// Whether reason strings may go into acknowledgements `[MQTT-3.1.2-29]`.
    pub wants_problem_information: bool,
    /// The user name, for hooks and displays.
    pub username: Option<Box<str>>,
    /// The Will.
    pub will: Option<Box<Will>>,
    /// The method of enhanced authentication.
    pub authentication_method: Option<Box<str>>,
    /// What the authenticator wants CONNACK to carry.
    pub authentication_data: Option<Box<[u8]>>,
    /// What hooks want CONNACK to carry.
    pub user_properties: UserPropertiesBuf,
    /// Access rules do not hold for the client.
    pub superuser: bool,
    /// Nobody has accepted its credentials.
    pub anonymous: bool,
}

impl ConnectRequest {
    pub(crate) fn new(
        connect: &Connect<'_>,
        policy: &Arc<ListenerPolicy>,
        client_id: Arc<str>,
        keep_alive_s: u16,
    ) -> Self {
        let asked_expiry_s = connect.session_expiry_interval_s;
        let session_expiry_s = session_expiry::granted_s(
            connect.version,
            connect.clean_start,
            asked_expiry_s,
            policy.session_expiry_s,
            policy.session_expiry_max_s,
        );
        Self {
            policy: Arc::clone(policy),
            version: connect.version,
            client_id_assigned: connect.client_id.is_empty(),
            client_id,
            clean_start: connect.clean_start,
            keep_alive_s,
            keep_alive_changed: keep_alive_s != connect.keep_alive_s,
            session_expiry_s,
            session_expiry_cut: asked_expiry_s.is_some_and(|asked| asked > session_expiry_s),
            receive_maximum: connect.receive_maximum.unwrap_or(u16::MAX),
            packet_size_max: connect.maximum_packet_size.unwrap_or(u32::MAX),
            topic_alias_maximum: connect.topic_alias_maximum.unwrap_or(0),
            wants_response_information: connect.request_response_information.unwrap_or(false),
            wants_problem_information: connect.request_problem_information.unwrap_or(true),
            username: connect.username.map(Into::into),
            will: connect.will.as_ref().map(|will| Box::new(Will::from_packet(will))),
            authentication_method: connect.authentication_method.map(Into::into),
            authentication_data: None,
            user_properties: UserPropertiesBuf::new(),
            superuser: false,
            anonymous: true,
        }
    }
}
