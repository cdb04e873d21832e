//! `rmqtt-retainer.toml`

use std::time::Duration;

use rmqtt::RetainedLimits;
use rmqtt::plugin::keys::{Choice, Key, Section, format_duration, format_size, key};
use rmqtt::plugin::serde_json::{Value, json};

/// What brings the back ends that are not memory.
const BACK_ENDS: &str = "storage back ends";

/// The keys of the plugin's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    /// `max_retained_messages`; 0: no bound.
    pub(crate) max_retained_messages: usize,
    /// `max_payload_size`, bytes.
    max_payload_bytes: u64,
    /// `retained_message_ttl`; zero: without end, `None`: the message's own expiry.
    ttl: Option<Duration>,
}

/// `storage.type`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Storage {
    Ram,
    Sled,
    Redis,
}

impl Choice for Storage {
    const WORDS: &'static [(&'static str, Self)] =
        &[("ram", Self::Ram), ("sled", Self::Sled), ("redis", Self::Redis)];
}

impl Config {
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        read_storage(&mut section.section("storage"));
        let config = Self {
            max_retained_messages: section
                .limit(
                    key(
                        "max_retained_messages",
                        "Topics that have a retained message; 0: no bound.",
                    )
                    .unit("messages"),
                )
                .unwrap_or(0),
            max_payload_bytes: section.size(
                key("max_payload_size", "A message with more is routed and not retained."),
                0..=u64::MAX,
                1 << 20,
            ),
            ttl: section.optional_duration(
                key("retained_message_ttl", "For how long a message is retained; 0: without end."),
                "the message's own expiry",
            ),
        };
        section.integer(
            pending("batch_messages_limit", "Messages written to the back end at a time.")
                .unit("messages"),
            1..=usize::MAX,
            500_usize,
        );
        section.positive_duration(
            pending("backend_timeout", "After what time a call of the back end has failed."),
            Duration::from_secs(8),
        );
        config
    }

    pub(crate) fn limits(&self) -> RetainedLimits {
        let ttl_ms = self.ttl.map(|ttl| u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
        RetainedLimits {
            max_messages: self.max_retained_messages,
            max_payload_bytes: usize::try_from(self.max_payload_bytes).unwrap_or(usize::MAX),
            ttl_ms,
            ..RetainedLimits::default()
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "storage": { "type": "ram" },
            "max_retained_messages": self.max_retained_messages,
            "max_payload_size": format_size(self.max_payload_bytes),
            "retained_message_ttl": self.ttl.map(format_duration),
        })
    }
}

fn read_storage(section: &mut Section<'_, '_>) {
    let storage = section.choice(key("type", "Where retained messages are kept."), Storage::Ram);
    if storage != Storage::Ram {
        let word = storage.word();
        let message =
            format!("this build keeps retained messages in memory only (\"ram\"), not in {word:?}");
        section.problem("type", message);
    }
    let mut sled = section.section("sled");
    sled.path(pending("path", "Folder of the data."), "/var/log/rmqtt/.cache/retain/{node}");
    sled.size(pending("cache_capacity", "Bytes of the cache."), 0..=u64::MAX, 3 << 30);
    let mut redis = section.section("redis");
    redis.text(pending("url", "Where redis is.").secret(), 1_024, "redis://127.0.0.1:6379/");
    redis.text(pending("prefix", "What the names of the keys begin with."), 256, "retain");
}

/// A key of back ends that are not there yet.
fn pending<'a>(name: &'a str, meaning: &'static str) -> Key<'a> {
    key(name, meaning).pending(BACK_ENDS)
}
