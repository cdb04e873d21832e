//! Every crate begins with a map of itself.

use super::TextFile;
use crate::findings::Findings;

pub(super) fn check(file: &TextFile, findings: &mut Findings) {
    let is_root = file.path.ends_with("/src/lib.rs") || file.path.ends_with("/src/main.rs");
    if is_root && !file.text.starts_with("//!") {
        findings.add(&file.path, "the root of a crate begins with `//!`, the map of the crate");
    }
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    fn is_refused(path: &str, text: &str) -> bool {
        !places(|findings| check(&TextFile::new(path, text), findings)).is_empty()
    }

    #[test]
    fn the_root_of_a_crate_begins_with_its_map() {
        assert!(is_refused("crates/a/src/lib.rs", "mod b;\n"));
        assert!(is_refused("crates/a/src/main.rs", "fn main() {}\n"));
        assert!(!is_refused("crates/a/src/lib.rs", "//! A.\n\nmod b;\n"));
        assert!(!is_refused("crates/a/src/b.rs", "fn b() {}\n"));
    }
}
