//! Durations and sizes as text.

use rmqtt_keys::{format_duration, format_size, parse_duration, parse_size};

/// What is read is written, and read again as the same.
pub(super) fn check(text: &str) {
    let value = text.split_once('=').map_or(text, |(_, value)| value);
    if let Ok(duration) = parse_duration(value) {
        let written = format_duration(duration);
        assert_eq!(parse_duration(&written), Ok(duration), "{value:?} is {written:?}");
    }
    if let Ok(size) = parse_size(value) {
        let written = format_size(size);
        assert_eq!(parse_size(&written), Ok(size), "{value:?} is {written:?}");
    }
}
