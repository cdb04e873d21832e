//! What holds, and where it comes from.

use std::collections::BTreeMap;
use std::fmt;

use crate::key_path::KeyPath;
use crate::place::Place;

/// The value of every key that acts, in the order of the paths. Displayed as a configuration file
/// whose comments say where each value was written; secrets are masked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effective {
    pub(crate) values: BTreeMap<KeyPath, EffectiveValue>,
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveValue {
    /// The value as TOML writes it, masked if it is secret; `None` for a key that has none.
    pub value: Option<String>,
    /// Where it was written; `None` for a default.
    pub place: Option<Place>,
    /// What holds for a key without a value; empty for others.
    pub absent: &'static str,
}

impl Effective {
    /// The values, in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&KeyPath, &EffectiveValue)> {
        self.values.iter()
    }
}

impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (path, effective) in &self.values {
            match (&effective.value, &effective.place) {
                (None, _) => writeln!(f, "# {path} is not set: {}", effective.absent)?,
                (Some(value), None) => writeln!(f, "{path} = {value}   # default")?,
                (Some(value), Some(place)) => writeln!(f, "{path} = {value}   # {place}")?,
            }
        }
        Ok(())
    }
}
