use rmqtt_codec::ReasonCode;

/// A question to whoever judges credentials. One CONNECT may need several, when the method of
/// enhanced authentication exchanges more than one AUTH packet `[MQTT-4.12.0-2]`.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthenticationQuestion {
    /// The client identifier.
    pub client_id: Box<str>,
    /// The user name.
    pub username: Option<Box<str>>,
    /// The password.
    pub password: Option<Box<[u8]>>,
    /// The method of enhanced authentication; `None`: user name and password only.
    pub method: Option<Box<str>>,
    /// What the client sends for the method.
    pub data: Option<Box<[u8]>>,
    /// Which question of the exchange this is, from 0.
    pub step: u32,
    /// Whether the client is connected already and authenticates anew.
    pub again: bool,
}

impl core::fmt::Debug for AuthenticationQuestion {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // Secrets stay out of logs: neither the password nor the method's data is shown.
        f.debug_struct("AuthenticationQuestion")
            .field("client_id", &self.client_id)
            .field("username", &self.username)
            .field("method", &self.method)
            .field("step", &self.step)
            .field("again", &self.again)
            .finish_non_exhaustive()
    }
}

/// The answer to an [`AuthenticationQuestion`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthenticationAnswer {
    /// The client is who it says. The data goes into CONNACK or the last AUTH.
    Accept(Option<Box<[u8]>>),
    /// The method needs another packet of the client.
    Continue(Option<Box<[u8]>>),
    /// No opinion: the listener's rule for clients without accepted credentials decides.
    Ignore,
    /// No. The code is one of those that CONNACK may carry.
    Refuse(ReasonCode),
}
