use rmqtt_codec::QoS;
use rmqtt_session::{Anonymous, Features, ListenerPolicy, Overflow, QueueLimits, QueueRate};

use crate::input::Input;

/// What the node's clients and its driver have to reckon with.
pub(super) struct Terms {
    pub(super) policy: ListenerPolicy,
    pub(super) store: StoreKind,
    pub(super) silent_links_max: usize,
    /// Bytes that a socket gives at a time.
    pub(super) read_bytes: usize,
}

/// What the store says to records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StoreKind {
    /// There is none.
    Absent,
    /// Committed, at once.
    Immediate,
    /// Committed or failed, when a step says so.
    Late,
    /// Nothing is taken.
    Full,
}

impl Terms {
    pub(super) fn take_from(input: &mut Input<'_>) -> Self {
        let read_bytes = input.one_of(&[4096, 1, 7, 64]);
        let store = input.one_of(&[
            StoreKind::Absent,
            StoreKind::Immediate,
            StoreKind::Late,
            StoreKind::Full,
        ]);
        let silent_links_max = input.one_of(&[100, 1]);
        let all_features = input.one_of(&[false, true]);
        let policy = ListenerPolicy {
            anonymous: Anonymous::Always,
            packet_size_max: input.one_of(&[4_096, 100]),
            client_id_len_max: input.one_of(&[100, 3]),
            keep_alive_min_s: input.one_of(&[0, 10]),
            keep_alive_max_s: input.one_of(&[65_535, 60]),
            keep_alive_zero_allowed: input.one_of(&[true, false]),
            inflight_max: input.one_of(&[16, 1, 2]),
            queue: QueueLimits {
                messages_max: input.one_of(&[8, 1, 3]),
                bytes_max: input.one_of(&[10_000, 64]),
                overflow: input.one_of(&[
                    Overflow::DropOldest,
                    Overflow::DropNew,
                    Overflow::Disconnect,
                ]),
            },
            queue_rate: input.one_of(&[None, Some(QueueRate { messages: 2, period_ms: 500 })]),
            output_high_water: input.one_of(&[10_000, 50]),
            qos_max: input.one_of(&[QoS::ExactlyOnce, QoS::AtLeastOnce, QoS::AtMostOnce]),
            topic_levels_max: input.one_of(&[0, 3]),
            subscriptions_max: input.one_of(&[0, 2]),
            topic_aliases_max: input.one_of(&[4, 0, 1]),
            session_expiry_s: input.one_of(&[7_200, 0, 2]),
            session_expiry_max_s: input.one_of(&[0, 5]),
            message_retry_ms: input.one_of(&[0, 1_000]),
            message_expiry_s: input.one_of(&[0, 3]),
            response_information: input.one_of(&[false, true]).then(|| "answers/%c".to_owned()),
            features: Features {
                retain: input.one_of(&[true, false]),
                shared_subscriptions: input.one_of(&[true, false]),
                limit_subscriptions: all_features,
                delayed_publish: all_features,
            },
            ..ListenerPolicy::default()
        };
        Self { policy, store, silent_links_max, read_bytes }
    }
}
