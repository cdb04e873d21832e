//! What the user wrote: raw values, each with its key and where it stands.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::key_path::KeyPath;
use crate::place::Place;
use crate::problem::Problems;
use crate::raw_value::RawValue;
use crate::warning::Warning;
use crate::{toml_text, yaml_text};

mod file;

/// A raw value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct WrittenValue {
    /// The value.
    pub value: RawValue,
    /// Where its key stands.
    pub place: Place,
}

impl WrittenValue {
    /// Is it a section, whose keys stand under their own paths? A key without a value is an empty
    /// one where a section is expected.
    #[must_use]
    pub fn is_section(&self) -> bool {
        matches!(self.value, RawValue::Section | RawValue::Nothing)
    }
}

/// Everything that was written, by key path.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    pub(crate) entries: BTreeMap<KeyPath, WrittenValue>,
    /// What was noticed while it was put together.
    pub(crate) warnings: Vec<Warning>,
}

impl Written {
    /// Reads TOML text; `file` is the name that problems cite.
    ///
    /// # Errors
    /// Every syntax error.
    pub fn from_toml(text: &str, file: &Arc<Path>) -> Result<Self, Problems> {
        toml_text::read(text, file)
    }

    /// Reads JSON text; `file` is the name that problems cite.
    ///
    /// # Errors
    /// The first syntax error.
    pub fn from_json(text: &str, file: &Arc<Path>) -> Result<Self, Problems> {
        yaml_text::read_json(text, file)
    }

    /// Reads YAML text: one document, the core schema, without anchors and tags; `file` is the name
    /// that problems cite.
    ///
    /// # Errors
    /// The first syntax error, and everything that is YAML and not read.
    pub fn from_yaml(text: &str, file: &Arc<Path>) -> Result<Self, Problems> {
        yaml_text::read(text, file)
    }

    /// Lays what a later source says over this one. The later wins key by key; a list is replaced
    /// as a whole.
    pub fn merge(&mut self, later: Self) {
        for (path, entry) in later.entries {
            match self.entries.get(&path) {
                Some(before) if before.is_section() && entry.value == RawValue::Section => {
                    if before.value == RawValue::Nothing {
                        self.entries.insert(path, entry);
                    }
                }
                _ => {
                    self.remove_below(&path);
                    self.entries.insert(path, entry);
                }
            }
        }
        self.warnings.extend(later.warnings);
    }

    /// Writes one key, in place of what was written there before; the sections around it come into
    /// being with it.
    pub fn set(&mut self, path: &KeyPath, value: RawValue, place: Place) {
        for len in 1..path.parts().len() {
            let around = path.truncated(len);
            if self.entries.get(&around).is_none_or(|entry| entry.value != RawValue::Section) {
                self.remove_below(&around);
                let section = WrittenValue { value: RawValue::Section, place: place.clone() };
                self.entries.insert(around, section);
            }
        }
        self.remove_below(path);
        self.entries.insert(path.clone(), WrittenValue { value, place });
    }

    /// The value under a key, or the section of that name.
    #[must_use]
    pub fn get(&self, path: &KeyPath) -> Option<&WrittenValue> {
        self.entries.get(path)
    }

    /// Is nothing written at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All keys and sections; a section comes before what it holds.
    pub fn iter(&self) -> impl Iterator<Item = (&KeyPath, &WrittenValue)> {
        self.entries.iter()
    }

    fn remove_below(&mut self, path: &KeyPath) {
        self.entries.retain(|key, _| key == path || !path.is_prefix_of(key));
    }
}

#[cfg(test)]
mod tests;
