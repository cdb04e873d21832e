//! The runner of Rust tests: nextest where it is installed, else cargo's own.

use crate::process;

/// The package of the tests that drive the real broker.
const BLACK_BOX: &str = "rmqtt-test";

/// The feature that brings the tests with other people's clients. It is on in every command, so
/// that the tests are compiled once for all of them.
const FEATURES: [&str; 2] = ["--features", "rmqtt-test/clients"];

/// A part of the tests.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part {
    /// The tests of the black-box package.
    BlackBox,
    /// All others.
    AllButBlackBox,
}

/// Which program runs the tests.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Runner {
    /// `cargo nextest run`: a process for each test, and a limit on each.
    Nextest,
    /// `cargo test`.
    Cargo,
}

impl Runner {
    /// Nextest if this system has it. It is not required, because to install it where it is absent
    /// means to compile it, and that takes longer than the tests.
    pub(super) fn of_this_system() -> Self {
        let answer = process::ask(process::cargo().args(["nextest", "--version"]));
        if answer.is_ok_and(|answer| answer.status.success()) { Self::Nextest } else { Self::Cargo }
    }

    /// What to tell cargo to compile all tests.
    pub(super) fn compile_words(self) -> Vec<&'static str> {
        let mut words = self.command();
        words.extend(["--workspace", "--no-run"]);
        words.extend(FEATURES);
        if self == Self::Cargo {
            words.push("--tests");
        }
        words
    }

    /// What to tell cargo to run a part of the tests, all of it even if one fails.
    pub(super) fn run_words(self, part: Part) -> Vec<&'static str> {
        let mut words = self.command();
        words.push("--no-fail-fast");
        match (self, part) {
            (Self::Nextest, Part::BlackBox) => {
                words.extend(["--workspace", "-E", "package(rmqtt-test)"]);
                words.extend(FEATURES);
            }
            (Self::Nextest, Part::AllButBlackBox) => {
                words.extend(["--workspace", "-E", "not package(rmqtt-test)"]);
                words.extend(FEATURES);
            }
            (Self::Cargo, Part::BlackBox) => {
                words.extend(["--tests", "--package", BLACK_BOX]);
                words.extend(FEATURES);
            }
            (Self::Cargo, Part::AllButBlackBox) => {
                words.extend(["--tests", "--workspace", "--exclude", BLACK_BOX]);
            }
        }
        words
    }

    fn command(self) -> Vec<&'static str> {
        match self {
            Self::Nextest => vec!["nextest", "run", "--locked"],
            Self::Cargo => vec!["test", "--locked"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_parts_together_are_all_tests() {
        let filter = |part| {
            let words = Runner::Nextest.run_words(part);
            let position = words.iter().position(|word| *word == "-E").unwrap();
            words[position + 1]
        };
        assert_eq!(filter(Part::AllButBlackBox), format!("not {}", filter(Part::BlackBox)));
        assert_eq!(filter(Part::BlackBox), format!("package({BLACK_BOX})"));
    }

    #[test]
    fn nextest_compiles_what_it_runs() {
        let compile = Runner::Nextest.compile_words();
        for word in FEATURES {
            assert!(compile.contains(&word));
            assert!(Runner::Nextest.run_words(Part::BlackBox).contains(&word));
            assert!(Runner::Nextest.run_words(Part::AllButBlackBox).contains(&word));
        }
    }
}
