//! Topic filters: what a subscription asks for.

use std::fmt;

use crate::levels::levels;
use crate::name::TOPIC_BYTES_MAX;

/// Checks that `filter` may be subscribed to. Prefixes such as `$share/…` are not looked for:
/// that is [`SubscriptionFilter::parse`](crate::SubscriptionFilter::parse).
///
/// # Errors
///
/// The first rule that `filter` breaks, in the order of the variants of [`TopicFilterError`].
pub fn check_topic_filter(filter: &str) -> Result<(), TopicFilterError> {
    if filter.is_empty() {
        return Err(TopicFilterError::Empty);
    }
    if filter.len() > TOPIC_BYTES_MAX {
        return Err(TopicFilterError::TooLong);
    }
    if filter.bytes().any(|byte| byte == 0) {
        return Err(TopicFilterError::NullCharacter);
    }
    let mut after_hash = false;
    for level in levels(filter) {
        if after_hash || (level.len() > 1 && level.contains('#')) {
            return Err(TopicFilterError::MultiLevelWildcardMisplaced);
        }
        if level.len() > 1 && level.contains('+') {
            return Err(TopicFilterError::SingleLevelWildcardMisplaced);
        }
        after_hash = level == "#";
    }
    Ok(())
}

/// Whether a valid filter has a wildcard. One without matches exactly the topic it spells.
#[must_use]
pub fn has_wildcard(filter: &str) -> bool {
    filter.bytes().any(|byte| matches!(byte, b'+' | b'#'))
}

/// Why a text is not a topic filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicFilterError {
    /// No character at all. [MQTT-4.7.3-1]
    Empty,
    /// More than [`TOPIC_BYTES_MAX`] bytes. [MQTT-4.7.3-3]
    TooLong,
    /// Contains U+0000. [MQTT-4.7.3-2]
    NullCharacter,
    /// `#` is not the whole of the last level. [MQTT-4.7.1-1]
    MultiLevelWildcardMisplaced,
    /// `+` is not the whole of its level. [MQTT-4.7.1-2]
    SingleLevelWildcardMisplaced,
}

impl fmt::Display for TopicFilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the topic filter is empty",
            Self::TooLong => "the topic filter is longer than 65,535 bytes",
            Self::NullCharacter => "the topic filter contains U+0000",
            Self::MultiLevelWildcardMisplaced => {
                "`#` in a topic filter must be the whole of the last level"
            }
            Self::SingleLevelWildcardMisplaced => {
                "`+` in a topic filter must be the whole of its level"
            }
        })
    }
}

impl std::error::Error for TopicFilterError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_checked_by_the_rules_of_chapter_4_7() {
        use TopicFilterError::*;
        let longest = "x".repeat(TOPIC_BYTES_MAX);
        let too_long = "x".repeat(TOPIC_BYTES_MAX + 1);
        let cases = [
            ("#", Ok(())),
            ("+", Ok(())),
            ("/", Ok(())),
            ("+/+/#", Ok(())),
            ("/+", Ok(())),
            ("sport/tennis/#", Ok(())),
            ("+/tennis/#", Ok(())),
            ("$SYS/#", Ok(())),
            (longest.as_str(), Ok(())),
            ("", Err(Empty)),
            (too_long.as_str(), Err(TooLong)),
            ("a\0", Err(NullCharacter)),
            ("sport/tennis#", Err(MultiLevelWildcardMisplaced)),
            ("sport/tennis/#/ranking", Err(MultiLevelWildcardMisplaced)),
            ("#/", Err(MultiLevelWildcardMisplaced)),
            ("##", Err(MultiLevelWildcardMisplaced)),
            ("sport+", Err(SingleLevelWildcardMisplaced)),
            ("a/+b/c", Err(SingleLevelWildcardMisplaced)),
            ("++", Err(SingleLevelWildcardMisplaced)),
        ];
        for (filter, expected) in cases {
            let shown = filter.get(..filter.len().min(24));
            assert_eq!(check_topic_filter(filter), expected, "{shown:?}");
        }
    }

    #[test]
    fn wildcards_are_seen_at_every_place() {
        for filter in ["#", "+", "a/#", "+/a", "a/+/b"] {
            assert!(has_wildcard(filter), "{filter}");
        }
        for filter in ["a", "/", "$SYS/a"] {
            assert!(!has_wildcard(filter), "{filter}");
        }
    }
}
