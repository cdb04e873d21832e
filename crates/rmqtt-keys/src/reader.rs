//! Asks the written configuration for keys, and collects what is wrong with the answers.

use std::collections::BTreeSet;

use crate::catalogue::Catalogue;
use crate::effective::Effective;
use crate::key_path::{ANY, KeyPath};
use crate::known::Known;
use crate::place::Place;
use crate::problem::{Problem, Problems, shortened};
use crate::section::Section;
use crate::warning::Warning;
use crate::written::{Written, WrittenValue};

/// Unknown keys that are told one by one. More are the sign of a file of another program.
const UNKNOWN_KEYS_MAX: usize = 100;

/// One reading of a configuration.
#[derive(Debug)]
pub struct Reader<'w> {
    pub(crate) written: &'w Written,
    pub(crate) catalogue: Catalogue,
    pub(crate) effective: Effective,
    asked: BTreeSet<KeyPath>,
    problems: Problems,
    warnings: Vec<Warning>,
    /// What was warned of already: a key that stands in many sections is worth one line.
    warned: BTreeSet<String>,
}

/// What a reading has brought.
#[derive(Clone, Debug, PartialEq)]
pub struct Read<T> {
    /// What the configuration means.
    pub value: T,
    /// What it says without effect.
    pub warnings: Vec<Warning>,
    /// The keys that exist.
    pub catalogue: Catalogue,
    /// The values that hold, and where they come from.
    pub effective: Effective,
}

impl<'w> Reader<'w> {
    /// A reading that has asked for nothing yet.
    #[must_use]
    pub fn new(written: &'w Written) -> Self {
        Self {
            written,
            catalogue: Catalogue::default(),
            effective: Effective::default(),
            asked: BTreeSet::new(),
            problems: Problems::default(),
            warnings: written.warnings.clone(),
            warned: BTreeSet::new(),
        }
    }

    /// The keys below `path`. The empty path is the outermost section, in which a plugin's keys
    /// stand.
    pub fn section(&mut self, path: impl Into<KeyPath>) -> Section<'_, 'w> {
        let path = path.into();
        Section::new(self, path.clone(), path)
    }

    /// The keys of a section whose name its writer chose: one of [`Reader::names_below`].
    pub fn named_section(&mut self, around: &KeyPath, name: &str) -> Section<'_, 'w> {
        Section::new(self, around.child(name), around.child(ANY))
    }

    /// The keys that a section with a chosen name would have: they come into the catalogue, and
    /// nothing that was written is read. Without it a kind of section that nobody wrote would be
    /// missing there.
    pub fn declared_section(&mut self, around: &KeyPath) -> Section<'_, 'w> {
        Section::declaring(self, around.child(ANY))
    }

    /// The names of the sections that were written below `path`.
    pub fn names_below(&mut self, path: &KeyPath) -> Vec<String> {
        self.asked.insert(path.clone());
        if let Some(entry) = self.written.get(path).filter(|entry| !entry.is_section()) {
            self.expected(path, entry, "a section");
        }
        let mut names = self.written.names_below(path, |_| true);
        names.retain(|name| {
            let key = path.child(name);
            self.asked.insert(key.clone());
            let Some(entry) = self.written.get(&key) else { return true };
            if !entry.is_section() {
                self.expected(&key, entry, "a section");
            }
            // A variable that is spelt like a section keeps nobody from writing that section.
            entry.is_section() || self.written.below(&key).nth(1).is_some()
        });
        names
    }

    /// Was this key written, rightly or wrongly?
    #[must_use]
    pub fn is_written(&self, key: &KeyPath) -> bool {
        self.written.get(key).is_some()
    }

    /// Notes a problem of a key; one that was not written is placed at the nearest section around
    /// it that was.
    pub fn problem(&mut self, key: &KeyPath, message: impl Into<String>) {
        let place = self.place_of(key);
        self.problems.push(Problem { place, key: Some(key.clone()), message: message.into() });
    }

    /// Notes a problem of something that is no key.
    pub fn add_problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Notes a warning of something that is no key.
    pub fn add_warning(&mut self, warning: Warning) {
        self.warnings.push(warning);
    }

    /// Notes a warning of a key.
    pub fn warn(&mut self, key: &KeyPath, message: impl Into<String>) {
        let place = self.place_of(key);
        self.warnings.push(Warning { place, key: Some(key.clone()), message: message.into() });
    }

    /// Notes what was written and nobody asked for, then yields the value.
    ///
    /// # Errors
    /// All problems.
    pub fn finish<T>(mut self, value: T) -> Result<Read<T>, Problems> {
        let unknown = self.unknown_keys();
        let known = Known::of(&self.catalogue);
        for (index, (path, entry)) in unknown.iter().take(UNKNOWN_KEYS_MAX + 1).enumerate() {
            let (place, key) = (Some(entry.place.clone()), Some((*path).clone()));
            let message = match unknown.len() - index {
                left if index == UNKNOWN_KEYS_MAX => format!("unknown key, and {} more", left - 1),
                _ => known.unknown(path),
            };
            match entry.place {
                // The environment is shared with other programs.
                Place::Environment(_) => {
                    let message = format!("{message}; it has no effect");
                    self.warnings.push(Warning { place, key, message });
                }
                Place::File { .. } | Place::CommandLine(_) => {
                    self.problems.push(Problem { place, key, message });
                }
            }
        }
        let Self { problems, warnings, catalogue, effective, .. } = self;
        problems.into_result(Read { value, warnings, catalogue, effective })
    }

    pub(crate) fn ask(&mut self, key: &KeyPath) -> Option<&'w WrittenValue> {
        self.asked.insert(key.clone());
        self.written.get(key)
    }

    pub(crate) fn expected(&mut self, key: &KeyPath, entry: &WrittenValue, expected: &str) {
        let place = Some(entry.place.clone());
        if matches!(entry.place, Place::Environment(_)) && expected == "a section" {
            let message = "is a section, no key; it has no effect".to_owned();
            self.warnings.push(Warning { place, key: Some(key.clone()), message });
            return;
        }
        // Where sections are expected, what was found may be a secret of one of their keys.
        let found = match expected {
            "a section" | "a list of sections" => entry.value.kind().to_owned(),
            _ => shortened(entry.value.to_string()),
        };
        let message = format!("expected {expected}, found {found}");
        self.problems.push(Problem { place, key: Some(key.clone()), message });
    }

    /// A warning that is given once, whichever keys it is about.
    pub(crate) fn warn_once(&mut self, about: String, key: &KeyPath, message: String) {
        if self.warned.insert(about) {
            self.warn(key, message);
        }
    }

    fn place_of(&self, key: &KeyPath) -> Option<Place> {
        (0..=key.parts().len())
            .rev()
            .find_map(|len| self.written.get(&key.truncated(len)))
            .map(|entry| entry.place.clone())
    }

    /// What nobody asked for, without what stands below such a key, in the order of the places.
    fn unknown_keys(&mut self) -> Vec<(&'w KeyPath, &'w WrittenValue)> {
        let mut unknown: Vec<(&KeyPath, &WrittenValue)> = Vec::new();
        for (path, entry) in self.written.iter() {
            let is_below_last = unknown.last().is_some_and(|(last, _)| last.is_prefix_of(path));
            if is_below_last || self.asked.contains(path) {
                continue;
            }
            // The order of paths has all that begin with one directly behind it.
            let is_around = self.asked.range(path..).next().is_some_and(|k| path.is_prefix_of(k));
            if !is_around {
                unknown.push((path, entry));
            } else if !entry.is_section() {
                self.expected(path, entry, "a section");
            }
        }
        unknown.sort_by(|(_, a), (_, b)| a.place.cmp(&b.place));
        unknown
    }
}

#[cfg(test)]
mod tests;
