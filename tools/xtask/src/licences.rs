//! The licence of every dependency, and the packages nobody may depend on, against `deny.toml`.
//!
//! `cargo deny` does this too, and more, but it is a program of its own and wants the database of
//! advisories from the network. What decides whether a dependency may come in at all is checked
//! here, from the same file, wherever the tests run.

use std::fs;

use anyhow::{Context as _, Result, anyhow};
use serde::Deserialize;
use spdx::{Expression, Licensee, ParseMode};

use crate::findings::Findings;
use crate::workspace::{Package, Workspace};

/// The part of `deny.toml` that is checked here.
#[derive(Debug, Deserialize)]
struct Policy {
    licenses: Licenses,
    #[serde(default)]
    bans: Bans,
}

#[derive(Debug, Deserialize)]
struct Licenses {
    /// The licences a package may be used under, as SPDX writes them.
    allow: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Bans {
    #[serde(default)]
    deny: Vec<Ban>,
}

#[derive(Debug, Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

/// Judges every package of the default build and its tests.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let text =
        fs::read_to_string(workspace.root().join("deny.toml")).context("cannot read deny.toml")?;
    let policy: Policy = toml::from_str(&text).context("cannot understand deny.toml")?;
    let allowed = policy.licensees()?;
    let packages = workspace.resolved_packages();
    let mut findings = Findings::default();
    for package in &packages {
        check_licence(package, &allowed, &mut findings);
        check_ban(package, &policy.bans, &mut findings);
    }
    findings.report("licences", format_args!("{} packages", packages.len()))
}

impl Policy {
    fn licensees(&self) -> Result<Vec<Licensee>> {
        let parse = |text: &String| {
            Licensee::parse(text).map_err(|error| anyhow!("deny.toml allows no licence: {error}"))
        };
        self.licenses.allow.iter().map(parse).collect()
    }
}

fn check_licence(package: &Package, allowed: &[Licensee], findings: &mut Findings) {
    let place = format!("{} {}", package.name, package.version);
    let Some(licence) = &package.license else {
        findings.add(place, "states no licence expression");
        return;
    };
    match is_permitted(licence, allowed) {
        Ok(true) => {}
        Ok(false) => findings
            .add(place, format_args!("may be used only under `{licence}`, which is not allowed")),
        Err(error) => findings.add(place, format_args!("`{licence}` is no expression: {error:#}")),
    }
}

/// Whether the allowed licences satisfy the expression.
fn is_permitted(expression: &str, allowed: &[Licensee]) -> Result<bool> {
    let expression = Expression::parse_mode(expression, ParseMode::LAX)
        .map_err(|error| anyhow!("{}", error.reason))?;
    Ok(expression.evaluate(|required| allowed.iter().any(|licensee| licensee.satisfies(required))))
}

fn check_ban(package: &Package, bans: &Bans, findings: &mut Findings) {
    if let Some(ban) = bans.deny.iter().find(|ban| ban.name == package.name) {
        let place = format!("{} {}", package.name, package.version);
        findings.add(place, format_args!("is banned: {}", ban.reason));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENY: &str = include_str!("../../../deny.toml");

    fn allowed() -> Vec<Licensee> {
        toml::from_str::<Policy>(DENY).unwrap().licensees().unwrap()
    }

    #[test]
    fn one_permissive_choice_is_enough() {
        for expression in ["MIT", "MIT OR Apache-2.0", "MIT/Apache-2.0", "LGPL-3.0-only OR MIT"] {
            assert!(is_permitted(expression, &allowed()).unwrap(), "{expression}");
        }
    }

    #[test]
    fn all_that_must_be_obeyed_together_must_be_permissive() {
        assert!(is_permitted("(MIT OR Apache-2.0) AND Unicode-3.0", &allowed()).unwrap());
        assert!(!is_permitted("MIT AND MPL-2.0", &allowed()).unwrap());
    }

    #[test]
    fn what_asks_for_shared_sources_is_refused() {
        for expression in ["MPL-2.0", "GPL-3.0-only", "AGPL-3.0-or-later", "BUSL-1.1"] {
            assert!(!is_permitted(expression, &allowed()).unwrap(), "{expression}");
        }
    }

    #[test]
    fn an_exception_counts_only_where_it_is_allowed() {
        assert!(is_permitted("Apache-2.0 WITH LLVM-exception", &allowed()).unwrap());
        assert!(!is_permitted("GPL-2.0-only WITH Classpath-exception-2.0", &allowed()).unwrap());
    }

    #[test]
    fn what_is_no_expression_is_an_error() {
        assert!(is_permitted("see the file", &allowed()).is_err());
    }
}
