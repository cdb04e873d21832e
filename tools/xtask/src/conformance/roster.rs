//! `docs/spec/statements.csv`: every statement that the specifications have, by version and
//! identifier. The table says what is known of each; this list says that none is missing.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result, ensure};

use crate::workspace::Workspace;

/// The list, relative to the repository.
pub(crate) const ROSTER: &str = "docs/spec/statements.csv";

/// The statements of both specifications.
#[derive(Debug)]
pub(crate) struct Roster {
    known: BTreeSet<(String, String)>,
}

impl Roster {
    pub(crate) fn load(workspace: &Workspace) -> Result<Self> {
        let text = fs::read_to_string(workspace.root().join(ROSTER))
            .with_context(|| format!("cannot read {ROSTER}"))?;
        Self::read(&text)
    }

    /// Reads `VERSION,MQTT-SECTION-NUMBER` from each line but the first.
    pub(crate) fn read(text: &str) -> Result<Self> {
        let mut known = BTreeSet::new();
        for line in text.lines().skip(1) {
            let (version, id) = line.split_once(',').context("a line without a comma")?;
            let is_new = known.insert((version.to_owned(), id.to_owned()));
            ensure!(is_new, "{version} {id} is listed twice");
        }
        Ok(Self { known })
    }

    /// Whether this version of the specification has this statement.
    pub(crate) fn has(&self, version: &str, id: &str) -> bool {
        self.known.contains(&(version.to_owned(), id.to_owned()))
    }

    /// All statements, as version and identifier.
    pub(super) fn statements(&self) -> impl Iterator<Item = (&str, &str)> {
        self.known.iter().map(|(version, id)| (version.as_str(), id.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_belongs_to_its_version() {
        let roster = Roster::read("version,statement\n3.1.1,MQTT-1.5.3-1\n").unwrap();
        assert!(roster.has("3.1.1", "MQTT-1.5.3-1"));
        assert!(!roster.has("5.0", "MQTT-1.5.3-1"));
    }

    #[test]
    fn no_statement_is_listed_twice() {
        assert!(Roster::read("version,statement\n5.0,MQTT-4.2-1\n5.0,MQTT-4.2-1\n").is_err());
    }
}
