use core::net::SocketAddr;
use std::sync::Arc;

use rmqtt_codec::{
    Auth, ConnAck, Connect, DecodeError, Frame, PacketType, ProtocolVersion, ReasonCode,
};

use crate::authentication::{AuthenticationAnswer, AuthenticationQuestion, Exchange};
use crate::connect_info::ConnectInfo;
use crate::connect_request::ConnectRequest;
use crate::policy::ListenerPolicy;

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
    peer: SocketAddr,
    step: Step,
}

#[derive(Debug)]
enum Step {
    AwaitConnect,
    Judging { request: Box<ConnectRequest>, connect: Arc<ConnectInfo>, questions: u32 },
    AwaitAuth { request: Box<ConnectRequest>, connect: Arc<ConnectInfo>, questions: u32 },
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
    /// The largest packet that the client takes, in bytes, as far as it is known.
    pub packet_size_max: u32,
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
    /// Whether somebody has a say in who connects, credentials or not.
    pub asks: bool,
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
    pub fn new(policy: Arc<ListenerPolicy>, peer: SocketAddr) -> Self {
        Self { policy, peer, step: Step::AwaitConnect }
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

    /// Whether somebody was asked about the client and has not answered yet.
    #[must_use]
    pub fn awaits_answer(&self) -> bool {
        matches!(self.step, Step::Judging { .. })
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
            Step::AwaitAuth { request, connect, questions } => {
                self.on_auth(frame, request, connect, questions)
            }
            Step::Judging { .. } | Step::Judged => Err(Refusal {
                version: None,
                packet_size_max: u32::MAX,
                code: ReasonCode::ProtocolError,
                text: "a packet before CONNACK",
            }),
        }
    }

    /// The deadline has passed.
    #[must_use]
    pub fn on_timeout(&self) -> Refusal {
        match &self.step {
            Step::Judging { request, .. } | Step::AwaitAuth { request, .. } => {
                Refusal::late(request)
            }
            Step::AwaitConnect | Step::Judged => Refusal {
                version: None,
                packet_size_max: u32::MAX,
                code: ReasonCode::ServerUnavailable,
                text: TOO_LATE,
            },
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
        let Step::Judging { mut request, connect, questions } =
            core::mem::replace(&mut self.step, Step::Judged)
        else {
            // The link was refused meanwhile.
            return Ok(HandshakeAction::Nothing);
        };
        match answer {
            AuthenticationAnswer::Accept(grant) => {
                request.authentication_data = grant.data;
                request.user_properties = grant.user_properties;
                request.superuser = grant.superuser;
                request.anonymous = grant.anonymous;
                Ok(HandshakeAction::Claim(request))
            }
            AuthenticationAnswer::Ignore(user_properties)
                if request.authentication_method.is_none() =>
            {
                request.user_properties = user_properties;
                self.without_credentials(request)
            }
            AuthenticationAnswer::Ignore(_) => {
                let text = "authentication method not supported";
                Err(Refusal::of(&request, ReasonCode::BadAuthenticationMethod, text))
            }
            AuthenticationAnswer::Refuse(code) => {
                Err(Refusal::of(&request, code, "authentication failed"))
            }
            AuthenticationAnswer::Continue(data) => {
                // Only a client that named a method takes part in an exchange [MQTT-4.12.0-6].
                let Some(method) = request.authentication_method.as_deref() else {
                    let code = ReasonCode::NotAuthorized;
                    return Err(Refusal::of(&request, code, "authentication failed"));
                };
                let start = out.len();
                let auth = Auth {
                    authentication_method: Some(method),
                    authentication_data: data.as_deref(),
                    ..Auth::new(ReasonCode::ContinueAuthentication)
                };
                if auth.encode(ProtocolVersion::V5, out).is_err() {
                    let code = ReasonCode::UnspecifiedError;
                    return Err(Refusal::of(&request, code, "authentication data too long"));
                }
                if out.len() - start > request.packet_size_max as usize {
                    // [MQTT-3.1.2-24]
                    out.truncate(start);
                    let text = "AUTH exceeds the client's maximum";
                    return Err(Refusal::of(&request, ReasonCode::PacketTooLarge, text));
                }
                self.step = Step::AwaitAuth { request, connect, questions };
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
                packet_size_max: u32::MAX,
                code: ReasonCode::ProtocolError,
                text: "the first packet is not CONNECT",
            });
        }
        let connect = Connect::decode(frame).map_err(|error| undecodable(frame, &error))?;
        let refuse = |code, text| Refusal {
            version: Some(connect.version),
            packet_size_max: connect.maximum_packet_size.unwrap_or(u32::MAX),
            code,
            text,
        };
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
        if !context.asks {
            return self.without_credentials(request);
        }
        let exchange = Exchange {
            method: request.authentication_method.clone(),
            data: connect.authentication_data.map(Into::into),
            step: 0,
            again: false,
        };
        let connect = Arc::new(self.info(&connect, &request));
        let question = self.question(Arc::clone(&connect), exchange);
        self.step = Step::Judging { request, connect, questions: 1 };
        Ok(HandshakeAction::Authenticate(question))
    }

    /// An AUTH of an exchange that CONNECT began `[MQTT-4.12.0-3]`.
    fn on_auth(
        &mut self,
        frame: &Frame<'_>,
        request: Box<ConnectRequest>,
        connect: Arc<ConnectInfo>,
        questions: u32,
    ) -> Result<HandshakeAction, Refusal> {
        let refuse = |code, text| Refusal::of(&request, code, text);
        if frame.packet_type == PacketType::Disconnect {
            // [MQTT-3.1.2-30]: the client may leave, and nobody is there to be told.
            return Err(Refusal {
                version: None,
                ..refuse(ReasonCode::UnspecifiedError, "the client left during authentication")
            });
        }
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
        let exchange = Exchange {
            method: request.authentication_method.clone(),
            data: auth.authentication_data.map(Into::into),
            step: questions,
            again: false,
        };
        let question = self.question(Arc::clone(&connect), exchange);
        self.step = Step::Judging { request, connect, questions: questions + 1 };
        Ok(HandshakeAction::Authenticate(question))
    }

    fn question(&self, connect: Arc<ConnectInfo>, exchange: Exchange) -> AuthenticationQuestion {
        // An exchange that nobody answers is no way in.
        let anonymous_allowed = exchange.method.is_none() && self.admits_anonymous();
        AuthenticationQuestion { connect, exchange, anonymous_allowed }
    }

    fn info(&self, connect: &Connect<'_>, request: &ConnectRequest) -> ConnectInfo {
        ConnectInfo {
            policy: Arc::clone(&self.policy),
            peer: self.peer,
            version: request.version,
            client_id: Arc::clone(&request.client_id),
            client_id_assigned: request.client_id_assigned,
            clean_start: request.clean_start,
            keep_alive_s: request.keep_alive_s,
            session_expiry_s: request.session_expiry_s,
            receive_maximum: request.receive_maximum,
            packet_size_max: request.packet_size_max,
            topic_alias_maximum: request.topic_alias_maximum,
            username: request.username.clone(),
            password: connect.password.map(Into::into),
            will: request.will.clone(),
            user_properties: connect.user_properties.into(),
        }
    }

    fn admits_anonymous(&self) -> bool {
        self.policy.admits_anonymous(self.peer.ip().to_canonical().is_loopback())
    }

    /// Nobody has accepted the client's credentials: the listener's rule decides.
    fn without_credentials(
        &mut self,
        request: Box<ConnectRequest>,
    ) -> Result<HandshakeAction, Refusal> {
        if self.admits_anonymous() {
            return Ok(HandshakeAction::Claim(request));
        }
        Err(Refusal::of(&request, ReasonCode::NotAuthorized, NO_CREDENTIALS))
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
        if will.retain && !self.policy.offers_retain() {
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

/// Why a client is refused whose credentials nobody has accepted.
const NO_CREDENTIALS: &str = "no accepted credentials";

/// Why a link is refused at its deadline.
const TOO_LATE: &str = "the handshake took too long";

impl Refusal {
    /// Why this CONNECT is answered with no.
    #[must_use]
    pub fn of(request: &ConnectRequest, code: ReasonCode, text: &'static str) -> Self {
        let ConnectRequest { version, packet_size_max, .. } = *request;
        Self { version: Some(version), packet_size_max, code, text }
    }

    /// This CONNECT has led to no session in time.
    #[must_use]
    pub fn late(request: &ConnectRequest) -> Self {
        Self::of(request, ReasonCode::ServerUnavailable, TOO_LATE)
    }

    /// Whether the client was refused by the listener's rule, since nobody has accepted its
    /// credentials.
    #[must_use]
    pub fn is_for_lack_of_credentials(&self) -> bool {
        self.text == NO_CREDENTIALS
    }

    /// Writes the CONNACK that tells the client `[MQTT-3.1.4-1]`; nothing where none is due.
    pub fn write(&self, out: &mut Vec<u8>) {
        let Some(version) = self.version else { return };
        let mut connack = ConnAck {
            reason_string: (version == ProtocolVersion::V5).then_some(self.text),
            ..ConnAck::new(self.code.or_unspecified(PacketType::ConnAck))
        };
        let start = out.len();
        connack.encode(version, out).expect("a refusal is a short packet");
        if out.len() - start > self.packet_size_max as usize {
            // [MQTT-3.2.2-19]
            out.truncate(start);
            connack.reason_string = None;
            connack.encode(version, out).expect("a refusal is a short packet");
        }
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
    let code = error.reason_code();
    Refusal { version, packet_size_max: u32::MAX, code, text: "CONNECT not understood" }
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
