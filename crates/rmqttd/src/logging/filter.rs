//! Which events are logged.

use std::env;

use rmqtt_conf::LogLevel;
use tracing_subscriber::filter::{LevelFilter, ParseError, Targets};

/// What the level and the environment together want.
pub(super) struct Wanted {
    pub(super) targets: Targets,
    /// `RUST_LOG` has taken the place of the level.
    pub(super) by_environment: bool,
    /// Why `RUST_LOG` has not, although it is set.
    pub(super) unreadable: Option<ParseError>,
}

/// `RUST_LOG`, if it is set and can be read, takes the place of `log.level`; it lists levels and
/// modules, as in `warn,rmqtt_net=debug`.
pub(super) fn wanted(level: LogLevel) -> Wanted {
    choose(level, env::var("RUST_LOG").ok().as_deref())
}

fn choose(level: LogLevel, rust_log: Option<&str>) -> Wanted {
    let by_level = Targets::new().with_default(match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    });
    match rust_log.filter(|text| !text.is_empty()).map(str::parse) {
        None => Wanted { targets: by_level, by_environment: false, unreadable: None },
        Some(Ok(targets)) => Wanted { targets, by_environment: true, unreadable: None },
        Some(Err(error)) => {
            Wanted { targets: by_level, by_environment: false, unreadable: Some(error) }
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn each_level_includes_those_before_it() {
        let levels =
            [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug, LogLevel::Trace];
        let events = [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE];
        for (index, level) in levels.into_iter().enumerate() {
            let targets = choose(level, None).targets;
            for (at, event) in events.iter().enumerate() {
                assert_eq!(targets.would_enable("rmqtt", event), at <= index, "{level:?} {event}");
            }
        }
    }

    #[test]
    fn the_environment_takes_the_place_of_the_level_when_it_can_be_read() {
        let wanted = choose(LogLevel::Info, Some("warn,rmqtt_net=debug"));
        assert!(wanted.by_environment);
        assert!(wanted.targets.would_enable("rmqtt_net", &Level::DEBUG));
        assert!(!wanted.targets.would_enable("rmqtt", &Level::INFO));

        assert!(!choose(LogLevel::Info, Some("")).by_environment);

        let wanted = choose(LogLevel::Info, Some("rmqtt=loud"));
        assert!(!wanted.by_environment);
        assert!(wanted.unreadable.is_some());
        assert!(wanted.targets.would_enable("rmqtt", &Level::INFO));
    }
}
