//! `docs/pending.toml`: what exists by its name and does not act yet.

use std::fmt;

use anyhow::Result;
use serde::Deserialize;

/// The list, by what the names are names of.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pending {
    #[serde(default)]
    pub(super) key: Vec<Entry>,
    #[serde(default)]
    flag: Vec<Entry>,
    #[serde(default)]
    metric: Vec<Entry>,
    #[serde(default)]
    stat: Vec<Entry>,
    #[serde(default)]
    hook: Vec<Entry>,
    #[serde(default)]
    library: Vec<Entry>,
}

/// A name, and what makes it act.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) brings: String,
}

impl Pending {
    pub(super) fn read(text: &str) -> Result<Self> {
        Ok(toml::from_str(text)?)
    }
}

impl Entry {
    /// Is it this key, or does it stand for all below some name?
    pub(super) fn covers(&self, key: &str) -> bool {
        self.name == key
            || self.name.strip_suffix('*').is_some_and(|start| {
                start.ends_with('.') && key.len() > start.len() && key.starts_with(start)
            })
    }
}

impl fmt::Display for Pending {
    /// A line for each, with the part that brings it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, entries) in [
            ("key", &self.key),
            ("flag", &self.flag),
            ("metric", &self.metric),
            ("stat", &self.stat),
            ("hook", &self.hook),
            ("library", &self.library),
        ] {
            for entry in entries {
                writeln!(formatter, "pending {kind} {}: {}", entry.name, entry.brings)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str) -> Entry {
        Entry { name: name.to_owned(), brings: String::new() }
    }

    #[test]
    fn a_star_at_the_end_stands_for_all_below() {
        assert!(entry("rpc.*").covers("rpc.batch.size"));
        assert!(!entry("rpc.*").covers("rpc"));
        assert!(!entry("rpc.*").covers("rpc."));
        assert!(!entry("rp*").covers("rpc"));
        assert!(entry("listener.tcp.*.a").covers("listener.tcp.*.a"));
        assert!(!entry("listener.tcp.*.a").covers("listener.tcp.*.ab"));
    }

    #[test]
    fn the_list_is_printed_with_what_brings_each() {
        let text = "[[flag]]\nname = \"--f\"\nbrings = \"cluster\"\n[[hook]]\nname = \"h\"\nbrings = \"cluster\"\n\
                    [[key]]\nname = \"k.*\"\nbrings = \"TLS\"\n";
        let printed = Pending::read(text).unwrap().to_string();
        assert_eq!(
            printed,
            "pending key k.*: TLS\npending flag --f: cluster\npending hook h: cluster\n"
        );
    }

    #[test]
    fn a_kind_that_is_not_known_is_an_error() {
        assert!(Pending::read("[[metrics]]\nname = \"a\"\nbrings = \"b\"\n").is_err());
    }
}
