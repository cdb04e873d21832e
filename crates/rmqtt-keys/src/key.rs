//! What a read says of the key that it asks for.

/// A key of a section: its name, what it means, and what else a reader of the documentation has to
/// know. Made with [`key()`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key<'a> {
    pub(crate) name: &'a str,
    pub(crate) meaning: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) secret: bool,
    pub(crate) pending: Option<&'static str>,
}

/// A key of this name, and one sentence that says what it means.
#[must_use]
pub fn key<'a>(name: &'a str, meaning: &'static str) -> Key<'a> {
    Key { name, meaning, unit: "", secret: false, pending: None }
}

impl Key<'_> {
    /// What a number counts, such as `messages` or `s`.
    #[must_use]
    pub fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// Its value is never printed.
    #[must_use]
    pub fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    /// It is read and judged, and acts only on what this build does not have: `brings` names that.
    /// One who writes another value than the default is warned.
    #[must_use]
    pub fn pending(self, brings: &'static str) -> Self {
        Self { pending: Some(brings), ..self }
    }
}
