//! Topic aliases, each direction its own table, both only as long as the connection `[MQTT-3.3.2-7]`.

use rmqtt_codec::TopicAlias;

/// Aliases that the client set: number to topic name.
#[derive(Debug)]
pub(crate) struct InboundAliases {
    /// Index 0 is alias 1.
    topics: Vec<Option<Box<str>>>,
    alias_max: u16,
}

/// An alias that the client may not use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AliasError {
    /// Zero, or above the maximum that it was granted.
    OutOfRange,
    /// It has not set it on this connection.
    Unknown,
}

impl InboundAliases {
    pub(crate) fn new(alias_max: u16) -> Self {
        Self { topics: Vec::new(), alias_max }
    }

    /// Sets `alias` to `topic` `[MQTT-3.3.2-9]`.
    pub(crate) fn set(&mut self, alias: u16, topic: &str) -> Result<(), AliasError> {
        let index = self.index(alias)?;
        if self.topics.len() <= index {
            self.topics.resize(index + 1, None);
        }
        if self.topics[index].as_deref() != Some(topic) {
            self.topics[index] = Some(topic.into());
        }
        Ok(())
    }

    pub(crate) fn topic(&self, alias: u16) -> Result<&str, AliasError> {
        let index = self.index(alias)?;
        self.topics.get(index).and_then(Option::as_deref).ok_or(AliasError::Unknown)
    }

    fn index(&self, alias: u16) -> Result<usize, AliasError> {
        let allowed = (1..=self.alias_max).contains(&alias);
        if allowed { Ok(usize::from(alias) - 1) } else { Err(AliasError::OutOfRange) }
    }
}

/// Aliases that the broker set towards the client: the first topics it sends get them.
#[derive(Debug)]
pub(crate) struct OutboundAliases {
    /// Alias `n` stands at index `n - 1`. Short: a listener grants few aliases.
    topics: Vec<Box<str>>,
    alias_max: u16,
}

impl OutboundAliases {
    pub(crate) fn new(alias_max: u16) -> Self {
        Self { topics: Vec::new(), alias_max }
    }

    /// The alias to send `topic` with, if it has one or can get one. A new one is only kept once
    /// [`OutboundAliases::confirm`] says that the packet really left.
    pub(crate) fn alias_for(&self, topic: &str) -> Option<TopicAlias> {
        if let Some(index) = self.topics.iter().position(|known| **known == *topic) {
            return Some(TopicAlias { alias: number(index), with_topic: false });
        }
        (self.topics.len() < usize::from(self.alias_max))
            .then(|| TopicAlias { alias: number(self.topics.len()), with_topic: true })
    }

    pub(crate) fn confirm(&mut self, alias: TopicAlias, topic: &str) {
        if alias.with_topic {
            debug_assert_eq!(usize::from(alias.alias), self.topics.len() + 1);
            self.topics.push(topic.into());
        }
    }
}

fn number(index: usize) -> u16 {
    u16::try_from(index + 1).expect("the table is no longer than its 16-bit maximum")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_stands_for_the_topic_last_set_and_only_within_the_maximum() {
        let mut aliases = InboundAliases::new(2);
        assert_eq!(aliases.topic(1), Err(AliasError::Unknown));
        aliases.set(2, "a").unwrap();
        aliases.set(2, "b").unwrap();
        assert_eq!(aliases.topic(2), Ok("b"));
        assert_eq!(aliases.topic(1), Err(AliasError::Unknown));
        assert_eq!(aliases.set(3, "c"), Err(AliasError::OutOfRange));
        assert_eq!(aliases.set(0, "c"), Err(AliasError::OutOfRange));
        assert_eq!(aliases.topic(0), Err(AliasError::OutOfRange));
    }

    #[test]
    fn the_first_topics_sent_get_an_alias_once_they_left() {
        let mut aliases = OutboundAliases::new(1);
        let first = aliases.alias_for("a").unwrap();
        assert!(first.with_topic);
        assert!(aliases.alias_for("a").unwrap().with_topic, "not sent yet");
        aliases.confirm(first, "a");
        assert!(!aliases.alias_for("a").unwrap().with_topic);
        assert!(aliases.alias_for("b").is_none());
    }
}
