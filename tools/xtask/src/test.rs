//! The whole test run: everything that must hold before a change is accepted, in stages.
//!
//! Each stage has a limit of its own and all share one budget; to exceed either is a failure like
//! any other. A failed stage does not hide the others: only those that need it are left out, and
//! the run fails all the same. The one exception is the first stage, `setup`: what it misses is
//! missing for most, so its failure ends the run.
//!
//! | module | what it holds |
//! |---|---|
//! | [`stages`] | the stages, as data |
//! | [`selection`] | the options of the command |
//! | [`runner`] | the runner of Rust tests: nextest where it is installed, else cargo's own |
//! | [`summary`] | the table of seconds at the end |

use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail};

use self::runner::Runner;
pub(crate) use self::selection::Selection;
use self::stages::{STAGES, Stage, Step, Work};
use self::summary::{Outcome, Summary};
use crate::process::{self, Deadline};
use crate::setup::clients::Clients;
use crate::workspace::Workspace;
use crate::{arrows, configuration, conformance, licences, setup, tidy};

mod runner;
mod selection;
mod stages;
mod summary;

/// The number of seconds within which the whole run must be over, on two cores.
const BUDGET_SECONDS: u64 = 45 * 60;

/// Prints the stages in the order in which they run.
pub(crate) fn list() {
    for stage in &STAGES {
        println!("{:<13} {} (at most {} min)", stage.name, stage.about, stage.minutes_max);
    }
}

/// Runs the stages, prints how long each took, and fails if one failed or the budget was exceeded.
pub(crate) fn run(workspace: &Workspace, stages: &[&Stage], install: bool) -> Result<()> {
    let run = Run {
        workspace,
        install,
        runner: Runner::of_this_system(),
        clients: Clients::new(workspace),
        end: Deadline::in_seconds(BUDGET_SECONDS),
    };
    let mut summary = Summary::new(BUDGET_SECONDS);
    for stage in stages {
        run.stage(stage, &mut summary);
        if stage.name == stages::SETUP && !summary.has_passed(stage.name) {
            break;
        }
    }
    println!("\n{summary}");
    let failures = summary.failures(stages);
    if !failures.is_empty() {
        bail!("the test run failed:\n  {}", failures.join("\n  "));
    }
    Ok(())
}

/// What all stages of one run share.
struct Run<'a> {
    workspace: &'a Workspace,
    install: bool,
    runner: Runner,
    clients: Clients,
    end: Deadline,
}

impl Run<'_> {
    fn stage(&self, stage: &Stage, summary: &mut Summary) {
        if let Some(needed) = stage.needs.iter().find(|needed| !summary.has_passed(needed)) {
            let outcome = Outcome::NotReached { needed: (*needed).to_owned() };
            summary.add(stage.name, 0.0, outcome);
            return;
        }
        println!("\n== {}: {}", stage.name, stage.about);
        let begin = Instant::now();
        let deadline = self.end.min(Deadline::in_seconds(stage.minutes_max * 60));
        let outcome = match self.work(&stage.work, deadline) {
            Ok(()) if deadline.has_passed() => Outcome::Failed("took too long".to_owned()),
            Ok(()) => Outcome::Passed,
            Err(error) => Outcome::Failed(format!("{error:#}")),
        };
        if let Outcome::Failed(reason) = &outcome {
            println!("{} failed: {reason}", stage.name);
        }
        summary.add(stage.name, begin.elapsed().as_secs_f64(), outcome);
    }

    fn work(&self, work: &Work, deadline: Deadline) -> Result<()> {
        match work {
            Work::Setup => setup::run(self.workspace, self.install, deadline),
            Work::Arrows => arrows::check(self.workspace),
            Work::Tidy => tidy::check(self.workspace),
            Work::Configuration => configuration::check(self.workspace),
            Work::Conformance => conformance::check(self.workspace),
            Work::Licences => licences::check(self.workspace),
            Work::Steps(steps) => {
                steps.iter().try_for_each(|step| process::run(&mut self.command(step), deadline))
            }
        }
    }

    fn command(&self, step: &Step) -> Command {
        let mut cargo = process::cargo();
        cargo.current_dir(self.workspace.root());
        match step {
            Step::Cargo(words) => cargo.args(*words),
            Step::CompileTests => cargo.args(self.runner.compile_words()),
            Step::RunTests(part) => cargo.args(self.runner.run_words(*part)),
        };
        // What the black-box tests are told of: the broker to start, the clients to drive it with.
        cargo
            .env("RMQTTD_BIN", self.workspace.target().join("release/rmqttd"))
            .env("RMQTT_TEST_PYTHON", self.clients.python())
            .env("RMQTT_TEST_NODE_MODULES", self.clients.node_modules());
        cargo
    }
}
