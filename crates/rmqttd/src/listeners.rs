//! What a listener's settings mean to the broker.

use std::time::Duration;

use rmqtt::{Features, ListenerConfig, ListenerPolicy, QoS, QueueLimits, QueueRate};
use rmqtt_conf::{Anonymous, Overflow, TcpListener};

/// The socket's part.
pub(crate) fn config(listener: &TcpListener) -> ListenerConfig {
    ListenerConfig {
        name: display_name(listener),
        addr: listener.addr,
        backlog: listener.backlog,
        nodelay: listener.nodelay,
        reuseaddr: listener.reuseaddr,
        reuseport: listener.reuseport,
        tcp_keepalive: listener.tcp_keepalive,
        max_connections: listener.max_connections,
    }
}

/// The protocol's part.
pub(crate) fn policy(listener: &TcpListener) -> ListenerPolicy {
    ListenerPolicy {
        name: display_name(listener),
        anonymous: match listener.allow_anonymous {
            Anonymous::Never => rmqtt::Anonymous::Never,
            Anonymous::Loopback => rmqtt::Anonymous::Loopback,
            Anonymous::Always => rmqtt::Anonymous::Always,
        },
        handshake_timeout_ms: milliseconds(listener.handshake_timeout),
        handshakes_max: listener.max_handshaking_limit,
        packet_size_max: listener.max_packet_size_bytes,
        client_id_len_max: usize::from(listener.max_clientid_len),
        keep_alive_min_s: listener.min_keepalive_s,
        keep_alive_max_s: listener.max_keepalive_s,
        keep_alive_zero_allowed: listener.allow_zero_keepalive,
        keep_alive_backoff: listener.keepalive_backoff,
        inflight_max: listener.max_inflight,
        queue: QueueLimits {
            messages_max: listener.max_mqueue_len,
            bytes_max: usize::try_from(listener.max_mqueue_bytes).unwrap_or(usize::MAX),
            overflow: match listener.mqueue_overflow {
                Overflow::DropOldest => rmqtt::Overflow::DropOldest,
                Overflow::DropNew => rmqtt::Overflow::DropNew,
                Overflow::Disconnect => rmqtt::Overflow::Disconnect,
            },
        },
        queue_rate: listener
            .mqueue_rate_limit
            .map(|rate| QueueRate { messages: rate.count, period_ms: milliseconds(rate.period) }),
        publisher_pause_max_ms: milliseconds(listener.publisher_pause_max),
        response_information: listener.response_information.clone(),
        qos_max: QoS::from_u8(listener.max_qos_allowed).unwrap_or(QoS::ExactlyOnce),
        topic_levels_max: listener.max_topic_levels.unwrap_or(0),
        subscriptions_max: listener.max_subscriptions.unwrap_or(0),
        topic_aliases_max: listener.max_topic_aliases,
        session_expiry_s: seconds(listener.session_expiry_interval),
        session_expiry_max_s: listener.max_session_expiry_interval.map_or(0, seconds),
        message_retry_ms: listener.message_retry_interval.map_or(0, milliseconds),
        message_expiry_s: listener.message_expiry_interval.map_or(0, seconds),
        features: Features {
            shared_subscriptions: listener.shared_subscription,
            limit_subscriptions: listener.limit_subscription,
            delayed_publish: listener.delayed_publish,
            ..Features::default()
        },
        ..ListenerPolicy::default()
    }
}

/// What to do when its address cannot be listened on.
pub(crate) fn advice(listener: &TcpListener) -> String {
    format!(
        "listener.tcp.{}.addr has to be an address of this machine that no other program uses",
        listener.name
    )
}

/// Who may connect, for the log.
pub(crate) fn admission(listener: &TcpListener) -> String {
    let key = format!("listener.tcp.{}.allow_anonymous", listener.name);
    match listener.allow_anonymous {
        Anonymous::Always => "everybody may connect".to_owned(),
        Anonymous::Loopback => format!(
            "clients on this machine may connect, others only with accepted credentials ({key} opens it)"
        ),
        Anonymous::Never => {
            format!("only clients with accepted credentials may connect ({key} opens it)")
        }
    }
}

/// What `--check-config` prints of them: also of the one that is there because none is written.
pub(crate) fn report(listeners: &[TcpListener]) -> String {
    let lines = listeners.iter().map(|listener| {
        let (name, addr) = (display_name(listener), listener.addr);
        format!("# listener {name}: listens on {addr}, {}\n", admission(listener))
    });
    lines.collect()
}

fn display_name(listener: &TcpListener) -> String {
    format!("{}/tcp", listener.name)
}

/// Whole milliseconds.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Whole seconds, rounded up: what is not zero does not become zero, which often means "never".
fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX)
}
