use core::fmt;
use std::sync::Arc;

use rmqtt_codec::{ReasonCode, UserPropertiesBuf};

use crate::connect_info::ConnectInfo;

/// A question to whoever judges credentials. One CONNECT may need several, when the method of
/// enhanced authentication exchanges more than one AUTH packet `[MQTT-4.12.0-2]`.
#[derive(Clone, Debug)]
pub struct AuthenticationQuestion {
    /// The CONNECT, or the login of a client that authenticates anew.
    pub connect: Arc<ConnectInfo>,
    /// The step of enhanced authentication.
    pub exchange: Exchange,
    /// Whether the listener admits the client without accepted credentials.
    pub anonymous_allowed: bool,
}

/// One step of enhanced authentication.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Exchange {
    /// The method; `None`: user name and password only.
    pub method: Option<Box<str>>,
    /// What the client sends for the method.
    pub data: Option<Box<[u8]>>,
    /// Which step it is, from 0.
    pub step: u32,
    /// Whether the client is connected already and authenticates anew.
    pub again: bool,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The method's data may hold secrets.
        f.debug_struct("Exchange")
            .field("method", &self.method)
            .field("step", &self.step)
            .field("again", &self.again)
            .finish_non_exhaustive()
    }
}

/// The answer to an [`AuthenticationQuestion`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthenticationAnswer {
    /// The client is admitted.
    Accept(Grant),
    /// The method needs another packet of the client.
    Continue(Option<Box<[u8]>>),
    /// No opinion: the listener's rule for clients without accepted credentials decides. The User
    /// Properties are for the CONNACK of a client that it admits.
    Ignore(UserPropertiesBuf),
    /// No. The code is one of those that CONNACK may carry.
    Refuse(ReasonCode),
}

/// What an admitted client is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grant {
    /// For CONNACK or the last AUTH of enhanced authentication.
    pub data: Option<Box<[u8]>>,
    /// Access rules do not hold for it.
    pub superuser: bool,
    /// It was admitted by the listener's rule, nobody has accepted its credentials.
    pub anonymous: bool,
    /// For CONNACK, MQTT 5 only.
    pub user_properties: UserPropertiesBuf,
}

/// How far a connected client has come that authenticates anew. It has one packet judged at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReAuthentication {
    /// It does not.
    None,
    /// Its packet is being judged.
    Asked,
    /// Its next packet is awaited.
    Challenged,
}
