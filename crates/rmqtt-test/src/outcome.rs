//! What came of a test, for who cannot tell it from the test runner's own lines: to that a test that
//! does not apply has passed.

use std::fs::OpenOptions;
use std::io::Write;
use std::thread;

/// What came of a test.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// It was run to its end.
    Passed,
    /// It ended in a panic.
    Failed,
    /// It cannot judge the broker that is given.
    NotApplicable,
}

impl Outcome {
    /// Appends a line with name and outcome to the report, if the environment names one.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn report(self, name: &str) {
        let Some(path) = std::env::var_os("RMQTT_TEST_REPORT") else { return };
        let outcome = match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotApplicable => "not applicable",
        };
        // In one piece: tests of several threads and processes write to the same file.
        let line = format!("{name}\t{outcome}\n");
        OpenOptions::new()
            .append(true)
            .create(true)
            .open(&path)
            .and_then(|mut file| file.write_all(line.as_bytes()))
            .unwrap_or_else(|problem| panic!("cannot write {}: {problem}", path.display()));
    }
}

/// Reports a test at its end, whichever that is.
#[derive(Debug)]
pub struct Reporting {
    name: &'static str,
}

impl Reporting {
    /// Reports the test of this name when it is dropped.
    pub fn of(name: &'static str) -> Self {
        Self { name }
    }
}

impl Drop for Reporting {
    fn drop(&mut self) {
        let outcome = if thread::panicking() { Outcome::Failed } else { Outcome::Passed };
        outcome.report(self.name);
    }
}
