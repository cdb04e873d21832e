//! Which line of a text a place is in.

/// Where the lines of a text end.
pub(crate) struct LineIndex(Vec<usize>);

impl LineIndex {
    pub(crate) fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(ends.map(|(at, _)| at).collect())
    }

    /// The line, counted from 1, of the byte at this offset.
    pub(crate) fn line(&self, offset: usize) -> usize {
        1 + self.0.partition_point(|end| *end < offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_holds_its_own_end() {
        let index = LineIndex::of("a\n\nb");
        let lines: Vec<usize> = (0..4).map(|offset| index.line(offset)).collect();
        assert_eq!(lines, [1, 1, 2, 3]);
    }
}
