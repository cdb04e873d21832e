//! loom: every order in which two threads can pass each other, for what they share.

use anyhow::Result;

use crate::process::{self, Deadline};
use crate::workspace::Workspace;

/// The crates with models. They are tests in modules of the name `loom_models`.
const CRATES: [&str; 2] = ["rmqtt", "rmqtt-broker"];

const SECONDS_MAX: u64 = 20 * 60;

/// Builds the models and runs them. Optimised: there are very many orders.
pub(crate) fn command(workspace: &Workspace) -> Result<()> {
    let mut cargo = process::cargo();
    cargo.args(["test", "--locked", "--release", "--lib"]);
    for name in CRATES {
        cargo.args(["-p", name]);
    }
    cargo.arg("--target-dir").arg(workspace.target().join("loom"));
    cargo.args(["--", "loom_models"]).current_dir(workspace.root());
    cargo.env("RUSTFLAGS", "--cfg rmqtt_loom");
    process::run(&mut cargo, Deadline::in_seconds(SECONDS_MAX))
}
