use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rmqtt_codec::QoS;

/// What one listener demands of its clients and grants them. Shared by all its sessions, never changed.
#[derive(Debug, Clone)]
pub struct ListenerPolicy {
    /// How the listener is displayed, as `external/tcp`.
    pub name: String,
    /// Who may connect without accepted credentials.
    pub anonymous: Anonymous,
    /// From accept to an accepted CONNECT, milliseconds.
    pub handshake_timeout_ms: u64,
    /// CONNECT packets being judged at the same time, per worker.
    pub handshakes_max: usize,
    /// Largest packet taken from a client, bytes of the whole packet.
    pub packet_size_max: u32,
    /// Longest client identifier, bytes.
    pub client_id_len_max: usize,
    /// Smallest keep-alive, seconds (0: no bound).
    pub keep_alive_min_s: u16,
    /// Largest keep-alive, seconds.
    pub keep_alive_max_s: u16,
    /// Whether a client may switch the keep-alive off.
    pub keep_alive_zero_allowed: bool,
    /// A silent client is closed after keep-alive × this × 2. 0.75 gives the 1.5 of the specification.
    pub keep_alive_backoff: f32,
    /// QoS 1 and 2 messages in flight in each direction.
    pub inflight_max: u16,
    /// What waits for one client.
    pub queue: QueueLimits,
    /// How fast messages that have waited leave the queue; `None`: as fast as the client takes them.
    pub queue_rate: Option<QueueRate>,
    /// Output bytes of one link beyond which QoS 0 is dropped and QoS 1/2 waits in the queue.
    pub output_high_water: usize,
    /// Highest QoS granted and accepted.
    pub qos_max: QoS,
    /// Levels of a topic name or filter (0: no bound).
    pub topic_levels_max: usize,
    /// Subscriptions of one session (0: no bound).
    pub subscriptions_max: usize,
    /// Topic aliases in each direction; 0 switches them off.
    pub topic_aliases_max: u16,
    /// Life of a 3.x session with clean session 0 after its connection ends, seconds.
    pub session_expiry_s: u32,
    /// Longest session expiry granted to MQTT 5, seconds (0: no bound).
    pub session_expiry_max_s: u32,
    /// Unacknowledged messages are sent again to a connected 3.x client after this time (0: never).
    pub message_retry_ms: u64,
    /// Expiry of messages that bring none of their own, seconds (0: never).
    pub message_expiry_s: u32,
    /// Longest pause of a publisher whose receiver's queue is filling, milliseconds.
    pub publisher_pause_max_ms: u64,
    /// Answer to Request Response Information; `%c` stands for the client identifier.
    pub response_information: Option<String>,
    /// What the listener offers of the broker's parts.
    pub features: Features,
    /// Which of these parts are on.
    pub switches: Arc<Switches>,
}

impl ListenerPolicy {
    /// Whether retained messages are available.
    #[must_use]
    pub fn offers_retain(&self) -> bool {
        self.features.retain && self.switches.retain.load(Ordering::Relaxed)
    }

    /// Whether shared subscriptions are available.
    #[must_use]
    pub fn offers_shared_subscriptions(&self) -> bool {
        self.features.shared_subscriptions
            && self.switches.shared_subscriptions.load(Ordering::Relaxed)
    }

    /// Whether a client at an address of this machine (`loopback`) or elsewhere is admitted without
    /// accepted credentials.
    #[must_use]
    pub fn admits_anonymous(&self, loopback: bool) -> bool {
        match self.anonymous {
            Anonymous::Always => true,
            Anonymous::Loopback => loopback,
            Anonymous::Never => false,
        }
    }
}

impl Default for ListenerPolicy {
    fn default() -> Self {
        Self {
            name: "default/tcp".to_owned(),
            anonymous: Anonymous::Never,
            handshake_timeout_ms: 15_000,
            handshakes_max: 500,
            packet_size_max: 1024 * 1024,
            client_id_len_max: 65_535,
            keep_alive_min_s: 0,
            keep_alive_max_s: 65_535,
            keep_alive_zero_allowed: true,
            keep_alive_backoff: 0.75,
            inflight_max: 256,
            queue: QueueLimits::default(),
            queue_rate: None,
            output_high_water: 1024 * 1024,
            qos_max: QoS::ExactlyOnce,
            topic_levels_max: 0,
            subscriptions_max: 0,
            topic_aliases_max: 32,
            session_expiry_s: 2 * 3600,
            session_expiry_max_s: 0,
            message_retry_ms: 0,
            message_expiry_s: 0,
            publisher_pause_max_ms: 1_000,
            response_information: None,
            features: Features::default(),
            switches: Arc::default(),
        }
    }
}

/// Who may connect to a listener without accepted credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anonymous {
    /// Nobody.
    Never,
    /// Clients on this machine.
    Loopback,
    /// Everybody.
    Always,
}

/// Bounds of a session's queue, and what happens at them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLimits {
    /// Messages waiting.
    pub messages_max: usize,
    /// Bytes of the messages waiting.
    pub bytes_max: usize,
    /// What gives way when the queue is full.
    pub overflow: Overflow,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self { messages_max: 100_000, bytes_max: 64 * 1024 * 1024, overflow: Overflow::DropOldest }
    }
}

/// A rate of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueRate {
    /// At most so many, at least one,
    pub messages: u32,
    /// in so many milliseconds, at least one.
    pub period_ms: u64,
}

/// What gives way when a session's queue is full. A waiting QoS 0 message always goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// The oldest waiting message is dropped.
    DropOldest,
    /// The message that just arrived is dropped.
    DropNew,
    /// The client is disconnected (0x97) and its session ends; offline, the newest is dropped.
    Disconnect,
}

/// Parts of the broker that a listener offers, if they are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Features {
    /// Retained messages.
    pub retain: bool,
    /// `$share/{group}/{filter}`.
    pub shared_subscriptions: bool,
    /// `$limit/{n}/{filter}` and `$exclusive/{filter}`.
    pub limit_subscriptions: bool,
    /// `$delayed/{seconds}/{topic}`.
    pub delayed_publish: bool,
}

impl Default for Features {
    fn default() -> Self {
        Self {
            retain: true,
            shared_subscriptions: true,
            limit_subscriptions: false,
            delayed_publish: false,
        }
    }
}

/// Parts of the broker that are switched on and off while it runs. All listeners of a node share them.
#[derive(Debug)]
pub struct Switches {
    /// Retained messages.
    pub retain: AtomicBool,
    /// Shared subscriptions.
    pub shared_subscriptions: AtomicBool,
}

impl Default for Switches {
    /// Everything is on.
    fn default() -> Self {
        Self { retain: AtomicBool::new(true), shared_subscriptions: AtomicBool::new(true) }
    }
}
