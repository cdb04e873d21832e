use core::net::SocketAddr;
use std::sync::Arc;

use rmqtt_codec::ProtocolVersion;
use rmqtt_message::{SenderDetails, SessionId};
use rmqtt_session::ListenerPolicy;

/// A client and its session, as hooks see them. It says how things stood when the client connected,
/// or, where the client is not connected, when it did so last.
#[derive(Debug, Clone)]
pub struct Client {
    /// The session's name.
    pub session: SessionId,
    /// The client identifier, given or assigned.
    pub client_id: Arc<str>,
    /// The user name.
    pub username: Option<Box<str>>,
    /// The client's address.
    pub peer: SocketAddr,
    /// The terms of the listener, whose name is among them.
    pub policy: Arc<ListenerPolicy>,
    /// The version the client speaks.
    pub version: ProtocolVersion,
    /// Clean Start (3.x: clean session).
    pub clean_start: bool,
    /// The keep-alive in force, seconds.
    pub keep_alive_s: u16,
    /// How long the session outlives its connection, seconds; `u32::MAX`: for ever.
    pub session_expiry_s: u32,
    /// When it connected, Unix milliseconds of a whole second.
    pub connected_wall_ms: u64,
    /// Access rules do not hold for it.
    pub superuser: bool,
    /// Nobody has accepted its credentials.
    pub anonymous: bool,
}

impl Client {
    /// What its messages say of it.
    #[must_use]
    pub fn as_sender(&self) -> SenderDetails<'_> {
        SenderDetails {
            client_id: &self.client_id,
            username: self.username.as_deref(),
            peer: Some(self.peer),
        }
    }
}
