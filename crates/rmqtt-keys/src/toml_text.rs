//! TOML as written values.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use crate::key_path::KeyPath;
use crate::line_index::LineIndex;
use crate::place::Place;
use crate::problem::{Problem, Problems, shortened};
use crate::raw_value::RawValue;
use crate::written::{Written, WrittenValue};

/// Reads TOML text.
pub(crate) fn read(text: &str, file: &Arc<Path>) -> Result<Written, Problems> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let source = Source { lines: LineIndex::of(text), file };
    let mut problems = Problems::default();
    for error in errors.iter().take(ERRORS_MAX) {
        let span = error.span().unwrap_or(0..0);
        let message = match error.message() {
            DUPLICATE => format!("{} is written twice", key_of_line(text, span.start)),
            message => message.replace('\n', "; "),
        };
        problems.push(Problem { place: Some(source.place(span)), key: None, message });
    }
    if let Some(error) = errors.get(ERRORS_MAX) {
        let place = Some(source.place(error.span().unwrap_or(0..0)));
        let message = format!("and {} more errors", errors.len() - ERRORS_MAX);
        problems.push(Problem { place, key: None, message });
    }
    let mut written = Written::default();
    source.add_table(table.get_ref(), &KeyPath::default(), &mut written);
    problems.into_result(written)
}

/// Errors that are told one by one.
const ERRORS_MAX: usize = 100;

/// What the parser says of a key that is there already, without its name.
const DUPLICATE: &str = "duplicate key";

/// The header of a section, or the key of the line, at this place.
fn key_of_line(text: &str, at: usize) -> String {
    let (before, behind) = text.split_at_checked(at).unwrap_or((text, ""));
    let begin = before.rfind('\n').map_or(0, |end| end + 1);
    let line = format!("{}{}", &before[begin..], behind.lines().next().unwrap_or_default());
    let is_header = line.trim_start().starts_with('[');
    let end = if is_header { line.rfind(']').map(|end| end + 1) } else { line.find('=') };
    shortened(line[..end.unwrap_or(line.len())].trim().to_owned())
}

/// The name of the text that is read, and its lines.
struct Source<'a> {
    lines: LineIndex,
    file: &'a Arc<Path>,
}

impl Source<'_> {
    fn add_table(&self, table: &DeTable<'_>, path: &KeyPath, written: &mut Written) {
        for (key, value) in table {
            let path = path.child(key.get_ref());
            let place = self.place(key.span());
            let entry = WrittenValue { value: raw(value.get_ref()), place };
            written.entries.insert(path.clone(), entry);
            self.add_below(value.get_ref(), &path, written);
        }
    }

    /// What stands in a table, and in the tables of a list.
    fn add_below(&self, value: &DeValue<'_>, path: &KeyPath, written: &mut Written) {
        match value {
            DeValue::Table(inner) => self.add_table(inner, path, written),
            DeValue::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let path = path.item(index);
                    if matches!(item.get_ref(), DeValue::Table(_)) {
                        let place = self.place(item.span());
                        let entry = WrittenValue { value: RawValue::Section, place };
                        written.entries.insert(path.clone(), entry);
                    }
                    self.add_below(item.get_ref(), &path, written);
                }
            }
            _ => {}
        }
    }

    fn place(&self, span: Range<usize>) -> Place {
        Place::File { file: Arc::clone(self.file), line: self.lines.line(span.start) }
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
pub(crate) fn decimal(digits: &str, radix: u32) -> String {
    i128::from_str_radix(digits, radix)
        .map_or_else(|_| digits.to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Written, Problems> {
        read(text, &Arc::from(Path::new("rmqtt.toml")))
    }

    fn line(entry: &WrittenValue) -> usize {
        match entry.place {
            Place::File { line, .. } => line,
            _ => 0,
        }
    }

    #[test]
    fn every_value_keeps_its_key_and_line() {
        let text = "\n[listener.tcp.\"a.b\"]\naddr = \"[::]:1883\"\nmax_inflight = 0x10\n";
        let written = read_text(text).unwrap();
        let section = KeyPath::from("listener.tcp").child("a.b");
        let addr = written.get(&section.child("addr")).unwrap();
        assert_eq!((&addr.value, line(addr)), (&RawValue::Text("[::]:1883".into()), 3));
        let inflight = written.get(&section.child("max_inflight")).unwrap();
        assert_eq!((&inflight.value, line(inflight)), (&RawValue::Integer("16".into()), 4));
        let table = written.get(&section).unwrap();
        assert_eq!((&table.value, line(table)), (&RawValue::Section, 2));
    }

    #[test]
    fn the_tables_of_a_list_stand_under_its_items() {
        let written = read_text("[[rules]]\na = 1\n[[rules]]\nb = [[{ c = 2 }]]\n").unwrap();
        let shown: Vec<String> = written
            .iter()
            .map(|(path, entry)| format!("{path} = {} ({})", entry.value, line(entry)))
            .collect();
        assert_eq!(
            shown,
            [
                "rules = [a section, a section] (1)",
                "rules[0] = a section (1)",
                "rules[0].a = 1 (2)",
                "rules[1] = a section (3)",
                "rules[1].b = [[a section]] (4)",
                "rules[1].b[0][0] = a section (4)",
                "rules[1].b[0][0].c = 2 (4)",
            ]
        );
    }

    #[test]
    fn all_syntax_errors_are_reported_with_their_lines() {
        let problems = read_text("a = \nb = 1\nc = \"x\n").unwrap_err();
        let text = problems.to_string();
        let lines: Vec<&str> = text.lines().map(|line| &line[..12]).collect();
        assert_eq!(lines, ["rmqtt.toml:1", "rmqtt.toml:3"], "{text}");
    }

    #[test]
    fn what_is_written_twice_is_named() {
        for (text, expected) in [
            ("[l.a] # one\nx = 1\n[l.a] # two\n", "3: [l.a] is written twice"),
            ("[l]\na.b = 1\n a.b = \"opensesame\"\n", "3: a.b is written twice"),
            ("[[l]]\n[l]\n", "2: [l] is written twice"),
        ] {
            let problems = read_text(text).unwrap_err().to_string();
            assert_eq!(problems, format!("rmqtt.toml:{expected}"), "{text}");
        }
    }

    #[test]
    fn of_very_many_errors_the_first_are_told_and_the_others_counted() {
        let problems = read_text(&"a = \n".repeat(300)).unwrap_err().to_string();
        assert_eq!(problems.lines().count(), 101);
        let last = problems.lines().last().unwrap();
        assert!(last.starts_with("rmqtt.toml:") && last.ends_with(" more errors"), "{last}");
    }
}
