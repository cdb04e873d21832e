//! The keys that exist, as data.

use std::collections::BTreeSet;

use crate::key_path::{ANY, KeyPath, is_item};

/// Every key that a reader asks for, in the order in which it asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    pub(crate) entries: Vec<CatalogueEntry>,
    paths: BTreeSet<KeyPath>,
}

impl Catalogue {
    /// The keys, in the order in which they are read.
    pub fn iter(&self) -> impl Iterator<Item = &CatalogueEntry> {
        self.entries.iter()
    }

    /// Does it hold this path, with `*` for any name?
    #[must_use]
    pub fn contains(&self, path: &KeyPath) -> bool {
        self.paths.contains(path)
    }

    pub(crate) fn add(&mut self, entry: CatalogueEntry) {
        if self.paths.insert(entry.path.clone()) {
            self.entries.push(entry);
        }
    }
}

/// A key that a reader asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// Where it stands; `*` stands for any name, `[*]` for any item of a list.
    pub path: KeyPath,
    /// What its value has to be.
    pub kind: Kind,
    /// What holds where it is not written.
    pub absent: Absent,
    /// What a number counts; empty where nothing is to be said.
    pub unit: &'static str,
    /// One sentence.
    pub meaning: &'static str,
    /// Is its value never printed?
    pub secret: bool,
    /// Does it act?
    pub status: Status,
}

/// What the value of a key has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Boolean,
    /// A whole number, both bounds included.
    Integer {
        /// The least, in decimal.
        min: String,
        /// The greatest, in decimal.
        max: String,
    },
    /// A number with or without a fraction, both bounds included.
    Number {
        /// The least, in decimal.
        min: String,
        /// The greatest, in decimal.
        max: String,
    },
    /// A text that is not empty.
    Text,
    /// The name of a file or folder.
    Path,
    /// A duration such as `"1h30m15s"`.
    Duration,
    /// A size such as `"2G512M"`.
    Size,
    /// An address and port.
    SocketAddr,
    /// One of these words.
    Choice(Vec<&'static str>),
    /// A text of another form, which this names.
    Form(&'static str),
    /// A list of values.
    List(Box<Self>),
    /// Anything: a key that is accepted without effect.
    Anything,
}

impl Kind {
    /// The type in a few words.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Boolean => "true or false".to_owned(),
            Self::Integer { min, max } => format!("whole number, {min} to {max}"),
            Self::Number { min, max } => format!("number, {min} to {max}"),
            Self::Text => "text".to_owned(),
            Self::Path => "path".to_owned(),
            Self::Duration => "duration".to_owned(),
            Self::Size => "size".to_owned(),
            Self::SocketAddr => "address and port".to_owned(),
            Self::Choice(words) => {
                words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
            }
            Self::Form(form) => (*form).to_owned(),
            Self::List(kind) => format!("list of: {}", kind.describe()),
            Self::Anything => "anything".to_owned(),
        }
    }
}

/// What holds where a key is not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absent {
    /// This value, as TOML writes it.
    Value(String),
    /// What this says.
    Meaning(&'static str),
    /// Its section is refused.
    Required,
}

/// Does a key act?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It does what it says.
    Acts,
    /// It is judged, and acts only on what this build does not have, which is named here.
    Pending(&'static str),
    /// It is accepted and has no effect, for the reason that is given here.
    Retired(&'static str),
}

/// A catalogue's path as a path that could have been written where `place` was.
pub(crate) fn in_place_of(pattern: &KeyPath, place: &KeyPath) -> KeyPath {
    pattern.parts().iter().enumerate().fold(KeyPath::default(), |path, (index, part)| {
        match place.parts().get(index) {
            Some(name) if part == ANY => path.child(name),
            Some(item) if is_item(part) && is_item(item) => path.child(item),
            _ => path.child(part),
        }
    })
}
