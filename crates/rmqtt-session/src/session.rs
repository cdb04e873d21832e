use std::sync::Arc;

use rmqtt_codec::{Frame, PINGRESP, Packet, PacketType, ProtocolVersion};
use rmqtt_message::{Message, Now, SessionId};

use crate::action::{Action, Scratch};
use crate::authentication::ReAuthentication;
use crate::close_cause::CloseCause;
use crate::connect_request::ConnectRequest;
use crate::gate::Gate;
use crate::inbound::Inbound;
use crate::inflight::Inflight;
use crate::journal::Journal;
use crate::keep_alive::KeepAlive;
use crate::outbox::Outbox;
use crate::policy::ListenerPolicy;
use crate::session_expiry;
use crate::topic_alias::{InboundAliases, OutboundAliases};
use crate::will::Will;

/// One client's session, with a connection or without.
///
/// ```text
///              attach                    detach, expiry > 0
///  new ─────────────────► online ◄──────────────────────────► offline
///                           │               attach               │
///        detach, expiry = 0 │                                    │ expiry passes
///                           ▼                                    ▼
///                         over ◄──────────────────────────────────
/// ```
///
/// It takes packets, answers and the time, writes the client's bytes into the buffer it is handed,
/// and gives back what the broker has to do as an [`Action`]. It reads no clock, owns no socket and
/// knows no other client.
#[derive(Debug)]
pub struct Session {
    pub(crate) id: SessionId,
    pub(crate) policy: Arc<ListenerPolicy>,
    pub(crate) version: ProtocolVersion,
    online: bool,
    pub(crate) wants_problem_information: bool,
    pub(crate) re_authentication: ReAuthentication,
    /// A packet of this connection found no room, and its version has no answer for that.
    pub(crate) unanswered: bool,
    pub(crate) window: u16,
    pub(crate) keep_alive_s: u16,
    pub(crate) packet_size_max: u32,
    pub(crate) expiry_interval_s: u32,
    /// Before the process began for a session that is older.
    offline_since_mono_ms: i64,
    keep_alive: KeepAlive,
    pub(crate) inbound: Inbound,
    pub(crate) gate: Gate,
    pub(crate) inflight: Inflight,
    pub(crate) outbox: Option<Box<Outbox>>,
    inbound_aliases_max: u16,
    outbound_aliases_max: u16,
    /// Made when the first alias is used.
    aliases: Option<Box<Aliases>>,
    pub(crate) will: Option<Box<Will>>,
    pub(crate) login: Option<Box<Login>>,
}

/// How the client came in, where it said something of it.
#[derive(Debug)]
pub(crate) struct Login {
    username: Option<Box<str>>,
    authentication_method: Option<Box<str>>,
    superuser: bool,
}

impl Login {
    pub(crate) fn of_user(username: Box<str>) -> Self {
        Self { username: Some(username), authentication_method: None, superuser: false }
    }
}

#[derive(Debug)]
struct Aliases {
    inbound: InboundAliases,
    outbound: OutboundAliases,
}

/// What the end of a connection leaves to do.
#[derive(Debug)]
pub struct Detached {
    /// A Will to publish now.
    pub will: Option<Box<Will>>,
    /// The session is over.
    pub over: bool,
}

/// What has become due.
#[derive(Debug, Default)]
pub struct Due {
    /// The connection has to be closed.
    pub close: Option<CloseCause>,
    /// A Will whose delay has passed.
    pub will: Option<Box<Will>>,
    /// The session has expired.
    pub over: bool,
    /// Messages have to be sent, again or from the queue: [`Session::refill`] does.
    pub resend: bool,
}

impl Session {
    /// A new session, connected by `request`.
    #[must_use]
    pub fn new(id: SessionId, request: &mut ConnectRequest, now: Now) -> Self {
        let keep_alive = KeepAlive::new(0, 0.75, now);
        let policy = Arc::clone(&request.policy);
        let mut session = Self::unconnected(id, policy, request.version, keep_alive);
        session.attach(request, now);
        session
    }

    pub(crate) fn unconnected(
        id: SessionId,
        policy: Arc<ListenerPolicy>,
        version: ProtocolVersion,
        keep_alive: KeepAlive,
    ) -> Self {
        Self {
            id,
            policy,
            version,
            online: false,
            wants_problem_information: true,
            re_authentication: ReAuthentication::None,
            unanswered: false,
            window: 0,
            keep_alive_s: 0,
            packet_size_max: u32::MAX,
            expiry_interval_s: 0,
            offline_since_mono_ms: 0,
            keep_alive,
            inbound: Inbound::default(),
            gate: Gate::default(),
            inflight: Inflight::default(),
            outbox: None,
            inbound_aliases_max: 0,
            outbound_aliases_max: 0,
            aliases: None,
            will: None,
            login: None,
        }
    }

    /// The session continues on a new connection. CONNACK is [`crate::write_connack`]'s; what has to
    /// be sent again comes with the next [`Session::refill`].
    ///
    /// A Will that still waited is not sent any more `[MQTT-3.1.3-9]`.
    pub fn attach(&mut self, request: &mut ConnectRequest, now: Now) {
        debug_assert!(!self.online, "the old connection was detached");
        self.policy = Arc::clone(&request.policy);
        self.version = request.version;
        self.online = true;
        self.unanswered = false;
        self.wants_problem_information = request.wants_problem_information;
        self.re_authentication = ReAuthentication::None;
        self.window = request.receive_maximum.min(self.policy.inflight_max).max(1);
        self.packet_size_max = request.packet_size_max;
        self.expiry_interval_s = request.session_expiry_s;
        self.keep_alive_s = request.keep_alive_s;
        self.keep_alive = KeepAlive::new(request.keep_alive_s, self.policy.keep_alive_backoff, now);
        self.inbound.begin_connection();
        self.inflight.begin_resend();
        self.aliases = None;
        self.inbound_aliases_max =
            if request.version == ProtocolVersion::V5 { self.policy.topic_aliases_max } else { 0 };
        self.outbound_aliases_max = request.topic_alias_maximum.min(self.inbound_aliases_max);
        self.will = request.will.take();
        let (username, authentication_method) =
            (request.username.take(), request.authentication_method.take());
        let superuser = request.superuser;
        let said_anything = username.is_some() || authentication_method.is_some() || superuser;
        self.login =
            said_anything.then(|| Box::new(Login { username, authentication_method, superuser }));
    }

    /// The connection is gone. `clean`: the client said goodbye with reason 0x00, so the Will is
    /// discarded `[MQTT-3.1.2-10]`.
    pub fn detach(&mut self, clean: bool, now: Now) -> Detached {
        self.online = false;
        self.expire_since(now, 0);
        self.aliases = None;
        self.gate.mute();
        self.inbound.begin_connection();
        if clean {
            self.will = None;
        }
        let over = self.expiry_interval_s == 0;
        let no_delay = self.will.as_ref().is_some_and(|will| will.delay_interval_s == 0);
        let will = if over || no_delay { self.will.take() } else { None };
        Detached { will, over }
    }

    /// The session ends although its time has not come: a clean start has replaced it. Gives the Will
    /// that still waited: the end of the session is when it is due at the latest.
    pub fn end(&mut self) -> Option<Box<Will>> {
        self.will.take()
    }

    /// Takes one packet of the client.
    ///
    /// # Errors
    /// Why the connection has to be closed.
    pub fn handle_frame<'a>(
        &mut self,
        frame: &Frame<'a>,
        scratch: &'a mut Scratch,
        out: &mut Vec<u8>,
        journal: &mut Journal<'_>,
    ) -> Result<Action<'a>, CloseCause> {
        match frame.packet_type {
            PacketType::Publish => self.on_publish(frame, scratch, out),
            PacketType::PubAck => self.on_puback(frame, journal),
            PacketType::PubRec => self.on_pubrec(frame, journal),
            PacketType::PubRel => self.on_pubrel(frame, journal),
            PacketType::PubComp => self.on_pubcomp(frame, journal),
            PacketType::Subscribe => self.on_subscribe(frame),
            PacketType::Unsubscribe => self.on_unsubscribe(frame),
            PacketType::PingReq => {
                Packet::decode(frame, self.version).map_err(CloseCause::Undecodable)?;
                // [MQTT-3.12.4-1]
                out.extend_from_slice(&PINGRESP);
                Ok(Action::Nothing)
            }
            PacketType::Disconnect => self.on_disconnect(frame),
            PacketType::Auth => self.on_auth(frame),
            // [MQTT-3.1.0-2]
            PacketType::Connect => Err(CloseCause::UnexpectedPacket("a second CONNECT")),
            PacketType::ConnAck
            | PacketType::SubAck
            | PacketType::UnsubAck
            | PacketType::PingResp => {
                Err(CloseCause::UnexpectedPacket("a packet that only a server sends"))
            }
        }
    }

    /// Bytes of the client have come.
    pub fn heard(&mut self, now: Now) {
        self.keep_alive.heard(now);
    }

    /// When [`Session::handle_timeout`] has something to do, monotonic milliseconds.
    #[must_use]
    pub fn next_deadline(&self) -> Option<u64> {
        let at = if self.online {
            [self.keep_alive.deadline(), self.retry_deadline(), self.dequeue_deadline()]
        } else {
            [self.expiry_deadline(), self.will_deadline(), None]
        };
        at.into_iter().flatten().min()
    }

    /// What is due at `now`.
    pub fn handle_timeout(&mut self, now: Now) -> Due {
        let is_due = |deadline: Option<u64>| deadline.is_some_and(|at| at <= now.mono_ms);
        let mut due = Due::default();
        if self.online {
            if self.keep_alive.is_over(now) {
                due.close = Some(CloseCause::KeepAliveTimeout);
            } else if is_due(self.retry_deadline()) {
                self.inflight.begin_retry(self.policy.message_retry_ms, now);
                due.resend = true;
            } else {
                due.resend = is_due(self.dequeue_deadline());
                // Whether or not something can leave now: the client's window may be full.
                if let (Some(rate), Some(outbox)) = (self.policy.queue_rate, &mut self.outbox) {
                    outbox.dequeued.end_period(rate, now);
                }
            }
        } else {
            due.over = is_due(self.expiry_deadline());
            if due.over || is_due(self.will_deadline()) {
                due.will = self.will.take();
            }
        }
        due
    }

    /// The session's name.
    #[must_use]
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// Whether a connection is attached.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.online
    }

    /// Whether it outlives its connection, so that its state has to be kept.
    #[must_use]
    pub fn is_persistent(&self) -> bool {
        self.expiry_interval_s > 0
    }

    /// How long it outlives its connection, seconds; `u32::MAX`: for ever.
    #[must_use]
    pub fn expiry_interval_s(&self) -> u32 {
        self.expiry_interval_s
    }

    /// The Will that is still to be published.
    #[must_use]
    pub fn will(&self) -> Option<&Will> {
        self.will.as_deref()
    }

    /// The version of its connection.
    #[must_use]
    pub fn version(&self) -> ProtocolVersion {
        self.version
    }

    /// The terms of its listener.
    #[must_use]
    pub fn policy(&self) -> &Arc<ListenerPolicy> {
        &self.policy
    }

    /// The user name of its connection.
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        self.login.as_ref()?.username.as_deref()
    }

    /// Whether access rules do not hold for the client.
    #[must_use]
    pub fn is_superuser(&self) -> bool {
        self.login.as_ref().is_some_and(|login| login.superuser)
    }

    pub(crate) fn set_superuser(&mut self, superuser: bool) {
        if let Some(login) = &mut self.login {
            login.superuser = superuser;
        }
    }

    /// The keep-alive of its connection, seconds.
    #[must_use]
    pub fn keep_alive_s(&self) -> u16 {
        self.keep_alive_s
    }

    /// The aliases that the client sets; `None`: it was granted none.
    pub(crate) fn inbound_aliases(&mut self) -> Option<&mut InboundAliases> {
        (self.inbound_aliases_max > 0).then(|| &mut self.aliases().inbound)
    }

    /// The aliases that the broker sets; `None`: the client wants none.
    pub(crate) fn outbound_aliases(&mut self) -> Option<&mut OutboundAliases> {
        (self.outbound_aliases_max > 0).then(|| &mut self.aliases().outbound)
    }

    fn aliases(&mut self) -> &mut Aliases {
        let (inbound_max, outbound_max) = (self.inbound_aliases_max, self.outbound_aliases_max);
        self.aliases.get_or_insert_with(|| {
            Box::new(Aliases {
                inbound: InboundAliases::new(inbound_max),
                outbound: OutboundAliases::new(outbound_max),
            })
        })
    }

    /// The method of enhanced authentication.
    pub(crate) fn authentication_method(&self) -> Option<&str> {
        self.login.as_ref()?.authentication_method.as_deref()
    }

    /// Messages waiting for the client.
    #[must_use]
    pub fn queue_len(&self) -> usize {
        self.outbox.as_ref().map_or(0, |outbox| outbox.len())
    }

    /// Bytes of the messages waiting for the client.
    #[must_use]
    pub fn queue_bytes(&self) -> usize {
        self.outbox.as_ref().map_or(0, |outbox| outbox.bytes())
    }

    /// Whether the queue waits for nothing but its rate.
    #[must_use]
    pub fn is_held_back(&self) -> bool {
        self.dequeue_deadline().is_some()
    }

    /// Messages that the client has not acknowledged.
    #[must_use]
    pub fn inflight_len(&self) -> usize {
        self.inflight.len()
    }

    /// The unacknowledged messages that are kept, in the order of their first sending.
    pub fn inflight_messages(&self) -> impl Iterator<Item = &Message> {
        self.inflight.messages()
    }

    /// Messages of the client that are not acknowledged to the end.
    #[must_use]
    pub fn inbound_len(&self) -> usize {
        usize::from(self.inbound.outstanding())
    }

    /// Whether something waits to be sent: repeated after a reconnect, or from the queue.
    #[must_use]
    pub fn has_waiting(&self) -> bool {
        self.outbox.is_some() || self.inflight.has_resend()
    }

    /// Whether its queue is half full: who feeds it should slow down.
    #[must_use]
    pub fn is_filling(&self) -> bool {
        self.fill_level(2)
    }

    /// Whether its queue has no room for another message.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let limits = &self.policy.queue;
        self.outbox.as_ref().is_some_and(|outbox| {
            outbox.len() >= limits.messages_max || outbox.bytes() >= limits.bytes_max
        })
    }

    /// Whether its queue has drained to a quarter.
    #[must_use]
    pub fn has_drained(&self) -> bool {
        !self.fill_level(4)
    }

    /// Whether more than one part in `parts` of the queue is in use.
    fn fill_level(&self, parts: usize) -> bool {
        let limits = &self.policy.queue;
        self.outbox.as_ref().is_some_and(|outbox| {
            outbox.len() > limits.messages_max / parts || outbox.bytes() > limits.bytes_max / parts
        })
    }

    /// Whether the client may be read. A 3.x client over the inbound limit is not: it has no way to
    /// know the limit.
    #[must_use]
    pub fn wants_input(&self) -> bool {
        self.version == ProtocolVersion::V5
            || self.inbound.outstanding() < self.policy.inflight_max
            || self.gate.is_empty()
    }

    /// Whether messages are kept for sending them again.
    pub(crate) fn keeps_messages(&self) -> bool {
        self.is_persistent() || self.retries()
    }

    /// After how long an unacknowledged message is sent again on a live connection, milliseconds; 0:
    /// never, as MQTT 5 demands `[MQTT-4.4.0-1]`.
    #[must_use]
    pub fn retry_ms(&self) -> u64 {
        if self.version == ProtocolVersion::V5 { 0 } else { self.policy.message_retry_ms }
    }

    fn retries(&self) -> bool {
        self.retry_ms() > 0
    }

    fn retry_deadline(&self) -> Option<u64> {
        if !self.retries() {
            return None;
        }
        self.inflight.retry_deadline(self.policy.message_retry_ms)
    }

    /// When the rate of the queue lets the next message go, if that is what it waits for.
    fn dequeue_deadline(&self) -> Option<u64> {
        let rate = self.policy.queue_rate?;
        let outbox = self.outbox.as_ref().filter(|outbox| !outbox.is_empty())?;
        outbox.dequeued.is_exhausted(rate).then(|| outbox.dequeued.next_period(rate))
    }

    /// The connection ended this long before `now`, milliseconds.
    pub(crate) fn expire_since(&mut self, now: Now, offline_ms: u64) {
        let now_ms = i64::try_from(now.mono_ms).unwrap_or(i64::MAX);
        self.offline_since_mono_ms = now_ms.saturating_sub_unsigned(offline_ms);
    }

    fn expiry_deadline(&self) -> Option<u64> {
        session_expiry::deadline(self.expiry_interval_s, self.offline_since_mono_ms)
    }

    fn will_deadline(&self) -> Option<u64> {
        let delay_s = self.will.as_ref()?.delay_interval_s;
        Some(session_expiry::after(self.offline_since_mono_ms, delay_s))
    }
}
