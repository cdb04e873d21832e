//! `docs/spec/counterparts.toml`: for each test case of RMQTT and of Paho's interoperability tests the
//! tests of ours that show the same.

use std::collections::BTreeSet;

use anyhow::Result;
use serde::Deserialize;

use super::cited::Tests;
use crate::findings::Findings;

/// The file, relative to the repository.
pub(super) const COUNTERPARTS: &str = "docs/spec/counterparts.toml";

/// What cases may wait for.
const PENDING: [&str; 2] = ["durability", "cluster"];

/// The list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Counterparts {
    pub(super) case: Vec<Case>,
}

/// A test case of somebody else's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    /// Where it is from.
    area: String,
    name: String,
    #[serde(default)]
    tests: Vec<String>,
    /// What has to be built before there can be one.
    pending: Option<String>,
}

impl Counterparts {
    pub(super) fn read(text: &str) -> Result<Self> {
        Ok(toml::from_str(text)?)
    }

    /// Every case is there once, and has tests that exist or waits for what may be waited for.
    pub(super) fn check(&self, tests: &Tests, findings: &mut Findings) {
        let mut seen = BTreeSet::new();
        for case in &self.case {
            let name = format!("{}: {}", case.area, case.name);
            if !seen.insert((case.area.as_str(), case.name.as_str())) {
                findings.add(&name, "is there twice");
            }
            match (case.tests.is_empty(), case.pending.as_deref()) {
                (true, None) => findings.add(&name, "has no counterpart"),
                (false, Some(_)) => findings.add(&name, "has a counterpart, so it does not wait"),
                (true, Some(pending)) if !PENDING.contains(&pending) => {
                    findings.add(&name, format_args!("cases may wait for {}", PENDING.join(", ")));
                }
                _ => {}
            }
            for test in &case.tests {
                if let Err(problem) = tests.check(test) {
                    findings.add(&name, format_args!("`{test}`: {problem}"));
                }
            }
        }
    }

    /// How many cases wait.
    pub(super) fn pending(&self) -> usize {
        self.case.iter().filter(|case| case.pending.is_some()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(cases: &[&str]) -> Vec<String> {
        let text: String =
            cases.iter().map(|case| format!("[[case]]\narea = \"chaos\"\n{case}\n")).collect();
        let tests = Tests::with_black_box(&["suite::a::b"]);
        let mut findings = Findings::default();
        Counterparts::read(&text).unwrap().check(&tests, &mut findings);
        findings.lines().to_vec()
    }

    #[test]
    fn a_case_has_a_test_or_waits_for_what_is_to_come() {
        let good = "name = \"one\"\ntests = [\"suite::a::b\"]";
        assert!(found(&[good, "name = \"two\"\npending = \"cluster\""]).is_empty());
        for (case, words) in [
            ("name = \"two\"", "has no counterpart"),
            ("name = \"two\"\npending = \"one day\"", "cases may wait for"),
            ("name = \"two\"\ntests = [\"suite::a::c\"]", "there is no such test"),
            ("name = \"two\"\ntests = [\"suite::a::b\"]\npending = \"cluster\"", "does not wait"),
            (good, "is there twice"),
        ] {
            let found = found(&[good, case]);
            assert_eq!(found.len(), 1, "{case}: {found:#?}");
            assert!(found[0].contains(words), "{case}: {found:#?}");
        }
    }
}
