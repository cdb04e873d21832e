//! The table with what a run made of each statement: printed, and as JSON.

use std::fmt;

use serde::Serialize;

use super::outcome::Outcome;
use super::run::{Report, Subject};
use super::statement::{Statement, Table};
use super::suite::{self, Entry};

/// All statements, with what came of them.
#[derive(Debug, Serialize)]
pub(super) struct Judged {
    /// The address, or the name of our binary.
    broker: String,
    totals: Totals,
    statements: Vec<Line>,
    /// The tests that failed and show no statement, with their variants.
    failed_besides: Vec<String>,
}

/// How many statements have which outcome.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Totals {
    pass: usize,
    fail: usize,
    not_applicable: usize,
    waived: usize,
    pending: usize,
}

/// A statement with what came of it.
#[derive(Debug, Serialize)]
struct Line {
    version: String,
    id: String,
    level: &'static str,
    binds: &'static str,
    text: String,
    outcome: Outcome,
    /// The tests that failed.
    failed: Vec<String>,
}

impl Judged {
    pub(super) fn new(
        table: &Table,
        entries: &[Entry],
        report: &Report,
        subject: &Subject,
    ) -> Self {
        let statements: Vec<Line> = table
            .statement
            .iter()
            .map(|statement| line(statement, entries, report, subject))
            .collect();
        let mut totals = Totals::default();
        for line in &statements {
            totals.count(line.outcome);
        }
        let shows_one = |failed: &&str| {
            let mut tests = statements.iter().flat_map(|line| &line.failed);
            tests.any(|test| failed.strip_prefix(&**test).is_some_and(is_variant))
        };
        let failed_besides =
            report.failed().filter(|failed| !shows_one(failed)).map(str::to_owned).collect();
        let broker = subject.name().to_owned();
        Self { broker, totals, statements, failed_besides }
    }

    /// How many statements do not hold.
    pub(super) fn failures(&self) -> usize {
        self.totals.fail
    }

    /// How many tests failed that show no statement.
    pub(super) fn failures_besides(&self) -> usize {
        self.failed_besides.len()
    }
}

/// Whether what stands behind the name of a test that is cited makes it the name of one that was run.
fn is_variant(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with("::")
}

fn line(statement: &Statement, entries: &[Entry], report: &Report, subject: &Subject) -> Line {
    let mut outcome = Outcome::NotApplicable;
    let mut failed = Vec::new();
    for test in &statement.tests {
        let of_test = if suite::is_black_box(test) {
            match entries.iter().find(|entry| entry.name == *test) {
                Some(entry) => report.of_entry(entry, &statement.version, subject),
                None => Outcome::Failed,
            }
        } else {
            report.of_elsewhere(test, subject)
        };
        if of_test == Outcome::Failed {
            failed.push(test.clone());
        }
        outcome = outcome.and(of_test);
    }
    if statement.waiver.is_some() {
        outcome = Outcome::Waived;
    } else if statement.pending.is_some() {
        outcome = Outcome::Pending;
    }
    Line {
        version: statement.version.clone(),
        id: statement.id.clone(),
        level: statement.level.name(),
        binds: statement.binds.name(),
        text: statement.text.clone(),
        outcome,
        failed,
    }
}

impl Totals {
    fn count(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::Passed => &mut self.pass,
            Outcome::Failed => &mut self.fail,
            Outcome::NotApplicable => &mut self.not_applicable,
            Outcome::Waived => &mut self.waived,
            Outcome::Pending => &mut self.pending,
        } += 1;
    }
}

impl fmt::Display for Judged {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.statements {
            let Line { version, id, level, binds, outcome, failed, .. } = line;
            write!(formatter, "{version:<5} {id:<13} {level:<8} {binds:<6} {outcome:<14}")?;
            writeln!(formatter, " {}", failed.join(", "))?;
        }
        for test in &self.failed_besides {
            writeln!(formatter, "failed, and shows no statement: {test}")?;
        }
        let Totals { pass, fail, not_applicable, waived, pending } = self.totals;
        writeln!(
            formatter,
            "{}: {} statements: {pass} pass, {fail} FAIL, {not_applicable} not applicable, \
             {waived} waived, {pending} pending",
            self.broker,
            self.statements.len(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::suite::Variant;
    use super::*;

    fn table() -> Table {
        let statement = |number: usize, tests: &str, more: &str| {
            format!(
                "[[statement]]\nversion = \"5.0\"\nid = \"MQTT-1.1.1-{number}\"\nlevel = \"must\"\n\
                 binds = \"both\"\ntext = \"It does.\"\ntests = {tests}\n{more}\n"
            )
        };
        let text = statement(1, "[\"suite::a::good\"]", "")
            + &statement(2, "[\"suite::a::good\", \"suite::a::bad\"]", "")
            + &statement(3, "[\"rmqtt::suite::c\"]", "")
            + &statement(4, "[]", "pending = \"WebSocket listeners\"")
            + &statement(5, "[]", "waiver = { kind = \"unseen\", reason = \"So.\" }");
        Table::read(&text).unwrap()
    }

    fn judged(report: &str, subject: &Subject) -> Judged {
        let variant =
            Variant { version: "5.0".to_owned(), word: "v5".to_owned(), statements: Vec::new() };
        let entries = ["suite::a::good", "suite::a::bad"]
            .map(|name| Entry { name: name.to_owned(), variants: vec![variant.clone()] });
        Judged::new(&table(), &entries, &Report::read(report), subject)
    }

    #[test]
    fn a_statement_fails_with_one_of_its_tests() {
        let peer = Subject::Address("host:1".to_owned());
        let judged =
            judged("suite::a::good::v5_epoll\tpassed\nsuite::a::bad::v5_epoll\tfailed\n", &peer);
        let outcomes: Vec<&str> =
            judged.statements.iter().map(|line| line.outcome.name()).collect();
        assert_eq!(outcomes, ["pass", "FAIL", "not applicable", "pending", "waived"]);
        assert_eq!(judged.statements[1].failed, ["suite::a::bad"]);
        assert_eq!(judged.failures(), 1);
        assert!(judged.to_string().ends_with(
            "host:1: 5 statements: 1 pass, 1 FAIL, 1 not applicable, 1 waived, 1 pending\n"
        ));
    }

    #[test]
    fn a_test_that_shows_no_statement_is_told_apart_when_it_fails() {
        let report = "suite::a::good::v5_epoll\tpassed\nsuite::a::bad::v5_epoll\tfailed\n\
                      suite::a::bad_luck::v5_epoll\tfailed\nsuite::a::bad::v31_epoll\tpassed\n";
        let judged = judged(report, &Subject::Address("host:1".to_owned()));
        assert_eq!(judged.failed_besides, ["suite::a::bad_luck::v5_epoll"]);
        assert_eq!((judged.failures(), judged.failures_besides()), (1, 1));
    }

    #[test]
    fn json_has_totals_and_every_statement() {
        let judged = judged("rmqtt::suite::c\tpassed\n", &Subject::OurBinary);
        let json = serde_json::to_value(&judged).unwrap();
        assert_eq!(json["broker"], "rmqttd");
        assert_eq!(json["totals"]["fail"], 2);
        assert_eq!(json["statements"][2]["outcome"], "pass");
        assert_eq!(json["statements"][0]["failed"][0], "suite::a::good");
    }
}
