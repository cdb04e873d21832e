//! The `/`-separated parts of a topic name or filter.

/// The levels of a topic name or filter, first to last.
///
/// Adjacent, leading and trailing separators enclose empty levels, and those count: `/a` has two
/// levels, `a//b` three, and the empty text one empty level.
pub fn levels(text: &str) -> impl Iterator<Item = &str> {
    text.split('/')
}

/// How many levels [`levels`] yields: one more than there are separators.
#[must_use]
pub fn level_count(text: &str) -> usize {
    1 + text.bytes().filter(|byte| *byte == b'/').count()
}

/// Cuts the first level off: the level, and what follows its separator if there is one.
///
/// `a/b/c` gives `a` and `b/c`; `a` gives `a` and nothing; `a/` gives `a` and the empty level.
/// Bytes, because a separator is never part of a longer character in UTF-8.
#[inline]
pub(crate) fn split_first(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == b'/') {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_levels_are_levels() {
        let cases: [(&str, &[&str]); 6] = [
            ("", &[""]),
            ("/", &["", ""]),
            ("a", &["a"]),
            ("/a", &["", "a"]),
            ("a/", &["a", ""]),
            ("a//b", &["a", "", "b"]),
        ];
        for (text, expected) in cases {
            assert_eq!(levels(text).collect::<Vec<_>>(), expected, "{text:?}");
            assert_eq!(level_count(text), expected.len(), "{text:?}");
        }
    }

    #[test]
    fn splitting_tells_no_rest_from_an_empty_rest() {
        assert_eq!(split_first(b"a/b/c"), (&b"a"[..], Some(&b"b/c"[..])));
        assert_eq!(split_first(b"a"), (&b"a"[..], None));
        assert_eq!(split_first(b"a/"), (&b"a"[..], Some(&b""[..])));
        assert_eq!(split_first(b"/a"), (&b""[..], Some(&b"a"[..])));
    }
}
