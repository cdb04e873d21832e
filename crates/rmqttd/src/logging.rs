//! The log: lines on standard error.

use std::env;
use std::io::{self, IsTerminal};

use rmqtt_conf::{Log, LogLevel};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// Writes events from now on. `RUST_LOG`, if it is set and can be read, takes the place of
/// `log.level`; it lists levels and modules, as in `warn,rmqtt_net=debug`.
pub(crate) fn start(log: &Log) {
    let level = match log.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let by_level = Targets::new().with_default(level);
    let (filter, unreadable) = match env::var("RUST_LOG").ok().filter(|text| !text.is_empty()) {
        None => (by_level, None),
        Some(text) => match text.parse() {
            Ok(targets) => (targets, None),
            Err(error) => (by_level, Some(error)),
        },
    };
    let lines = fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .with_filter(filter);
    tracing_subscriber::registry().with(lines).init();
    if let Some(error) = unreadable {
        tracing::warn!("RUST_LOG is not used, since it cannot be read: {error}");
    }
}
