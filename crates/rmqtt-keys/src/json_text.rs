//! JSON as written values.
//!
//! A section or list is taken apart into the texts of what it holds, one level at a time; where such
//! a text begins says the line of its key.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue as JsonText;

use crate::key_path::KeyPath;
use crate::line_index::LineIndex;
use crate::place::{DEPTH_MAX, Place};
use crate::problem::{Problem, Problems};
use crate::raw_value::RawValue;
use crate::toml_text::decimal;
use crate::written::{Written, WrittenValue};

/// Reads JSON text.
pub(crate) fn read(text: &str, file: &Arc<Path>) -> Result<Written, Problems> {
    let mut document = Document {
        text,
        lines: LineIndex::of(text),
        file,
        written: Written::default(),
        problems: Problems::default(),
    };
    match serde_json::from_str::<&JsonText>(text) {
        Ok(whole) if whole.get().starts_with('{') => {
            document.add_members(whole.get(), &KeyPath::default());
        }
        Ok(whole) => {
            let found = document.value(whole.get(), &KeyPath::default());
            let at = document.offset(whole.get());
            document.problem(at, format!("expected sections and keys, found {}", found.kind()));
        }
        Err(error) => document.syntax_error(0, &error),
    }
    document.problems.into_result(document.written)
}

/// The whole text, and what was found in it.
struct Document<'t> {
    text: &'t str,
    lines: LineIndex,
    file: &'t Arc<Path>,
    written: Written,
    problems: Problems,
}

impl<'t> Document<'t> {
    /// Adds what an object holds.
    fn add_members(&mut self, object: &'t str, path: &KeyPath) {
        let at = self.offset(object);
        if path.parts().len() >= DEPTH_MAX {
            return self.problem(at, format!("more than {DEPTH_MAX} sections in one another"));
        }
        let members: Members<'t> = match serde_json::from_str(object) {
            Ok(members) => members,
            Err(error) => return self.syntax_error(at, &error),
        };
        for (name, text) in members.0 {
            let path = path.child(&name);
            let place = self.place(self.end_of_key(text.get()));
            let value = self.value(text.get(), &path);
            let entry = WrittenValue { value, place: place.clone() };
            if self.written.entries.insert(path.clone(), entry).is_some() {
                let message = format!("{path} is written twice");
                self.problems.push(Problem { place: Some(place), key: None, message });
            }
            if text.get().starts_with('{') {
                self.add_members(text.get(), &path);
            }
        }
    }

    /// The value that a text is; what stands in the sections of a list is added.
    fn value(&mut self, text: &'t str, path: &KeyPath) -> RawValue {
        match text.as_bytes().first() {
            Some(b'{') => RawValue::Section,
            Some(b'[') => self.list(text, path),
            Some(b'"') => match serde_json::from_str(text) {
                Ok(text) => RawValue::Text(text),
                Err(error) => {
                    self.syntax_error(self.offset(text), &error);
                    RawValue::Nothing
                }
            },
            Some(b't') => RawValue::Boolean(true),
            Some(b'f') => RawValue::Boolean(false),
            Some(b'n') | None => RawValue::Nothing,
            Some(_) if text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()) => {
                RawValue::Integer(decimal(text, 10))
            }
            Some(_) => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => RawValue::Float(number),
                _ => {
                    self.problem(self.offset(text), "number out of range".to_owned());
                    RawValue::Nothing
                }
            },
        }
    }

    fn list(&mut self, text: &'t str, path: &KeyPath) -> RawValue {
        let at = self.offset(text);
        if path.parts().len() >= DEPTH_MAX {
            self.problem(at, format!("more than {DEPTH_MAX} lists in one another"));
            return RawValue::Nothing;
        }
        let items: Vec<&JsonText> = match serde_json::from_str(text) {
            Ok(items) => items,
            Err(error) => {
                self.syntax_error(at, &error);
                return RawValue::Nothing;
            }
        };
        let items = items.into_iter().enumerate().map(|(index, item)| {
            let path = path.item(index);
            let value = self.value(item.get(), &path);
            if value == RawValue::Section {
                let place = self.place(self.offset(item.get()));
                let entry = WrittenValue { value: RawValue::Section, place };
                self.written.entries.insert(path.clone(), entry);
                self.add_members(item.get(), &path);
            }
            value
        });
        RawValue::List(items.collect())
    }

    /// Where a part of the text begins.
    fn offset(&self, part: &str) -> usize {
        part.as_ptr().addr() - self.text.as_ptr().addr()
    }

    /// Where the key of a value ends: only blanks and a colon are between them.
    fn end_of_key(&self, value: &str) -> usize {
        let before = self.text.get(..self.offset(value)).unwrap_or_default();
        before.trim_end_matches(|c: char| c.is_ascii_whitespace() || c == ':').len()
    }

    /// A mistake in the part of the text that begins at `at`.
    fn syntax_error(&mut self, at: usize, error: &serde_json::Error) {
        let text = error.to_string();
        let message = text.split(" at line ").next().unwrap_or_default();
        // The error counts lines from the part's first one.
        let line = self.lines.line(at) + error.line().saturating_sub(1);
        let place = Some(Place::File { file: Arc::clone(self.file), line });
        self.problems.push(Problem { place, key: None, message: message.to_owned() });
    }

    fn problem(&mut self, at: usize, message: String) {
        let place = Some(self.place(at));
        self.problems.push(Problem { place, key: None, message });
    }

    fn place(&self, at: usize) -> Place {
        Place::File { file: Arc::clone(self.file), line: self.lines.line(at) }
    }
}

/// The names in an object, and the texts of their values.
struct Members<'t>(Vec<(String, &'t JsonText)>);

impl<'t> Deserialize<'t> for Members<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'t> Visitor<'t> for Collect {
            type Value = Members<'t>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Arc<Path> {
        Arc::from(Path::new("rmqtt.json"))
    }

    fn shown(text: &str) -> Vec<String> {
        let line = |entry: &WrittenValue| match entry.place {
            Place::File { line, .. } => line,
            _ => 0,
        };
        let written = read(text, &file()).unwrap();
        let shown = written
            .iter()
            .map(|(path, entry)| format!("{}: {path} = {}", line(entry), entry.value));
        shown.collect()
    }

    #[test]
    fn values_keep_their_keys_types_and_lines() {
        let text = "{\n\t\"node\": {\"id\": 7},\n\t\"log\"\n:\n{\n\t\t\"level\": \
                    \"in\\u0066o\",\"to\":null\n\t},\n\t\"list\": [1, \"\\/a\", false, {}, \
                    [\n{\"a\": -1.5e1}]]\n}\n";
        assert_eq!(
            shown(text),
            [
                "8: list = [1, \"/a\", false, a section, [a section]]",
                "8: list[3] = a section",
                "9: list[4][0] = a section",
                "9: list[4][0].a = -15.0",
                "3: log = a section",
                "6: log.level = \"info\"",
                "6: log.to = nothing",
                "2: node = a section",
                "2: node.id = 7",
            ]
        );
    }

    #[test]
    fn a_character_beyond_the_first_65536_is_two_escapes() {
        assert_eq!(shown("{\"a\": \"\\ud83d\\ude00\"}"), ["1: a = \"\u{1F600}\""]);
    }

    #[test]
    fn what_is_no_json_is_a_problem_with_its_line() {
        for (text, expected) in [
            ("", "1: EOF while parsing a value"),
            ("{\n\"a\": True}", "2: expected value"),
            ("{\n\"a\": 01}", "2: invalid number"),
            ("{\n\"a\": 0x1}", "2: expected `,` or `}`"),
            ("{\n\"a\": 1,\n}", "3: key must be a string"),
            ("{\n# a\n}", "2: key must be a string"),
            ("{\n\"a\": 'b'}", "2: expected value"),
            ("{\na: 1}", "2: key must be a string"),
            (
                "{\n\"a\": \"b\n\"}",
                "2: control character (\\u0000-\\u001F) found while parsing a string",
            ),
            ("{} {}", "1: trailing characters"),
            ("{\n\"a\": 1e400}", "2: number out of range"),
            ("\n[1]", "2: expected sections and keys, found a list"),
            ("\n\"secret\"", "2: expected sections and keys, found a text"),
            ("{\n\"a\": 1,\n\"a\": 2}", "3: a is written twice"),
            ("{\n\"a\": [\n\"\\ud800\"]}", "3: unexpected end of hex escape"),
        ] {
            let problems = read(text, &file()).unwrap_err().to_string();
            assert_eq!(problems, format!("rmqtt.json:{expected}"), "{text:?}");
        }
    }

    #[test]
    fn very_deep_nesting_is_refused_with_its_line() {
        let lists = format!("{{\"a\":\n{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
        let sections = format!("{}1{}", "{\"a\":\n".repeat(10_000), "}".repeat(10_000));
        for (text, line, what) in [(lists, 2, "lists"), (sections, 65, "sections")] {
            let problems = read(&text, &file()).unwrap_err().to_string();
            assert_eq!(problems, format!("rmqtt.json:{line}: more than 64 {what} in one another"));
        }
    }
}
