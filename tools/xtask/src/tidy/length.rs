//! A source file over 600 lines says in its first lines why it is long.

use super::TextFile;
use crate::findings::Findings;

/// The number of lines up to which a source file needs no reason.
const LINES_MAX: usize = 600;

/// How a reason begins, in a comment.
const REASON: &str = "Long because ";

/// The number of lines at the top in which the reason stands.
const REASON_WITHIN_LINES: usize = 20;

pub(super) fn check(file: &TextFile, findings: &mut Findings) {
    let lines = file.text.lines().count();
    if !file.is_source() || lines <= LINES_MAX {
        return;
    }
    let has_reason = file.text.lines().take(REASON_WITHIN_LINES).any(|line| line.contains(REASON));
    if !has_reason {
        findings.add(
            &file.path,
            format_args!(
                "{lines} lines; over {LINES_MAX}, either a second concern moved in, or the first \
                 {REASON_WITHIN_LINES} lines say `{REASON}…`"
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    fn complaints(first_line: &str, lines: usize) -> usize {
        let text = format!("{first_line}\n{}", "x\n".repeat(lines - 1));
        places(|findings| check(&TextFile::new("a.rs", &text), findings)).len()
    }

    #[test]
    fn the_first_line_too_many_needs_a_reason() {
        assert_eq!(complaints("//! A.", 600), 0);
        assert_eq!(complaints("//! A.", 601), 1);
    }

    #[test]
    fn a_stated_reason_is_enough() {
        assert_eq!(complaints("//! Long because one table.", 601), 0);
    }
}
