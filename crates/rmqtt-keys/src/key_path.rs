//! The path of a key: `listener.tcp.external.addr`.

use std::fmt;

use crate::raw_value::quoted;

/// Where a key stands in the configuration, from the outermost section inwards.
///
/// Displayed as TOML writes it: parts joined by dots, a part that is not a bare key in quotes. The
/// item of a list is displayed as `list[0]`.
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

    /// The path of an item of the list that stands here.
    #[must_use]
    pub fn item(&self, index: usize) -> Self {
        self.child(&format!("[{index}]"))
    }

    /// The path of the section that it stands in; empty for the root.
    #[must_use]
    pub fn parent(&self) -> Self {
        self.truncated(self.0.len().saturating_sub(1))
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
            if is_item(part) {
                f.write_str(part)?;
                continue;
            }
            if index > 0 {
                f.write_str(".")?;
            }
            if part == ANY || is_bare(part) {
                f.write_str(part)?;
            } else {
                f.write_str(&quoted(part))?;
            }
        }
        Ok(())
    }
}

/// The part of a path in the catalogue that stands for any name.
pub(crate) const ANY: &str = "*";

/// Is it the index of an item of a list, or stands for any?
pub(crate) fn is_item(part: &str) -> bool {
    part.strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|index| index == ANY || index.bytes().all(|byte| byte.is_ascii_digit()))
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

    /// A name with an accent of its own was shown as no TOML reads it.
    #[test]
    fn a_part_in_quotes_is_shown_as_toml_reads_it() {
        let path = KeyPath::from("a").child("e\u{301}\u{7f}\n");
        assert_eq!(path.to_string(), "a.\"e\u{301}\\u007F\\n\"");
    }

    #[test]
    fn an_item_of_a_list_is_shown_by_its_index() {
        let path = KeyPath::from("rules").item(12).child("action");
        assert_eq!(path.to_string(), "rules[12].action");
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
