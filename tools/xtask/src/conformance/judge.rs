//! What the table of statements has to be.

use std::collections::BTreeSet;

use super::cited::Tests;
use super::roster::Roster;
use super::statement::{Binds, Statement, Table, Waiver, WaiverKind};
use super::suite::{self, Entry};
use crate::findings::Findings;

/// The statements that only bind the client, and of which no server can tell whether a client obeys.
/// Any other can be seen on the wire, and is tested.
const UNSEEN: [(&str, &str); 1] = [("5.0", "MQTT-3.2.2-4")];

/// The statements about what this broker never does.
const NO_OCCASION: [(&str, &str); 1] = [("3.1.1", "MQTT-7.0.0-1")];

/// What some statements wait for, how their identifiers begin, and nothing else may wait.
const PENDING: (&str, &str) = ("WebSocket listeners", "MQTT-6.0.0-");

/// Compares the table with the list of statements, with the suite, and with itself.
pub(super) fn check(
    table: &Table,
    roster: &Roster,
    entries: &[Entry],
    tests: &Tests,
    findings: &mut Findings,
) {
    let mut seen = BTreeSet::new();
    for statement in &table.statement {
        if !roster.has(&statement.version, &statement.id) {
            findings.add(statement.name(), "is no statement of the specification");
        }
        if !seen.insert((statement.version.as_str(), statement.id.as_str())) {
            findings.add(statement.name(), "is there twice");
        }
        check_standing(statement, findings);
        check_words(statement, findings);
        for test in &statement.tests {
            if let Err(problem) = tests.check(test) {
                findings.add(statement.name(), format_args!("`{test}`: {problem}"));
            }
        }
        check_attributes(statement, entries, findings);
    }
    for (version, id) in roster.statements().filter(|statement| !seen.contains(statement)) {
        findings.add(format_args!("{version} {id}"), "is missing");
    }
    for (entry, variant) in
        entries.iter().flat_map(|entry| entry.variants.iter().map(move |variant| (entry, variant)))
    {
        for id in &variant.statements {
            if !roster.has(&variant.version, id) {
                let version = &variant.version;
                findings.add(&entry.name, format_args!("cites {version} {id}, which there is not"));
            }
        }
    }
}

/// Tests, a waiver or what is awaited: exactly one of them, and no excuse for what can be seen.
fn check_standing(statement: &Statement, findings: &mut Findings) {
    let name = statement.name();
    match (statement.tests.is_empty(), &statement.waiver, &statement.pending) {
        (true, None, None) => findings.add(name, "has neither a test nor a waiver"),
        (false, None, None) => {}
        (true, Some(waiver), None) => check_waiver(statement, waiver, findings),
        (true, None, Some(pending)) => {
            let (brings, begin) = PENDING;
            if pending != brings || !statement.id.starts_with(begin) {
                findings.add(name, format_args!("only {begin}* may wait, for {brings}"));
            }
        }
        _ => findings.add(name, "has more than one of tests, a waiver and what it waits for"),
    }
}

fn check_waiver(statement: &Statement, waiver: &Waiver, findings: &mut Findings) {
    let this = (statement.version.as_str(), statement.id.as_str());
    let is_allowed = match waiver.kind {
        WaiverKind::Unseen => {
            statement.binds == Binds::Client
                && statement.violation.is_none()
                && UNSEEN.contains(&this)
        }
        WaiverKind::NoOccasion => NO_OCCASION.contains(&this),
    };
    if !is_allowed {
        let kind = waiver.kind;
        findings.add(
            statement.name(),
            format_args!("is waived as {kind}, though a client can see whether it holds"),
        );
    }
    if !is_sentence(&waiver.reason) {
        findings.add(statement.name(), "the reason of a waiver is a sentence");
    }
}

fn check_words(statement: &Statement, findings: &mut Findings) {
    if !is_sentence(&statement.text) {
        findings.add(statement.name(), "its text is a sentence");
    }
    let violation = statement.violation.as_deref();
    if violation.is_some_and(|text| text.trim().is_empty()) {
        findings.add(statement.name(), "says nothing of a violation");
    }
    if statement.binds == Binds::Client
        && violation.is_none()
        && statement.waiver.is_none()
        && statement.pending.is_none()
    {
        findings.add(statement.name(), "binds the client: what does one meet that violates it?");
    }
    if statement.binds == Binds::Server && violation.is_some() {
        findings.add(statement.name(), "does not bind the client, so that it has no violation");
    }
}

fn check_attributes(statement: &Statement, entries: &[Entry], findings: &mut Findings) {
    let in_table: BTreeSet<&str> = statement
        .tests
        .iter()
        .map(String::as_str)
        .filter(|test| suite::is_black_box(test))
        .collect();
    let in_suite = suite::tests_of(entries, &statement.version, &statement.id);
    let in_suite: BTreeSet<&str> = in_suite.iter().map(String::as_str).collect();
    for test in in_table.symmetric_difference(&in_suite) {
        findings.add(
            statement.name(),
            format_args!(
                "`{test}` is only {}; `cargo xtask conformance --write` brings them together",
                if in_table.contains(test) { "in the table" } else { "in the attribute" }
            ),
        );
    }
}

fn is_sentence(text: &str) -> bool {
    text.len() > 1 && text.ends_with('.') && !text.starts_with(char::is_whitespace)
}

#[cfg(test)]
mod tests;
