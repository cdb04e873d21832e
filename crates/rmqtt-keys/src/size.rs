//! `"2G512M"`: a number of bytes as text.

use thiserror::Error;

use crate::quantity::{QuantityError, sum_of_parts};

/// Why a text is not a size: a sentence that says what was expected and what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected a size such as \"2G512M\" (units B, K, KB, M, MB, G, GB; 1K is 1024B), {0}")]
pub struct SizeError(QuantityError);

/// Reads a concatenation of number and unit as bytes: `B`, `K`/`KB`, `M`/`MB`, `G`/`GB`, in upper
/// case, each 1,024 times the one before.
///
/// # Errors
/// Anything else.
pub fn parse_size(text: &str) -> Result<u64, SizeError> {
    sum_of_parts(text, unit_bytes).map_err(SizeError)
}

/// The text that [`parse_size`] reads as this many bytes, in the largest unit that divides it:
/// `"64M"`.
#[must_use]
pub fn format_size(bytes: u64) -> String {
    for (name, unit) in [("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10)] {
        if bytes > 0 && bytes.is_multiple_of(unit) {
            return format!("{}{name}", bytes / unit);
        }
    }
    format!("{bytes}B")
}

fn unit_bytes(unit: &str) -> Option<u64> {
    Some(match unit {
        "B" => 1,
        "K" | "KB" => 1 << 10,
        "M" | "MB" => 1 << 20,
        "G" | "GB" => 1 << 30,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_size_are_added_up() {
        for (text, expected) in [
            ("0B", 0),
            ("17B", 17),
            ("1K", 1_024),
            ("1KB", 1_024),
            ("1M", 1_048_576),
            ("2G512M", 2 * 1_073_741_824 + 512 * 1_048_576),
            ("1GB1MB1KB1B", 1_073_741_824 + 1_048_576 + 1_024 + 1),
        ] {
            assert_eq!(parse_size(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_size_is_written_as_it_is_read() {
        for text in ["0B", "17B", "3K", "64M", "2G", "1025K"] {
            assert_eq!(format_size(parse_size(text).unwrap()), text);
        }
    }

    #[test]
    fn what_is_not_a_size_says_why() {
        for (text, cause) in [
            ("", QuantityError::Empty),
            ("0", QuantityError::NoUnit),
            ("1024", QuantityError::NoUnit),
            ("M", QuantityError::NoNumber),
            ("1m", QuantityError::UnknownUnit),
            ("1MiB", QuantityError::UnknownUnit),
            ("1.5M", QuantityError::UnknownUnit),
            ("99999999999G", QuantityError::TooLarge),
        ] {
            assert_eq!(parse_size(text), Err(SizeError(cause)), "{text}");
        }
    }
}
