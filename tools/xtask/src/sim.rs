//! The simulation of the engine, built as it is released: hundreds of seeds take seconds.

use anyhow::Result;

use crate::process::{self, Deadline};

/// The longest that anybody lets it run: all mutants on a slow machine, or very many seeds.
const SECONDS_MAX: u64 = 24 * 60 * 60;

/// Runs it with these options, which it knows itself.
pub(crate) fn run(options: &[&str]) -> Result<()> {
    let mut command = process::cargo();
    command.args(["run", "--locked", "--release", "--quiet", "-p", "rmqtt-sim", "--"]);
    process::run(command.args(options), Deadline::in_seconds(SECONDS_MAX))
}
