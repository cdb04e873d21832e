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

/// Why a text is not a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected a count of at least 1 and a duration of more than 0, such as \"1000,1s\"")]
pub struct RateError;

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let (count, period) = text.split_once(',').ok_or(RateError)?;
        let count: u32 = count.trim().parse().map_err(|_| RateError)?;
        let period = parse_duration(period.trim()).map_err(|_| RateError)?;
        if count == 0 || period.is_zero() {
            return Err(RateError);
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
    fn what_is_no_rate_is_refused() {
        for text in ["", "1000", "1000,", ",1s", "0,1s", "5,0s", "5,0", "-1,1s", "1.5,1s", "5,1"] {
            assert_eq!(text.parse::<Rate>(), Err(RateError), "{text}");
        }
    }
}
