//! The command line.

use std::time::Duration;

use clap::Parser;
use rmqtt_test::Driver;

/// Runs the real broker under abuse and checks what it promises.
///
/// The broker is the `rmqttd` beside this program, or the one that RMQTTD_BIN names.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// How long, fractions allowed.
    #[arg(long, default_value_t = 1.5)]
    minutes: f64,
    /// What everything that is left to chance is drawn from.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The broker's portable driver in place of the one of this system.
    #[arg(long)]
    portable: bool,
    /// Only the abuse whose name contains this.
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Option<String>,
    /// Seconds between two lines of progress.
    #[arg(long, default_value_t = 5)]
    pub(crate) progress_s: u64,
}

/// The share of the time in which the clients that behave are alone.
const ALONE: f64 = 0.15;

impl Options {
    /// How long the clients that behave are alone.
    pub(crate) fn alone(&self) -> Duration {
        Duration::from_secs_f64(self.minutes.max(0.1) * 60.0 * ALONE)
    }

    /// How long they are abused.
    pub(crate) fn abused(&self) -> Duration {
        Duration::from_secs_f64(self.minutes.max(0.1) * 60.0 * (1.0 - ALONE))
    }

    pub(crate) fn driver(&self) -> Driver {
        if self.portable { Driver::Portable } else { Driver::Epoll }
    }
}
