use rmqtt_codec::ProtocolVersion;
use rmqtt_session::ListenerPolicy;

use crate::random::Random;

/// How one client behaves, for the whole run.
#[derive(Debug, Clone)]
pub(crate) struct Persona {
    pub(crate) version: ProtocolVersion,
    /// Session expiry, seconds; 0 ends the session with the connection, `u32::MAX` never. MQTT 3.1.1
    /// cannot name one: it is 0 (clean session) or the listener's.
    pub(crate) expiry_s: u32,
    /// Messages that it takes at a time, where its version can say so.
    pub(crate) receive_maximum: Option<u16>,
    /// Whether it sometimes takes small packets only, where its version can say so.
    pub(crate) limits_packets: bool,
    pub(crate) topic_alias_maximum: u16,
    /// Seconds; 0: none.
    pub(crate) keep_alive_s: u16,
    /// It names an authentication method.
    pub(crate) authenticates: bool,
    /// QoS 1 and 2 messages that it leaves unacknowledged.
    pub(crate) unacknowledged_max: usize,
    /// How much its socket takes.
    pub(crate) socket_bytes: usize,
    /// How much it would rather publish, subscribe, and answer, than do anything else.
    pub(crate) publishes: u64,
    pub(crate) subscribes: u64,
    pub(crate) answers: u64,
}

impl Persona {
    pub(super) fn new(
        policy: &ListenerPolicy,
        has_authenticator: bool,
        random: &mut Random,
    ) -> Self {
        let listener_expiry_s = policy.session_expiry_s;
        let version = random.pick(&[ProtocolVersion::V311, ProtocolVersion::V5]);
        let is_five = version == ProtocolVersion::V5;
        Self {
            version,
            expiry_s: if is_five {
                random.pick(&[0, 5, 60, 3_600, u32::MAX])
            } else {
                random.pick(&[0, listener_expiry_s, listener_expiry_s])
            },
            receive_maximum: (is_five && random.chance(60)).then(|| random.pick(&[1, 2, 3, 10])),
            limits_packets: is_five && random.chance(25),
            topic_alias_maximum: if is_five { random.pick(&[0, 1, 4]) } else { 0 },
            keep_alive_s: random.pick(&[0, 0, 5, 30]),
            authenticates: is_five && has_authenticator && random.chance(50),
            unacknowledged_max: random.between(1, 12) as usize,
            socket_bytes: random.pick(&[40, 300, 1_000, 60_000]),
            publishes: random.pick(&[2, 10, 30, 60]),
            subscribes: random.pick(&[2, 6, 12]),
            answers: random.pick(&[5, 20, 60]),
        }
    }
}
