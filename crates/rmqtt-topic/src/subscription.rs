//! What a client writes in SUBSCRIBE and UNSUBSCRIBE: a topic filter, perhaps behind a prefix.

use std::fmt;

use crate::delayed::parse_decimal;
use crate::filter::{TopicFilterError, check_topic_filter};

const SHARE: &str = "$share/";
const LIMIT: &str = "$limit/";
const EXCLUSIVE: &str = "$exclusive/";

/// A subscription's text taken apart: the valid filter to match with, and how the messages are
/// handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubscriptionFilter<'a> {
    /// The topic filter, without its prefix.
    pub filter: &'a str,
    /// What the prefix says.
    pub kind: SubscriptionKind<'a>,
}

/// How the messages of a subscription are handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionKind<'a> {
    /// Every subscriber gets every message.
    Plain,
    /// `$share/{group}/{filter}`: one member of the group gets each message.
    Shared {
        /// The share name; together with the filter it names the group.
        group: &'a str,
    },
    /// `$limit/{max}/{filter}`, or `$exclusive/{filter}` with `max` 1: at most `max` clients may
    /// hold this subscription at a time.
    Limited {
        /// At least 1.
        max: u32,
    },
}

/// Which prefixes mean something to this listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// `$share/…`. When off, such filters are refused: the specification gives the text no other
    /// meaning.
    pub shared: bool,
    /// `$limit/…` and `$exclusive/…`. When off, such filters are ordinary filters.
    pub limit: bool,
}

impl<'a> SubscriptionFilter<'a> {
    /// Takes `text` apart.
    ///
    /// Only one prefix may stand before a filter. `$share`, `$limit` and `$exclusive` without a
    /// separator after them are ordinary first levels.
    ///
    /// # Errors
    ///
    /// [`SubscriptionFilterError`]; the filter behind the prefix is judged last.
    pub fn parse(text: &'a str, features: Features) -> Result<Self, SubscriptionFilterError> {
        let (kind, filter) = if let Some(rest) = text.strip_prefix(SHARE) {
            if !features.shared {
                return Err(SubscriptionFilterError::SharedNotSupported);
            }
            parse_share(rest)?
        } else if !features.limit {
            (SubscriptionKind::Plain, text)
        } else if let Some(rest) = text.strip_prefix(LIMIT) {
            parse_limit(rest)?
        } else if let Some(filter) = text.strip_prefix(EXCLUSIVE) {
            (SubscriptionKind::Limited { max: 1 }, filter)
        } else {
            (SubscriptionKind::Plain, text)
        };
        if kind != SubscriptionKind::Plain && has_prefix(filter, features) {
            return Err(SubscriptionFilterError::SecondPrefix);
        }
        check_topic_filter(filter).map_err(SubscriptionFilterError::Filter)?;
        Ok(Self { filter, kind })
    }
}

/// Why a subscription's text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionFilterError {
    /// `$share/…` where shared subscriptions are off.
    SharedNotSupported,
    /// No separator follows the share name. [MQTT-4.8.2-2]
    ShareFilterMissing,
    /// The share name has no character. [MQTT-4.8.2-1]
    ShareNameEmpty,
    /// The share name contains `+` or `#`. [MQTT-4.8.2-2]
    ShareNameHasWildcard,
    /// No separator follows the limit.
    LimitFilterMissing,
    /// The limit is not made of digits only, is zero, or exceeds 4,294,967,295.
    LimitNotANumber,
    /// One prefix stands behind another, such as `$limit/2/$share/g/a`.
    SecondPrefix,
    /// What follows the prefix, or the whole text when there is none, is not a topic filter.
    Filter(TopicFilterError),
}

impl fmt::Display for SubscriptionFilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SharedNotSupported => "shared subscriptions are not supported",
            Self::ShareNameEmpty => "the share name is empty",
            Self::ShareNameHasWildcard => "the share name contains a wildcard character",
            Self::ShareFilterMissing => "no topic filter follows the share name",
            Self::LimitNotANumber => "the limit is not a number of at least 1",
            Self::LimitFilterMissing => "no topic filter follows the limit",
            Self::SecondPrefix => "a subscription takes one of $share, $limit and $exclusive only",
            Self::Filter(error) => return error.fmt(f),
        })
    }
}

impl std::error::Error for SubscriptionFilterError {}

fn parse_share(rest: &str) -> Result<(SubscriptionKind<'_>, &str), SubscriptionFilterError> {
    let (group, filter) =
        rest.split_once('/').ok_or(SubscriptionFilterError::ShareFilterMissing)?;
    if group.is_empty() {
        return Err(SubscriptionFilterError::ShareNameEmpty);
    }
    if group.contains(['+', '#']) {
        return Err(SubscriptionFilterError::ShareNameHasWildcard);
    }
    Ok((SubscriptionKind::Shared { group }, filter))
}

fn parse_limit(rest: &str) -> Result<(SubscriptionKind<'_>, &str), SubscriptionFilterError> {
    let (max, filter) = rest.split_once('/').ok_or(SubscriptionFilterError::LimitFilterMissing)?;
    let max = match parse_decimal(max) {
        None | Some(0) => return Err(SubscriptionFilterError::LimitNotANumber),
        Some(max) => max,
    };
    Ok((SubscriptionKind::Limited { max }, filter))
}

fn has_prefix(filter: &str, features: Features) -> bool {
    filter.starts_with(SHARE)
        || features.limit && (filter.starts_with(LIMIT) || filter.starts_with(EXCLUSIVE))
}

#[cfg(test)]
mod tests {
    use super::SubscriptionFilterError::*;
    use super::*;

    const ALL: Features = Features { shared: true, limit: true };
    const NONE: Features = Features { shared: false, limit: false };

    fn parsed<'a>(
        filter: &'a str,
        kind: SubscriptionKind<'a>,
    ) -> Result<SubscriptionFilter<'a>, SubscriptionFilterError> {
        Ok(SubscriptionFilter { filter, kind })
    }

    #[test]
    fn prefixes_are_taken_apart() {
        use SubscriptionKind::*;
        let cases = [
            ("a/+", parsed("a/+", Plain)),
            ("$SYS/#", parsed("$SYS/#", Plain)),
            ("$share", parsed("$share", Plain)),
            ("$limit", parsed("$limit", Plain)),
            ("$exclusive", parsed("$exclusive", Plain)),
            ("$shared/g/a", parsed("$shared/g/a", Plain)),
            ("a/$share/g/b", parsed("a/$share/g/b", Plain)),
            ("$share/g/a/#", parsed("a/#", Shared { group: "g" })),
            ("$share/g//", parsed("/", Shared { group: "g" })),
            ("$share/$g/$SYS/a", parsed("$SYS/a", Shared { group: "$g" })),
            ("$limit/5/a", parsed("a", Limited { max: 5 })),
            ("$limit/05//a", parsed("/a", Limited { max: 5 })),
            ("$limit/4294967295/a", parsed("a", Limited { max: u32::MAX })),
            ("$exclusive/a/b", parsed("a/b", Limited { max: 1 })),
            ("$exclusive//", parsed("/", Limited { max: 1 })),
        ];
        for (text, expected) in cases {
            assert_eq!(SubscriptionFilter::parse(text, ALL), expected, "{text}");
        }
    }

    #[test]
    fn malformed_prefixes_are_refused_with_their_cause() {
        let cases = [
            ("", Filter(TopicFilterError::Empty)),
            ("a#", Filter(TopicFilterError::MultiLevelWildcardMisplaced)),
            ("$share/", ShareFilterMissing),
            ("$share//a", ShareNameEmpty),
            ("$share/g+/a", ShareNameHasWildcard),
            ("$share/#/a", ShareNameHasWildcard),
            ("$share/g", ShareFilterMissing),
            ("$share/g/", Filter(TopicFilterError::Empty)),
            ("$share/g/a+", Filter(TopicFilterError::SingleLevelWildcardMisplaced)),
            ("$limit/", LimitFilterMissing),
            ("$limit//a", LimitNotANumber),
            ("$limit/0/a", LimitNotANumber),
            ("$limit/+1/a", LimitNotANumber),
            ("$limit/x/a", LimitNotANumber),
            ("$limit/4294967296/a", LimitNotANumber),
            ("$limit/5", LimitFilterMissing),
            ("$limit/5/", Filter(TopicFilterError::Empty)),
            ("$exclusive/", Filter(TopicFilterError::Empty)),
            ("$share/g/$share/h/a", SecondPrefix),
            ("$share/g/$limit/2/a", SecondPrefix),
            ("$share/g/$exclusive/a", SecondPrefix),
            ("$limit/2/$share/g/a", SecondPrefix),
            ("$limit/2/$limit/3/a", SecondPrefix),
            ("$exclusive/$limit/3/a", SecondPrefix),
        ];
        for (text, expected) in cases {
            assert_eq!(SubscriptionFilter::parse(text, ALL), Err(expected), "{text}");
        }
    }

    #[test]
    fn shared_filters_are_refused_when_shared_is_off() {
        for text in ["$share/g/a", "$share/", "$share/g"] {
            assert_eq!(SubscriptionFilter::parse(text, NONE), Err(SharedNotSupported), "{text}");
        }
    }

    #[test]
    fn limit_prefixes_are_ordinary_levels_when_limit_is_off() {
        for text in ["$limit/5/a", "$limit/x", "$exclusive/a", "$limit/5/$share/g/a"] {
            let expected = parsed(text, SubscriptionKind::Plain);
            assert_eq!(SubscriptionFilter::parse(text, NONE), expected, "{text}");
        }
        let shared_only = Features { limit: false, ..ALL };
        let expected = parsed("$limit/2/a", SubscriptionKind::Shared { group: "g" });
        assert_eq!(SubscriptionFilter::parse("$share/g/$limit/2/a", shared_only), expected);
    }
}
