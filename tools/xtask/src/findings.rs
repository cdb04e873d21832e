//! What a check found wrong: collected, then reported all at once.

use std::fmt::Display;

use anyhow::{Result, bail};

/// The violations that one check found, in the order in which it found them.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    lines: Vec<String>,
}

impl Findings {
    /// Notes that `place` (a file, a line of one, a crate) breaks a rule in the way `message` says.
    pub(crate) fn add(&mut self, place: impl Display, message: impl Display) {
        self.lines.push(format!("{place}: {message}"));
    }

    /// Prints what was found, one violation a line, and fails if there was any. `check` names the
    /// check for the reader, and `extent` says what it looked at.
    pub(crate) fn report(self, check: &str, extent: impl Display) -> Result<()> {
        if self.lines.is_empty() {
            println!("{check}: {extent}, nothing to object to");
            return Ok(());
        }
        for line in &self.lines {
            println!("{line}");
        }
        match self.lines.len() {
            1 => bail!("1 finding"),
            number => bail!("{number} findings"),
        }
    }

    /// The findings as text, for the tests of a check.
    #[cfg(test)]
    pub(crate) fn lines(&self) -> &[String] {
        &self.lines
    }
}
