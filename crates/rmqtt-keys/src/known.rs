//! What a key that nobody asked for may have been meant to be.

use std::collections::BTreeSet;

use crate::catalogue::{Catalogue, in_place_of};
use crate::key_path::KeyPath;
use crate::nearest::nearest_key;

/// The keys that exist, and the sections around them, with `*` for any name.
pub(crate) struct Known(BTreeSet<KeyPath>);

impl Known {
    pub(crate) fn of(catalogue: &Catalogue) -> Self {
        let around = |path: &KeyPath| {
            let path = path.clone();
            (1..=path.parts().len()).map(move |len| path.truncated(len))
        };
        Self(catalogue.iter().flat_map(|entry| around(&entry.path)).collect())
    }

    /// What is said of a key that is none of them.
    pub(crate) fn unknown(&self, path: &KeyPath) -> String {
        let known: BTreeSet<KeyPath> =
            self.0.iter().map(|pattern| in_place_of(pattern, path)).collect();
        match nearest_key(path, &known) {
            Some(nearest) => format!("unknown key, the nearest known one is {nearest}"),
            None => "unknown key".to_owned(),
        }
    }
}
