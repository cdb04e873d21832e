//! Which test shows which key: what calls `shows_key`, or one of its sisters, with the key.

use std::fs;
use std::path::{Path, PathBuf};

/// The tests that show keys, in the order of their files.
#[derive(Debug)]
pub(crate) struct Shown(Vec<KeyTest>);

#[derive(Debug, Eq, PartialEq)]
struct KeyTest {
    key: String,
    /// The name of its file.
    file: String,
    test: String,
}

impl Shown {
    /// Those of all crates and plugins.
    pub(crate) fn of_the_repository(root: &Path) -> Self {
        let packages = ["crates", "plugins"].map(|folder| entries(&root.join(folder)));
        let sources = packages.into_iter().flatten().flat_map(|p| sources(&p.join("tests")));
        // This program speaks of the functions and shows nothing.
        let others = sources.filter(|path| {
            !path.ancestors().any(|folder| folder.ends_with("rmqttd/tests/configuration"))
        });
        Self(
            others
                .flat_map(|path| {
                    let file = path.file_name().unwrap().to_string_lossy().into_owned();
                    key_tests(&file, &fs::read_to_string(&path).unwrap())
                })
                .collect(),
        )
    }

    /// The test that shows this key, `*` in it standing for any name.
    pub(crate) fn by(&self, key: &str) -> Option<String> {
        let shown = self.0.iter().find(|shown| matches(key, &shown.key))?;
        Some(format!("`{}`: `{}`", shown.file, shown.test))
    }

    /// The keys, as the tests name them.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|shown| shown.key.as_str())
    }
}

/// Does a key, in which `*` stands for any name, match the key that a test names?
pub(crate) fn matches(pattern: &str, key: &str) -> bool {
    let mut patterns = pattern.split('.');
    let mut parts = key.split('.');
    loop {
        match (patterns.next(), parts.next()) {
            (None, None) => return true,
            (Some(pattern), Some(part)) if pattern == "*" || pattern == part => {}
            _ => return false,
        }
    }
}

/// The calls in a source text, each with the function that it stands in.
fn key_tests(file: &str, text: &str) -> Vec<KeyTest> {
    let mut found = Vec::new();
    let mut test = "";
    let mut rest = text;
    while let Some((at, word)) = next_word(rest) {
        rest = &rest[at + word.len()..];
        if word == "fn" {
            test = next_word(rest).map_or("", |(_, name)| name);
        } else if matches!(word, "shows_key" | "shows_key_given" | "shows_key_refused")
            && let Some(key) = first_literal(rest)
        {
            let (key, file, test) = (key.to_owned(), file.to_owned(), test.to_owned());
            found.push(KeyTest { key, file, test });
        }
    }
    found
}

/// The next word of the text and where it begins.
fn next_word(text: &str) -> Option<(usize, &str)> {
    let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let at = text.find(is_of_word)?;
    let word = &text[at..];
    Some((at, &word[..word.find(|c| !is_of_word(c)).unwrap_or(word.len())]))
}

/// The literal that is the first argument of a call, of which `rest` begins behind the name.
fn first_literal(rest: &str) -> Option<&str> {
    let literal = rest.strip_prefix('(')?.trim_start().strip_prefix('"')?;
    literal.split('"').next()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The Rust files in a folder and its folders.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let (folders, files): (Vec<_>, Vec<_>) =
        entries(folder).into_iter().partition(|path| path.is_dir());
    let own = files.into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
    own.chain(folders.iter().flat_map(|folder| sources(folder))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_belongs_to_the_function_that_it_stands_in() {
        let text = "use a::{shows_key};\nfn a_b() {\n shows_key(\"k.a\", [1], |b| b);\n}\n\
                    fn c() { shows_key_given(\n  \"p: k\", &[]); shows_key(KEY, 1) }";
        let test = |key: &str, test: &str| KeyTest {
            key: key.to_owned(),
            file: "f.rs".to_owned(),
            test: test.to_owned(),
        };
        assert_eq!(key_tests("f.rs", text), [test("k.a", "a_b"), test("p: k", "c")]);
    }

    #[test]
    fn a_star_matches_one_name() {
        assert!(matches("listener.tcp.*.addr", "listener.tcp.a.addr"));
        assert!(!matches("listener.tcp.*.addr", "listener.tcp.a.b.addr"));
        assert!(!matches("listener.tcp.*", "listener.tcp.a.addr"));
        assert!(!matches("a: b.c", "b.c"));
    }
}
