//! Collects what a listener is told.

use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::time::Duration;

use rmqtt_codec::QoS;
use rmqtt_net::ListenerConfig;
use rmqtt_session::{Anonymous, ListenerPolicy, QueueRate};

use super::{Listener, ListenerError};

/// Bytes of the largest packet of MQTT, header included.
const PACKET_SIZE_MAX: u32 = 268_435_460;

/// A listener to be. Its defaults are those of the configuration file; in particular nobody from
/// another machine is admitted without credentials unless [`Builder::allow_anonymous`] says so.
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    config: ListenerConfig,
    policy: ListenerPolicy,
}

impl Builder {
    /// A listener with the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The listener's name; it is displayed as `NAME/tcp`. Default `default`.
    pub fn name(mut self, value: impl Into<String>) -> Self {
        self.config.name = value.into();
        self
    }

    /// Where it listens; port 0 lets the system choose. Default `0.0.0.0:1883`.
    pub fn laddr(mut self, value: SocketAddr) -> Self {
        self.config.addr = value;
        self
    }

    /// Connections that the system completes before they are accepted. Default 1,024.
    pub fn backlog(mut self, value: u32) -> Self {
        self.config.backlog = value;
        self
    }

    /// TCP_NODELAY of accepted connections. Default true.
    pub fn nodelay(mut self, value: bool) -> Self {
        self.config.nodelay = value;
        self
    }

    /// SO_REUSEADDR; `None` is the default, true.
    pub fn reuseaddr(mut self, value: impl Into<Option<bool>>) -> Self {
        self.config.reuseaddr = value.into().unwrap_or(true);
        self
    }

    /// SO_REUSEPORT; `None` is the default, false.
    pub fn reuseport(mut self, value: impl Into<Option<bool>>) -> Self {
        self.config.reuseport = value.into().unwrap_or(false);
        self
    }

    /// SO_KEEPALIVE of accepted connections. Default true.
    pub fn tcp_keepalive(mut self, value: bool) -> Self {
        self.config.tcp_keepalive = value;
        self
    }

    /// Connections at a time; one more is closed at once. Default 1,024,000.
    pub fn max_connections(mut self, value: usize) -> Self {
        self.config.max_connections = value;
        self
    }

    /// CONNECT packets being judged at the same time, per worker. Default 500.
    pub fn max_handshaking_limit(mut self, value: usize) -> Self {
        self.policy.handshakes_max = value;
        self
    }

    /// Largest packet taken from a client, bytes; 0 is the protocol's own limit. Default 1 MiB.
    pub fn max_packet_size(mut self, value: u32) -> Self {
        self.policy.packet_size_max = if value == 0 { PACKET_SIZE_MAX } else { value };
        self
    }

    /// Whether clients without accepted credentials are admitted: `true` all, `false` none. Default
    /// those on this machine only.
    pub fn allow_anonymous(mut self, value: bool) -> Self {
        self.policy.anonymous = if value { Anonymous::Always } else { Anonymous::Never };
        self
    }

    /// Smallest keep-alive, seconds. Default 0.
    pub fn min_keepalive(mut self, value: u16) -> Self {
        self.policy.keep_alive_min_s = value;
        self
    }

    /// Largest keep-alive, seconds. Default 65,535.
    pub fn max_keepalive(mut self, value: u16) -> Self {
        self.policy.keep_alive_max_s = value;
        self
    }

    /// Whether a client may switch the keep-alive off. Default true.
    pub fn allow_zero_keepalive(mut self, value: bool) -> Self {
        self.policy.keep_alive_zero_allowed = value;
        self
    }

    /// A silent client is closed after keep-alive × this × 2. Default 0.75.
    pub fn keepalive_backoff(mut self, value: f32) -> Self {
        self.policy.keep_alive_backoff = value;
        self
    }

    /// QoS 1 and 2 messages in flight in each direction. Default 256.
    pub fn max_inflight(mut self, value: NonZeroU16) -> Self {
        self.policy.inflight_max = value.get();
        self
    }

    /// From accept to an accepted CONNECT. Default 15 s.
    pub fn handshake_timeout(mut self, value: Duration) -> Self {
        self.policy.handshake_timeout_ms = milliseconds(value);
        self
    }

    /// Messages that wait for one client. Default 100,000 (and at most 64 MiB).
    pub fn max_mqueue_len(mut self, value: usize) -> Self {
        self.policy.queue.messages_max = value;
        self
    }

    /// How fast messages that have waited leave the queue: `messages` in each `period`; 0 messages or
    /// an empty period: as fast as the client takes them, the default.
    pub fn mqueue_rate_limit(mut self, messages: u32, period: Duration) -> Self {
        let period_ms = milliseconds(period);
        let is_bounded = messages > 0 && period_ms > 0;
        self.policy.queue_rate = is_bounded.then_some(QueueRate { messages, period_ms });
        self
    }

    /// Longest client identifier, bytes. Default 65,535.
    pub fn max_clientid_len(mut self, value: usize) -> Self {
        self.policy.client_id_len_max = value;
        self
    }

    /// Highest QoS granted and accepted. Default 2.
    pub fn max_qos_allowed(mut self, value: QoS) -> Self {
        self.policy.qos_max = value;
        self
    }

    /// Levels of a topic name or filter; 0, the default: no bound.
    pub fn max_topic_levels(mut self, value: usize) -> Self {
        self.policy.topic_levels_max = value;
        self
    }

    /// Life of a 3.x session with clean session 0 after its connection ends. Default 2 h.
    pub fn session_expiry_interval(mut self, value: Duration) -> Self {
        self.policy.session_expiry_s = seconds(value);
        self
    }

    /// Longest session expiry granted to MQTT 5; 0, the default: no bound.
    pub fn max_session_expiry_interval(mut self, value: Duration) -> Self {
        self.policy.session_expiry_max_s = seconds(value);
        self
    }

    /// Unacknowledged messages are sent again to a connected 3.x client after this time; 0, the
    /// default: never.
    pub fn message_retry_interval(mut self, value: Duration) -> Self {
        self.policy.message_retry_ms = milliseconds(value);
        self
    }

    /// Expiry of messages that bring none of their own; 0, the default: never.
    pub fn message_expiry_interval(mut self, value: Duration) -> Self {
        self.policy.message_expiry_s = seconds(value);
        self
    }

    /// Subscriptions of one session; 0, the default: no bound.
    pub fn max_subscriptions(mut self, value: usize) -> Self {
        self.policy.subscriptions_max = value;
        self
    }

    /// Topic aliases in each direction; 0 switches them off. Default 32.
    pub fn max_topic_aliases(mut self, value: u16) -> Self {
        self.policy.topic_aliases_max = value;
        self
    }

    /// `$limit/{n}/{filter}` and `$exclusive/{filter}`. Default false.
    pub fn limit_subscription(mut self, value: bool) -> Self {
        self.policy.features.limit_subscriptions = value;
        self
    }

    /// `$delayed/{seconds}/{topic}`. Default false.
    pub fn delayed_publish(mut self, value: bool) -> Self {
        self.policy.features.delayed_publish = value;
        self
    }

    /// Changes what has no method of its own here.
    pub fn policy(mut self, change: impl FnOnce(&mut ListenerPolicy)) -> Self {
        change(&mut self.policy);
        self
    }

    /// Binds and listens. Has to be called inside a tokio runtime with I/O enabled.
    ///
    /// # Errors
    /// The address cannot be listened on, or there is no runtime.
    pub fn bind(mut self) -> Result<Bound, ListenerError> {
        self.policy.name.clone_from(&self.config.name);
        Listener::bind(self.config, self.policy).map(Bound)
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            config: ListenerConfig::new("default", SocketAddr::from(([0, 0, 0, 0], 1_883))),
            policy: ListenerPolicy { anonymous: Anonymous::Loopback, ..ListenerPolicy::default() },
        }
    }
}

/// A bound address that is not said yet to speak anything.
#[derive(Debug)]
pub struct Bound(Listener);

impl Bound {
    /// The address, with the port that the system chose where none was given.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.0.local_addr()
    }

    /// MQTT over plain TCP.
    ///
    /// # Errors
    /// None today: the other kinds of listeners need files that may be missing, and all are asked for
    /// alike.
    pub fn tcp(self) -> Result<Listener, ListenerError> {
        let Self(mut listener) = self;
        listener.policy.name.push_str("/tcp");
        Ok(listener)
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Whole seconds, the begun one counted: a bound that was wanted never becomes "none".
fn seconds(duration: Duration) -> u32 {
    let begun = u64::from(duration.subsec_nanos() > 0);
    u32::try_from(duration.as_secs().saturating_add(begun)).unwrap_or(u32::MAX)
}
