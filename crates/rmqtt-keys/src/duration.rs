//! `"1h30m15s"`: a duration as text.

use std::time::Duration;

use thiserror::Error;

use crate::quantity::{QuantityError, sum_of_parts};

/// Why a text is not a duration: a sentence that says what was expected and what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected a duration such as \"1h30m15s\" (units ms, s, m, h, d, w, f), {0}")]
pub struct DurationError(QuantityError);

/// Reads a concatenation of number and unit: `ms`, `s`, `m`, `h`, `d`, `w` and `f` (a fortnight),
/// in lower case. `"0"` needs no unit, since it is the same in all of them.
///
/// # Errors
/// Anything else.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    sum_of_parts(text, unit_milliseconds).map(Duration::from_millis).map_err(DurationError)
}

/// The shortest text that [`parse_duration`] reads as this duration, to the millisecond: `"1h30m"`.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    const UNITS: [(&str, u128); 6] = [
        ("w", 604_800_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ];
    let mut rest = duration.as_millis();
    if rest == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (name, milliseconds) in UNITS {
        let count = rest / milliseconds;
        if count > 0 {
            text.push_str(&format!("{count}{name}"));
        }
        rest %= milliseconds;
    }
    text
}

fn unit_milliseconds(unit: &str) -> Option<u64> {
    const SECOND: u64 = 1_000;
    const DAY: u64 = 86_400 * SECOND;
    Some(match unit {
        "ms" => 1,
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 3_600 * SECOND,
        "d" => DAY,
        "w" => 7 * DAY,
        "f" => 14 * DAY,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_duration_are_added_up() {
        for (text, expected_ms) in [
            ("0", 0),
            ("0h", 0),
            ("15ms", 15),
            ("1m", 60_000),
            ("1h30m15s", 5_415_000),
            ("1f2w3d", (14 + 14 + 3) * 86_400_000),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(expected_ms)), "{text}");
        }
    }

    #[test]
    fn a_duration_is_written_as_it_is_read() {
        for text in ["0s", "15ms", "1m30s", "1w3d", "2h", "1s500ms"] {
            assert_eq!(format_duration(parse_duration(text).unwrap()), text);
        }
    }

    #[test]
    fn what_is_not_a_duration_says_why() {
        for (text, cause) in [
            ("", QuantityError::Empty),
            ("30", QuantityError::NoUnit),
            ("1h30", QuantityError::NoUnit),
            ("s", QuantityError::NoNumber),
            ("-1s", QuantityError::NoNumber),
            ("1.5s", QuantityError::UnknownUnit),
            ("1S", QuantityError::UnknownUnit),
            ("1 s", QuantityError::UnknownUnit),
            ("5min", QuantityError::UnknownUnit),
            ("99999999999999999999s", QuantityError::TooLarge),
            ("18446744073709551615s", QuantityError::TooLarge),
            ("18446744073709551615ms1ms", QuantityError::TooLarge),
        ] {
            assert_eq!(parse_duration(text), Err(DurationError(cause)), "{text}");
        }
    }
}
