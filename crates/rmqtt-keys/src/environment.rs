//! Environment variables as written values.

use std::sync::Arc;

use crate::key_path::KeyPath;
use crate::place::Place;
use crate::raw_value::RawValue;
use crate::warning::Warning;
use crate::written::{Written, WrittenValue};

impl Written {
    /// Lays environment variables over what was written: `RMQTT_NODE.ID` and `RMQTT_NODE__ID` with
    /// the prefix `RMQTT_` are `node.id`. Upper and lower case are the same, and `_` stands for `-`
    /// too: a section that was written before keeps the letters of its name. Values have no type;
    /// each means what its key takes, and a list is separated by blanks.
    ///
    /// Other programs' variables may share the prefix, so one that is no key is worth a warning and
    /// not a problem, and keeps no other from being heard: what a section's name holds, and what
    /// stands below a key, is passed over by whoever reads the key.
    pub fn add_environment(
        &mut self,
        prefix: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) {
        let mut variables: Vec<(String, String)> = variables.into_iter().collect();
        // A key comes before what is spelt as if it stood below it.
        variables.sort_by_cached_key(|(variable, _)| (depth(variable), variable.clone()));
        for (variable, value) in variables {
            if let Some(name) = without_prefix(&variable, prefix) {
                self.add_variable(&variable, name, value);
            }
        }
    }

    fn add_variable(&mut self, variable: &str, name: &str, value: String) {
        let place = Place::Environment(Arc::from(variable));
        let path = self.path_of_variable(name, &place);
        let before = self.get(&path);
        let is_section = before.is_some_and(|entry| entry.value == RawValue::Section);
        if is_section || name.is_empty() {
            return self.warn_of_variable(place, "names no key and has no effect");
        }
        if let Some(WrittenValue { place: other @ Place::Environment(_), .. }) = before {
            let message = format!("has no effect: {place} names the same key");
            self.warn_of_variable(other.clone(), &message);
        }
        // What files say below: the items of a list that this one takes the place of.
        self.remove_below(&path);
        for len in 1..path.parts().len() {
            let section = WrittenValue { value: RawValue::Section, place: place.clone() };
            self.entries.entry(path.truncated(len)).or_insert(section);
        }
        self.entries.insert(path, WrittenValue { value: RawValue::Untyped(value), place });
    }

    /// The path that a variable's name means, with the letters of what was written before. Of two
    /// written names that differ in case only, the one in the variable's own letters is meant, and
    /// else the first.
    fn path_of_variable(&mut self, name: &str, place: &Place) -> KeyPath {
        let mut path = KeyPath::default();
        for part in dotted(name).split('.') {
            let mut written = self.names_below(&path, |name| folded(name) == folded(part));
            if let Some(exact) = written.iter().position(|name| name == part) {
                written = vec![written.swap_remove(exact)];
            }
            if let [first, others @ ..] = &written[..]
                && !others.is_empty()
            {
                let names: Vec<String> =
                    others.iter().map(|name| path.child(name).to_string()).collect();
                let first = path.child(first);
                let message = format!("means {first}, and not {} too", names.join(", "));
                self.warn_of_variable(place.clone(), &message);
            }
            let name = written.into_iter().next().unwrap_or_else(|| part.to_lowercase());
            path = path.child(&name);
        }
        path
    }

    fn warn_of_variable(&mut self, place: Place, message: &str) {
        let message = message.to_owned();
        self.warnings.push(Warning { place: Some(place), key: None, message });
    }
}

/// A variable's name with dots between the parts of the path.
fn dotted(name: &str) -> String {
    name.replace("__", ".")
}

/// How many dots that are.
fn depth(name: &str) -> usize {
    dotted(name).matches('.').count()
}

/// A name as a variable can spell it.
fn folded(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

/// What follows the prefix, in whatever case it is written.
fn without_prefix<'a>(variable: &'a str, prefix: &str) -> Option<&'a str> {
    let start = variable.get(..prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then(|| &variable[prefix.len()..])
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{Read, Reader, key};

    fn with(toml: &str, variables: &[(&str, &str)]) -> Written {
        let mut written = Written::from_toml(toml, &Arc::from(Path::new("rmqtt.toml"))).unwrap();
        written.add_environment(
            "RMQTT_",
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        written
    }

    fn value(written: &Written, path: &str) -> Option<(String, String)> {
        let entry = written.get(&KeyPath::from(path))?;
        Some((entry.value.as_text().unwrap_or_default().to_owned(), entry.place.to_string()))
    }

    fn lines(warnings: &[Warning]) -> Vec<String> {
        warnings.iter().map(Warning::to_string).collect()
    }

    /// `node.id`, and `x` of each listener.
    fn read(written: &Written) -> Read<(u8, Vec<u8>)> {
        let mut reader = Reader::new(written);
        let mut node = reader.section("node");
        let id = node.integer(key("id", "m"), 0..=9, 0);
        assert_eq!(node.integer(key("ie", "m"), 0..=9, id), id);
        let around = KeyPath::from("l");
        let names = reader.names_below(&around);
        let read =
            |name: &String| reader.named_section(&around, name).integer(key("x", "m"), 0..=9_u8, 0);
        let values = names.iter().map(read).collect();
        reader.finish((id, values)).unwrap()
    }

    #[test]
    fn dots_and_double_underscores_separate_sections_in_any_case() {
        for variable in ["RMQTT_NODE.ID", "RMQTT_NODE__ID", "rmqtt_node.id", "Rmqtt_Node__Id"] {
            let written = with("node.id = 1", &[(variable, "7")]);
            let place = format!("environment variable {variable}");
            assert_eq!(value(&written, "node.id"), Some(("7".to_owned(), place)));
        }
    }

    #[test]
    fn a_written_section_keeps_the_letters_of_its_name() {
        for name in ["External", "my-lis"] {
            let variable = format!("RMQTT_LISTENER__TCP__{}__BACKLOG", folded(name).to_uppercase());
            let written =
                with(&format!("[listener.tcp.{name}]\naddr = \"0.0.0.0:1\""), &[(&variable, "5")]);
            assert!(value(&written, &format!("listener.tcp.{name}.backlog")).is_some(), "{name}");
            assert_eq!(written.names_below(&KeyPath::from("listener.tcp"), |_| true), [name]);
        }
    }

    #[test]
    fn of_names_that_differ_in_case_only_the_first_is_meant_or_the_one_in_the_same_letters() {
        const BOTH: &str = "[l.External]\nx = 1\n[l.external]\nx = 2";
        let written = with(BOTH, &[("RMQTT_L__EXTERNAL__X", "5")]);
        let found = read(&written);
        assert_eq!(found.value.1, [5, 2]);
        assert_eq!(
            lines(&found.warnings),
            ["environment variable RMQTT_L__EXTERNAL__X: means l.External, and not l.external too"]
        );
        let found = read(&with(BOTH, &[("RMQTT_l.external.X", "5")]));
        assert_eq!((found.value.1, found.warnings), (vec![1, 5], Vec::new()));
    }

    #[test]
    fn of_two_spellings_of_a_key_one_is_heard_and_the_other_warned_of() {
        let found = read(&with("", &[("RMQTT_NODE__ID", "7"), ("RMQTT_NODE.ID", "5")]));
        assert_eq!(found.value.0, 7);
        assert_eq!(
            lines(&found.warnings),
            ["environment variable RMQTT_NODE.ID: has no effect: environment variable \
                 RMQTT_NODE__ID names the same key"]
        );
    }

    /// A variable of another program that was spelt like a section kept those of its keys from being
    /// heard, unless a file had the section.
    #[test]
    fn variables_of_others_leave_alone_what_is_written_and_what_other_variables_say() {
        for toml in ["", "[node]\nid = 1\n[l.a]\nx = 1"] {
            let variables = [
                ("RMQTT_NODE", "x"),
                ("RMQTT_NODE__ID", "7"),
                ("RMQTT_NODE__ID__X", "y"),
                ("rmqtt_node__ie", "7"),
                ("RMQTT_NODE__IE__X", "y"),
                ("RMQTT_L", "x"),
                ("RMQTT_L__A", "x"),
                ("RMQTT_L__A__X", "5"),
                ("RMQTT_", "x"),
                ("PATH", "z"),
            ];
            let mut written = with(toml, &variables);
            let flag = RawValue::Integer("3".into());
            let mut flags = Written::default();
            flags.set(&KeyPath::from("l.b.x"), flag, Place::flag("--b"));
            written.merge(flags);
            let found = read(&written);
            assert_eq!(found.value, (7, vec![5, 3]), "{toml}");
            let mut warned: Vec<String> = lines(&found.warnings);
            warned.sort();
            let warned: Vec<&str> = warned
                .iter()
                .map(|line| line.split(' ').nth(2).unwrap().trim_end_matches(':'))
                .collect();
            let foreign = [
                "RMQTT_",
                "RMQTT_L",
                "RMQTT_L__A",
                "RMQTT_NODE",
                "RMQTT_NODE__ID__X",
                "RMQTT_NODE__IE__X",
            ];
            assert_eq!(warned, foreign, "{toml}");
        }
    }
}
