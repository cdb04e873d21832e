//! Topic names: what a message is published to.

use std::fmt;

/// The longest topic name or filter in bytes of UTF-8: what a two-byte length prefix can say.
/// [MQTT-4.7.3-3]
pub const TOPIC_BYTES_MAX: usize = 65_535;

/// Checks that `name` may be published to.
///
/// The text is taken as it is: upper and lower case differ, and nothing is normalized.
/// [MQTT-4.7.3-4]
///
/// # Errors
///
/// The first rule that `name` breaks, in the order of the variants of [`TopicNameError`].
pub fn check_topic_name(name: &str) -> Result<(), TopicNameError> {
    if name.is_empty() {
        return Err(TopicNameError::Empty);
    }
    if name.len() > TOPIC_BYTES_MAX {
        return Err(TopicNameError::TooLong);
    }
    for byte in name.bytes() {
        match byte {
            0 => return Err(TopicNameError::NullCharacter),
            b'+' | b'#' => return Err(TopicNameError::Wildcard),
            _ => {}
        }
    }
    Ok(())
}

/// Why a text is not a topic name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicNameError {
    /// No character at all. [MQTT-4.7.3-1]
    Empty,
    /// More than [`TOPIC_BYTES_MAX`] bytes. [MQTT-4.7.3-3]
    TooLong,
    /// Contains U+0000. [MQTT-4.7.3-2]
    NullCharacter,
    /// Contains `+` or `#`, which only filters may. [MQTT-4.7.0-1]
    Wildcard,
}

impl fmt::Display for TopicNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the topic name is empty",
            Self::TooLong => "the topic name is longer than 65,535 bytes",
            Self::NullCharacter => "the topic name contains U+0000",
            Self::Wildcard => "the topic name contains a wildcard character",
        })
    }
}

impl std::error::Error for TopicNameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_by_the_rules_of_chapter_4_7() {
        let longest = "x".repeat(TOPIC_BYTES_MAX);
        let too_long = "x".repeat(TOPIC_BYTES_MAX + 1);
        let too_long_in_bytes = "é".repeat(TOPIC_BYTES_MAX / 2 + 1);
        let cases = [
            ("a", Ok(())),
            ("/", Ok(())),
            ("//a//", Ok(())),
            ("$SYS/x", Ok(())),
            ("Accounts payable/ü", Ok(())),
            (longest.as_str(), Ok(())),
            ("", Err(TopicNameError::Empty)),
            (too_long.as_str(), Err(TopicNameError::TooLong)),
            (too_long_in_bytes.as_str(), Err(TopicNameError::TooLong)),
            ("a\0b", Err(TopicNameError::NullCharacter)),
            ("a/+/b", Err(TopicNameError::Wildcard)),
            ("a+", Err(TopicNameError::Wildcard)),
            ("a/#", Err(TopicNameError::Wildcard)),
        ];
        for (name, expected) in cases {
            let shown = name.get(..name.len().min(16));
            assert_eq!(check_topic_name(name), expected, "{shown:?}");
        }
    }
}
