//! Environment variables as written values.

use std::sync::Arc;

use crate::key_path::KeyPath;
use crate::place::Place;
use crate::raw_value::RawValue;
use crate::warning::Warning;
use crate::written::Written;

impl Written {
    /// Lays environment variables over what was written: `RMQTT_NODE.ID` and `RMQTT_NODE__ID` with
    /// the prefix `RMQTT_` are `node.id`. Upper and lower case are the same: a section that was
    /// written before keeps the letters of its name. Values have no type; each means what its key
    /// takes, and a list is separated by blanks.
    ///
    /// Other programs' variables may share the prefix, so one that is no key is worth a warning and
    /// not a problem.
    pub fn add_environment(
        &mut self,
        prefix: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) {
        let mut variables: Vec<(String, String)> = variables.into_iter().collect();
        variables.sort();
        for (variable, value) in variables {
            if let Some(name) = without_prefix(&variable, prefix) {
                self.add_variable(&variable, name, value);
            }
        }
    }

    fn add_variable(&mut self, variable: &str, name: &str, value: String) {
        let path = self.path_of_variable(name);
        let place = Place::Environment(Arc::from(variable));
        let mut around = (1..path.parts().len()).map(|len| path.truncated(len));
        let is_within_value =
            around.any(|section| self.get(&section).is_some_and(|entry| !entry.is_section()));
        let is_section = self.get(&path).is_some_and(|entry| entry.value == RawValue::Section);
        if name.is_empty() || is_within_value || is_section {
            self.warnings.push(Warning {
                place: Some(place),
                key: None,
                message: "names no key and has no effect".to_owned(),
            });
            return;
        }
        self.set(&path, RawValue::Untyped(value), place);
    }

    /// The path that a variable's name means, with the letters of what was written before.
    fn path_of_variable(&self, name: &str) -> KeyPath {
        let name = name.to_lowercase().replace("__", ".");
        name.split('.').fold(KeyPath::default(), |around, part| {
            let written = self.entries.keys().find(|key| {
                key.parts().len() == around.parts().len() + 1
                    && around.is_prefix_of(key)
                    && key.last().to_lowercase() == part
            });
            written.cloned().unwrap_or_else(|| around.child(part))
        })
    }
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
        let written = with(
            "[listener.tcp.External]\naddr = \"0.0.0.0:1883\"",
            &[("RMQTT_LISTENER__TCP__EXTERNAL__BACKLOG", "5")],
        );
        assert!(value(&written, "listener.tcp.External.backlog").is_some());
        assert!(value(&written, "listener.tcp.external.backlog").is_none());
    }

    #[test]
    fn variables_of_others_leave_what_is_written_alone() {
        let written =
            with("[node]\nid = 1", &[("RMQTT_NODE", "x"), ("RMQTT_NODE.ID.X", "y"), ("PATH", "z")]);
        assert_eq!(written.get(&KeyPath::from("node.id")).unwrap().value.to_string(), "1");
        let warnings: Vec<String> = written.warnings.iter().map(Warning::to_string).collect();
        assert_eq!(
            warnings,
            [
                "environment variable RMQTT_NODE: names no key and has no effect",
                "environment variable RMQTT_NODE.ID.X: names no key and has no effect",
            ]
        );
    }
}
