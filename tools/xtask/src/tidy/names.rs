//! No `mod.rs`, and nothing is named after what it is not.

use crate::findings::Findings;

/// Names that say only that the writer found no noun: what lies behind them grows without end.
const EMPTY_NAMES: [&str; 8] =
    ["common", "helper", "helpers", "misc", "type", "types", "util", "utils"];

pub(super) fn check(path: &str, findings: &mut Findings) {
    let name = path.rsplit('/').next().unwrap_or_default();
    if name == "mod.rs" {
        findings.add(path, "a module `foo` stands in `foo.rs`, its parts in the folder `foo`");
    }
    for part in path.split('/') {
        let stem = part.split('.').next().unwrap_or_default();
        if EMPTY_NAMES.contains(&stem) {
            findings.add(
                path,
                format_args!(
                    "`{stem}` names no thing; what is in it lives with the noun that owns it"
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    fn is_refused(path: &str) -> bool {
        !places(|findings| check(path, findings)).is_empty()
    }

    #[test]
    fn files_and_folders_are_named_by_a_noun() {
        assert!(is_refused("crates/a/src/utils.rs"));
        assert!(is_refused("crates/a/src/helpers/b.rs"));
        assert!(is_refused("crates/a/src/b/mod.rs"));
        assert!(!is_refused("crates/a/src/packet_type.rs"));
    }
}
