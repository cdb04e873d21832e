//! `[mqtt]`: what holds for all listeners.

use rmqtt_keys::{Section, key};

/// `[mqtt]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mqtt {
    /// `delayed_publish_max`: `$delayed` messages that may wait on the node. Default 100,000.
    pub delayed_publish_max: usize,
    /// `delayed_publish_immediate`: when that many wait, is the next one published at once (true,
    /// the default) or refused?
    pub delayed_publish_immediate: bool,
    /// `max_sessions`: sessions of the node, connected or not; `None` (0, the default) for no limit.
    pub max_sessions: Option<usize>,
}

impl Mqtt {
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            delayed_publish_max: section.integer(
                key("delayed_publish_max", "Messages with a delay that may wait on the node.")
                    .unit("messages"),
                0..=usize::MAX,
                100_000,
            ),
            delayed_publish_immediate: section.boolean(
                key(
                    "delayed_publish_immediate",
                    "When that many wait: true publishes the next one at once, false refuses it.",
                ),
                true,
            ),
            max_sessions: section.limit(
                key("max_sessions", "Sessions of the node, connected or not; 0 for no limit.")
                    .unit("sessions"),
            ),
        }
    }
}
