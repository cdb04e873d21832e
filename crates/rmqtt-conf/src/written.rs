//! What the user wrote: raw values, each with its key and where it stands.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use crate::key_path::KeyPath;
use crate::problem::{Place, Problem, Problems};

/// A value as it was written, before anyone asked what it means.
#[derive(Clone, Debug, PartialEq)]
pub enum RawValue {
    /// A string.
    Text(String),
    /// An integer, in its decimal form: it may be larger than any integer type.
    Integer(String),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A date or a time, which no key takes.
    Datetime(String),
    /// A list.
    List(Vec<Self>),
    /// A section; what it holds stands under its own key paths.
    Section,
}

impl fmt::Display for RawValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Integer(digits) => f.write_str(digits),
            Self::Float(number) => write!(f, "{number:?}"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Datetime(text) => f.write_str(text),
            Self::List(_) => f.write_str("a list"),
            Self::Section => f.write_str("a section"),
        }
    }
}

/// A raw value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct WrittenValue {
    /// The value.
    pub value: RawValue,
    /// Where its key stands.
    pub place: Place,
}

impl WrittenValue {
    /// Is it a section, whose keys stand under their own paths?
    #[must_use]
    pub fn is_section(&self) -> bool {
        self.value == RawValue::Section
    }
}

/// Everything that was written, by key path.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    entries: BTreeMap<KeyPath, WrittenValue>,
}

impl Written {
    /// Reads a TOML file.
    ///
    /// # Errors
    /// The file cannot be read, or every syntax error in it. What a broken line meant is not
    /// guessed, so nothing else is judged before the syntax is right.
    pub fn from_file(path: &Path) -> Result<Self, Problems> {
        let file: Arc<Path> = Arc::from(path);
        match fs::read_to_string(path) {
            Ok(text) => Self::from_toml(&text, &file),
            Err(error) => {
                let mut problems = Problems::default();
                problems.push(Problem {
                    place: Some(Place { file, line: 0 }),
                    key: None,
                    message: format!("cannot be read: {error}"),
                });
                problems.into_result(Self::default())
            }
        }
    }

    /// Reads TOML text; `file` is the name that problems cite.
    ///
    /// # Errors
    /// Every syntax error.
    pub fn from_toml(text: &str, file: &Arc<Path>) -> Result<Self, Problems> {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut problems = Problems::default();
        for error in &errors {
            let start = error.span().map_or(0, |span| span.start);
            let message = error.message().replace('\n', "; ");
            let place = Some(Place { file: Arc::clone(file), line: line_of(text, start) });
            problems.push(Problem { place, key: None, message });
        }
        let mut written = Self::default();
        let source = Source { text, file };
        written.add_table(table.get_ref(), &KeyPath::default(), &source);
        problems.into_result(written)
    }

    /// The value under a key, or the section of that name.
    #[must_use]
    pub fn get(&self, path: &KeyPath) -> Option<&WrittenValue> {
        self.entries.get(path)
    }

    /// All keys and sections; a section comes before what it holds.
    pub fn iter(&self) -> impl Iterator<Item = (&KeyPath, &WrittenValue)> {
        self.entries.iter()
    }

    fn add_table(&mut self, table: &DeTable<'_>, path: &KeyPath, source: &Source<'_>) {
        for (key, value) in table {
            let path = path.child(key.get_ref());
            let written =
                WrittenValue { value: raw(value.get_ref()), place: source.place(key.span()) };
            self.entries.insert(path.clone(), written);
            if let DeValue::Table(inner) = value.get_ref() {
                self.add_table(inner, &path, source);
            }
        }
    }
}

/// The text that is read and its name.
struct Source<'a> {
    text: &'a str,
    file: &'a Arc<Path>,
}

impl Source<'_> {
    fn place(&self, span: Range<usize>) -> Place {
        Place { file: Arc::clone(self.file), line: line_of(self.text, span.start) }
    }
}

fn raw(value: &DeValue<'_>) -> RawValue {
    match value {
        DeValue::String(text) => RawValue::Text(text.to_string()),
        DeValue::Integer(integer) => RawValue::Integer(decimal(integer.as_str(), integer.radix())),
        DeValue::Float(float) => float
            .as_str()
            .parse()
            .map_or_else(|_| RawValue::Text(float.as_str().to_owned()), RawValue::Float),
        DeValue::Boolean(value) => RawValue::Boolean(*value),
        DeValue::Datetime(datetime) => RawValue::Datetime(datetime.to_string()),
        DeValue::Array(items) => {
            RawValue::List(items.iter().map(|item| raw(item.get_ref())).collect())
        }
        DeValue::Table(_) => RawValue::Section,
    }
}

/// The integer in base ten; one that 128 bits do not hold keeps its own digits, which no key
/// accepts either.
fn decimal(digits: &str, radix: u32) -> String {
    i128::from_str_radix(digits, radix)
        .map_or_else(|_| digits.to_owned(), |value| value.to_string())
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Written, Problems> {
        Written::from_toml(text, &Arc::from(Path::new("rmqtt.toml")))
    }

    #[test]
    fn every_value_keeps_its_key_and_line() {
        let written =
            read("\n[listener.tcp.\"a.b\"]\naddr = \"[::]:1883\"\nmax_inflight = 0x10\n").unwrap();
        let section = KeyPath::from("listener.tcp").child("a.b");
        let addr = written.get(&section.child("addr")).unwrap();
        assert_eq!((&addr.value, addr.place.line), (&RawValue::Text("[::]:1883".into()), 3));
        let inflight = written.get(&section.child("max_inflight")).unwrap();
        assert_eq!((&inflight.value, inflight.place.line), (&RawValue::Integer("16".into()), 4));
        let table = written.get(&section).unwrap();
        assert_eq!((&table.value, table.place.line), (&RawValue::Section, 2));
    }

    #[test]
    fn all_syntax_errors_are_reported_with_their_lines() {
        let problems = read("a = \nb = 1\nc = \"x\n").unwrap_err();
        let lines: Vec<usize> =
            problems.iter().map(|problem| problem.place.as_ref().unwrap().line).collect();
        assert_eq!(lines, [1, 3], "{problems}");
        assert!(problems.iter().all(|problem| !problem.message.contains('\n')));
    }

    #[test]
    fn a_file_that_is_missing_is_a_problem_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none.toml");
        let problems = Written::from_file(&path).unwrap_err().to_string();
        let start = format!("{}: cannot be read: ", path.display());
        assert!(problems.starts_with(&start), "{problems}");
    }
}
