//! The real broker under abuse: builds both and lets `rmqtt-soak` run.

use anyhow::Result;

use crate::process::{self, Deadline};
use crate::workspace::Workspace;

/// The longest time for compiling, and the longest run that anybody asks for.
const SECONDS_MAX: u64 = 7 * 86_400;

/// Runs the soak with these options of its own.
pub(crate) fn command(workspace: &Workspace, options: &[&str]) -> Result<()> {
    let deadline = Deadline::in_seconds(SECONDS_MAX);
    let mut build = process::cargo();
    build.args(["build", "--locked", "--release", "-p", "rmqttd", "-p", "rmqtt-soak"]);
    process::run(build.current_dir(workspace.root()), deadline)?;
    let programs = workspace.target().join("release");
    let mut soak = std::process::Command::new(programs.join("rmqtt-soak"));
    soak.args(options).env("RMQTTD_BIN", programs.join("rmqttd"));
    process::run(&mut soak, deadline)
}
