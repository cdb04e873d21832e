use std::sync::Arc;

use rmqtt_codec::{
    Auth, ConnAck, Connect, DecodeError, Frame, PacketType, ProtocolVersion, ReasonCode,
};

use crate::authentication::{AuthenticationAnswer, AuthenticationQuestion};
use crate::connect_request::ConnectRequest;
use crate::policy::{Anonymous, ListenerPolicy};

/// A link from its first byte to an accepted CONNECT.
///
/// ```text
///               CONNECT              accepted
/// AwaitConnect ─────────► Judging ─────────────► Judged ──► a session
///                          │  ▲ Continue
///                AUTH sent ▼  │ AUTH came
///                        AwaitAuth
/// ```
/// Anything else, and the deadline, ends the link.
#[derive(Debug)]
pub struct Handshake {
    policy: Arc<ListenerPolicy>,
    peer_is_loopback: bool,
    step: Step,
}

#[derive(Debug)]
enum Step {
    AwaitConnect,
    Judging { request: Box<ConnectRequest>, questions: u32 },
    AwaitAuth { request: Box<ConnectRequest>, questions: u32 },
    Judged,
}

/// What has to happen next.
#[derive(Debug)]
pub enum HandshakeAction {
    /// More bytes of the client are awaited.
    Nothing,
    /// Somebody has to judge the credentials.
    Authenticate(AuthenticationQuestion),
    /// The session has to be claimed.
    Claim(Box<ConnectRequest>),
}

/// Why a link gets no session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The form in which CONNACK is sent; `None`: the link is closed without one.
    pub version: Option<ProtocolVersion>,
    /// The reason.
    pub code: ReasonCode,
    /// The reason, for a person.
    pub text: &'static str,
}

/// What the handshake may rely on.
#[derive(Debug)]
pub struct HandshakeContext<'c> {
    /// Whether somebody judges credentials.
    pub has_authenticator: bool,
    /// Makes a client identifier that no other client has `[MQTT-3.1.3-6]`.
    pub assign_client_id: &'c mut dyn ClientIds,
}

/// Makes client identifiers.
pub trait ClientIds: core::fmt::Debug {
    /// The next one.
    fn next_client_id(&mut self) -> String;
}

impl Handshake {
    /// A link that was just accepted.
    #[must_use]
    pub fn new(policy: Arc<ListenerPolicy>, peer_is_loopback: bool) -> Self {
        Self { policy, peer_is_loopback, step: Step::AwaitConnect }
    }

    /// The listener's terms.
    #[must_use]
    pub fn policy(&self) -> &Arc<ListenerPolicy> {
        &self.policy
    }

    /// Whether a CONNECT has come and is being judged.
    #[must_use]
    pub fn is_judging(&self) -> bool {
        !matches!(self.step, Step::AwaitConnect)
    }

    /// Whether bytes of the client are awaited.
    #[must_use]
    pub fn wants_input(&self) -> bool {
        matches!(self.step, Step::AwaitConnect | Step::AwaitAuth { .. })
    }

    /// Takes one packet. The first has to be CONNECT `[MQTT-3.1.0-1]`.
    ///
    /// # Errors
    /// The [`Refusal`] that ends the link.
    pub fn handle_frame(
        &mut self,
        frame: &Frame<'_>,
        context: &mut HandshakeContext<'_>,
    ) -> Result<HandshakeAction, Refusal> {
        match core::mem::replace(&mut self.step, Step::Judged) {
            Step::AwaitConnect => self.on_connect(frame, context),
            Step::AwaitAuth { request, questions } => self.on_auth(frame, request, questions),
            Step::Judging { .. } | Step::Judged => Err(Refusal {
                version: None,
                code: ReasonCode::ProtocolError,
                text: "a packet before CONNACK",
            }),
        }
    }

    /// The deadline has passed.
    #[must_use]
    pub fn on_timeout(&self) -> Refusal {
        let version = match &self.step {
            Step::Judging { request, .. } | Step::AwaitAuth { request, .. } => {
                Some(request.version)
            }
            Step::AwaitConnect | Step::Judged => None,
        };
        Refusal {
            version,
            code: ReasonCode::ServerUnavailable,
            text: "the handshake took too long",
        }
    }

    /// Takes the answer to a question. `out` receives the AUTH packet of an exchange that goes on.
    ///
    /// # Errors
    /// The [`Refusal`] that ends the link.
    pub fn handle_answer(
        &mut self,
        answer: AuthenticationAnswer,
        out: &mut Vec<u8>,
    ) -> Result<HandshakeAction, Refusal> {
        let Step::Judging { mut request, questions } =
            core::mem::replace(&mut self.step, Step::Judged)
        else {
            // The link was refused meanwhile.
            return Ok(HandshakeAction::Nothing);
        };
        match answer {
            AuthenticationAnswer::Accept(data) => {
                request.authentication_data = data;
                Ok(HandshakeAction::Claim(request))
            }
            AuthenticationAnswer::Ignore if request.authentication_method.is_none() => {
                self.without_credentials(request)
            }
            AuthenticationAnswer::Ignore => Err(Refusal {
                version: Some(request.version),
                code: ReasonCode::BadAuthenticationMethod,
                text: "authentication method not supported",
            }),
            AuthenticationAnswer::Refuse(code) => {
                Err(Refusal { version: Some(request.version), code, text: "authentication failed" })
            }
            AuthenticationAnswer::Continue(data) => {
                // Only a client that named a method takes part in an exchange [MQTT-4.12.0-6].
                let Some(method) = request.authentication_method.as_deref() else {
                    return Err(Refusal {
                        version: Some(request.version),
                        code: ReasonCode::NotAuthorized,
                        text: "authentication failed",
                    });
                };
                let auth = Auth {
                    authentication_method: Some(method),
                    authentication_data: data.as_deref(),
                    ..Auth::new(ReasonCode::ContinueAuthentication)
                };
                if auth.encode(ProtocolVersion::V5, out).is_err() {
                    return Err(Refusal {
                        version: Some(request.version),
                        code: ReasonCode::UnspecifiedError,
                        text: "authentication data too long",
                    });
                }
                self.step = Step::AwaitAuth { request, questions };
                Ok(HandshakeAction::Nothing)
            }
        }
    }

    fn on_connect(
        &mut self,
        frame: &Frame<'_>,
        context: &mut HandshakeContext<'_>,
    ) -> Result<HandshakeAction, Refusal> {
        if frame.packet_type != PacketType::Connect {
            return Err(Refusal {
                version: None,
                code: ReasonCode::ProtocolError,
                text: "the first packet is not CONNECT",
            });
        }
        let connect = Connect::decode(frame).map_err(|error| undecodable(frame, &error))?;
        let refuse = |code, text| Refusal { version: Some(connect.version), code, text };
        self.check_will(&connect, refuse)?;
        let keep_alive_s = self.granted_keep_alive_s(&connect, refuse)?;
        let client_id = self.client_id(&connect, context, refuse)?;
        if connect.authentication_method.is_some() && !context.has_authenticator {
            // [MQTT-4.12.0-1]
            let text = "authentication method not supported";
            return Err(refuse(ReasonCode::BadAuthenticationMethod, text));
        }
        let request = ConnectRequest::new(&connect, &self.policy, client_id, keep_alive_s);
        let request = Box::new(request);
        if !context.has_authenticator {
            return self.without_credentials(request);
        }
        let question = AuthenticationQuestion {
            client_id: (*request.client_id).into(),
            username: request.username.clone(),
            password: connect.password.map(Into::into),
            method: request.authentication_method.clone(),
            data: connect.authentication_data.map(Into::into),
            step: 0,
            again: false,
        };
        self.step = Step::Judging { request, questions: 1 };
        Ok(HandshakeAction::Authenticate(question))
    }

    /// An AUTH of an exchange that CONNECT began `[MQTT-4.12.0-3]`.
    fn on_auth(
        &mut self,
        frame: &Frame<'_>,
        request: Box<ConnectRequest>,
        questions: u32,
    ) -> Result<HandshakeAction, Refusal> {
        let refuse = |code, text| Refusal { version: Some(request.version), code, text };
        if frame.packet_type != PacketType::Auth {
            let text = "only AUTH may come during authentication";
            return Err(refuse(ReasonCode::ProtocolError, text));
        }
        let auth = Auth::decode(frame, request.version)
            .map_err(|error| refuse(error.reason_code(), "AUTH not understood"))?;
        if auth.reason_code != ReasonCode::ContinueAuthentication {
            return Err(refuse(ReasonCode::ProtocolError, "AUTH has to continue the exchange"));
        }
        if auth.authentication_method != request.authentication_method.as_deref() {
            // [MQTT-4.12.0-5]
            let text = "authentication method changed";
            return Err(refuse(ReasonCode::BadAuthenticationMethod, text));
        }
        let question = AuthenticationQuestion {
            client_id: (*request.client_id).into(),
            username: request.username.clone(),
            password: None,
            method: request.authentication_method.clone(),
            data: auth.authentication_data.map(Into::into),
            step: questions,
            again: false,
        };
        self.step = Step::Judging { request, questions: questions + 1 };
        Ok(HandshakeAction::Authenticate(question))
    }

    /// Nobody has accepted the client's credentials: the listener's rule decides.
    fn without_credentials(
        &mut self,
        request: Box<ConnectRequest>,
    ) -> Result<HandshakeAction, Refusal> {
        let allowed = match self.policy.anonymous {
            Anonymous::Always => true,
            Anonymous::Loopback => self.peer_is_loopback,
            Anonymous::Never => false,
        };
        if allowed {
            return Ok(HandshakeAction::Claim(request));
        }
        Err(Refusal {
            version: Some(request.version),
            code: ReasonCode::NotAuthorized,
            text: "no accepted credentials",
        })
    }

    fn check_will(
        &self,
        connect: &Connect<'_>,
        refuse: impl Fn(ReasonCode, &'static str) -> Refusal,
    ) -> Result<(), Refusal> {
        let Some(will) = &connect.will else {
            return Ok(());
        };
        if will.qos > self.policy.qos_max {
            // [MQTT-3.2.2-12]
            return Err(refuse(
                ReasonCode::QoSNotSupported,
                "the QoS of the Will is not supported",
            ));
        }
        if will.retain && !self.policy.features.retain {
            // [MQTT-3.2.2-13]
            return Err(refuse(
                ReasonCode::RetainNotSupported,
                "retained messages are switched off",
            ));
        }
        let levels_max = self.policy.topic_levels_max;
        if levels_max > 0 && rmqtt_topic::level_count(will.topic) > levels_max {
            return Err(refuse(
                ReasonCode::TopicNameInvalid,
                "the Will's topic has too many levels",
            ));
        }
        if is_reserved(will.topic) {
            return Err(refuse(ReasonCode::NotAuthorized, "the Will's topic is the broker's own"));
        }
        Ok(())
    }

    /// The keep-alive in force. MQTT 5 is told another one, 3.x has to name one that fits.
    fn granted_keep_alive_s(
        &self,
        connect: &Connect<'_>,
        refuse: impl Fn(ReasonCode, &'static str) -> Refusal,
    ) -> Result<u16, Refusal> {
        let asked = connect.keep_alive_s;
        let policy = &self.policy;
        if asked == 0 {
            let text = "the listener does not allow a keep-alive of 0";
            let allowed = policy.keep_alive_zero_allowed;
            return if allowed { Ok(0) } else { Err(refuse(ReasonCode::ServerUnavailable, text)) };
        }
        let max = policy.keep_alive_max_s.max(1);
        let granted = asked.clamp(policy.keep_alive_min_s.min(max), max);
        if granted != asked && connect.version != ProtocolVersion::V5 {
            let text = "the keep-alive is outside the listener's bounds";
            return Err(refuse(ReasonCode::ServerUnavailable, text));
        }
        Ok(granted)
    }

    fn client_id(
        &self,
        connect: &Connect<'_>,
        context: &mut HandshakeContext<'_>,
        refuse: impl Fn(ReasonCode, &'static str) -> Refusal,
    ) -> Result<Arc<str>, Refusal> {
        let invalid = |text| Err(refuse(ReasonCode::ClientIdentifierNotValid, text));
        if connect.client_id.len() > self.policy.client_id_len_max {
            return invalid("the client identifier is too long");
        }
        if !connect.client_id.is_empty() {
            return Ok(connect.client_id.into());
        }
        match connect.version {
            ProtocolVersion::V31 => invalid("MQTT 3.1 needs a client identifier"),
            // [MQTT-3.1.1: 3.1.3-8]
            ProtocolVersion::V311 if !connect.clean_start => {
                invalid("an empty client identifier needs clean session 1")
            }
            _ => Ok(context.assign_client_id.next_client_id().into()),
        }
    }
}

impl Refusal {
    /// Writes the CONNACK that tells the client `[MQTT-3.1.4-1]`; nothing where none is due.
    pub fn write(&self, out: &mut Vec<u8>) {
        let Some(version) = self.version else { return };
        let connack = ConnAck {
            reason_string: (version == ProtocolVersion::V5).then_some(self.text),
            ..ConnAck::new(self.code)
        };
        connack.encode(version, out).expect("a refusal is a short packet");
    }
}

/// Topics that only the broker itself publishes to.
pub(crate) fn is_reserved(topic: &str) -> bool {
    topic == "$SYS" || topic.starts_with("$SYS/")
}

/// How a CONNECT that cannot be read is refused. Only a client known to speak MQTT 5 is told why; a
/// version that we do not speak is answered in the form that the packet itself has
/// `[MQTT-3.1.2-2]`, `[MQTT-3.1.1: 3.1.2-2]`.
fn undecodable(frame: &Frame<'_>, error: &DecodeError) -> Refusal {
    let version = if error.reason_code() == ReasonCode::UnsupportedProtocolVersion {
        let reads_as = |version| reads_with_level(frame, version).then_some(version);
        reads_as(ProtocolVersion::V311).or(Some(ProtocolVersion::V5))
    } else {
        (level_of(frame) == Some(ProtocolVersion::V5.level())).then_some(ProtocolVersion::V5)
    };
    Refusal { version, code: error.reason_code(), text: "CONNECT not understood" }
}

fn reads_with_level(frame: &Frame<'_>, version: ProtocolVersion) -> bool {
    let mut body = frame.body.to_vec();
    if let Some(level) = body.get_mut(LEVEL_AT) {
        *level = version.level();
    }
    Connect::decode(&Frame { body: &body, ..*frame }).is_ok()
}

fn level_of(frame: &Frame<'_>) -> Option<u8> {
    let named = frame.body.get(..LEVEL_AT)? == [0, 4, b'M', b'Q', b'T', b'T'];
    named.then(|| frame.body.get(LEVEL_AT).copied()).flatten()
}

/// Where the protocol level stands behind the name `MQTT`.
const LEVEL_AT: usize = 6;
