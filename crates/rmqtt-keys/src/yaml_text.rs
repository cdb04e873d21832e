//! YAML as written values.

use std::path::Path;
use std::sync::Arc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span};

use crate::key_path::KeyPath;
use crate::place::{DEPTH_MAX, Place};
use crate::problem::{Problem, Problems};
use crate::raw_value::RawValue;
use crate::toml_text::decimal;
use crate::written::{Written, WrittenValue};

/// Reads one YAML document.
pub(crate) fn read(text: &str, file: &Arc<Path>) -> Result<Written, Problems> {
    let mut document = Document {
        file,
        lines: text.lines().count().max(1),
        documents: 0,
        open: Vec::new(),
        written: Written::default(),
        problems: Problems::default(),
    };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => {
                if document.handle(event, span).is_err() {
                    break;
                }
            }
            Err(error) => {
                document.problem(*error.marker(), syntax_error(text, &error));
                break;
            }
        }
    }
    document.problems.into_result(document.written)
}

/// What the parser says, and what its writer may have meant.
fn syntax_error(text: &str, error: &ScanError) -> String {
    let line = text.lines().nth(error.marker().line().saturating_sub(1)).unwrap_or_default();
    let is_address = line.contains('[') && line.contains("]:");
    let hint = if is_address { "; an address such as \"[::]:1883\" stands in quotes" } else { "" };
    format!("{}{hint}", error.info())
}

/// What was found has a problem after which nothing is understood.
struct Lost;

/// Puts the events of the parser together.
struct Document<'a> {
    file: &'a Arc<Path>,
    /// How many the text has.
    lines: usize,
    /// Documents begun so far.
    documents: usize,
    /// The sections and lists around the next event, outermost first.
    open: Vec<Open>,
    written: Written,
    problems: Problems,
}

/// A section or a list whose end has not come.
enum Open {
    Section {
        path: KeyPath,
        /// The key whose value comes next, with the line of the key.
        key: Option<(String, Marker)>,
    },
    List {
        path: KeyPath,
        items: Vec<RawValue>,
        begin: Marker,
    },
}

impl Document<'_> {
    fn handle(&mut self, event: Event<'_>, span: Span) -> Result<(), Lost> {
        let at = span.start;
        if matches!(event, Event::MappingStart(..) | Event::SequenceStart(..)) {
            self.check_start(at)?;
        }
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents == 2 {
                    self.problem(at, "expected one document, found a second one");
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_extras(at, anchor != 0, tag.is_some());
                self.scalar(&text, style, at);
            }
            Event::Alias(_) => self.refuse_extras(at, true, false),
            Event::MappingStart(anchor, tag) => {
                self.refuse_extras(at, anchor != 0, tag.is_some());
                let (path, place) = self.place_of_next(at);
                if !path.parts().is_empty() {
                    self.insert(&path, RawValue::Section, place);
                }
                self.open.push(Open::Section { path, key: None });
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_extras(at, anchor != 0, tag.is_some());
                let (path, begin) = self.place_of_next(at);
                self.open.push(Open::List { path, items: Vec::new(), begin });
            }
            Event::MappingEnd => {
                self.open.pop();
                self.value(RawValue::Section, None);
            }
            Event::SequenceEnd => {
                if let Some(Open::List { path, items, begin }) = self.open.pop() {
                    self.value(RawValue::List(items), Some((path, begin)));
                }
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    /// May a section or list begin here?
    fn check_start(&mut self, at: Marker) -> Result<(), Lost> {
        let is_key = matches!(self.open.last(), Some(Open::Section { key: None, .. }));
        let message = if is_key {
            "expected a key, found a section or list".to_owned()
        } else if self.open.len() >= DEPTH_MAX {
            format!("more than {DEPTH_MAX} sections and lists in one another")
        } else {
            return Ok(());
        };
        self.problem(at, message);
        Err(Lost)
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, at: Marker) {
        let plain = style == ScalarStyle::Plain;
        if let Some(Open::Section { path, key: key @ None }) = self.open.last_mut() {
            let known = self.written.entries.contains_key(&path.child(text));
            let path = path.child(text);
            *key = Some((text.to_owned(), at));
            if known {
                self.problem(at, format!("{path} is written twice"));
            }
            return;
        }
        let value = if plain { plain_value(text) } else { RawValue::Text(text.to_owned()) };
        if self.open.is_empty() {
            if value != RawValue::Nothing {
                self.problem(at, format!("expected sections and keys, found {}", value.kind()));
            }
            return;
        }
        let (path, at) = self.place_of_next(at);
        self.value(value, Some((path, at)));
    }

    /// A value is complete: it goes to the list around it, or under its key.
    fn value(&mut self, value: RawValue, entry: Option<(KeyPath, Marker)>) {
        match self.open.last_mut() {
            Some(Open::List { items, .. }) => items.push(value),
            Some(Open::Section { key, .. }) => {
                *key = None;
                if let Some((path, at)) = entry {
                    self.insert(&path, value, at);
                }
            }
            None => {
                if let Some((_, at)) = entry {
                    self.problem(at, "expected sections and keys, found a list");
                }
            }
        }
    }

    /// Under which path the next value stands, and where: at its key, if it has one.
    fn place_of_next(&self, at: Marker) -> (KeyPath, Marker) {
        match self.open.last() {
            None => (KeyPath::default(), at),
            Some(Open::List { path, items, .. }) => (path.item(items.len()), at),
            Some(Open::Section { path, key }) => match key {
                Some((name, key_at)) => (path.child(name), *key_at),
                None => (path.clone(), at),
            },
        }
    }

    fn refuse_extras(&mut self, at: Marker, anchor: bool, tag: bool) {
        if anchor {
            self.problem(at, "anchors and aliases are not read");
        }
        if tag {
            self.problem(at, "tags are not read");
        }
    }

    fn insert(&mut self, path: &KeyPath, value: RawValue, at: Marker) {
        let place = self.place(at);
        self.written.entries.insert(path.clone(), WrittenValue { value, place });
    }

    fn problem(&mut self, at: Marker, message: impl Into<String>) {
        let place = Some(self.place(at));
        self.problems.push(Problem { place, key: None, message: message.into() });
    }

    fn place(&self, at: Marker) -> Place {
        // What is missing at the end of the text is missed by the parser on a line behind it.
        Place::File { file: Arc::clone(self.file), line: at.line().clamp(1, self.lines) }
    }
}

/// A scalar without quotes, by the core schema of YAML 1.2.
fn plain_value(text: &str) -> RawValue {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return RawValue::Nothing,
        "true" | "True" | "TRUE" => return RawValue::Boolean(true),
        "false" | "False" | "FALSE" => return RawValue::Boolean(false),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_decimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_decimal {
        return RawValue::Integer(decimal(text, 10));
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && i128::from_str_radix(digits, radix).is_ok()
        {
            return RawValue::Integer(decimal(digits, radix));
        }
    }
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    match text.parse() {
        Ok(number) if is_number => RawValue::Float(number),
        _ => RawValue::Text(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(written: &Written) -> Vec<String> {
        let line = |entry: &WrittenValue| match entry.place {
            Place::File { line, .. } => line,
            _ => 0,
        };
        written
            .iter()
            .map(|(path, entry)| format!("{}: {path} = {}", line(entry), entry.value))
            .collect()
    }

    fn file() -> Arc<Path> {
        Arc::from(Path::new("rmqtt.yaml"))
    }

    #[test]
    fn yaml_values_keep_their_keys_types_and_lines() {
        let text = "# comment\nnode:\n  id: 7\nlog:\n  level: info\n  file: 'a: b'\nplugins:\n  \
                    default_startups:\n    - rmqtt-retainer\n    - \"8\"\nrules:\n  - a: 1.5\n    b: \
                    ~\n  - [x, {c: true}]\nempty:\n";
        let written = read(text, &file()).unwrap();
        assert_eq!(
            shown(&written),
            [
                "15: empty = nothing",
                "4: log = a section",
                "6: log.file = \"a: b\"",
                "5: log.level = \"info\"",
                "2: node = a section",
                "3: node.id = 7",
                "7: plugins = a section",
                "8: plugins.default_startups = [\"rmqtt-retainer\", \"8\"]",
                "11: rules = [a section, [\"x\", a section]]",
                "12: rules[0] = a section",
                "12: rules[0].a = 1.5",
                "13: rules[0].b = nothing",
                "14: rules[1][1] = a section",
                "14: rules[1][1].c = true",
            ]
        );
    }

    #[test]
    fn nothing_is_an_empty_configuration() {
        for text in ["", "# only a comment\n", "---\n", "{}"] {
            assert!(read(text, &file()).unwrap().is_empty(), "{text:?}");
        }
    }

    #[test]
    fn scalars_are_typed_by_the_core_schema() {
        for (text, expected) in [
            ("12", RawValue::Integer("12".into())),
            ("-0x", RawValue::Text("-0x".into())),
            ("0x1F", RawValue::Integer("31".into())),
            ("0o17", RawValue::Integer("15".into())),
            ("1e3", RawValue::Float(1_000.0)),
            ("1h30m", RawValue::Text("1h30m".into())),
            ("0.0.0.0:1883", RawValue::Text("0.0.0.0:1883".into())),
            ("yes", RawValue::Text("yes".into())),
            ("inf", RawValue::Text("inf".into())),
            ("TRUE", RawValue::Boolean(true)),
        ] {
            assert_eq!(plain_value(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_read_is_a_problem_with_its_line() {
        for (text, expected) in [
            ("a: 1\nb: &x 2\n", "rmqtt.yaml:2: anchors and aliases are not read"),
            ("a: 1\nb: !!str 2\n", "rmqtt.yaml:2: tags are not read"),
            ("a: 1\na: 2\n", "rmqtt.yaml:2: a is written twice"),
            ("- a\n- b\n", "rmqtt.yaml:1: expected sections and keys, found a list"),
            ("just text", "rmqtt.yaml:1: expected sections and keys, found a text"),
            ("a: 1\n---\na: 1\n", "rmqtt.yaml:2: expected one document, found a second one"),
        ] {
            let problems = read(text, &file()).unwrap_err().to_string();
            assert_eq!(problems.lines().next(), Some(expected), "{text:?}");
        }
        assert!(read("a: [1\nb: 2", &file()).is_err());
    }

    /// A list that was never closed was reported on line 2 of a text of one line.
    #[test]
    fn what_is_missing_at_the_end_is_reported_on_the_last_line() {
        for (text, line) in [("a: [1", 1), ("a: [1\n", 1), ("b: 1\na: [1", 2), ("[!$", 1)] {
            let problems = read(text, &file()).unwrap_err();
            let lines: Vec<usize> = problems
                .iter()
                .map(|problem| match problem.place {
                    Some(Place::File { line, .. }) => line,
                    _ => 0,
                })
                .collect();
            assert!(lines.iter().all(|found| *found == line), "{text:?}: {problems}");
        }
    }

    #[test]
    fn an_address_without_quotes_is_answered_with_one_in_quotes() {
        let problems = read("a:\n  addr: [::]:1883\n", &file()).unwrap_err().to_string();
        assert!(problems.starts_with("rmqtt.yaml:2: "), "{problems}");
        assert!(problems.ends_with("; an address such as \"[::]:1883\" stands in quotes"));
        let problems = read("a: [1\nb: 2", &file()).unwrap_err().to_string();
        assert!(!problems.contains("quotes"), "{problems}");
    }

    #[test]
    fn a_section_or_list_is_no_key() {
        for text in ["a: 1\n? [b, c]\n: 2\n", "a: 1\n{b: c}: 2\n", "a: 1\n[b]: 2\n"] {
            let problems = read(text, &file()).unwrap_err().to_string();
            assert_eq!(problems, "rmqtt.yaml:2: expected a key, found a section or list", "{text}");
        }
    }

    /// Each level took room on the stack, and some thousands ended the process.
    #[test]
    fn very_deep_nesting_is_refused_with_its_line() {
        let sections: String =
            (0..3_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
        for (text, line) in [
            (format!("a:\n  {}", "- ".repeat(6_000)), 2),
            (format!("a: {}{}", "[".repeat(99), "]".repeat(99)), 1),
            (sections, 65),
        ] {
            let problems = read(&text, &file()).unwrap_err().to_string();
            let expected = "more than 64 sections and lists in one another";
            assert_eq!(problems, format!("rmqtt.yaml:{line}: {expected}"));
        }
    }
}
