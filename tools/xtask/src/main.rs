//! `cargo xtask`: the checks of this repository and the whole test run, one command for each.
//!
//! | module | what it holds |
//! |---|---|
//! | [`help`] | the text that `cargo xtask help` prints |
//! | [`arrows`] | which crate may import which, and what keeps the pure crates pure |
//! | [`tidy`] | the style of the sources and papers |
//! | [`configuration`] | which keys are shown by a test, and what is pending |
//! | [`conformance`] | which statement of MQTT is shown by which test, and how a broker fares |
//! | [`fuzz`] | the fuzzer, where it can be built |
//! | [`soak`] | the real broker under abuse |
//! | [`sanitize`] | AddressSanitizer for what holds unsafe code |
//! | [`loom`] | every order of what two threads share |
//! | [`miri`] | Miri, where it is installed |
//! | [`licences`] | the licences of all dependencies against `deny.toml` |
//! | [`sim`] | many sessions, faults and virtual time, from a seed |
//! | [`setup`] | the programs and client libraries that the tests drive |
//! | [`test`] | everything, in stages, within one budget of time |
//! | [`workspace`] | the repository as `cargo metadata` and `git` describe it |
//! | [`rust_source`] | Rust text as tokens, without comments and literals |
//! | [`findings`] | what a check found wrong, reported all at once |
//! | [`process`] | running a program, with a deadline where it may hang |
//!
//! This crate is compiled before any other work begins, so it depends on no crate of the broker
//! and on few others.

#![expect(clippy::print_stdout, reason = "a command-line tool answers on standard output")]

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::test::Selection;
use crate::workspace::Workspace;

mod arrows;
mod configuration;
mod conformance;
mod findings;
mod fuzz;
mod help;
mod licences;
mod loom;
mod miri;
mod process;
mod rust_source;
mod sanitize;
mod setup;
mod sim;
mod soak;
mod test;
mod tidy;
mod workspace;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    match words {
        [] | ["help" | "-h" | "--help", ..] => {
            print!("{}", help::TEXT);
            Ok(())
        }
        ["arrows"] => arrows::check(&Workspace::load()?),
        ["tidy"] => tidy::check(&Workspace::load()?),
        ["configuration"] => configuration::check(&Workspace::load()?),
        ["conformance", options @ ..] => {
            conformance::command(&Workspace::load()?, &conformance::Options::parse(options)?)
        }
        ["sim", options @ ..] => sim::run(options),
        ["fuzz", options @ ..] => {
            fuzz::command(&Workspace::load()?, &fuzz::Options::parse(options)?)
        }
        ["soak", options @ ..] => soak::command(&Workspace::load()?, options),
        ["sanitize"] => sanitize::command(&Workspace::load()?),
        ["loom"] => loom::command(&Workspace::load()?),
        ["miri"] => miri::command(&Workspace::load()?),
        ["licences"] => licences::check(&Workspace::load()?),
        ["setup", options @ ..] => {
            let install = match options {
                [] => false,
                ["--install"] => true,
                other => bail!("`setup` knows only --install, not `{}`", other.join(" ")),
            };
            setup::run(&Workspace::load()?, install, setup::deadline())
        }
        ["test", options @ ..] => match Selection::parse(options)? {
            Selection::List => {
                test::list();
                Ok(())
            }
            Selection::Run { stages, install } => test::run(&Workspace::load()?, &stages, install),
        },
        [other, ..] => bail!("no command `{other}`; `cargo xtask help` lists them"),
    }
}
