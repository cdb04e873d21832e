use core::fmt;
use core::net::SocketAddr;
use std::sync::Arc;

use rmqtt_codec::{ProtocolVersion, UserPropertiesBuf};

use crate::policy::ListenerPolicy;
use crate::will::Will;

/// A CONNECT as those who judge it see it, or the login of a client that authenticates anew.
#[derive(Clone)]
pub struct ConnectInfo {
    /// The terms of the listener, whose name is among them.
    pub policy: Arc<ListenerPolicy>,
    /// The client's address.
    pub peer: SocketAddr,
    /// The version the client speaks.
    pub version: ProtocolVersion,
    /// The client identifier, given or assigned.
    pub client_id: Arc<str>,
    /// Whether the broker assigned it.
    pub client_id_assigned: bool,
    /// Clean Start (3.x: clean session).
    pub clean_start: bool,
    /// The keep-alive in force, seconds.
    pub keep_alive_s: u16,
    /// The session expiry granted, seconds; `u32::MAX` never ends.
    pub session_expiry_s: u32,
    /// The client's Receive Maximum.
    pub receive_maximum: u16,
    /// The client's Maximum Packet Size, bytes.
    pub packet_size_max: u32,
    /// The client's Topic Alias Maximum.
    pub topic_alias_maximum: u16,
    /// The user name.
    pub username: Option<Box<str>>,
    /// The password. A client that authenticates anew has none.
    pub password: Option<Box<[u8]>>,
    /// The Will.
    pub will: Option<Box<Will>>,
    /// The User Properties.
    pub user_properties: UserPropertiesBuf,
}

impl fmt::Debug for ConnectInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The password stays out of logs.
        f.debug_struct("ConnectInfo")
            .field("listener", &self.policy.name)
            .field("peer", &self.peer)
            .field("version", &self.version)
            .field("client_id", &self.client_id)
            .field("clean_start", &self.clean_start)
            .field("keep_alive_s", &self.keep_alive_s)
            .field("session_expiry_s", &self.session_expiry_s)
            .field("username", &self.username)
            .field("has_password", &self.password.is_some())
            .finish_non_exhaustive()
    }
}
