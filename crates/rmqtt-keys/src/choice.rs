//! Values that are one word out of a closed list.

/// A setting whose value is one of a few words.
pub trait Choice: Copy + PartialEq + 'static {
    /// Every word that the configuration may say, with what it means.
    const WORDS: &'static [(&'static str, Self)];

    /// May the words be written in capitals too?
    const IN_ANY_CASE: bool = false;

    /// The meaning of a word.
    #[must_use]
    fn from_word(word: &str) -> Option<Self> {
        let is_word = |known: &str| match Self::IN_ANY_CASE {
            true => known.eq_ignore_ascii_case(word),
            false => known == word,
        };
        Self::WORDS.iter().find(|(known, _)| is_word(known)).map(|(_, value)| *value)
    }

    /// The first word of this value; empty for a value that no word means.
    #[must_use]
    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, value)| *value == self).map_or("", |(word, _)| word)
    }

    /// The words, as a reader of an error message wants them.
    #[must_use]
    fn expected() -> String {
        let quoted: Vec<String> = Self::WORDS.iter().map(|(word, _)| format!("{word:?}")).collect();
        format!("one of {}", quoted.join(", "))
    }
}
