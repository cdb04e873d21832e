//! `"1000,1s"`: so many within so long.

use std::str::FromStr;
use std::time::Duration;

use rmqtt_keys::parse_duration;
use thiserror::Error;

/// At most a count within each period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many; at least 1.
    pub count: u32,
    /// Within how long; more than nothing.
    pub period: Duration,
}

/// Why a text is not a rate: a sentence that says what was expected and what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "expected a count of at least 1 and a duration of more than 0, such as \"1000,1s\", found {0}"
)]
pub struct RateError(Found);

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
enum Found {
    #[error("no comma")]
    NoComma,
    #[error("no whole number before the comma")]
    NoCount,
    #[error("a count of 0")]
    ZeroCount,
    #[error("no duration behind the comma")]
    NoDuration,
    #[error("a duration of 0")]
    ZeroDuration,
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let (count, period) = text.split_once(',').ok_or(RateError(Found::NoComma))?;
        let count: u32 = count.trim().parse().map_err(|_| RateError(Found::NoCount))?;
        let period = parse_duration(period.trim()).map_err(|_| RateError(Found::NoDuration))?;
        if count == 0 {
            return Err(RateError(Found::ZeroCount));
        }
        if period.is_zero() {
            return Err(RateError(Found::ZeroDuration));
        }
        Ok(Self { count, period })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_count_and_a_duration() {
        let rate = |count, millis| Ok(Rate { count, period: Duration::from_millis(millis) });
        assert_eq!("1000,1s".parse(), rate(1_000, 1_000));
        assert_eq!("5, 1m500ms".parse(), rate(5, 60_500));
    }

    #[test]
    fn what_is_no_rate_is_refused_with_what_is_wrong() {
        for (text, found) in [
            ("", Found::NoComma),
            ("1000", Found::NoComma),
            ("1000,", Found::NoDuration),
            (",1s", Found::NoCount),
            ("0,1s", Found::ZeroCount),
            ("0,0", Found::ZeroCount),
            ("5,0s", Found::ZeroDuration),
            ("5,0", Found::ZeroDuration),
            ("-1,1s", Found::NoCount),
            ("1.5,1s", Found::NoCount),
            ("5,1", Found::NoDuration),
        ] {
            assert_eq!(text.parse::<Rate>(), Err(RateError(found)), "{text}");
        }
    }
}
