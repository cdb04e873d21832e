//! The table of seconds at the end of a test run.

use std::fmt;

use super::stages::Stage;

/// How a stage ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    Passed,
    /// It failed, for this reason.
    Failed(String),
    /// It was not tried, because this stage, which it needs, had not passed.
    NotReached {
        needed: String,
    },
}

/// What is known of the stages so far.
#[derive(Debug)]
pub(super) struct Summary {
    budget_seconds: u64,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    name: &'static str,
    seconds: f64,
    outcome: Outcome,
}

impl Summary {
    pub(super) fn new(budget_seconds: u64) -> Self {
        Self { budget_seconds, lines: Vec::new() }
    }

    pub(super) fn add(&mut self, name: &'static str, seconds: f64, outcome: Outcome) {
        self.lines.push(Line { name, seconds, outcome });
    }

    pub(super) fn has_passed(&self, name: &str) -> bool {
        self.lines.iter().any(|line| line.name == name && line.outcome == Outcome::Passed)
    }

    /// Why a run of these stages failed, if it did: every stage that did not pass, the budget.
    pub(super) fn failures(&self, stages: &[&Stage]) -> Vec<String> {
        let mut failures: Vec<String> = Vec::new();
        for stage in stages {
            match self.lines.iter().find(|line| line.name == stage.name) {
                None => failures.push(format!("{} was not reached", stage.name)),
                Some(line) => match &line.outcome {
                    Outcome::Passed => {}
                    // The first line: the stage itself has said the rest.
                    Outcome::Failed(reason) => {
                        let reason = reason.lines().next().unwrap_or_default();
                        failures.push(format!("{}: {}", stage.name, reason.trim_end_matches(':')));
                    }
                    Outcome::NotReached { needed } => {
                        failures.push(format!("{} was not reached, it needs {needed}", stage.name));
                    }
                },
            }
        }
        if self.seconds() > self.budget_seconds as f64 {
            failures.push(format!("the run took more than its {} s", self.budget_seconds));
        }
        failures
    }

    fn seconds(&self) -> f64 {
        self.lines.iter().map(|line| line.seconds).sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{:<13} {:>8}  result", "stage", "seconds")?;
        for line in &self.lines {
            let result = match &line.outcome {
                Outcome::Passed => "ok",
                Outcome::Failed(_) => "FAILED",
                Outcome::NotReached { .. } => "not reached",
            };
            writeln!(formatter, "{:<13} {:>8.1}  {result}", line.name, line.seconds)?;
        }
        write!(formatter, "{:<13} {:>8.1}  of {}", "total", self.seconds(), self.budget_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::super::stages::STAGES;
    use super::*;

    #[test]
    fn a_run_without_failures_has_none() {
        let mut summary = Summary::new(100);
        summary.add(STAGES[0].name, 10.0, Outcome::Passed);
        assert!(summary.failures(&[&STAGES[0]]).is_empty());
    }

    #[test]
    fn a_stage_that_was_never_reached_fails_the_run() {
        let mut summary = Summary::new(100);
        summary.add(STAGES[0].name, 1.0, Outcome::Failed("no cc:\nmore".to_owned()));
        assert_eq!(
            summary.failures(&[&STAGES[0], &STAGES[1]]),
            ["setup: no cc", "fmt was not reached"]
        );
    }

    #[test]
    fn a_run_over_its_budget_fails_though_every_stage_passed() {
        let mut summary = Summary::new(15);
        summary.add(STAGES[0].name, 10.0, Outcome::Passed);
        summary.add(STAGES[1].name, 5.5, Outcome::Passed);
        assert_eq!(summary.failures(&[&STAGES[0], &STAGES[1]]).len(), 1);
    }

    #[test]
    fn the_table_tells_seconds_and_results() {
        let mut summary = Summary::new(2700);
        summary.add("fmt", 1.25, Outcome::Passed);
        summary.add("build", 90.0, Outcome::Failed("it".to_owned()));
        summary.add("tests", 0.0, Outcome::NotReached { needed: "build".to_owned() });
        let expected = "\
stage          seconds  result
fmt                1.2  ok
build             90.0  FAILED
tests              0.0  not reached
total             91.2  of 2700";
        assert_eq!(summary.to_string(), expected);
    }
}
