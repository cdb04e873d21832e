//! `docs/configuration.md`, made of the catalogues.

use std::fmt::Write;

use rmqtt_keys::{Absent, Catalogue, CatalogueEntry, KeyPath, Status};

/// A configuration file and its keys.
#[derive(Clone, Copy, Debug)]
pub struct DocumentedPart<'a> {
    /// What its heading says.
    pub title: &'a str,
    /// Its keys.
    pub catalogue: &'a Catalogue,
    /// What stands before its keys where they are mentioned outside of their file; empty for the
    /// main file, `rmqtt-retainer` for that plugin's.
    pub prefix: &'a str,
}

/// The page of documentation. `shown_by` names the test that shows what a key does, by the key as
/// tests name it, with `*` for a name that is free.
#[must_use]
pub fn page(parts: &[DocumentedPart<'_>], shown_by: impl Fn(&str) -> Option<String>) -> String {
    let mut out = HEAD.to_owned();
    for part in parts {
        let _ = writeln!(out, "\n## {}", part.title);
        let mut sections: Vec<KeyPath> = Vec::new();
        for entry in part.catalogue.iter() {
            let section = entry.path.parent();
            if !sections.contains(&section) {
                sections.push(section);
            }
        }
        for section in sections {
            write_section(part, &section, &shown_by, &mut out);
        }
    }
    out
}

const HEAD: &str = "\
# Configuration

This page is generated from the code that reads the keys: `RMQTT_REGENERATE=1 cargo test -p rmqttd
--test configuration` writes it anew.

A later source wins, key by key: `/etc/rmqtt/rmqtt.*`, `/etc/rmqtt.*`, `./rmqtt.*`, the file that
`-f` names, the environment, the command line. A file is TOML, JSON or YAML by the ending of its
name (`.toml`, `.json`, `.yaml`, `.yml`); `-f` may leave the ending out. A plugin's file is
`NAME.toml` in `plugins.dir`, or one of the other formats; its variables begin with `RMQTT_PLUGIN_`
and its name in capitals, with `_` for `-`.

A variable is named after its key, as `RMQTT_NODE__ID` or `RMQTT_NODE.ID` for `node.id`; where both
are there, the first holds. Capitals do not matter, and `_` stands for `-` too:
`RMQTT_LISTENER__TCP__MY_LIS__ADDR` is `addr` of the section `[listener.tcp.my-lis]` of a file. Of
sections whose names differ in capitals only, the one in the variable's own letters is meant, else
the first. A name with a dot or `__` in it cannot be spelt in a variable. A list is separated by
blanks.

A duration is a text such as `\"1h30m15s\"` (`ms`, `s`, `m`, `h`, `d`, `w`, and `f` for two weeks), a
size one such as `\"2G512M\"` (`B`, `K`, `M`, `G`; 1K is 1,024 bytes). Numbers may stand in quotes, and
truth values may be `yes`, `on`, `1`, `no`, `off` and `0` too. Sections and lists stand in one another
at most 64 deep. `*` stands for a name that is free.

The last column names the test that sets two values of the key and observes the difference, or says
why there is none: a key that is *pending* is read and judged, and acts only on what is named there,
which is not built yet; one that is *retired* is accepted, and has no effect.
";

fn write_section(
    part: &DocumentedPart<'_>,
    section: &KeyPath,
    shown_by: &impl Fn(&str) -> Option<String>,
    out: &mut String,
) {
    if !section.parts().is_empty() {
        let _ = writeln!(out, "\n### `[{section}]`");
    }
    out.push_str("\n| key | type | default | unit | meaning | test |\n|---|---|---|---|---|---|\n");
    for entry in part.catalogue.iter().filter(|entry| entry.path.parent() == *section) {
        let key = full_name(part.prefix, &entry.path);
        let _ = writeln!(
            out,
            "| `{key}` | {} | {} | {} | {} | {} |",
            cell(&entry.kind.describe()),
            default(entry),
            entry.unit,
            cell(entry.meaning),
            test(entry, shown_by(&key)),
        );
    }
}

fn full_name(prefix: &str, path: &KeyPath) -> String {
    if prefix.is_empty() { path.to_string() } else { format!("{prefix}: {path}") }
}

fn default(entry: &CatalogueEntry) -> String {
    match &entry.absent {
        Absent::Value(value) => format!("`{}`", cell(value)),
        Absent::Meaning(meaning) => cell(meaning),
        Absent::Required => "required".to_owned(),
    }
}

fn test(entry: &CatalogueEntry, shown_by: Option<String>) -> String {
    match (entry.status, shown_by) {
        (Status::Acts, None) => "none".to_owned(),
        (Status::Retired(_), None) => "retired".to_owned(),
        (Status::Pending(brings), None) => format!("pending: {brings}"),
        // A pending key with a test is not pending any more, which is for a check to say.
        (Status::Pending(brings), Some(test)) => format!("{test}, pending: {brings}"),
        (_, Some(test)) => test,
    }
}

/// The text of a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_everything_of_its_key() {
        let catalogue = crate::report::catalogue();
        let part = DocumentedPart { title: "rmqtt.toml", catalogue: &catalogue, prefix: "" };
        let text = page(&[part], |key| (key == "node.id").then(|| "`a/b.rs`".to_owned()));
        for row in [
            "| `node.id` | whole number, 0 to 18446744073709551615 | `0` |  | The node's id, unique in its cluster. | `a/b.rs` |",
            "| `node.cookie` | anything | no effect |  | nothing was ever protected by it | retired |",
            "| `rpc.reuseaddr` | true or false | `true` |  | SO_REUSEADDR of that socket. | pending: cluster |",
            "| `listener.tcp.*.addr` | address and port | required |  | Where it listens; listener.tcp.default need not say it. | none |",
            "| `listener.tls.*.addr` | address and port | required |  | Where it listens. | pending: TLS listeners |",
        ] {
            assert!(text.lines().any(|line| line == row), "{row}\n{text}");
        }
    }

    #[test]
    fn the_keys_of_a_plugin_bear_its_name() {
        let catalogue = crate::report::catalogue();
        let part = DocumentedPart { title: "A", catalogue: &catalogue, prefix: "rmqtt-a" };
        let text = page(&[part], |_| None);
        assert!(text.contains("\n| `rmqtt-a: node.id` |"), "{text}");
    }
}
