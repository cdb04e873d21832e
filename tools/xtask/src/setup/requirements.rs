//! The list of what the tests need, and how an entry of it is asked for.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::version::Version;
use crate::process;

/// The list, compiled in, so that it is there wherever this program runs.
const TEXT: &str = include_str!("../../requirements.toml");

/// Everything that the tests need beside the Rust toolchain's own programs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Requirements {
    #[serde(rename = "program")]
    pub(super) programs: Vec<Program>,
    #[serde(rename = "client")]
    pub(super) clients: Vec<Client>,
}

/// A program of the system.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Program {
    pub(super) name: String,
    /// The command that shows whether it is there: it prints the version if there is a least one,
    /// else it ends with 0.
    ask: Vec<String>,
    least: Option<String>,
    /// What it is needed for.
    purpose: String,
    /// What to do where no package manager has it.
    by_hand: Option<String>,
    /// The package that brings it, by package manager.
    #[serde(default)]
    pub(super) packages: BTreeMap<String, String>,
}

/// A client library for another language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Client {
    pub(super) package: String,
    pub(super) language: Language,
    pub(super) least: String,
}

/// The language of a client library.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Language {
    Node,
    Python,
}

impl Requirements {
    /// Reads the list. Fails if it is badly written.
    pub(super) fn read() -> Result<Self> {
        toml::from_str(TEXT).context("cannot understand tools/xtask/requirements.toml")
    }

    /// The programs that are not there, or too old.
    pub(super) fn missing_programs(&self) -> Vec<&Program> {
        self.programs.iter().filter(|program| !program.is_there()).collect()
    }
}

impl Program {
    /// Asks the system. A program that cannot be started is not there.
    fn is_there(&self) -> bool {
        let Some((program, arguments)) = self.ask.split_first() else {
            return false;
        };
        let Ok(answer) = process::ask(Command::new(program).args(arguments)) else {
            return false;
        };
        match &self.least {
            None => answer.status.success(),
            Some(least) => is_at_least(&answer.text, least),
        }
    }

    /// The program, its least version and its purpose, on one line.
    pub(super) fn description(&self) -> String {
        let version = self.least.as_ref().map(|least| format!(" {least} or newer"));
        let by_hand = self.by_hand.as_ref().map(|hint| format!(" ({hint})"));
        format!(
            "{}{}: {}{}",
            self.name,
            version.unwrap_or_default(),
            self.purpose,
            by_hand.unwrap_or_default()
        )
    }
}

/// Whether the version in the text is not less than the one named.
pub(super) fn is_at_least(text: &str, least: &str) -> bool {
    Version::first_in(text).is_some_and(|found| least.parse().is_ok_and(|least| found >= least))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::package_manager::PROGRAMS;

    fn program(ask: &[&str], least: Option<&str>) -> Program {
        Program {
            name: "it".to_owned(),
            ask: ask.iter().map(|word| (*word).to_owned()).collect(),
            least: least.map(str::to_owned),
            purpose: "tests".to_owned(),
            by_hand: None,
            packages: BTreeMap::new(),
        }
    }

    #[test]
    fn a_program_that_is_absent_or_too_old_is_not_there() {
        assert!(!program(&["no-such-program-anywhere"], None).is_there());
        assert!(!program(&["sh", "-c", "exit 1"], None).is_there());
        assert!(!program(&["sh", "-c", "echo it 1.9.9"], Some("1.10")).is_there());
        assert!(program(&["sh", "-c", "echo it 1.10.0"], Some("1.10")).is_there());
        assert!(program(&["sh", "-c", "exit 0"], None).is_there());
    }

    #[test]
    fn a_version_counts_however_the_program_ends() {
        assert!(program(&["sh", "-c", "echo it 2.0 >&2; exit 1"], Some("2.0")).is_there());
    }

    #[test]
    fn every_least_version_of_the_list_is_one() {
        let requirements = Requirements::read().unwrap();
        let programs = requirements.programs.iter().filter_map(|program| program.least.as_ref());
        for least in programs.chain(requirements.clients.iter().map(|client| &client.least)) {
            least.parse::<Version>().unwrap();
        }
    }

    #[test]
    fn every_program_of_the_list_can_be_had_from_every_package_manager_or_by_hand() {
        for program in Requirements::read().unwrap().programs {
            for manager in PROGRAMS {
                assert!(
                    program.packages.contains_key(manager) || program.by_hand.is_some(),
                    "{} has no package for {manager}",
                    program.name
                );
            }
        }
    }
}
