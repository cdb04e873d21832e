//! The keys of a listener, by what they are about.

use std::net::SocketAddr;
use std::time::Duration;

use rmqtt_keys::{Key, Section, key};

use super::kind::Kind;
use super::{Anonymous, TcpListener};

/// The largest packet that MQTT can express: five bytes of fixed header and 268,435,455 bytes.
const PACKET_SIZE_MAX: u64 = 268_435_460;

/// What brings the PROXY protocol's keys.
const PROXY: &str = "PROXY protocol";

/// `enable` and `addr`: whether there is a listener, and where; `None` after a problem. The listener
/// that is there without any section has its address in a section of its name too.
pub(super) fn enabled_and_addr(
    kind: Kind,
    name: &str,
    section: &mut Section<'_, '_>,
) -> (bool, Option<SocketAddr>) {
    let is_enabled = section.boolean(key("enable", "Is there this listener?"), true);
    let addr = key("addr", "Where it listens; listener.tcp.default need not say it.");
    let unconfigured = TcpListener::unconfigured();
    let addr = match kind {
        Kind::Tcp if name == unconfigured.name => {
            Some(section.socket_addr(addr, unconfigured.addr))
        }
        Kind::Tcp => section.required_socket_addr(addr),
        _ => section.required_socket_addr(key("addr", "Where it listens.")),
    };
    (is_enabled, addr)
}

/// All others. What holds without a key is what the listener says when it comes.
pub(super) fn all(listener: &mut TcpListener, kind: Kind, section: &mut Section<'_, '_>) {
    connections(listener, section);
    socket(listener, kind, section);
    admission(listener, section);
    keep_alive(listener, section);
    delivery(listener, section);
    queue(listener, section);
    sessions(listener, section);
    features(listener, section);
    proxy_protocol(kind, section);
    certificate(kind, section);
    section.retired("workers", "sessions belong to the node's workers (runtime.workers)");
}

fn connections(listener: &mut TcpListener, section: &mut Section<'_, '_>) {
    listener.max_connections = section.integer(
        key("max_connections", "Connections at a time; one more is closed at once.")
            .unit("connections"),
        1..=usize::MAX,
        listener.max_connections,
    );
    listener.max_handshaking_limit = section.integer(
        key("max_handshaking_limit", "Connections whose CONNECT is being worked on.")
            .unit("connections"),
        1..=usize::MAX,
        listener.max_handshaking_limit,
    );
    listener.handshake_timeout = section.positive_duration(
        key("handshake_timeout", "From accepting a connection to accepting its CONNECT."),
        listener.handshake_timeout,
    );
    let bytes = section.size(
        key("max_packet_size", "A whole packet of a client; 0 for the largest MQTT can express."),
        0..=PACKET_SIZE_MAX,
        u64::from(listener.max_packet_size_bytes),
    );
    let bytes = if bytes == 0 { PACKET_SIZE_MAX } else { bytes };
    listener.max_packet_size_bytes =
        u32::try_from(bytes).expect("the largest packet size fits 32 bits");
}

fn socket(listener: &mut TcpListener, kind: Kind, section: &mut Section<'_, '_>) {
    if kind.is_tcp() {
        listener.backlog = section.integer(
            key("backlog", "Connections that the system accepts ahead of the broker.")
                .unit("connections"),
            0..=i32::MAX.unsigned_abs(),
            listener.backlog,
        );
        listener.nodelay = section.boolean(key("nodelay", "TCP_NODELAY."), listener.nodelay);
        listener.reuseaddr = section.boolean(key("reuseaddr", "SO_REUSEADDR."), listener.reuseaddr);
        listener.reuseport = section.boolean(key("reuseport", "SO_REUSEPORT."), listener.reuseport);
        listener.tcp_keepalive =
            section.boolean(key("tcp_keepalive", "SO_KEEPALIVE."), listener.tcp_keepalive);
        section.retired("idle_timeout", "only QUIC has it; keep-alive ends silent connections");
    } else {
        for name in ["backlog", "nodelay", "reuseaddr", "reuseport", "tcp_keepalive"] {
            section.retired(name, "QUIC has no TCP connections");
        }
        section.positive_duration(
            key("idle_timeout", "For how long a connection may be silent."),
            Duration::from_secs(90),
        );
    }
}

fn admission(listener: &mut TcpListener, section: &mut Section<'_, '_>) {
    let anonymous = key("allow_anonymous", "May clients connect without a user name?");
    listener.allow_anonymous = match section.boolean(anonymous, false) {
        true => Anonymous::Always,
        false => Anonymous::Never,
    };
    // [MQTT-3.1.3-5]: a server takes 23 bytes.
    listener.max_clientid_len = section.integer(
        key("max_clientid_len", "Length of a client identifier.").unit("bytes"),
        23..=u16::MAX,
        listener.max_clientid_len,
    );
    listener.response_information = section.optional_text(
        key(
            "response_information",
            "Response Information for clients that ask for it; %c is the client identifier.",
        ),
        1_024,
        "none",
    );
}

fn keep_alive(listener: &mut TcpListener, section: &mut Section<'_, '_>) {
    listener.min_keepalive_s = section.integer(
        key("min_keepalive", "Shortest keep-alive.").unit("s"),
        0..=u16::MAX,
        listener.min_keepalive_s,
    );
    listener.max_keepalive_s = section.integer(
        key("max_keepalive", "Longest keep-alive.").unit("s"),
        0..=u16::MAX,
        listener.max_keepalive_s,
    );
    if listener.min_keepalive_s > listener.max_keepalive_s {
        let message = format!("expected at most max_keepalive, {}", listener.max_keepalive_s);
        section.problem("min_keepalive", message);
    }
    listener.allow_zero_keepalive = section.boolean(
        key("allow_zero_keepalive", "May a client ask for no keep-alive?"),
        listener.allow_zero_keepalive,
    );
    // Less than 0.5 would cut clients that keep their own interval.
    listener.keepalive_backoff = section.number(
        key("keepalive_backoff", "A silent client is given up after keep-alive × this × 2."),
        0.5..=100.0,
        f64::from(listener.keepalive_backoff),
    ) as f32;
}

fn delivery(listener: &mut TcpListener, section: &mut Section<'_, '_>) {
    listener.max_inflight = section.integer(
        key("max_inflight", "Unacknowledged messages of QoS 1 and 2 in each direction.")
            .unit("messages"),
        1..=u16::MAX,
        listener.max_inflight,
    );
    listener.max_qos_allowed = section.integer(
        key("max_qos_allowed", "Highest QoS of publishes and subscriptions."),
        0..=2,
        listener.max_qos_allowed,
    );
    listener.max_topic_aliases = section.integer(
        key("max_topic_aliases", "Topic aliases in each direction.").unit("aliases"),
        0..=u16::MAX,
        listener.max_topic_aliases,
    );
    listener.message_retry_interval = none_if_zero(
        section,
        key(
            "message_retry_interval",
            "When an unacknowledged message is sent again on a connection of MQTT 3.x; 0 for only \
             on reconnection.",
        ),
    );
    listener.message_expiry_interval = none_if_zero(
        section,
        key("message_expiry_interval", "Expiry of messages that bring none; 0 for never."),
    );
}

fn queue(listener: &mut TcpListener, section: &mut Section<'_, '_>) {
    listener.max_mqueue_len = section.integer(
        key("max_mqueue_len", "Messages in a session's queue.").unit("messages"),
        1..=usize::MAX,
        listener.max_mqueue_len,
    );
    listener.max_mqueue_bytes = section.size(
        key("max_mqueue_bytes", "Size of a session's queue."),
        1..=u64::MAX,
        listener.max_mqueue_bytes,
    );
    listener.mqueue_overflow = section.choice(
        key("mqueue_overflow", "What gives way when a session's queue is full."),
        listener.mqueue_overflow,
    );
    listener.mqueue_rate_limit = section.form(
        key("mqueue_rate_limit", "How fast messages that have waited leave a session's queue."),
        "\"N,DURATION\"",
        "as fast as the client takes them",
        |text| text.parse().map_err(|error: crate::RateError| error.to_string()),
    );
    listener.publisher_pause_max = section.duration(
        key(
            "publisher_pause_max",
            "How long a publisher may be paused for a receiver whose queue is half full.",
        ),
        listener.publisher_pause_max,
    );
}

fn sessions(listener: &mut TcpListener, section: &mut Section<'_, '_>) {
    listener.session_expiry_interval = section.duration(
        key("session_expiry_interval", "Expiry of sessions of MQTT 3.x without clean session."),
        listener.session_expiry_interval,
    );
    listener.max_session_expiry_interval = none_if_zero(
        section,
        key(
            "max_session_expiry_interval",
            "Cap of what a client of MQTT 5.0 asks for; 0 for none.",
        ),
    );
    listener.max_subscriptions = unlimited_if_zero(
        section,
        key("max_subscriptions", "Subscriptions of a session; 0 for no limit.")
            .unit("subscriptions"),
    );
    listener.max_topic_levels = unlimited_if_zero(
        section,
        key("max_topic_levels", "Levels of a topic or filter; 0 for no limit.").unit("levels"),
    );
}

fn features(listener: &mut TcpListener, section: &mut Section<'_, '_>) {
    listener.limit_subscription = section.boolean(
        key("limit_subscription", "Are $limit/N/… and $exclusive/… understood?"),
        listener.limit_subscription,
    );
    listener.delayed_publish = section.boolean(
        key("delayed_publish", "Is $delayed/SECONDS/… understood?"),
        listener.delayed_publish,
    );
    listener.shared_subscription = section.boolean(
        key("shared_subscription", "Is $share/GROUP/… understood, if the plugin for it runs?"),
        listener.shared_subscription,
    );
}

fn proxy_protocol(kind: Kind, section: &mut Section<'_, '_>) {
    if !kind.is_tcp() {
        section.retired("proxy_protocol", "QUIC has no PROXY protocol");
        section.retired("proxy_protocol_timeout", "QUIC has no PROXY protocol");
        return;
    }
    let proxy = key("proxy_protocol", "Does every connection begin with a PROXY header?");
    if section.boolean(proxy.pending(PROXY), false) {
        section.problem("proxy_protocol", format!("this build has no {PROXY} yet"));
    }
    section.positive_duration(
        key("proxy_protocol_timeout", "How long that header may take.").pending(PROXY),
        Duration::from_secs(5),
    );
}

fn certificate(kind: Kind, section: &mut Section<'_, '_>) {
    if !kind.is_encrypted() {
        for name in [
            "cert",
            "key",
            "client_ca_certs",
            "cross_certificate",
            "cert_cn_as_username",
            "cert_subject_dn_as_username",
            "collect_cert_info",
        ] {
            section.retired(name, "a listener of this kind is not encrypted");
        }
        return;
    }
    section.optional_path(key("cert", "The server's certificate chain, PEM."), "none");
    section.optional_path(key("key", "The private key of the certificate, PEM."), "none");
    section.optional_path(
        key("client_ca_certs", "Certificates that have signed those of clients, PEM."),
        "the chain of cert",
    );
    for (name, meaning) in [
        ("cross_certificate", "Has a client to show a certificate?"),
        ("cert_cn_as_username", "Is the common name of a client's certificate its user name?"),
        (
            "cert_subject_dn_as_username",
            "Is the subject of a client's certificate its user name? It wins over the common name.",
        ),
        ("collect_cert_info", "Is what a client's certificate says kept with its session?"),
    ] {
        section.boolean(key(name, meaning), false);
    }
}

fn unlimited_if_zero(section: &mut Section<'_, '_>, key: Key<'_>) -> Option<usize> {
    Some(section.integer(key, 0..=usize::MAX, 0)).filter(|max| *max > 0)
}

fn none_if_zero(section: &mut Section<'_, '_>, key: Key<'_>) -> Option<Duration> {
    Some(section.duration(key, Duration::ZERO)).filter(|duration| !duration.is_zero())
}
