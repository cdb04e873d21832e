//! What the user wrote: raw values, each with its key and where it stands.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::key_path::KeyPath;
use crate::place::Place;
use crate::problem::Problems;
use crate::raw_value::RawValue;
use crate::warning::Warning;
use crate::{json_text, toml_text, yaml_text};

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
        json_text::read(text, file)
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
    /// as a whole. A section that says nothing takes nothing away from an earlier one.
    pub fn merge(&mut self, later: Self) {
        for (path, entry) in later.entries {
            match self.entries.get(&path) {
                Some(before) if before.is_section() && entry.is_section() => {
                    if before.value == RawValue::Nothing {
                        self.entries.insert(path, entry);
                    }
                }
                // A variable that is spelt like a section: whoever reads the section passes it over.
                Some(WrittenValue { place: Place::Environment(_), .. }) if entry.is_section() => {}
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

    /// Notes a warning of something that is no key.
    pub fn add_warning(&mut self, warning: Warning) {
        self.warnings.push(warning);
    }

    /// What of it stands in a section, and the section itself.
    #[must_use]
    pub fn part(&self, section: &KeyPath) -> Self {
        let entries = self.below(section).map(|(path, entry)| (path.clone(), entry.clone()));
        Self { entries: entries.collect(), warnings: Vec::new() }
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

    /// What stands at a path and below it; a section comes before what it holds.
    pub(crate) fn below(
        &self,
        section: &KeyPath,
    ) -> impl Iterator<Item = (&KeyPath, &WrittenValue)> {
        // The order of paths has all that begin with one directly behind it.
        self.entries.range(section..).take_while(|(path, _)| section.is_prefix_of(path))
    }

    /// The names directly below a section that are wanted, in their order.
    pub(crate) fn names_below(
        &self,
        section: &KeyPath,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        let depth = section.parts().len();
        let mut names: Vec<String> = Vec::new();
        for (path, _) in self.below(section) {
            if let Some(name) = path.parts().get(depth)
                && names.last() != Some(name)
                && is_wanted(name)
            {
                names.push(name.clone());
            }
        }
        names
    }

    pub(crate) fn remove_below(&mut self, path: &KeyPath) {
        let below = self.below(path).filter(|(key, _)| *key != path);
        let removed: Vec<KeyPath> = below.map(|(key, _)| key.clone()).collect();
        for key in removed {
            self.entries.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests;
