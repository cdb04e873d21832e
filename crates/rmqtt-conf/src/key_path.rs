//! The path of a key: `listener.tcp.external.addr`.

use std::fmt;

/// Where a key stands in the configuration, from the outermost section inwards.
///
/// Displayed as TOML writes it: parts joined by dots, a part that is not a bare key in quotes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyPath(Vec<String>);

impl KeyPath {
    /// The path with one more part at its end.
    #[must_use]
    pub fn child(&self, part: &str) -> Self {
        let mut parts = self.0.clone();
        parts.push(part.to_owned());
        Self(parts)
    }

    /// The parts, outermost first.
    #[must_use]
    pub fn parts(&self) -> &[String] {
        &self.0
    }

    /// The innermost part; empty for the root.
    #[must_use]
    pub fn last(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    /// Is `self` a section that `other` stands in, or `other` itself?
    #[must_use]
    pub fn is_prefix_of(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The first `len` parts.
    pub(crate) fn truncated(&self, len: usize) -> Self {
        Self(self.0.iter().take(len).cloned().collect())
    }
}

impl From<&str> for KeyPath {
    /// Splits at dots; for paths that the program knows, none of which has a quoted part.
    fn from(dotted: &str) -> Self {
        Self(dotted.split('.').map(str::to_owned).collect())
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            if is_bare(part) { f.write_str(part)? } else { write!(f, "{part:?}")? }
        }
        Ok(())
    }
}

fn is_bare(part: &str) -> bool {
    !part.is_empty()
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_not_a_bare_key_is_shown_in_quotes() {
        let path = KeyPath::from("listener.tcp").child("a.b").child("addr");
        assert_eq!(path.to_string(), "listener.tcp.\"a.b\".addr");
    }

    #[test]
    fn a_section_is_a_prefix_of_its_keys_and_of_itself_only() {
        let section = KeyPath::from("listener.tcp");
        assert!(section.is_prefix_of(&KeyPath::from("listener.tcp.x.addr")));
        assert!(section.is_prefix_of(&section));
        assert!(!section.is_prefix_of(&KeyPath::from("listener.tcpx")));
        assert!(!section.is_prefix_of(&KeyPath::from("listener")));
    }
}
