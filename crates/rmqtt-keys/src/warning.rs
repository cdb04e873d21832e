//! What a configuration may say without any effect.

use std::fmt;

use crate::key_path::KeyPath;
use crate::place::Place;
use crate::problem::{shortened, write_line};

/// Something that is accepted and that its writer should know about. Displayed as
/// `place: key: what`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where it stands; `None` for what was not written anywhere.
    pub place: Option<Place>,
    /// The key that it is about.
    pub key: Option<KeyPath>,
    /// What happens, and what to do.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        if let Some(key) = &self.key {
            write!(f, "{}: ", shortened(key.to_string()))?;
        }
        write_line(f, &self.message)
    }
}
