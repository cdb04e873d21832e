//! Links between papers lead to files that exist, and nothing leads out of the repository.

use super::TextFile;
use crate::findings::Findings;

/// A folder that lies beside some checkouts of this repository but belongs to none.
const OUTSIDE: &str = concat!("..", "/shared");

pub(super) fn check(file: &TextFile, paths: &[String], findings: &mut Findings) {
    for (number, line) in file.numbered_lines() {
        if line.contains(OUTSIDE) {
            findings.add(
                format_args!("{}:{number}", file.path),
                format_args!("`{OUTSIDE}` is not part of this repository"),
            );
        }
    }
    if file.extension() != "md" {
        return;
    }
    for (number, target) in targets(file) {
        let Some(path) = resolve(&file.path, target) else {
            continue;
        };
        let exists = paths.iter().any(|known| {
            *known == path
                || known.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'))
        });
        if !exists && !path.is_empty() {
            findings.add(
                format_args!("{}:{number}", file.path),
                format_args!("the link `{target}` leads to no file of the repository"),
            );
        }
    }
}

/// The targets of the links in a Markdown text, outside of code, with their line numbers.
fn targets(file: &TextFile) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (number, line) in file.numbered_lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        // Every second piece between backquotes is code.
        for prose in line.split('`').step_by(2) {
            found.extend(inline_targets(prose).map(|target| (number, target)));
        }
        if let Some((label, target)) = line.split_once("]: ")
            && label.starts_with('[')
        {
            found.push((number, target));
        }
    }
    found
}

/// What stands between `](` and the next `)` or blank.
fn inline_targets(prose: &str) -> impl Iterator<Item = &str> {
    prose.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next())
}

/// The path within the repository that a link of the file at `from` means; none for a link to
/// elsewhere. A path that leaves the repository stays as it is, so it is found missing.
fn resolve(from: &str, target: &str) -> Option<String> {
    let target = target.split('#').next().unwrap_or_default();
    let has_scheme = target.split_once(':').is_some_and(|(scheme, _)| !scheme.contains('/'));
    if target.is_empty() || has_scheme {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => return Some(target.to_owned()),
            ".." => {}
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    fn complaints(path: &str, text: &str) -> Vec<String> {
        let paths = ["README.md", "docs/a.md", "docs/adr/1.md"].map(str::to_owned);
        places(|findings| check(&TextFile::new(path, text), &paths, findings))
    }

    #[test]
    fn a_link_to_a_missing_file_is_found() {
        assert_eq!(complaints("README.md", "\n[a](docs/a.md) [b](docs/b.md)\n"), ["README.md:2"]);
        assert_eq!(complaints("README.md", "[b]: docs/b.md"), ["README.md:1"]);
    }

    #[test]
    fn a_link_is_relative_to_its_file() {
        assert!(complaints("docs/adr/1.md", "[a](../a.md#part) [r](../../README.md)").is_empty());
        assert_eq!(complaints("docs/adr/1.md", "[a](a.md)").len(), 1);
        assert_eq!(complaints("docs/a.md", "[a](../../elsewhere.md)").len(), 1);
    }

    #[test]
    fn folders_and_other_sites_are_fine() {
        assert!(complaints("README.md", "[a](docs) [b](https://example.org) [c](#c)").is_empty());
    }

    #[test]
    fn code_holds_no_links() {
        assert!(complaints("README.md", "`[a](b)`\n```\n[a](b)\n```\n").is_empty());
    }

    #[test]
    fn the_folder_beside_the_repository_is_not_mentioned() {
        assert_eq!(complaints("a.rs", &format!("// see {OUTSIDE}/x")), ["a.rs:1"]);
    }
}
