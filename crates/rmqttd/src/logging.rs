//! The log: lines on standard error.

use std::io::{self, IsTerminal};

use rmqtt_conf::{Log, LogLevel};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Writes events from now on. `RUST_LOG`, if it is set and can be read, takes the place of
/// `log.level`.
pub(crate) fn start(log: &Log) {
    let level = match log.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let by_level = || EnvFilter::default().add_directive(level.into());
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| by_level());
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .with_env_filter(filter)
        .init();
}
