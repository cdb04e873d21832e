//! Which statement of the specifications is shown by which test, and what a broker makes of it.
//!
//! | module | what it holds |
//! |---|---|
//! | [`roster`] | `docs/spec/statements.csv`: the statements that there are |
//! | [`statement`] | `docs/spec/conformance.toml`: what each demands and what shows it |
//! | [`suite`] | the attributes of the black-box tests |
//! | [`cited`] | whether a test that is named exists |
//! | [`judge`] | what the table has to be |
//! | [`counterparts`] | `docs/spec/counterparts.toml`: other people's test cases and ours |
//! | [`options`] | the options of the command |
//! | [`run`] | running the tests, and what came of each |
//! | [`outcome`] | what can come of a test or a statement |
//! | [`judged`] | the table with what came of each statement |

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use self::cited::Tests;
use self::counterparts::{COUNTERPARTS, Counterparts};
use self::judged::Judged;
pub(crate) use self::options::Options;
pub(crate) use self::roster::Roster;
use self::run::Subject;
use self::statement::{Statement, Table};
use self::suite::Entry;
use crate::findings::Findings;
use crate::workspace::Workspace;

mod cited;
mod counterparts;
mod judge;
mod judged;
mod options;
mod outcome;
mod roster;
mod run;
mod statement;
mod suite;

/// The table, relative to the repository.
const TABLE: &str = "docs/spec/conformance.toml";

/// Does what the options ask for.
pub(crate) fn command(workspace: &Workspace, options: &Options) -> Result<()> {
    match options {
        Options::Table => {
            print_table(&read_table(workspace)?.0);
            check(workspace)
        }
        Options::Write => write(workspace),
        Options::Run { subject, json } => judge_broker(workspace, subject, json.as_deref()),
    }
}

/// Fails if a statement has neither a test nor an excuse that holds, or a test that is named does not
/// exist.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let (table, _) = read_table(workspace)?;
    let roster = Roster::load(workspace)?;
    let entries = suite::scan(workspace.root())?;
    let tests = Tests::new(workspace, &entries);
    let counterparts = Counterparts::read(&read(workspace, COUNTERPARTS)?)
        .with_context(|| format!("cannot read {COUNTERPARTS}"))?;
    let mut findings = Findings::default();
    judge::check(&table, &roster, &entries, &tests, &mut findings);
    counterparts.check(&tests, &mut findings);
    let count = |has: fn(&Statement) -> bool| {
        table.statement.iter().filter(|statement| has(statement)).count()
    };
    findings.report(
        "conformance",
        format_args!(
            "{} statements, {} shown by tests, {} waived, {} pending; \
             {} cases of other people's, {} pending",
            table.statement.len(),
            count(|statement| !statement.tests.is_empty()),
            count(|statement| statement.waiver.is_some()),
            count(|statement| statement.pending.is_some()),
            counterparts.case.len(),
            counterparts.pending(),
        ),
    )
}

fn print_table(table: &Table) {
    for statement in &table.statement {
        let shown = match (&statement.waiver, &statement.pending) {
            (Some(waiver), _) => format!("waived ({}): {}", waiver.kind, waiver.reason),
            (None, Some(pending)) => format!("pending: {pending}"),
            (None, None) => statement.tests.join(", "),
        };
        let Statement { version, id, level, binds, .. } = statement;
        println!("{version:<5} {id:<13} {:<8} {:<6} {shown}", level.name(), binds.name());
    }
}

/// Replaces the black-box tests of each statement by those whose attributes name it.
fn write(workspace: &Workspace) -> Result<()> {
    let (mut table, head) = read_table(workspace)?;
    let entries = suite::scan(workspace.root())?;
    for statement in &mut table.statement {
        take_over(statement, &entries);
    }
    let path = workspace.root().join(TABLE);
    fs::write(path, table.write(&head)).with_context(|| format!("cannot write {TABLE}"))?;
    check(workspace)
}

fn take_over(statement: &mut Statement, entries: &[Entry]) {
    statement.tests.retain(|test| !suite::is_black_box(test));
    let black_box = suite::tests_of(entries, &statement.version, &statement.id);
    statement.tests.splice(0..0, black_box);
}

fn judge_broker(workspace: &Workspace, subject: &Subject, json: Option<&Path>) -> Result<()> {
    let (table, _) = read_table(workspace)?;
    let entries = suite::scan(workspace.root())?;
    let tests = Tests::new(workspace, &entries);
    // Two brokers may be judged at the same time.
    let folder = workspace.target().join("conformance").join(subject.name().replace(':', "-"));
    let report = run::run(workspace, subject, &table, &tests, &folder)?;
    let judged = Judged::new(&table, &entries, &report, subject);
    print!("{judged}");
    println!("What the tests printed is in {}.", folder.display());
    if let Some(file) = json {
        let text = serde_json::to_string_pretty(&judged)?;
        fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    match (judged.failures(), judged.failures_besides()) {
        (0, 0) => Ok(()),
        // What is ours alone a peer need not do.
        (0, _) if !matches!(subject, Subject::OurBinary) => Ok(()),
        (statements, besides) => bail!(
            "{statements} of the statements do not hold; {besides} of the tests that failed show none"
        ),
    }
}

/// The table, and what stands before its first statement.
fn read_table(workspace: &Workspace) -> Result<(Table, String)> {
    let text = read(workspace, TABLE)?;
    let table = Table::read(&text).with_context(|| format!("cannot read {TABLE}"))?;
    let head = text.split("[[statement]]").next().unwrap_or_default().to_owned();
    Ok((table, head))
}

fn read(workspace: &Workspace, path: &str) -> Result<String> {
    fs::read_to_string(workspace.root().join(path)).with_context(|| format!("cannot read {path}"))
}

#[cfg(test)]
mod tests {
    use super::suite::Variant;
    use super::*;

    #[test]
    fn black_box_tests_are_those_of_the_attributes_and_others_stay() {
        let text = "[[statement]]\nversion = \"5.0\"\nid = \"MQTT-3.1.0-1\"\nlevel = \"must\"\n\
                    binds = \"both\"\ntext = \"It does.\"\n\
                    tests = [\"suite::a::former\", \"rmqtt::suite::b::other\"]\n";
        let mut table = Table::read(text).unwrap();
        let shown = Variant {
            version: "5.0".to_owned(),
            word: "v5".to_owned(),
            statements: vec!["MQTT-3.1.0-1".to_owned()],
        };
        let entries = [Entry { name: "suite::a::now".to_owned(), variants: vec![shown] }];
        take_over(&mut table.statement[0], &entries);
        assert_eq!(table.statement[0].tests, ["suite::a::now", "rmqtt::suite::b::other"]);
    }
}
