//! Which black-box test shows which statement: read from the `#[broker_test]` attributes in their
//! sources, so that the table needs no run.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// The package of these tests.
pub(super) const PACKAGE: &str = "rmqtt-test";

/// The folder of their targets, relative to the repository.
const FOLDER: &str = "crates/rmqtt-test/tests";

/// The target with our own client, and the one with clients that other people wrote.
pub(super) const TARGETS: [&str; 2] = ["suite", "clients"];

/// The words of the attribute for the versions, and the versions.
const VERSIONS: [(&str, &str); 3] = [("v31", "3.1"), ("v311", "3.1.1"), ("v5", "5.0")];

/// A black-box test, which runs once for each version and driver.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Entry {
    /// `TARGET::AREA::TEST`: the area is the file's name without its ending, the test the function's
    /// name.
    pub(super) name: String,
    /// What it runs with.
    pub(super) variants: Vec<Variant>,
}

/// A version that a test runs with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Variant {
    /// As the specification calls it: `3.1.1`.
    pub(super) version: String,
    /// As the attribute and the names of tests call it: `v311`.
    pub(super) word: String,
    /// The statements that the test shows in this version.
    pub(super) statements: Vec<String>,
}

/// The tests of all targets, by file and in their order.
pub(super) fn scan(root: &Path) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for target in TARGETS {
        let directory = root.join(FOLDER).join(target);
        let files = fs::read_dir(&directory)
            .with_context(|| format!("cannot read {}", directory.display()))?;
        let mut files: Vec<_> =
            files.map(|file| Ok(file?.path())).collect::<std::io::Result<_>>()?;
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "rs")) {
            let area = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let source = fs::read_to_string(file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            entries.extend(entries_of(&format!("{target}::{area}"), &source)?);
        }
    }
    Ok(entries)
}

/// Whether a test that is cited by this name is one of them.
pub(super) fn is_black_box(cited: &str) -> bool {
    cited.split_once("::").is_some_and(|(target, _)| TARGETS.contains(&target))
}

/// The tests that show a statement.
pub(super) fn tests_of(entries: &[Entry], version: &str, id: &str) -> Vec<String> {
    let shows = |variant: &Variant| {
        variant.version == version && variant.statements.iter().any(|other| other == id)
    };
    entries
        .iter()
        .filter(|entry| entry.variants.iter().any(shows))
        .map(|entry| entry.name.clone())
        .collect()
}

fn entries_of(area: &str, source: &str) -> Result<Vec<Entry>> {
    source
        .split("#[broker_test(")
        .skip(1)
        .map(|rest| {
            entry(area, rest).with_context(|| format!("an attribute in {area} is not understood"))
        })
        .collect()
}

/// Reads what follows `#[broker_test(`.
fn entry(area: &str, source: &str) -> Option<Entry> {
    let (arguments, item) = source.split_once(")]\n")?;
    let name = item.split_once("fn ")?.1.split_once('(')?.0;
    let variants: Vec<Variant> = VERSIONS
        .into_iter()
        .filter_map(|(word, version)| {
            let statements = statements_after(arguments, word)?;
            Some(Variant { version: version.to_owned(), word: word.to_owned(), statements })
        })
        .collect();
    (!variants.is_empty()).then(|| Entry { name: format!("{area}::{name}"), variants })
}

/// The statements in the parentheses behind a version's word, or `None` if the word is missing.
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

    const SOURCE: &str = "
#[broker_test(
    v31,
    v311(\"MQTT-1.5.3-1\", \"MQTT-1.5.3-2\"),
    v5(\"MQTT-1.5.4-1\"),
    config = \"max_inflight = 1\"
)]
fn a_name(case: &Case) {}

#[broker_test(v5)]
fn another(case: &Case) {}";

    #[test]
    fn an_attribute_is_read_with_its_versions_and_statements() {
        let entries = entries_of("suite::malformed", SOURCE).unwrap();
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["suite::malformed::a_name", "suite::malformed::another"]);
        let variants: Vec<_> = entries[0]
            .variants
            .iter()
            .map(|variant| (variant.version.as_str(), variant.statements.len()))
            .collect();
        assert_eq!(variants, [("3.1", 0), ("3.1.1", 2), ("5.0", 1)]);
        assert_eq!(entries[1].variants.len(), 1);
    }

    #[test]
    fn a_statement_is_shown_in_the_version_that_names_it() {
        let entries = entries_of("suite::malformed", SOURCE).unwrap();
        assert_eq!(tests_of(&entries, "3.1.1", "MQTT-1.5.3-2"), ["suite::malformed::a_name"]);
        assert!(tests_of(&entries, "5.0", "MQTT-1.5.3-2").is_empty());
    }

    #[test]
    fn an_attribute_without_a_version_is_an_error() {
        assert!(entries_of("a", "#[broker_test(config = \"\")]\nfn a(case: &Case) {}").is_err());
    }
}
