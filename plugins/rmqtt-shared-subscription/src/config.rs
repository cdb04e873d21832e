//! `rmqtt-shared-subscription.toml`

use rmqtt::ShareStrategy;
use rmqtt::plugin::Sharing;
use rmqtt::plugin::keys::{Choice, Section, key};
use rmqtt::plugin::serde_json::{Value, json};

/// The keys of the plugin's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    /// `strategy`
    pub(crate) strategy: ShareStrategy,
    /// `sticky_cache_size`
    sticky_cache_size: usize,
}

impl Config {
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        let Rule(strategy) = section.choice(
            key("strategy", "How the member of a group is chosen that gets a message."),
            Rule(ShareStrategy::RoundRobin),
        );
        let sticky_cache_size = section.integer(
            key("sticky_cache_size", "With sticky: choices that each worker remembers.")
                .unit("choices"),
            1..=usize::MAX,
            100_000,
        );
        Self { strategy, sticky_cache_size }
    }

    pub(crate) fn sharing(&self) -> Sharing {
        Sharing { strategy: self.strategy, sticky_bindings_max: self.sticky_cache_size }
    }

    pub(crate) fn to_json(self) -> Value {
        json!({ "strategy": self.strategy.name(), "sticky_cache_size": self.sticky_cache_size })
    }
}

/// A strategy, as a word of the configuration.
#[derive(Clone, Copy, PartialEq)]
struct Rule(ShareStrategy);

impl Choice for Rule {
    const WORDS: &'static [(&'static str, Self)] = &[
        (ShareStrategy::Random.name(), Self(ShareStrategy::Random)),
        (ShareStrategy::RoundRobin.name(), Self(ShareStrategy::RoundRobin)),
        (ShareStrategy::RoundRobinPerGroup.name(), Self(ShareStrategy::RoundRobinPerGroup)),
        (ShareStrategy::Sticky.name(), Self(ShareStrategy::Sticky)),
        (ShareStrategy::Local.name(), Self(ShareStrategy::Local)),
        (ShareStrategy::HashClientId.name(), Self(ShareStrategy::HashClientId)),
        (ShareStrategy::HashTopic.name(), Self(ShareStrategy::HashTopic)),
    ];
}
