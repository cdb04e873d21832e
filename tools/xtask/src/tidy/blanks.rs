//! No tab, carriage return or blank at the end of a line, and a line end at the end of a file.

use super::TextFile;
use crate::findings::Findings;

pub(super) fn check(file: &TextFile, findings: &mut Findings) {
    let is_written_by_hand = file.is_source()
        || matches!(file.extension(), "toml" | "md" | "json" | "yml" | "yaml" | "html" | "css");
    if !is_written_by_hand {
        return;
    }
    for (number, line) in file.numbered_lines() {
        let fault = if line.ends_with('\r') {
            "a carriage return at the end of the line"
        } else if line.contains('\t') {
            "a tab; this repository indents with spaces"
        } else if line.ends_with(' ') {
            "a blank at the end of the line"
        } else {
            continue;
        };
        findings.add(format_args!("{}:{number}", file.path), fault);
    }
    if !file.text.is_empty() && !file.text.ends_with('\n') {
        findings.add(&file.path, "the last line has no end");
    }
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    fn complaints(text: &str) -> Vec<String> {
        places(|findings| check(&TextFile::new("a.md", text), findings))
    }

    #[test]
    fn blanks_that_nobody_sees_are_found() {
        assert_eq!(complaints("a\nb \n"), ["a.md:2"]);
        assert_eq!(complaints("a\r\nb\n"), ["a.md:1"]);
        assert_eq!(complaints("a\tb\n"), ["a.md:1"]);
        assert_eq!(complaints("a"), ["a.md"]);
        assert!(complaints("a\n\n  b\n").is_empty());
    }

    #[test]
    fn recorded_data_is_left_alone() {
        let file = TextFile::new("a.snap", "a \t\r\n");
        assert!(places(|findings| check(&file, findings)).is_empty());
    }
}
