//! A configuration file made of the catalogue.

use std::fmt::Write;

use crate::catalogue::{Absent, Catalogue, CatalogueEntry, Status};
use crate::key_path::KeyPath;

impl Catalogue {
    /// A whole configuration file in TOML: each key that acts, with its meaning, type and unit as a
    /// comment and its default as a value. Where a default is no value, or a name is free, the key
    /// is commented out. Reading the file yields what reading no file does.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        let mut written: Vec<KeyPath> = Vec::new();
        for entry in &self.entries {
            let section = entry.path.parent();
            if entry.status == Status::Acts && !written.contains(&section) {
                self.write_section(&section, &mut out);
                written.push(section);
            }
        }
        out
    }

    fn write_section(&self, section: &KeyPath, out: &mut String) {
        // A section with a free name is an example: as a comment it changes nothing.
        let is_example = section.to_string().contains('*');
        if !out.is_empty() {
            out.push('\n');
        }
        if !section.parts().is_empty() {
            let header = section.to_string().replace("[*]", "").replace('*', "NAME");
            let is_list = section.last() == "[*]";
            let header = if is_list { format!("[[{header}]]") } else { format!("[{header}]") };
            let mark = if is_example { "# " } else { "" };
            let _ = writeln!(out, "{mark}{header}");
        }
        let acts = |entry: &&CatalogueEntry| entry.status == Status::Acts;
        for entry in
            self.entries.iter().filter(acts).filter(|entry| entry.path.parent() == *section)
        {
            write_key(entry, is_example, out);
        }
    }
}

fn write_key(entry: &CatalogueEntry, is_example: bool, out: &mut String) {
    let name = KeyPath::default().child(entry.path.last());
    let unit = if entry.unit.is_empty() { String::new() } else { format!(", {}", entry.unit) };
    let _ = writeln!(out, "\n# {} ({}{unit})", entry.meaning, entry.kind.describe());
    let _ = match &entry.absent {
        Absent::Value(value) if is_example => writeln!(out, "# {name} = {value}"),
        Absent::Value(value) => writeln!(out, "{name} = {value}"),
        Absent::Meaning(absent) => writeln!(out, "# Not set: {absent}.\n# {name} ="),
        Absent::Required => writeln!(out, "# Required.\n# {name} ="),
    };
}

#[cfg(test)]
mod tests {
    use crate::{Reader, Written, key};

    #[test]
    fn a_template_has_every_key_that_acts_with_its_default() {
        let written = Written::default();
        let mut reader = Reader::new(&written);
        let mut node = reader.section("node");
        node.integer(key("id", "The node's number.").unit("of a cluster"), 0..=9_u8, 1);
        node.optional_path(key("dir", "Where data is."), "a default of the system");
        node.retired("cookie", "not used");
        reader.declared_section(&"listener.tcp".into()).boolean(key("enable", "Is it on?"), true);
        let read = reader.finish(()).unwrap();
        assert_eq!(
            read.catalogue.to_toml(),
            "[node]\n\n# The node's number. (whole number, 0 to 9, of a cluster)\nid = 1\n\n# Where \
             data is. (path)\n# Not set: a default of the system.\n# dir =\n\n# \
             [listener.tcp.NAME]\n\n# Is it on? (true or false)\n# enable = true\n"
        );
    }
}
