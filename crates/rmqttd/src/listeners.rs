//! What a listener's settings mean to the broker.

use std::io::ErrorKind;
use std::time::Duration;

use rmqtt::net::ListenerError;
use rmqtt::{Features, ListenerConfig, ListenerPolicy, QoS, QueueLimits, QueueRate};
use rmqtt_conf::{Anonymous, Overflow, TcpListener};

/// The socket's part, among all listeners.
pub(crate) fn config(listener: &TcpListener, listeners: &[TcpListener]) -> ListenerConfig {
    ListenerConfig {
        name: in_line(&display_name(listener)),
        addr: listener.addr,
        backlog: listener.backlog,
        nodelay: listener.nodelay,
        reuseaddr: listener.reuseaddr,
        reuseport: listener.reuseport,
        only_v6: listener.is_only_v6(listeners),
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

/// What to do when its address cannot be listened on, for this reason.
pub(crate) fn advice(listener: &TcpListener, error: &ListenerError) -> String {
    let kind = match error {
        ListenerError::Bind(error) => error.kind(),
        ListenerError::NoRuntime { .. } => ErrorKind::Other,
    };
    advice_for(listener, kind)
}

fn advice_for(listener: &TcpListener, kind: ErrorKind) -> String {
    let key = listener.key("addr");
    match kind {
        ErrorKind::AddrInUse => {
            format!("{key} has to be an address that no other program of this machine uses")
        }
        ErrorKind::AddrNotAvailable => format!("{key} has to be an address of this machine"),
        ErrorKind::PermissionDenied => format!(
            "a port below 1024 is for root and for who has CAP_NET_BIND_SERVICE; {key} may have \
             another one"
        ),
        _ => format!("{key} has to be an address of this machine that no other program uses"),
    }
}

/// Who may connect, for the log.
pub(crate) fn admission(listener: &TcpListener) -> String {
    let key = listener.key("allow_anonymous");
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
        let (name, addr) = (in_line(&display_name(listener)), listener.addr);
        format!("# listener {name}: listens on {addr}, {}\n", admission(listener))
    });
    lines.collect()
}

fn display_name(listener: &TcpListener) -> String {
    format!("{}/tcp", listener.name)
}

/// A listener's name as lines bear it: in quotes, where blanks and quotes in it would look like the
/// line's own.
pub(crate) fn in_line(name: &str) -> String {
    if name.contains(|c: char| c.is_whitespace() || c == '"') {
        format!("{name:?}")
    } else {
        name.to_owned()
    }
}

/// Whole milliseconds.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Whole seconds, rounded up: what is not zero does not become zero, which often means "never".
fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_is_about_the_reason() {
        let listener = TcpListener { name: "a b".to_owned(), ..TcpListener::unconfigured() };
        for (kind, expected) in [
            (ErrorKind::AddrInUse, "no other program"),
            (ErrorKind::AddrNotAvailable, "an address of this machine"),
            (ErrorKind::PermissionDenied, "CAP_NET_BIND_SERVICE"),
            (ErrorKind::Other, "no other program"),
        ] {
            let advice = advice_for(&listener, kind);
            assert!(advice.contains(expected), "{advice}");
            assert!(advice.contains("listener.tcp.\"a b\".addr"), "{advice}");
        }
    }

    #[test]
    fn a_listener_of_everything_leaves_ipv4_to_one_that_has_all_of_it() {
        let at =
            |addr: &str| TcpListener { addr: addr.parse().unwrap(), ..TcpListener::unconfigured() };
        let listeners = [at("[::]:1883"), at("0.0.0.0:1883"), at("[::]:1884")];
        let only_v6 = listeners.each_ref().map(|one| config(one, &listeners).only_v6);
        assert_eq!(only_v6, [true, false, false]);
    }

    #[test]
    fn a_name_with_blanks_stands_in_quotes() {
        assert_eq!(in_line("a/tcp"), "a/tcp");
        assert_eq!(in_line("a: listening/tcp"), "\"a: listening/tcp\"");
    }
}
