//! No mark of unfinished work and no test that is switched off.

use super::TextFile;
use crate::findings::Findings;
use crate::rust_source::tokens;

/// Words that mark work as unfinished, put together here so that this file does not hold them.
const MARKS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// The macros that stand for code that is not written.
const STUBS: [&str; 2] = ["todo", "unimplemented"];

pub(super) fn check(file: &TextFile, findings: &mut Findings) {
    if !file.is_source() && file.extension() != "toml" {
        return;
    }
    for (number, line) in file.numbered_lines() {
        let is_letter = |character: char| character.is_alphanumeric() || character == '_';
        if let Some(mark) = line.split(|c| !is_letter(c)).find(|word| MARKS.contains(word)) {
            findings.add(
                format_args!("{}:{number}", file.path),
                format_args!("`{mark}`: finish it, or write down elsewhere what is to come"),
            );
        }
    }
    if file.extension() == "rs" {
        check_tokens(file, findings);
    }
}

fn check_tokens(file: &TextFile, findings: &mut Findings) {
    let tokens = tokens(&file.text);
    for pair in tokens.windows(2) {
        let place = format_args!("{}:{}", file.path, pair[0].line).to_string();
        match (pair[0].text, pair[1].text) {
            (stub, "!") if STUBS.contains(&stub) => {
                findings.add(place, format_args!("`{stub}!` stands where code is missing"));
            }
            ("[", "ignore") => findings.add(place, "a test that is switched off proves nothing"),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    fn complaints(text: &str) -> Vec<String> {
        places(|findings| check(&TextFile::new("a.rs", text), findings))
    }

    #[test]
    fn marks_are_found_in_comments() {
        assert_eq!(complaints(&format!("\n// {}: later", MARKS[0])), ["a.rs:2"]);
        assert_eq!(complaints(&format!("// {}", MARKS[2])), ["a.rs:1"]);
    }

    #[test]
    fn a_mark_within_a_word_is_none() {
        assert!(complaints(&format!("// {}S A{}", MARKS[0], MARKS[1])).is_empty());
    }

    #[test]
    fn stubs_and_switched_off_tests_are_found() {
        assert_eq!(complaints("fn f() {\n    todo!()\n}"), ["a.rs:2"]);
        assert_eq!(complaints("unimplemented!(\"x\")"), ["a.rs:1"]);
        assert_eq!(complaints("#[test]\n#[ignore = \"slow\"]"), ["a.rs:2"]);
    }

    #[test]
    fn the_words_of_the_language_are_free_elsewhere() {
        assert!(complaints("let todo = ignore(list);").is_empty());
    }
}
