//! `$delayed/{seconds}/{topic}`: a publication to be made later.

use std::fmt;

use crate::name::{TopicNameError, check_topic_name};

/// Takes a `$delayed/{seconds}/{topic}` apart.
///
/// `None` when `topic` does not begin with `$delayed/`: then it is an ordinary topic. The seconds
/// are decimal digits that fit a `u32`; zero is allowed. A second `$delayed/` after the first is
/// an ordinary level of the topic.
///
/// # Errors
///
/// [`DelayedTopicError`], when the prefix is there and the rest is not as described.
#[must_use]
pub fn parse_delayed(topic: &str) -> Option<Result<DelayedTopic<'_>, DelayedTopicError>> {
    topic.strip_prefix("$delayed/").map(parse_rest)
}

/// A topic with the delay that stood before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DelayedTopic<'a> {
    /// How long to wait before the message is published, in seconds.
    pub delay_s: u32,
    /// The valid topic name to publish to.
    pub topic: &'a str,
}

/// Why a topic that begins with `$delayed/` cannot be published to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DelayedTopicError {
    /// No separator follows the delay.
    TopicMissing,
    /// The delay is not made of digits only, or exceeds 4,294,967,295 seconds.
    DelayNotANumber,
    /// What follows the delay is not a topic name.
    Topic(TopicNameError),
}

impl fmt::Display for DelayedTopicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DelayNotANumber => f.write_str("the delay is not a number of seconds"),
            Self::TopicMissing => f.write_str("no topic name follows the delay"),
            Self::Topic(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for DelayedTopicError {}

fn parse_rest(rest: &str) -> Result<DelayedTopic<'_>, DelayedTopicError> {
    let (delay, topic) = rest.split_once('/').ok_or(DelayedTopicError::TopicMissing)?;
    let delay_s = parse_decimal(delay).ok_or(DelayedTopicError::DelayNotANumber)?;
    check_topic_name(topic).map_err(DelayedTopicError::Topic)?;
    Ok(DelayedTopic { delay_s, topic })
}

/// A number of decimal digits only; the parser of the standard library would also take a sign.
pub(crate) fn parse_decimal(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delayed_topic_is_taken_apart() {
        use DelayedTopicError::*;
        let ok = |delay_s, topic| Some(Ok(DelayedTopic { delay_s, topic }));
        let cases = [
            ("a/b", None),
            ("$delayed", None),
            ("$DELAYED/5/a", None),
            ("x/$delayed/5/a", None),
            ("$delayed/5/a/b", ok(5, "a/b")),
            ("$delayed/0/a", ok(0, "a")),
            ("$delayed/007/a", ok(7, "a")),
            ("$delayed/4294967295/a", ok(u32::MAX, "a")),
            ("$delayed/5//", ok(5, "/")),
            ("$delayed/5/$delayed/6/a", ok(5, "$delayed/6/a")),
            ("$delayed/", Some(Err(TopicMissing))),
            ("$delayed//a", Some(Err(DelayNotANumber))),
            ("$delayed/+5/a", Some(Err(DelayNotANumber))),
            ("$delayed/-5/a", Some(Err(DelayNotANumber))),
            ("$delayed/1.5/a", Some(Err(DelayNotANumber))),
            ("$delayed/4294967296/a", Some(Err(DelayNotANumber))),
            ("$delayed/5", Some(Err(TopicMissing))),
            ("$delayed/5/", Some(Err(Topic(TopicNameError::Empty)))),
            ("$delayed/5/a/#", Some(Err(Topic(TopicNameError::Wildcard)))),
        ];
        for (topic, expected) in cases {
            assert_eq!(parse_delayed(topic), expected, "{topic}");
        }
    }
}
