//! `[listener.tcp.NAME]`: where clients connect and what they may do there.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::choice::Choice;
use crate::key_path::KeyPath;
use crate::reader::{Reader, Section};

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

/// The largest packet that MQTT can express: five bytes of fixed header and 268,435,455 bytes.
const PACKET_SIZE_MAX: u64 = 268_435_460;

/// Where clients expect MQTT over TCP.
const DEFAULT_ADDR: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 1883);

impl TcpListener {
    /// The listener of a configuration without any: every address, port 1883, and nobody anonymous
    /// but from this machine.
    #[must_use]
    pub fn unconfigured() -> Self {
        let written = crate::written::Written::default();
        let mut reader = Reader::new(&written);
        let mut section = reader.section(KeyPath::from("listener.tcp.default"));
        Self {
            allow_anonymous: Anonymous::Loopback,
            ..Self::read("default", DEFAULT_ADDR, &mut section)
        }
    }

    fn read(name: &str, addr: SocketAddr, section: &mut Section<'_, '_>) -> Self {
        let listener = Self {
            name: name.to_owned(),
            addr,
            max_connections: section.integer("max_connections", 1..=usize::MAX, 1_024_000),
            max_handshaking_limit: section.integer("max_handshaking_limit", 1..=usize::MAX, 500),
            handshake_timeout: section.duration("handshake_timeout", Duration::from_secs(15)),
            max_packet_size_bytes: read_packet_size(section),
            backlog: section.integer("backlog", 1..=i32::MAX.unsigned_abs(), 1_024),
            nodelay: section.boolean("nodelay", true),
            reuseaddr: section.boolean("reuseaddr", true),
            reuseport: section.boolean("reuseport", false),
            tcp_keepalive: section.boolean("tcp_keepalive", true),
            allow_anonymous: match section.boolean("allow_anonymous", false) {
                true => Anonymous::Always,
                false => Anonymous::Never,
            },
            min_keepalive_s: section.integer("min_keepalive", 0..=u16::MAX, 0),
            max_keepalive_s: section.integer("max_keepalive", 0..=u16::MAX, u16::MAX),
            allow_zero_keepalive: section.boolean("allow_zero_keepalive", true),
            keepalive_backoff: section.number("keepalive_backoff", 0.5..=100.0, 0.75),
            max_inflight: section.integer("max_inflight", 1..=u16::MAX, 256),
            max_mqueue_len: section.integer("max_mqueue_len", 1..=usize::MAX, 100_000),
            max_mqueue_bytes: section.size("max_mqueue_bytes", u64::MAX, 64 << 20),
            mqueue_overflow: section.choice("mqueue_overflow", Overflow::DropOldest),
            publisher_pause_max: section.duration("publisher_pause_max", Duration::from_secs(1)),
            response_information: section.optional_text("response_information", 1_024),
            max_clientid_len: section.integer("max_clientid_len", 23..=u16::MAX, u16::MAX),
            max_qos_allowed: section.integer("max_qos_allowed", 0..=2, 2),
            max_topic_levels: unlimited_if_zero(section, "max_topic_levels"),
            session_expiry_interval: section
                .duration("session_expiry_interval", Duration::from_secs(7_200)),
            max_session_expiry_interval: none_if_zero(section, "max_session_expiry_interval"),
            message_retry_interval: none_if_zero(section, "message_retry_interval"),
            message_expiry_interval: none_if_zero(section, "message_expiry_interval"),
            max_subscriptions: unlimited_if_zero(section, "max_subscriptions"),
            max_topic_aliases: section.integer("max_topic_aliases", 0..=u16::MAX, 32),
            limit_subscription: section.boolean("limit_subscription", false),
            delayed_publish: section.boolean("delayed_publish", false),
            shared_subscription: section.boolean("shared_subscription", true),
        };
        if listener.min_keepalive_s > listener.max_keepalive_s {
            let message = format!("expected at most max_keepalive, {}", listener.max_keepalive_s);
            section.problem("min_keepalive", message);
        }
        if listener.handshake_timeout.is_zero() {
            section.problem("handshake_timeout", "expected more than 0");
        }
        if listener.max_mqueue_bytes == 0 {
            section.problem("max_mqueue_bytes", "expected more than 0 bytes");
        }
        listener
    }

    /// Would both bind the same address?
    fn collides_with(&self, other: &Self) -> bool {
        self.addr == other.addr && self.addr.port() != 0
    }
}

/// All TCP listeners that are enabled.
pub(crate) fn read_all(reader: &mut Reader<'_>) -> Vec<TcpListener> {
    let kind = KeyPath::from("listener.tcp");
    let names = reader.names_below(&kind);
    if names.is_empty() {
        return vec![TcpListener::unconfigured()];
    }
    let mut listeners = Vec::with_capacity(names.len());
    for name in &names {
        let path = kind.child(name);
        let mut section = reader.section(path.clone());
        let enabled = section.boolean("enable", true);
        let addr = section.socket_addr("addr");
        if addr.is_none() && !reader.is_written(&path.child("addr")) {
            reader.problem(&path.child("addr"), "required, such as \"0.0.0.0:1883\"");
        }
        let mut section = reader.section(path);
        // The problem of a missing address is noted; port 0 collides with no other listener.
        let addr = addr.unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));
        let listener = TcpListener::read(name, addr, &mut section);
        if enabled {
            listeners.push(listener);
        }
    }
    if listeners.is_empty() {
        reader.problem(&kind, "expected at least one listener that is enabled");
    }
    note_collisions(&listeners, reader);
    listeners
}

fn note_collisions(listeners: &[TcpListener], reader: &mut Reader<'_>) {
    for (index, listener) in listeners.iter().enumerate() {
        if let Some(first) = listeners[..index].iter().find(|other| listener.collides_with(other)) {
            let key = KeyPath::from("listener.tcp").child(&listener.name).child("addr");
            let first = KeyPath::from("listener.tcp").child(&first.name);
            reader.problem(&key, format!("{} is the address of {first} too", listener.addr));
        }
    }
}

fn read_packet_size(section: &mut Section<'_, '_>) -> u32 {
    let bytes = match section.size("max_packet_size", PACKET_SIZE_MAX, 1 << 20) {
        0 => PACKET_SIZE_MAX,
        bytes => bytes,
    };
    u32::try_from(bytes).expect("the largest packet size fits 32 bits")
}

fn unlimited_if_zero(section: &mut Section<'_, '_>, name: &str) -> Option<usize> {
    Some(section.integer(name, 0..=usize::MAX, 0)).filter(|max| *max > 0)
}

fn none_if_zero(section: &mut Section<'_, '_>, name: &str) -> Option<Duration> {
    section.optional_duration(name).filter(|duration| !duration.is_zero())
}
