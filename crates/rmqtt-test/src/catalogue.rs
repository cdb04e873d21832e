//! Which test shows which statement of the specifications: read from the `#[broker_test]` attributes
//! in the suite's source, so that the table needs no run.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::version::Version;

/// The statements of both specifications, one per line: version, identifier, level, whom it binds.
const STATEMENTS: &str = include_str!("../statements.csv");

/// A test of the suite, which runs once per version and driver.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// The file's name without its ending: the area.
    pub area: String,
    /// The function's name.
    pub test: String,
    /// The versions it runs with and the statements it shows in each.
    pub versions: Vec<(Version, Vec<String>)>,
}

/// A statement of one of the specifications.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Statement {
    /// 3.1.1 or 5.0.
    pub version: Version,
    /// Its identifier, as `MQTT-3.1.0-1`.
    pub id: String,
    /// Whom it binds; empty where the list does not say.
    pub binds: String,
}

/// All statements.
pub fn statements() -> Vec<Statement> {
    STATEMENTS.lines().skip(1).filter_map(statement).collect()
}

fn statement(line: &str) -> Option<Statement> {
    let mut fields = line.split(',');
    let version = if fields.next()? == "5.0" { Version::V5 } else { Version::V311 };
    let id = fields.next()?.to_owned();
    let binds = fields.nth(1)?.to_owned();
    Some(Statement { version, id, binds })
}

/// The tests in the files of this directory, by file and in their order.
///
/// # Errors
/// If the directory cannot be read.
pub fn scan(directory: &Path) -> std::io::Result<Vec<Entry>> {
    let mut files: Vec<_> =
        fs::read_dir(directory)?.map(|file| Ok(file?.path())).collect::<std::io::Result<_>>()?;
    files.sort();
    let mut entries = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "rs")) {
        let area = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        entries.extend(entries_of(&area.unwrap_or_default(), &fs::read_to_string(file)?));
    }
    Ok(entries)
}

/// The tests that show a statement, as `area::test`.
pub fn tests_of(statement: &Statement, entries: &[Entry]) -> BTreeSet<String> {
    entries
        .iter()
        .filter(|entry| {
            entry
                .versions
                .iter()
                .any(|(version, ids)| *version == statement.version && ids.contains(&statement.id))
        })
        .map(|entry| format!("{}::{}", entry.area, entry.test))
        .collect()
}

fn entries_of(area: &str, source: &str) -> Vec<Entry> {
    source.split("#[broker_test(").skip(1).filter_map(|rest| entry(area, rest)).collect()
}

/// Reads what follows `#[broker_test(`.
fn entry(area: &str, source: &str) -> Option<Entry> {
    let (arguments, item) = source.split_once(")]\n")?;
    let name = item.split_once("fn ")?.1.split_once('(')?.0;
    let versions = [("v31", Version::V31), ("v311", Version::V311), ("v5", Version::V5)]
        .into_iter()
        .filter_map(|(word, version)| Some((version, statements_after(arguments, word)?)))
        .collect();
    Some(Entry { area: area.to_owned(), test: name.to_owned(), versions })
}

/// The statements in the parentheses after a version's word, or `None` if the word is missing.
fn statements_after(arguments: &str, word: &str) -> Option<Vec<String>> {
    let is_border = |character: Option<char>| !character.is_some_and(char::is_alphanumeric);
    let (at, _) = arguments.match_indices(word).find(|(at, _)| {
        is_border(arguments[..*at].chars().next_back())
            && is_border(arguments[at + word.len()..].chars().next())
    })?;
    let rest = arguments[at + word.len()..].strip_prefix('(');
    let list = rest.and_then(|rest| rest.split(')').next()).unwrap_or_default();
    Some(list.split('"').filter(|part| part.starts_with("MQTT-")).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_read_with_its_versions_and_statements() {
        let source = "
            #[broker_test(
                v31,
                v311(\"MQTT-1.5.3-1\", \"MQTT-1.5.3-2\"),
                v5(\"MQTT-1.5.4-1\"),
                config = \"max_inflight = 1\"
            )]
            fn a_name(case: &Case) {}"
            .replace("            ", "");
        let expected = Entry {
            area: "malformed".into(),
            test: "a_name".into(),
            versions: vec![
                (Version::V31, vec![]),
                (Version::V311, vec!["MQTT-1.5.3-1".into(), "MQTT-1.5.3-2".into()]),
                (Version::V5, vec!["MQTT-1.5.4-1".into()]),
            ],
        };
        assert_eq!(entries_of("malformed", &source), [expected]);
    }

    #[test]
    fn every_test_of_the_suite_is_found() {
        let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite");
        let attributes: usize = fs::read_dir(&suite)
            .expect("the suite can be read")
            .map(|file| fs::read_to_string(file.expect("an entry").path()).expect("a source file"))
            .map(|source| source.matches("#[broker_test(").count())
            .sum();
        let entries = scan(&suite).expect("the suite can be read");
        assert_eq!(entries.len(), attributes);
        assert!(entries.iter().all(|entry| !entry.versions.is_empty()));
    }

    #[test]
    fn every_cited_statement_exists_in_its_specification() {
        let known = statements();
        let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite");
        for entry in scan(&suite).expect("the suite can be read") {
            for (version, ids) in &entry.versions {
                for id in ids {
                    let exists =
                        known.iter().any(|other| other.version == *version && other.id == *id);
                    assert!(exists, "{}: {version} has no {id}", entry.test);
                }
            }
        }
    }
}
