//! Runs the tests and reads what came of each.
//!
//! A black-box test writes its own line into a report, because the test runner cannot tell a test
//! that passed from one that did not apply. A test without a line ended badly, however that was.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::cited::{Elsewhere, Tests};
use super::outcome::Outcome;
use super::statement::Table;
use super::suite::{Entry, PACKAGE, TARGETS};
use crate::process::{self, Deadline};
use crate::setup::clients::Clients;
use crate::workspace::Workspace;

/// The variable that names the report to the tests.
const REPORT: &str = "RMQTT_TEST_REPORT";

/// After what time a run is given up.
const MINUTES_MAX: u64 = 30;

/// What black-box tests drive.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    /// A broker that already runs at this address.
    Address(String),
    /// Our binary, with each driver.
    OurBinary,
}

impl Subject {
    /// The ends of the names of tests that are run: a peer has no drivers, so that one variant tells
    /// all.
    pub(super) fn drivers(&self) -> &'static [&'static str] {
        match self {
            Self::Address(_) => &["epoll"],
            Self::OurBinary => &["epoll", "portable"],
        }
    }

    /// The broker's name: its address, or that of our binary.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Address(address) => address,
            Self::OurBinary => "rmqttd",
        }
    }

    /// The targets that are run. What clients of other people make of a peer says as much of them as
    /// of the peer.
    pub(super) fn targets(&self) -> &'static [&'static str] {
        match self {
            Self::Address(_) => &TARGETS[..1],
            Self::OurBinary => &TARGETS,
        }
    }
}

/// What came of the tests, by name: `suite::AREA::TEST::v5_epoll`, or as they are cited.
#[derive(Debug, Default)]
pub(super) struct Report {
    outcomes: BTreeMap<String, Outcome>,
}

impl Report {
    /// Reads lines of name and outcome with a tab between them.
    pub(super) fn read(text: &str) -> Self {
        let line = |line: &str| {
            let (name, outcome) = line.split_once('\t')?;
            Some((name.to_owned(), Outcome::parse(outcome)?))
        };
        Self { outcomes: text.lines().filter_map(line).collect() }
    }

    /// What came of a test in one version, with all drivers that were to be run.
    pub(super) fn of_entry(&self, entry: &Entry, version: &str, subject: &Subject) -> Outcome {
        let target = entry.name.split("::").next().unwrap_or_default();
        if !subject.targets().contains(&target) {
            return Outcome::NotApplicable;
        }
        let variants = entry.variants.iter().filter(|variant| variant.version == version);
        variants
            .flat_map(|variant| subject.drivers().iter().map(move |driver| (variant, driver)))
            .map(|(variant, driver)| {
                let name = format!("{}::{}_{driver}", entry.name, variant.word);
                self.outcomes.get(&name).copied().unwrap_or(Outcome::Failed)
            })
            .fold(Outcome::NotApplicable, Outcome::and)
    }

    /// The tests that have failed.
    pub(super) fn failed(&self) -> impl Iterator<Item = &str> {
        let failed = |outcome: &Outcome| *outcome == Outcome::Failed;
        self.outcomes
            .iter()
            .filter(move |(_, outcome)| failed(outcome))
            .map(|(name, _)| name.as_str())
    }

    /// What came of a test that is no black-box test. Such a test is of our crates, so that it says
    /// nothing of a peer.
    pub(super) fn of_elsewhere(&self, cited: &str, subject: &Subject) -> Outcome {
        match subject {
            Subject::Address(_) => Outcome::NotApplicable,
            Subject::OurBinary => self.outcomes.get(cited).copied().unwrap_or(Outcome::Failed),
        }
    }
}

/// Runs all tests that the table cites. What they print goes to files in `folder`.
pub(super) fn run(
    workspace: &Workspace,
    subject: &Subject,
    table: &Table,
    tests: &Tests,
    folder: &Path,
) -> Result<Report> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let deadline = Deadline::in_seconds(MINUTES_MAX * 60);
    let runner = Runner { workspace, folder, deadline };
    let mut report = runner.black_box(subject)?;
    if matches!(subject, Subject::OurBinary) {
        runner.elsewhere(table, tests, &mut report)?;
    }
    Ok(report)
}

struct Runner<'a> {
    workspace: &'a Workspace,
    folder: &'a Path,
    deadline: Deadline,
}

impl Runner<'_> {
    fn black_box(&self, subject: &Subject) -> Result<Report> {
        let file = self.folder.join("outcomes");
        File::create(&file).with_context(|| format!("cannot write {}", file.display()))?;
        if matches!(subject, Subject::OurBinary) {
            process::run(self.cargo().args(["build", "-p", "rmqttd"]), self.deadline)?;
        }
        for target in subject.targets() {
            let mut words = vec!["test", "-p", PACKAGE, "--features", "rmqtt-test/clients"];
            words.extend(["--test", target]);
            process::run(self.cargo().args(&words).arg("--no-run"), self.deadline)?;
            let mut command = self.cargo();
            command.args(&words).arg("--").env(REPORT, &file);
            match subject {
                Subject::Address(address) => {
                    // Its tests wait for the peer most of the time.
                    command.args(["_epoll", "--test-threads", "8"]);
                    command.env("RMQTT_TEST_BROKER", address);
                }
                Subject::OurBinary => {
                    command.args(["--test-threads", "4"]);
                    command.env_remove("RMQTT_TEST_BROKER");
                }
            }
            self.run_tests(&mut command, target)?;
        }
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        ensure!(
            !text.is_empty(),
            "no test has run; what it printed is in {}",
            self.folder.display()
        );
        Ok(Report::read(&text))
    }

    fn elsewhere(&self, table: &Table, tests: &Tests, report: &mut Report) -> Result<()> {
        let cited = table.statement.iter().flat_map(|statement| &statement.tests);
        // In the order of their targets, so that each is run once.
        let wanted: BTreeSet<Elsewhere> = cited.filter_map(|name| tests.find(name).ok()).collect();
        let wanted: Vec<Elsewhere> = wanted.into_iter().collect();
        for of_target in wanted.chunk_by(Elsewhere::has_target_of) {
            let Some(Elsewhere { package, target, .. }) = of_target.first() else { continue };
            let mut command = self.cargo();
            command.args(["test", "-p", package]);
            match target {
                Some(target) => command.args(["--test", target]),
                None => command.arg("--lib"),
            };
            command.args(["--", "--exact"]).args(of_target.iter().map(|test| &test.name));
            let log = format!("{package}-{}", target.as_deref().unwrap_or("lib"));
            let printed = self.run_tests(&mut command, &log)?;
            for test in of_target {
                report.outcomes.insert(test.cited.clone(), outcome_in(&printed, &test.name));
            }
        }
        Ok(())
    }

    fn cargo(&self) -> Command {
        let clients = Clients::new(self.workspace);
        let mut cargo = process::cargo();
        cargo
            .current_dir(self.workspace.root())
            .env("RMQTTD_BIN", self.workspace.target().join("debug/rmqttd"))
            .env("RMQTT_TEST_PYTHON", clients.python())
            .env("RMQTT_TEST_NODE_MODULES", clients.node_modules());
        cargo
    }

    /// Runs tests to their end, whatever comes of them, and returns what they printed.
    fn run_tests(&self, command: &mut Command, name: &str) -> Result<String> {
        let path: PathBuf = self.folder.join(format!("{name}.log"));
        let log =
            File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        command.stderr(log.try_clone()?).stdout(log);
        // Failed tests are what this is to find out; each is known by its line.
        if let Err(error) = process::run(command, self.deadline) {
            println!("{error:#}; see {}", path.display());
        }
        let printed = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(String::from_utf8_lossy(&printed).into_owned())
    }
}

/// What the test runner says of a test.
fn outcome_in(printed: &str, name: &str) -> Outcome {
    let passed = format!("test {name} ... ok");
    if printed.lines().any(|line| line == passed) { Outcome::Passed } else { Outcome::Failed }
}

#[cfg(test)]
mod tests {
    use super::super::suite::Variant;
    use super::*;

    fn entry() -> Entry {
        let variant = |version: &str, word: &str| Variant {
            version: version.to_owned(),
            word: word.to_owned(),
            statements: Vec::new(),
        };
        Entry {
            name: "suite::a::b".to_owned(),
            variants: vec![variant("3.1.1", "v311"), variant("5.0", "v5")],
        }
    }

    #[test]
    fn a_test_passes_if_it_does_with_every_driver() {
        let report = Report::read(
            "suite::a::b::v311_epoll\tpassed\nsuite::a::b::v311_portable\tpassed\n\
             suite::a::b::v5_epoll\tpassed\nsuite::a::b::v5_portable\tfailed\n",
        );
        let of = |version: &str| report.of_entry(&entry(), version, &Subject::OurBinary);
        assert_eq!(of("3.1.1"), Outcome::Passed);
        assert_eq!(of("5.0"), Outcome::Failed);
    }

    #[test]
    fn a_test_without_a_line_has_failed() {
        let report = Report::read("suite::a::b::v311_epoll\tpassed\n");
        assert_eq!(report.of_entry(&entry(), "3.1.1", &Subject::OurBinary), Outcome::Failed);
        let peer = Subject::Address("host:1".to_owned());
        assert_eq!(report.of_entry(&entry(), "3.1.1", &peer), Outcome::Passed);
        assert_eq!(report.of_entry(&entry(), "5.0", &peer), Outcome::Failed);
    }

    #[test]
    fn a_test_that_does_not_apply_has_not_passed() {
        let report = Report::read("suite::a::b::v5_epoll\tnot applicable\n");
        let peer = Subject::Address("host:1".to_owned());
        assert_eq!(report.of_entry(&entry(), "5.0", &peer), Outcome::NotApplicable);
        assert_eq!(report.of_elsewhere("rmqtt::a", &peer), Outcome::NotApplicable);
    }

    #[test]
    fn other_peoples_clients_judge_our_binary_only() {
        let mut entry = entry();
        entry.name = "clients::a::b".to_owned();
        let report = Report::default();
        let peer = Subject::Address("host:1".to_owned());
        assert_eq!(report.of_entry(&entry, "5.0", &peer), Outcome::NotApplicable);
        assert_eq!(report.of_entry(&entry, "5.0", &Subject::OurBinary), Outcome::Failed);
    }

    #[test]
    fn the_test_runners_line_tells_of_a_test_elsewhere() {
        let printed = "running 2 tests\ntest a::b ... ok\ntest a::bc ... FAILED\n";
        assert_eq!(outcome_in(printed, "a::b"), Outcome::Passed);
        assert_eq!(outcome_in(printed, "a::bc"), Outcome::Failed);
        assert_eq!(outcome_in(printed, "b"), Outcome::Failed);
    }
}
