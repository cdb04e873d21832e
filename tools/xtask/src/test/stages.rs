//! The stages of the test run, as data. To switch a part on, add its line.

use super::runner::Part;

/// The stage without which no other is tried.
pub(super) const SETUP: &str = "setup";

/// One stage.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(super) name: &'static str,
    /// What it does, for the reader of its output.
    pub(super) about: &'static str,
    /// The number of minutes after which it is stopped and counts as failed: about three times
    /// what it takes on two cores with nothing compiled before.
    pub(super) minutes_max: u64,
    /// The stages that must have passed before.
    pub(super) needs: &'static [&'static str],
    pub(super) work: Work,
}

/// What a stage does.
#[derive(Debug)]
pub(super) enum Work {
    Setup,
    Arrows,
    Tidy,
    Configuration,
    Conformance,
    Licences,
    /// Commands, one after another, up to the first that fails.
    Steps(&'static [Step]),
}

/// A command of a stage.
#[derive(Debug)]
pub(super) enum Step {
    /// Cargo with these words.
    Cargo(&'static [&'static str]),
    /// The runner of Rust tests, compiling all of them.
    CompileTests,
    /// The runner of Rust tests, running a part of them.
    RunTests(Part),
}

/// The stages in their order: what answers in seconds first.
pub(super) const STAGES: [Stage; 18] = [
    Stage {
        name: SETUP,
        about: "the programs and client libraries that the tests drive",
        minutes_max: 15,
        needs: &[],
        work: Work::Setup,
    },
    Stage {
        name: "fmt",
        about: "the layout of the sources",
        minutes_max: 2,
        needs: &[],
        work: Work::Steps(&[Step::Cargo(&["fmt", "--all", "--", "--check"])]),
    },
    Stage {
        name: "arrows",
        about: "which crate imports which",
        minutes_max: 1,
        needs: &[],
        work: Work::Arrows,
    },
    Stage {
        name: "tidy",
        about: "the style of sources and papers",
        minutes_max: 1,
        needs: &[],
        work: Work::Tidy,
    },
    Stage {
        name: "configuration",
        about: "which keys are shown by a test",
        minutes_max: 1,
        needs: &[],
        work: Work::Configuration,
    },
    Stage {
        name: "conformance",
        about: "which statement of MQTT is shown by which test",
        minutes_max: 1,
        needs: &[],
        work: Work::Conformance,
    },
    Stage {
        name: "licences",
        about: "the licences of all dependencies",
        minutes_max: 1,
        needs: &[],
        work: Work::Licences,
    },
    Stage {
        name: "clippy",
        about: "the compiler's and clippy's objections",
        minutes_max: 12,
        needs: &[],
        work: Work::Steps(&[Step::Cargo(&[
            "clippy",
            "--locked",
            "--workspace",
            "--all-targets",
            "--features",
            "rmqtt-test/clients",
            "--",
            "-D",
            "warnings",
        ])]),
    },
    Stage {
        name: "build",
        about: "the broker as it is shipped, all tests, and the examples that they run",
        minutes_max: 20,
        needs: &[],
        work: Work::Steps(&[
            Step::Cargo(&["build", "--locked", "--release", "-p", "rmqttd"]),
            Step::CompileTests,
            Step::Cargo(&[
                "build",
                "--locked",
                "--workspace",
                "--examples",
                "--features",
                "rmqtt-test/clients",
            ]),
        ]),
    },
    Stage {
        name: "tests",
        about: "the tests of each crate",
        minutes_max: 10,
        needs: &["build"],
        work: Work::Steps(&[Step::RunTests(Part::AllButBlackBox)]),
    },
    Stage {
        name: "doc-tests",
        about: "the examples in the documentation",
        minutes_max: 6,
        needs: &["build"],
        work: Work::Steps(&[Step::Cargo(&["test", "--locked", "--workspace", "--doc"])]),
    },
    Stage {
        name: "black-box",
        about: "the real broker against raw bytes and other people's clients",
        minutes_max: 12,
        needs: &[SETUP, "build"],
        work: Work::Steps(&[Step::RunTests(Part::BlackBox)]),
    },
    Stage {
        name: "simulation",
        about: "500 seeds of many sessions, faults and virtual time",
        minutes_max: 10,
        needs: &[],
        work: Work::Steps(&[Step::Cargo(&[
            "run",
            "--locked",
            "--release",
            "-p",
            "rmqtt-sim",
            "--",
            "--seeds",
            "500",
        ])]),
    },
    Stage {
        name: "fuzz",
        about: "each target for some seconds; the tests replay what was kept",
        minutes_max: 8,
        needs: &[SETUP],
        work: Work::Steps(&[Step::Cargo(&["xtask", "fuzz", "--seconds", "8"])]),
    },
    Stage {
        name: "loom",
        about: "what two threads share, in every order",
        minutes_max: 6,
        needs: &[],
        work: Work::Steps(&[Step::Cargo(&["xtask", "loom"])]),
    },
    Stage {
        name: "sanitize",
        about: "AddressSanitizer for what holds unsafe code",
        minutes_max: 8,
        needs: &[SETUP],
        work: Work::Steps(&[Step::Cargo(&["xtask", "sanitize"])]),
    },
    Stage {
        name: "soak",
        about: "the real broker under abuse, in short",
        minutes_max: 6,
        needs: &["build"],
        work: Work::Steps(&[Step::Cargo(&["xtask", "soak", "--minutes", "1"])]),
    },
    Stage {
        name: "benches",
        about: "what is counted and bounded: bytes and instructions",
        minutes_max: 12,
        needs: &[SETUP],
        work: Work::Steps(&[Step::Cargo(&[
            "bench",
            "--locked",
            "-p",
            "rmqtt-codec",
            "-p",
            "rmqtt-topic",
            "-p",
            "rmqtt-broker",
            "--benches",
        ])]),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_needs_only_stages_before_it() {
        for (index, stage) in STAGES.iter().enumerate() {
            for needed in stage.needs {
                let before = STAGES[..index].iter().any(|before| before.name == *needed);
                assert!(before, "{} needs {needed}, which does not come before", stage.name);
            }
        }
    }

    #[test]
    fn names_are_unique() {
        for (index, stage) in STAGES.iter().enumerate() {
            assert!(STAGES[..index].iter().all(|before| before.name != stage.name));
        }
    }

    #[test]
    fn the_first_stage_is_setup() {
        assert_eq!(STAGES[0].name, SETUP);
    }
}
