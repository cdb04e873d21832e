//! Asks the written configuration for keys, and collects what is wrong with the answers.
//!
//! The keys that exist are the keys that were asked for: there is no second list of them that could
//! drift from the code that reads them.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use crate::choice::Choice;
use crate::duration::parse_duration;
use crate::key_path::KeyPath;
use crate::nearest::nearest_key;
use crate::not_yet;
use crate::problem::{Problem, Problems};
use crate::size::parse_size;
use crate::written::{RawValue, Written, WrittenValue};

/// One reading of a configuration.
pub(crate) struct Reader<'w> {
    written: &'w Written,
    asked: BTreeSet<KeyPath>,
    problems: Problems,
}

impl<'w> Reader<'w> {
    pub(crate) fn new(written: &'w Written) -> Self {
        Self { written, asked: BTreeSet::new(), problems: Problems::default() }
    }

    /// The keys below `path`.
    pub(crate) fn section(&mut self, path: KeyPath) -> Section<'_, 'w> {
        Section { reader: self, path }
    }

    /// The names of the sections that the user wrote below `path`.
    pub(crate) fn names_below(&mut self, path: &KeyPath) -> Vec<String> {
        self.asked.insert(path.clone());
        if let Some(entry) = self.written.get(path).filter(|entry| !entry.is_section()) {
            self.expected(path, entry, "a section");
        }
        let mut names = Vec::new();
        for (key, entry) in self.written.iter() {
            if key.parts().len() != path.parts().len() + 1 || !path.is_prefix_of(key) {
                continue;
            }
            self.asked.insert(key.clone());
            if entry.is_section() {
                names.push(key.last().to_owned());
            } else {
                self.expected(key, entry, "a section");
            }
        }
        names
    }

    /// Did the user write this key, rightly or wrongly?
    pub(crate) fn is_written(&self, key: &KeyPath) -> bool {
        self.written.get(key).is_some()
    }

    /// A problem of a key; without an entry of that key it is placed at the nearest section around
    /// it that was written.
    pub(crate) fn problem(&mut self, key: &KeyPath, message: impl Into<String>) {
        let place = (0..=key.parts().len())
            .rev()
            .find_map(|len| self.written.get(&key.truncated(len)))
            .map(|entry| entry.place.clone());
        self.problems.push(Problem { place, key: Some(key.clone()), message: message.into() });
    }

    /// Adds what nobody asked for, then yields the value or all problems.
    pub(crate) fn finish<T>(mut self, value: T) -> Result<T, Problems> {
        let mut refused: Option<&KeyPath> = None;
        for (path, entry) in self.written.iter() {
            if refused.is_some_and(|section| section.is_prefix_of(path)) {
                continue;
            }
            if self.asked.contains(path) {
                continue;
            }
            if self.asked.iter().any(|asked| path.is_prefix_of(asked)) {
                if !entry.is_section() {
                    self.expected(path, entry, "a section");
                }
                continue;
            }
            refused = Some(path);
            let message = self.unknown(path);
            let place = Some(entry.place.clone());
            self.problems.push(Problem { place, key: Some(path.clone()), message });
        }
        self.problems.into_result(value)
    }

    fn unknown(&self, path: &KeyPath) -> String {
        if not_yet::is_not_yet(path) {
            return "this build does not have it yet".to_owned();
        }
        let mut known: BTreeSet<KeyPath> = not_yet::candidates(path).collect();
        for asked in &self.asked {
            known.extend((1..=asked.parts().len()).map(|len| asked.truncated(len)));
        }
        match nearest_key(path, &known) {
            Some(nearest) => format!("unknown key, the nearest known one is {nearest}"),
            None => "unknown key".to_owned(),
        }
    }

    fn expected(&mut self, key: &KeyPath, entry: &WrittenValue, expected: &str) {
        self.problems.push(Problem {
            place: Some(entry.place.clone()),
            key: Some(key.clone()),
            message: format!("expected {expected}, found {}", entry.value),
        });
    }
}

/// The keys of one section. Every method yields the default for a key that is absent, and for one
/// that is wrong, after the problem has been noted.
pub(crate) struct Section<'r, 'w> {
    reader: &'r mut Reader<'w>,
    path: KeyPath,
}

impl Section<'_, '_> {
    /// The path of one of its keys.
    pub(crate) fn key(&self, name: &str) -> KeyPath {
        self.path.child(name)
    }

    /// Notes a problem of one of its keys.
    pub(crate) fn problem(&mut self, name: &str, message: impl Into<String>) {
        let key = self.key(name);
        self.reader.problem(&key, message);
    }

    pub(crate) fn boolean(&mut self, name: &str, default: bool) -> bool {
        self.optional_boolean(name).unwrap_or(default)
    }

    pub(crate) fn optional_boolean(&mut self, name: &str) -> Option<bool> {
        self.read(name, "true or false", |value| match value {
            RawValue::Boolean(value) => Some(*value),
            _ => None,
        })
    }

    pub(crate) fn integer<T>(&mut self, name: &str, range: RangeInclusive<T>, default: T) -> T
    where
        T: Copy + PartialOrd + FromStr + fmt::Display,
    {
        self.optional_integer(name, range).unwrap_or(default)
    }

    pub(crate) fn optional_integer<T>(&mut self, name: &str, range: RangeInclusive<T>) -> Option<T>
    where
        T: Copy + PartialOrd + FromStr + fmt::Display,
    {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        self.read(name, &expected, |value| match value {
            RawValue::Integer(digits) => digits.parse().ok().filter(|n| range.contains(n)),
            _ => None,
        })
    }

    pub(crate) fn number(&mut self, name: &str, range: RangeInclusive<f32>, default: f32) -> f32 {
        let expected = format!("a number from {} to {}", range.start(), range.end());
        let number = self.read(name, &expected, |value| {
            let number: f32 = match value {
                RawValue::Float(_) | RawValue::Integer(_) => value.to_string().parse().ok()?,
                _ => return None,
            };
            range.contains(&number).then_some(number)
        });
        number.unwrap_or(default)
    }

    pub(crate) fn choice<T: Choice>(&mut self, name: &str, default: T) -> T {
        let word = self.read(name, &T::expected(), |value| match value {
            RawValue::Text(word) => T::from_word(word),
            _ => None,
        });
        word.unwrap_or(default)
    }

    /// A text that is not empty and at most `bytes_max` long.
    pub(crate) fn optional_text(&mut self, name: &str, bytes_max: usize) -> Option<String> {
        let expected = format!("a text of 1 to {bytes_max} bytes");
        self.read(name, &expected, |value| match value {
            RawValue::Text(text) if (1..=bytes_max).contains(&text.len()) => Some(text.clone()),
            _ => None,
        })
    }

    pub(crate) fn socket_addr(&mut self, name: &str) -> Option<SocketAddr> {
        self.read(name, "an address and port such as \"0.0.0.0:1883\"", |value| match value {
            RawValue::Text(text) => text.parse().ok(),
            _ => None,
        })
    }

    pub(crate) fn duration(&mut self, name: &str, default: Duration) -> Duration {
        self.optional_duration(name).unwrap_or(default)
    }

    pub(crate) fn optional_duration(&mut self, name: &str) -> Option<Duration> {
        self.parsed_text(name, "a duration such as \"1h30m15s\"", |text| {
            parse_duration(text).map_err(|error| error.to_string())
        })
    }

    /// A size in bytes, at most `max`.
    pub(crate) fn size(&mut self, name: &str, max: u64, default: u64) -> u64 {
        let size = self.parsed_text(name, "a size such as \"1M\"", |text| match parse_size(text) {
            Ok(bytes) if bytes <= max => Ok(bytes),
            Ok(bytes) => Err(format!("expected at most {max} bytes, found {bytes}")),
            Err(error) => Err(error.to_string()),
        });
        size.unwrap_or(default)
    }

    fn parsed_text<T>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.read(name, expected, |value| match value {
            RawValue::Text(text) => Some(text.clone()),
            _ => None,
        })?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(message) => {
                self.problem(name, format!("{message} in {text:?}"));
                None
            }
        }
    }

    fn read<T>(
        &mut self,
        name: &str,
        expected: &str,
        accept: impl FnOnce(&RawValue) -> Option<T>,
    ) -> Option<T> {
        let key = self.key(name);
        let entry = self.reader.written.get(&key);
        self.reader.asked.insert(key.clone());
        let entry = entry?;
        let accepted = accept(&entry.value);
        if accepted.is_none() {
            self.reader.expected(&key, entry, expected);
        }
        accepted
    }
}
