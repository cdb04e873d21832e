//! What the node's settings mean to the broker.

use rmqtt::{DelayedLimits, DirectoryConfig, RetainedLimits, ShareStrategy};
use rmqtt_conf::{Settings, Strategy};

/// What the node keeps at most.
pub(crate) fn of(settings: &Settings) -> DirectoryConfig {
    let retain = &settings.retain;
    DirectoryConfig {
        sessions_max: settings.mqtt.max_sessions.unwrap_or(0),
        retained: RetainedLimits {
            max_messages: retain.max_retained_messages.unwrap_or(0),
            max_payload_bytes: usize::try_from(retain.max_payload_bytes).unwrap_or(usize::MAX),
            ttl_ms: retain.message_ttl.map(crate::listeners::milliseconds),
            ..RetainedLimits::default()
        },
        delayed: DelayedLimits {
            max_messages: settings.mqtt.delayed_publish_max,
            ..DelayedLimits::default()
        },
        delayed_immediate_when_full: settings.mqtt.delayed_publish_immediate,
        ..DirectoryConfig::default()
    }
}

/// Who of a group gets a message.
pub(crate) fn share_strategy(strategy: Strategy) -> ShareStrategy {
    match strategy {
        Strategy::Random => ShareStrategy::Random,
        Strategy::RoundRobin => ShareStrategy::RoundRobin,
        Strategy::RoundRobinPerGroup => ShareStrategy::RoundRobinPerGroup,
        Strategy::Sticky => ShareStrategy::Sticky,
        Strategy::Local => ShareStrategy::Local,
        Strategy::HashClientId => ShareStrategy::HashClientId,
        Strategy::HashTopic => ShareStrategy::HashTopic,
    }
}
