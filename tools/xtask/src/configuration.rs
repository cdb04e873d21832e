//! Which keys of the configuration are shown by a test, and what is pending.
//!
//! The page `docs/configuration.md` names every key with the test that shows it; that it is what the
//! code says is the business of a test of `rmqttd`. Here it is compared with `docs/pending.toml`.
//!
//! | module | what it holds |
//! |---|---|
//! | [`page`] | the rows of the page |
//! | [`pending`] | the list of what does not act yet |

use std::fs;

use anyhow::{Context as _, Result};

use self::page::{Row, Standing};
use self::pending::{Entry, Pending};
use crate::findings::Findings;
use crate::workspace::Workspace;

mod page;
mod pending;

const PAGE: &str = "docs/configuration.md";
const PENDING: &str = "docs/pending.toml";

/// Fails if a key acts and no test shows it, if a pending one is shown by a test, or if the list of
/// what is pending is not what the page says. Prints that list.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let read = |path: &str| {
        fs::read_to_string(workspace.root().join(path))
            .with_context(|| format!("cannot read {path}"))
    };
    let page = read(PAGE)?;
    let rows = page::rows(&page);
    let pending =
        Pending::read(&read(PENDING)?).with_context(|| format!("cannot read {PENDING}"))?;
    print!("{pending}");
    let mut findings = Findings::default();
    compare(&rows, &pending.key, &mut findings);
    findings.report("configuration", format_args!("{} keys", rows.len()))
}

fn compare(rows: &[Row<'_>], entries: &[Entry], findings: &mut Findings) {
    if rows.is_empty() {
        findings.add(PAGE, "no key is found");
    }
    for row in rows {
        let listed: Vec<&Entry> = entries.iter().filter(|entry| entry.covers(row.key)).collect();
        match row.standing {
            Standing::Acts => {
                findings.add(row.key, "acts, and no test sets two values of it (`shows_key`)");
            }
            Standing::ShownAndPending => {
                findings
                    .add(row.key, "is shown by a test, so the code has to call it pending no more");
            }
            Standing::Pending(brings) => check_listed(row.key, brings, &listed, findings),
            Standing::Shown if !listed.is_empty() => {
                findings.add(PENDING, format_args!("{} acts, and is listed", row.key));
            }
            Standing::Shown | Standing::Retired => {}
        }
    }
    for entry in entries {
        let is_pending =
            |row: &Row<'_>| matches!(row.standing, Standing::Pending(_)) && entry.covers(row.key);
        if !rows.iter().any(is_pending) {
            findings.add(PENDING, format_args!("no pending key is named {}", entry.name));
        }
    }
}

fn check_listed(key: &str, brings: &str, listed: &[&Entry], findings: &mut Findings) {
    match listed {
        [entry] if entry.brings == brings => {}
        [entry] => findings.add(
            PENDING,
            format_args!("{key} is brought by {brings}, says the code, not by {}", entry.brings),
        ),
        [] => findings.add(PENDING, format_args!("{key} is pending ({brings}), and not listed")),
        _ => findings.add(PENDING, format_args!("{key} is listed more than once")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rows: &[(&str, &str)], entries: &[(&str, &str)]) -> Vec<String> {
        let page: String =
            rows.iter().map(|(key, test)| format!("| `{key}` | type | | | | {test} |\n")).collect();
        let entries: Vec<Entry> = entries
            .iter()
            .map(|(name, brings)| Entry { name: (*name).to_owned(), brings: (*brings).to_owned() })
            .collect();
        let mut findings = Findings::default();
        compare(&page::rows(&page), &entries, &mut findings);
        findings.lines().to_vec()
    }

    #[test]
    fn keys_that_are_shown_or_pending_or_retired_are_in_order() {
        let rows = [
            ("a.b", "`f.rs`: `t`"),
            ("c.*.d", "pending: TLS"),
            ("c.*.e", "retired"),
            ("p: f", "pending: a store"),
        ];
        assert!(found(&rows, &[("c.*", "TLS"), ("p: f", "a store")]).is_empty());
    }

    #[test]
    fn a_key_that_acts_without_a_test_and_one_that_is_pending_with_one_are_found() {
        let rows = [("a", "none"), ("b", "`f.rs`: `t`, pending: TLS")];
        let found = found(&rows, &[]);
        assert_eq!(found.len(), 2, "{found:#?}");
        assert!(found[0].starts_with("a: acts, and no test"));
        assert!(found[1].starts_with("b: is shown by a test"));
    }

    #[test]
    fn the_list_has_to_be_that_of_the_page() {
        let rows = [("a", "pending: TLS"), ("b", "`f.rs`: `t`"), ("c", "pending: x")];
        for (entries, expected) in [
            (&[("a", "TLS")][..], "c is pending (x), and not listed"),
            (&[("a", "TLS"), ("c", "y")], "c is brought by x, says the code, not by y"),
            (&[("a", "TLS"), ("b", "x"), ("c", "x")], "b acts, and is listed"),
            (&[("a", "TLS"), ("c", "x"), ("d", "x")], "no pending key is named d"),
            (&[("a", "TLS"), ("a", "TLS"), ("c", "x")], "a is listed more than once"),
        ] {
            let found = found(&rows, entries);
            assert!(found.iter().any(|line| line.ends_with(expected)), "{expected}: {found:#?}");
        }
    }

    #[test]
    fn a_page_without_keys_is_no_page() {
        assert_eq!(found(&[], &[]).len(), 1);
    }
}
