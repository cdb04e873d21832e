//! `[listener.KIND.NAME]`: where clients connect and what they may do there.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use rmqtt_keys::{Choice, KeyPath, Reader, Section};

use crate::rate::Rate;

use kind::Kind;

mod kind;
mod read;

/// One TCP listener. Fields are named like their keys, with the unit where a key has none.
#[derive(Clone, Debug, PartialEq)]
pub struct TcpListener {
    /// The free text of the section's name.
    pub name: String,
    /// `addr`: required.
    pub addr: SocketAddr,
    /// `max_connections`: established connections at a time. Default 1,024,000.
    pub max_connections: usize,
    /// `max_handshaking_limit`: connections whose CONNECT is being worked on. Default 500.
    pub max_handshaking_limit: usize,
    /// `handshake_timeout`: from accept to the accepted CONNECT. Default 15 s.
    pub handshake_timeout: Duration,
    /// `max_packet_size`: a whole packet of a client. Default 1 MiB; 0 means the largest that MQTT
    /// can express.
    pub max_packet_size_bytes: u32,
    /// `backlog` of the listening socket. Default 1,024.
    pub backlog: u32,
    /// `nodelay`: TCP_NODELAY. Default true: writes are already gathered per turn.
    pub nodelay: bool,
    /// `reuseaddr`: SO_REUSEADDR. Default true.
    pub reuseaddr: bool,
    /// `reuseport`: SO_REUSEPORT. Default false.
    pub reuseport: bool,
    /// `tcp_keepalive`: SO_KEEPALIVE. Default true.
    pub tcp_keepalive: bool,
    /// `allow_anonymous`. Default false in a section that is written.
    pub allow_anonymous: Anonymous,
    /// `min_keepalive` in seconds. Default 0.
    pub min_keepalive_s: u16,
    /// `max_keepalive` in seconds. Default 65,535.
    pub max_keepalive_s: u16,
    /// `allow_zero_keepalive`: may a client ask for no keep-alive? Default true.
    pub allow_zero_keepalive: bool,
    /// `keepalive_backoff`: a client is given up after keep-alive × this × 2. Default 0.75; at least
    /// 0.5, since less would cut clients that keep their own interval.
    pub keepalive_backoff: f32,
    /// `max_inflight`: unacknowledged QoS 1 and 2 messages in each direction. Default 256.
    pub max_inflight: u16,
    /// `max_mqueue_len`: messages in a session's queue. Default 100,000.
    pub max_mqueue_len: usize,
    /// `max_mqueue_bytes`: bytes in a session's queue. Default 64 MiB.
    pub max_mqueue_bytes: u64,
    /// `mqueue_rate_limit`: how fast messages that have waited in the queue leave it; `None` (the
    /// default) as fast as the client takes them.
    pub mqueue_rate_limit: Option<Rate>,
    /// `mqueue_overflow`: what happens beyond either. Default `drop_oldest`.
    pub mqueue_overflow: Overflow,
    /// `publisher_pause_max`: how long a publisher may be paused for a receiver whose queue is half
    /// full. Default 1 s; 0 pauses nobody.
    pub publisher_pause_max: Duration,
    /// `response_information`: what CONNACK answers to a client that requests it, with `%c` for its
    /// client identifier. Default none.
    pub response_information: Option<String>,
    /// `max_clientid_len` in bytes. Default 65,535; at least 23 [MQTT-3.1.3-5].
    pub max_clientid_len: u16,
    /// `max_qos_allowed`: 0, 1 or 2. Default 2.
    pub max_qos_allowed: u8,
    /// `max_topic_levels` of a filter; `None` (0, the default) for no limit.
    pub max_topic_levels: Option<usize>,
    /// `session_expiry_interval` of MQTT 3.x sessions without clean session. Default 2 h.
    pub session_expiry_interval: Duration,
    /// `max_session_expiry_interval`: cap of what an MQTT 5 client asks for; `None` (0, the default)
    /// for no cap.
    pub max_session_expiry_interval: Option<Duration>,
    /// `message_retry_interval`: unacknowledged messages are sent again on a live connection after
    /// this; `None` (unset or 0, the default) sends them again on reconnection only.
    pub message_retry_interval: Option<Duration>,
    /// `message_expiry_interval` of messages that bring none; `None` (unset or 0, the default) keeps
    /// them.
    pub message_expiry_interval: Option<Duration>,
    /// `max_subscriptions` of a client; `None` (0, the default) for no limit.
    pub max_subscriptions: Option<usize>,
    /// `max_topic_aliases` in each direction. Default 32: an alias costs memory only once a client
    /// uses it, and 0 would refuse what MQTT 5 clients expect to work without a configuration.
    pub max_topic_aliases: u16,
    /// `limit_subscription`: are `$limit/N/…` and `$exclusive/…` understood? Default false.
    pub limit_subscription: bool,
    /// `delayed_publish`: is `$delayed/SECS/…` understood? Default false.
    pub delayed_publish: bool,
    /// `shared_subscription`: is `$share/GROUP/…` understood? Default true.
    pub shared_subscription: bool,
}

/// Who may connect without credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anonymous {
    /// Nobody (`allow_anonymous = false`).
    Never,
    /// Peers on this machine; what holds while no listener is written.
    Loopback,
    /// Everybody (`allow_anonymous = true`).
    Always,
}

/// What a full session queue does with one more message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// The oldest message makes room.
    DropOldest,
    /// The new message is dropped.
    DropNew,
    /// The session's connection is closed.
    Disconnect,
}

impl Choice for Overflow {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("drop_oldest", Self::DropOldest),
        ("drop_new", Self::DropNew),
        ("disconnect", Self::Disconnect),
    ];
}

/// Where clients expect MQTT over TCP.
const DEFAULT_PORT: u16 = 1883;

impl TcpListener {
    /// The listener of a configuration without any: every address, port 1883, and nobody anonymous
    /// but from this machine.
    #[must_use]
    pub fn unconfigured() -> Self {
        let addr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), DEFAULT_PORT);
        Self {
            allow_anonymous: Anonymous::Loopback,
            ..Self::with_defaults("default".to_owned(), addr)
        }
    }

    /// What holds for a section that says nothing but its address.
    fn with_defaults(name: String, addr: SocketAddr) -> Self {
        Self {
            name,
            addr,
            max_connections: 1_024_000,
            max_handshaking_limit: 500,
            handshake_timeout: Duration::from_secs(15),
            max_packet_size_bytes: 1 << 20,
            backlog: 1_024,
            nodelay: true,
            reuseaddr: true,
            reuseport: false,
            tcp_keepalive: true,
            allow_anonymous: Anonymous::Never,
            min_keepalive_s: 0,
            max_keepalive_s: u16::MAX,
            allow_zero_keepalive: true,
            keepalive_backoff: 0.75,
            max_inflight: 256,
            max_mqueue_len: 100_000,
            max_mqueue_bytes: 64 << 20,
            mqueue_rate_limit: None,
            mqueue_overflow: Overflow::DropOldest,
            publisher_pause_max: Duration::from_secs(1),
            response_information: None,
            max_clientid_len: u16::MAX,
            max_qos_allowed: 2,
            max_topic_levels: None,
            session_expiry_interval: Duration::from_secs(7_200),
            max_session_expiry_interval: None,
            message_retry_interval: None,
            message_expiry_interval: None,
            max_subscriptions: None,
            max_topic_aliases: 32,
            limit_subscription: false,
            delayed_publish: false,
            shared_subscription: true,
        }
    }

    /// Where one of its keys stands.
    #[must_use]
    pub fn key(&self, name: &str) -> KeyPath {
        self.path().child(name)
    }

    /// Does it listen to IPv6 alone? An address `[::]` takes IPv4 too, unless a listener of the same
    /// port takes all of that.
    #[must_use]
    pub fn is_only_v6(&self, listeners: &[Self]) -> bool {
        let takes_v4 = |other: &Self| {
            other.addr.is_ipv4() && other.addr.ip().is_unspecified() && self.has_port_of(other)
        };
        self.addr.is_ipv6() && self.addr.ip().is_unspecified() && listeners.iter().any(takes_v4)
    }

    fn path(&self) -> KeyPath {
        Kind::Tcp.path().child(&self.name)
    }

    fn has_port_of(&self, other: &Self) -> bool {
        self.addr.port() == other.addr.port() && self.addr.port() != 0
    }

    /// Why both cannot be bound; `None` if they can.
    fn collision_with(&self, other: &Self) -> Option<String> {
        if !self.has_port_of(other) {
            return None;
        }
        let (own, others) = (self.addr.ip().to_canonical(), other.addr.ip().to_canonical());
        if own == others {
            return Some(format!("{} is the address of {} too", self.addr, other.path()));
        }
        // Two that share their port on purpose may: the system takes the nearer address.
        let is_shared = self.reuseport && other.reuseport;
        if takes(own, others) && !is_shared {
            return Some(format!("{} takes {} of {} too", self.addr, other.addr, other.path()));
        }
        if takes(others, own) && !is_shared {
            return Some(format!("{} of {} takes {} too", other.addr, other.path(), self.addr));
        }
        None
    }
}

/// Does one who listens on the first address get what is for the second?
fn takes(all: IpAddr, one: IpAddr) -> bool {
    match (all, one) {
        (IpAddr::V4(all), IpAddr::V4(_)) => all.is_unspecified(),
        (IpAddr::V6(all), IpAddr::V6(_)) => all.is_unspecified(),
        // `[::]` beside `0.0.0.0` is bound to IPv6 alone.
        (IpAddr::V6(all), IpAddr::V4(one)) => all.is_unspecified() && !one.is_unspecified(),
        (IpAddr::V4(_), IpAddr::V6(_)) => false,
    }
}

/// What is wrong with the name of a listener: it has to be told from others in lines and paths.
fn refusal_of_name(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("expected a name that is not empty");
    }
    if name.contains(char::is_control) {
        return Some("expected a name without line breaks and control characters");
    }
    let is_sign = name == "*" || (name.starts_with('[') && name.ends_with(']'));
    is_sign.then_some("expected a name: * and [0] are signs in the paths of keys")
}

/// All TCP listeners that are enabled. An enabled listener of another kind is a problem.
pub(crate) fn read_all(reader: &mut Reader<'_>) -> Vec<TcpListener> {
    let mut tcp = Vec::new();
    let mut has_tcp_or_tls = false;
    let mut enabled_of_others = 0;
    for kind in Kind::ALL {
        read_section(kind, "", reader.declared_section(&kind.path()));
        let names = reader.names_below(&kind.path());
        has_tcp_or_tls |= !names.is_empty() && matches!(kind, Kind::Tcp | Kind::Tls);
        for name in &names {
            if let Some(message) = refusal_of_name(name) {
                reader.problem(&kind.path().child(name), message);
            }
            let (listener, is_enabled) =
                read_section(kind, name, reader.named_section(&kind.path(), name));
            match kind.pending() {
                _ if !is_enabled => {}
                None => tcp.push(listener),
                Some(brings) => {
                    enabled_of_others += 1;
                    let message = format!(
                        "this build has no {brings} yet; enable = false keeps the section for later"
                    );
                    reader.problem(&kind.path().child(name), message);
                }
            }
        }
    }
    if !has_tcp_or_tls {
        return vec![TcpListener::unconfigured()];
    }
    if tcp.is_empty() && enabled_of_others == 0 {
        let message = "expected at least one listener that is enabled";
        reader.problem(&KeyPath::from("listener"), message);
    }
    note_collisions(&tcp, reader);
    tcp
}

/// A listener, and whether it is enabled.
fn read_section(kind: Kind, name: &str, section: Section<'_, '_>) -> (TcpListener, bool) {
    let mut section = match kind.pending() {
        Some(brings) => section.pending(brings),
        None => section,
    };
    let (is_enabled, addr) = read::enabled_and_addr(kind, name, &mut section);
    // The problem of a missing address is noted; port 0 collides with no other listener.
    let addr = addr.unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));
    let mut listener = TcpListener::with_defaults(name.to_owned(), addr);
    read::all(&mut listener, kind, &mut section);
    (listener, is_enabled)
}

fn note_collisions(listeners: &[TcpListener], reader: &mut Reader<'_>) {
    for (index, listener) in listeners.iter().enumerate() {
        let message = listeners[..index].iter().find_map(|other| listener.collision_with(other));
        if let Some(message) = message {
            reader.problem(&listener.key("addr"), message);
        }
    }
}
