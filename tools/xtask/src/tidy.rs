//! The style of the sources and papers, as far as a program can judge it.
//!
//! | module | rule |
//! |---|---|
//! | [`length`] | a source file over 600 lines says in its first lines why it is long |
//! | [`names`] | no `mod.rs`, and nothing is named after what it is not |
//! | [`unfinished`] | no mark of unfinished work and no test that is switched off |
//! | [`crate_map`] | every crate begins with a map of itself |
//! | [`blanks`] | no tab, carriage return or blank at the end of a line |
//! | [`links`] | links between papers lead to files that exist |
//! | [`statements`] | statements of the MQTT specification are cited in their form, and exist |
//! | [`papers`] | the papers are there, ARCHITECTURE.md is short, both READMEs say the same |

use std::fs;

use anyhow::{Context as _, Result};

use crate::conformance::Roster;
use crate::findings::Findings;
use crate::workspace::Workspace;

mod blanks;
mod crate_map;
mod length;
mod links;
mod names;
mod papers;
mod statements;
mod unfinished;

/// A text file of the repository.
#[derive(Debug)]
struct TextFile {
    /// Relative to the repository, with `/` between its parts.
    path: String,
    text: String,
}

/// Reads every file that git tracks, or would track, and fails if one breaks a rule.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut findings = Findings::default();
    let paths = workspace.tracked_files()?;
    for path in &paths {
        names::check(path, &mut findings);
    }
    let files = read_texts(workspace, &paths)?;
    let roster = Roster::load(workspace)?;
    for file in &files {
        length::check(file, &mut findings);
        unfinished::check(file, &mut findings);
        crate_map::check(file, &mut findings);
        blanks::check(file, &mut findings);
        links::check(file, &paths, &mut findings);
        statements::check(file, &roster, &mut findings);
    }
    papers::check(&files, &mut findings);
    findings.report("tidy", format_args!("{} files", paths.len()))
}

/// The files whose bytes are UTF-8; the others hold data, which has no style.
fn read_texts(workspace: &Workspace, paths: &[String]) -> Result<Vec<TextFile>> {
    let mut files = Vec::new();
    for path in paths {
        let bytes =
            fs::read(workspace.root().join(path)).with_context(|| format!("cannot read {path}"))?;
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(TextFile { path: path.clone(), text });
        }
    }
    Ok(files)
}

impl TextFile {
    /// The ending of the file's name, without the dot; for a name without one, the empty text.
    fn extension(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// Whether people write and read this file as code.
    fn is_source(&self) -> bool {
        matches!(self.extension(), "rs" | "py" | "js" | "mjs" | "sh")
            || self.text.starts_with("#!/")
    }

    /// The lines with their numbers, from 1.
    fn numbered_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.split('\n').enumerate().map(|(index, line)| (index + 1, line))
    }

    #[cfg(test)]
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }
}

/// What one rule says of one file, as the places it names.
#[cfg(test)]
fn places(check: impl FnOnce(&mut Findings)) -> Vec<String> {
    let mut findings = Findings::default();
    check(&mut findings);
    let place = |line: &String| line.split(": ").next().unwrap_or_default().to_owned();
    findings.lines().iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_a_source_though_its_name_has_no_ending() {
        assert!(TextFile::new(".ci/run", "#!/usr/bin/env bash\n").is_source());
        assert!(!TextFile::new("LICENSE-MIT", "MIT\n").is_source());
        assert!(TextFile::new("a/b.rs", "").is_source());
    }

    #[test]
    fn an_extension_is_that_of_the_name_alone() {
        assert_eq!(TextFile::new("a.d/run", "").extension(), "");
        assert_eq!(TextFile::new("a/b.c.md", "").extension(), "md");
    }
}
