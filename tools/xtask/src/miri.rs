//! Miri, which runs tests in an interpreter that sees what is undefined. It comes with nightly
//! compilers only, and is asked for by name; no other command claims that it ran.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::process::{self, Deadline};
use crate::workspace::Workspace;

/// The pure crates, whose tests need no socket and end within minutes there.
const CRATES: [&str; 4] = ["rmqtt-codec", "rmqtt-topic", "rmqtt-message", "rmqtt-session"];

const SECONDS_MAX: u64 = 60 * 60;

/// Runs the unit tests of [`CRATES`], if Miri is installed.
pub(crate) fn command(workspace: &Workspace) -> Result<()> {
    let is_there = process::ask(miri().arg("--version")).is_ok_and(|it| it.status.success());
    ensure!(
        is_there,
        "Miri is not installed, and nothing was run; `rustup toolchain install nightly --component \
         miri` installs it"
    );
    let mut miri = miri();
    miri.args(["test", "--locked", "--lib"]);
    for name in CRATES {
        miri.args(["-p", name]);
    }
    miri.arg("--target-dir").arg(workspace.target().join("miri")).current_dir(workspace.root());
    process::run(&mut miri, Deadline::in_seconds(SECONDS_MAX))
}

fn miri() -> Command {
    let mut rustup = Command::new("rustup");
    rustup.args(["run", "nightly", "cargo", "miri"]);
    rustup
}
