//! When a line was logged.

use std::fmt;

use jiff::fmt::strtime;
use jiff::tz::{self, TimeZone};
use jiff::{Timestamp as Instant, ZonedDateTime};
use rmqtt_conf::LogTimeZone;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

/// `2026-01-31 23:59:59.999`, without a zone as in the logs that people already read.
const TEXT: &str = "%Y-%m-%d %H:%M:%S%.3f";
/// `2026-01-31T23:59:59.999+08:00`, as RFC 3339 has it: programs need the zone.
const JSON: &str = "%Y-%m-%dT%H:%M:%S%.3f%:z";

/// Writes the time of now.
#[derive(Clone, Debug)]
pub(super) struct Timestamp {
    zone: TimeZone,
    format: &'static str,
}

impl Timestamp {
    pub(super) fn for_text(zone: LogTimeZone) -> Self {
        Self { zone: time_zone(zone), format: TEXT }
    }

    pub(super) fn for_json(zone: LogTimeZone) -> Self {
        Self { zone: time_zone(zone), format: JSON }
    }

    fn at(&self, instant: Instant) -> impl fmt::Display {
        strtime::format(self.format, &ZonedDateTime::new(instant, self.zone.clone()))
            .expect("every directive of the two formats is known for a zoned time")
    }
}

impl FormatTime for Timestamp {
    fn format_time(&self, line: &mut Writer<'_>) -> fmt::Result {
        write!(line, "{}", self.at(Instant::now()))
    }
}

fn time_zone(zone: LogTimeZone) -> TimeZone {
    match zone {
        LogTimeZone::Plus8 => TimeZone::fixed(tz::offset(8)),
        LogTimeZone::Utc => TimeZone::UTC,
        LogTimeZone::Local => TimeZone::system(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_milliseconds_and_the_zone_that_was_chosen() {
        let instant = Instant::from_millisecond(1_767_225_599_007).unwrap();
        for (zone, text, json) in [
            (LogTimeZone::Utc, "2025-12-31 23:59:59.007", "2025-12-31T23:59:59.007+00:00"),
            (LogTimeZone::Plus8, "2026-01-01 07:59:59.007", "2026-01-01T07:59:59.007+08:00"),
        ] {
            assert_eq!(Timestamp::for_text(zone).at(instant).to_string(), text);
            assert_eq!(Timestamp::for_json(zone).at(instant).to_string(), json);
        }
    }
}
