//! The tests that papers cite: `suite::AREA::TEST` and `clients::AREA::TEST` are black-box tests, any
//! other name begins with its package and has the target next, if it is not a unit test:
//! `rmqtt::suite::authentication::…`, `rmqtt-topic::matching::tests::…`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::suite::{self, Entry};
use crate::workspace::Workspace;

/// What names of tests are looked up in.
#[derive(Debug)]
pub(super) struct Tests {
    root: PathBuf,
    /// Name and folder of every crate.
    packages: Vec<(String, String)>,
    black_box: BTreeSet<String>,
}

/// A test that is no black-box test.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Elsewhere {
    pub(super) package: String,
    /// The target below `tests`; `None`: a unit test.
    pub(super) target: Option<String>,
    /// Modules and function, as the test runner calls it.
    pub(super) name: String,
    /// As papers call it.
    pub(super) cited: String,
}

impl Elsewhere {
    /// Whether one run of the test runner can have both.
    pub(super) fn has_target_of(&self, other: &Self) -> bool {
        (&self.package, &self.target) == (&other.package, &other.target)
    }
}

impl Tests {
    pub(super) fn new(workspace: &Workspace, entries: &[Entry]) -> Self {
        let packages = workspace
            .members()
            .into_iter()
            .map(|member| (member.name.clone(), workspace.folder_of(member)))
            .collect();
        let black_box = entries.iter().map(|entry| entry.name.clone()).collect();
        Self { root: workspace.root().to_owned(), packages, black_box }
    }

    /// With the crates that tests of these checks name, without asking cargo.
    #[cfg(test)]
    pub(super) fn with_black_box(names: &[&str]) -> Self {
        let member = |name: &str, folder: &str| (name.to_owned(), folder.to_owned());
        Self {
            root: Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."),
            packages: vec![member("xtask", "tools/xtask"), member("rmqtt", "crates/rmqtt")],
            black_box: names.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// Says what is wrong with the name, if it is not that of a test.
    pub(super) fn check(&self, cited: &str) -> Result<(), String> {
        if suite::is_black_box(cited) {
            let exists = self.black_box.contains(cited);
            return if exists { Ok(()) } else { Err("there is no such test".to_owned()) };
        }
        self.find(cited).map(|_| ())
    }

    /// The test that is cited and is no black-box test.
    ///
    /// # Errors
    /// If there is none, in words.
    pub(super) fn find(&self, cited: &str) -> Result<Elsewhere, String> {
        let segments: Vec<&str> = cited.split("::").collect();
        let [package, path @ ..] = segments.as_slice() else {
            return Err("a name has a package and a function".to_owned());
        };
        let folder = self
            .packages
            .iter()
            .find(|(name, _)| name == package)
            .map(|(_, folder)| self.root.join(folder))
            .ok_or_else(|| format!("there is no crate `{package}`"))?;
        let (function, _) = path.split_last().ok_or("a name has a function")?;
        let (target, inner) = split_target(&folder, path);
        let modules = &inner[..inner.len() - 1];
        let (base, root) = match target {
            Some(target) => (folder.join("tests").join(target), format!("tests/{target}.rs")),
            None => (folder.join("src"), "src/lib.rs".to_owned()),
        };
        let files = candidates(&base, modules, &[base.join("main.rs"), folder.join(root)]);
        let is_there = files
            .iter()
            .filter_map(|file| fs::read_to_string(file).ok())
            .any(|source| has_test(&source, function));
        if !is_there {
            return Err("there is no such test".to_owned());
        }
        Ok(Elsewhere {
            package: (*package).to_owned(),
            target: target.map(str::to_owned),
            name: inner.join("::"),
            cited: cited.to_owned(),
        })
    }
}

/// The target below `tests` that the first segment names, if it names one, and the rest.
fn split_target<'a>(folder: &Path, path: &'a [&'a str]) -> (Option<&'a str>, &'a [&'a str]) {
    if let [target, inner @ ..] = path
        && !inner.is_empty()
    {
        let tests = folder.join("tests");
        let is_target = tests.join(format!("{target}.rs")).exists()
            || tests.join(target).join("main.rs").exists();
        if is_target {
            return (Some(target), inner);
        }
    }
    (None, path)
}

/// The files that may hold a test of these modules, the innermost first: a module may be written in
/// the file of the one around it.
fn candidates(base: &Path, modules: &[&str], roots: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for depth in (1..=modules.len()).rev() {
        files.push(base.join(format!("{}.rs", modules[..depth].join("/"))));
    }
    files.extend_from_slice(roots);
    files
}

/// Whether the source has a function of this name that the test runner runs.
fn has_test(source: &str, function: &str) -> bool {
    let declaration = format!("fn {function}(");
    source.match_indices(&declaration).any(|(at, _)| {
        // The attributes are between the item before and the function.
        let before = &source[..at];
        let begin = before.rfind(['}', ';']).map_or(0, |end| end + 1);
        let attributes = &before[begin..];
        attributes.contains("#[test]")
            || attributes.contains("::test]")
            || attributes.contains("::test(")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tests() -> Tests {
        Tests::with_black_box(&["suite::connect::a"])
    }

    #[test]
    fn a_black_box_test_is_one_that_has_the_attribute() {
        assert!(tests().check("suite::connect::a").is_ok());
        assert!(tests().check("suite::connect::b").is_err());
    }

    #[test]
    fn a_unit_test_is_found_in_its_module() {
        let this = "conformance::cited::tests::a_unit_test_is_found_in_its_module";
        let found = tests().find(&format!("xtask::{this}")).unwrap();
        assert_eq!((found.target, found.name.as_str()), (None, this));
        assert!(tests().check("xtask::conformance::cited::tests::tests").is_err());
        assert!(tests().check("xtask::conformance::cited::has_test").is_err());
    }

    #[test]
    fn a_test_of_a_target_is_found_in_its_file() {
        let cited =
            "rmqtt::suite::authentication::an_exchange_of_auth_packets_leads_to_a_connection";
        let found = tests().find(cited).unwrap();
        assert_eq!(found.target.as_deref(), Some("suite"));
        assert!(found.name.starts_with("authentication::an_exchange"));
    }

    #[test]
    fn a_crate_that_is_not_there_has_no_tests() {
        assert_eq!(tests().check("nobody::a"), Err("there is no crate `nobody`".to_owned()));
        assert!(tests().check("xtask").is_err());
    }

    #[test]
    fn a_function_is_a_test_by_its_attribute() {
        assert!(has_test("#[test]\nfn a() {}", "a"));
        assert!(has_test("#[tokio::test(flavor = \"x\")]\nasync fn a() {}", "a"));
        assert!(!has_test("#[test]\nfn b() {}\nfn a() {}", "a"));
        assert!(!has_test("#[test]\nfn ab() {}", "a"));
    }
}
