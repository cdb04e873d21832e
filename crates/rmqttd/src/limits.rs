//! What the node's settings mean to the broker.

use rmqtt::overload::OverloadLimits;
use rmqtt::{DelayedLimits, DirectoryConfig};
use rmqtt_conf::Settings;

use crate::overload;

/// What the node keeps at most.
pub(crate) fn of(settings: &Settings) -> DirectoryConfig {
    DirectoryConfig {
        sessions_max: settings.mqtt.max_sessions.unwrap_or(0),
        delayed: DelayedLimits {
            max_messages: settings.mqtt.delayed_publish_max,
            ..DelayedLimits::default()
        },
        delayed_immediate_when_full: settings.mqtt.delayed_publish_immediate,
        ..DirectoryConfig::default()
    }
}

/// When the node takes no more.
pub(crate) fn overload(settings: &Settings) -> OverloadLimits {
    let busy = &settings.node.busy;
    let handshakes_max = settings
        .tcp_listeners
        .iter()
        .fold(0_usize, |sum, listener| sum.saturating_add(listener.max_handshaking_limit));
    let unbounded = OverloadLimits {
        interval: busy.update_interval,
        memory_bytes: overload::memory_max(settings.node.memory_max_bytes),
        ..OverloadLimits::unbounded()
    };
    if !busy.check_enable {
        return unbounded;
    }
    let handshakes =
        busy.handshaking.unwrap_or_else(|| OverloadLimits::handshakes_of(handshakes_max));
    OverloadLimits {
        load_average: Some(busy.loadavg),
        cpu_percent: Some(busy.cpuloadavg),
        handshakes: Some(handshakes),
        ..unbounded
    }
}
