//! That no async runtime reaches a pure crate through its dependencies.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::findings::Findings;

/// Packages that run futures, wait for events or open sockets. What only defines or combines futures,
/// such as `futures-core`, is not among them.
const RUNTIMES: [&str; 14] = [
    "async-executor",
    "async-global-executor",
    "async-io",
    "async-std",
    "compio",
    "futures-executor",
    "glommio",
    "mio",
    "monoio",
    "polling",
    "smol",
    "socket2",
    "tokio",
    "tokio-util",
];

/// Notes each runtime among what the package is compiled with, and the shortest way it comes in.
pub(super) fn check<'a>(
    package: &'a str,
    edges: &HashMap<&'a str, Vec<&'a str>>,
    name_of: &impl Fn(&str) -> &'a str,
    findings: &mut Findings,
) {
    let mut seen = HashSet::from([package]);
    let mut ways = VecDeque::from([vec![package]]);
    while let Some(way) = ways.pop_front() {
        let Some(last) = way.last() else { continue };
        for next in edges.get(last).into_iter().flatten() {
            if !seen.insert(next) {
                continue;
            }
            let mut way = way.clone();
            way.push(next);
            if RUNTIMES.contains(&name_of(next)) {
                let names: Vec<&str> = way.iter().map(|id| name_of(id)).collect();
                findings.add(
                    name_of(package),
                    format_args!("depends on a runtime: {}", names.join(" → ")),
                );
            }
            ways.push_back(way);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(edges: &[(&'static str, &[&'static str])]) -> Vec<String> {
        let edges = edges.iter().map(|(from, to)| (*from, to.to_vec())).collect();
        let name_of = |id: &str| if id == "tokio 1.0" { "tokio" } else { "other" };
        let mut findings = Findings::default();
        check("pure", &edges, &name_of, &mut findings);
        findings.lines().to_vec()
    }

    #[test]
    fn a_runtime_is_found_behind_other_packages() {
        let complaints = complaints(&[("pure", &["a"]), ("a", &["b"]), ("b", &["tokio 1.0"])]);
        assert_eq!(complaints, ["other: depends on a runtime: other → other → other → tokio"]);
    }

    #[test]
    fn a_runtime_that_only_others_use_is_no_matter() {
        assert!(complaints(&[("pure", &["a"]), ("shell", &["tokio 1.0"])]).is_empty());
    }

    #[test]
    fn packages_that_use_one_another_end_the_search() {
        assert!(complaints(&[("pure", &["a"]), ("a", &["b"]), ("b", &["a"])]).is_empty());
    }
}
