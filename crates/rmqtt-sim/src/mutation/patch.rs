use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

/// A change of one file, in the form of a unified diff, behind a line that names an invariant.
///
/// ```text
/// Invariant: exactly_once
/// A repeated message is taken again.
///
/// --- a/crates/rmqtt-session/src/on_publish.rs
/// +++ b/crates/rmqtt-session/src/on_publish.rs
/// @@
///  unchanged
/// -removed
/// +added
/// ```
/// A hunk is found by its lines, wherever they are in the file, as long as they are there once; how
/// they are indented does not matter. So a patch lives until the code that it changes is changed.
#[derive(Debug)]
pub(super) struct Patch {
    pub(super) name: String,
    pub(super) invariant: String,
    /// From the root of the workspace.
    pub(super) file: String,
    hunks: Vec<Hunk>,
}

#[derive(Debug, Default)]
struct Hunk {
    before: Vec<String>,
    after: Vec<String>,
}

impl Patch {
    pub(super) fn load(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self::parse(name, &text).with_context(|| format!("{} is no patch", path.display()))
    }

    fn parse(name: String, text: &str) -> Result<Self> {
        let field = |prefix| text.lines().find_map(|line| line.strip_prefix(prefix));
        let invariant = field("Invariant: ").context("it names no invariant")?.to_owned();
        let file = field("+++ b/").context("it names no file")?.to_owned();
        let mut hunks = Vec::new();
        for line in text.lines().skip_while(|line| !line.starts_with("@@")) {
            if line.starts_with("@@") {
                hunks.push(Hunk::default());
            } else if let Some(hunk) = hunks.last_mut() {
                hunk.add(line)?;
            }
        }
        ensure!(!hunks.is_empty(), "it changes nothing");
        Ok(Self { name, invariant, file, hunks })
    }

    /// The text with the change.
    pub(super) fn apply(&self, text: &str) -> Result<String> {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for hunk in &self.hunks {
            let place = hunk.place_in(&lines).with_context(|| format!("in {}", self.file))?;
            lines.splice(place..place + hunk.before.len(), hunk.after.iter().cloned());
        }
        Ok(lines.join("\n") + "\n")
    }
}

impl Hunk {
    fn add(&mut self, line: &str) -> Result<()> {
        let (mark, rest) = line.split_at_checked(1).unwrap_or((" ", ""));
        match mark {
            " " => {
                self.before.push(rest.to_owned());
                self.after.push(rest.to_owned());
            }
            "-" => self.before.push(rest.to_owned()),
            "+" => self.after.push(rest.to_owned()),
            _ => bail!("what is `{line}`?"),
        }
        Ok(())
    }

    fn place_in(&self, lines: &[String]) -> Result<usize> {
        let is_here =
            |window: &[String]| window.iter().zip(&self.before).all(|(a, b)| a.trim() == b.trim());
        let mut places = lines.windows(self.before.len()).enumerate();
        let mut place = || places.find(|(_, window)| is_here(window)).map(|(place, _)| place);
        let first = place().with_context(|| format!("not there: {}", self.before.join(" ⏎ ")))?;
        ensure!(place().is_none(), "there more than once: {}", self.before.join(" ⏎ "));
        Ok(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATCH: &str = "Invariant: at_rest\n--- a/x.rs\n+++ b/x.rs\n@@ -1 +1 @@\n one\n-two\n+2\n";

    #[test]
    fn a_hunk_is_found_by_its_lines_whatever_their_number_and_indentation() {
        let patch = Patch::parse("p".to_owned(), PATCH).unwrap();
        assert_eq!((&*patch.invariant, &*patch.file), ("at_rest", "x.rs"));
        assert_eq!(patch.apply("zero\n  one\n  two\nend\n").unwrap(), "zero\none\n2\nend\n");
    }

    #[test]
    fn a_hunk_that_fits_nowhere_or_twice_is_an_error() {
        let patch = Patch::parse("p".to_owned(), PATCH).unwrap();
        assert!(patch.apply("one\nthree\n").is_err());
        assert!(patch.apply("one\ntwo\none\ntwo\n").is_err());
        assert!(Patch::parse("p".to_owned(), "--- a/x\n+++ b/x\n@@\n-a\n").is_err());
    }
}
