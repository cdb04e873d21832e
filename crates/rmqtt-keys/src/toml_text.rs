//! TOML as written values.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use crate::key_path::KeyPath;
use crate::place::Place;
use crate::problem::{Problem, Problems};
use crate::raw_value::RawValue;
use crate::written::{Written, WrittenValue};

/// Reads TOML text.
pub(crate) fn read(text: &str, file: &Arc<Path>) -> Result<Written, Problems> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let line_ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
    let source = Source { line_ends: line_ends.map(|(at, _)| at).collect(), file };
    let mut problems = Problems::default();
    for error in &errors {
        let place = Some(source.place(error.span().unwrap_or(0..0)));
        let message = error.message().replace('\n', "; ");
        problems.push(Problem { place, key: None, message });
    }
    let mut written = Written::default();
    source.add_table(table.get_ref(), &KeyPath::default(), &mut written);
    problems.into_result(written)
}

/// The name of the text that is read, and where its lines end.
struct Source<'a> {
    line_ends: Vec<usize>,
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
        let line = 1 + self.line_ends.partition_point(|end| *end < span.start);
        Place::File { file: Arc::clone(self.file), line }
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
}
