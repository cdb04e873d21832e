//! What is wrong with a configuration, one line per problem.

use std::fmt::{self, Write};

use crate::key_path::KeyPath;
use crate::place::Place;

/// One thing to put right. Displayed as `place: key: what was expected`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands; `None` for what was not written anywhere.
    pub place: Option<Place>,
    /// The key that it is about; `None` for a file that cannot be read or parsed.
    pub key: Option<KeyPath>,
    /// What was expected, what was found, and the nearest known key where there is one.
    pub message: String,
}

impl fmt::Display for Problem {
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

/// Writes a text that may quote what a user has written: without an end of a line in it.
pub(crate) fn write_line(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for c in text.chars() {
        if c.is_control() {
            write!(f, "{}", c.escape_default())?;
        } else {
            f.write_char(c)?;
        }
    }
    Ok(())
}

/// Every problem of a configuration, in the order of the places. Never empty as an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// One problem without a key: of a file as a whole, or of no place at all.
    #[must_use]
    pub fn one(place: Option<Place>, message: impl Into<String>) -> Self {
        Self(vec![Problem { place, key: None, message: message.into() }])
    }

    /// The problems, in the order of their places.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One more.
    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Those of another reading, behind its own: several files are judged in one go.
    pub fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// `Ok(value)` without a problem.
    ///
    /// # Errors
    /// All problems in the order of their places, if there is one.
    pub fn into_result<T>(mut self, value: T) -> Result<T, Self> {
        if self.0.is_empty() {
            return Ok(value);
        }
        self.0.sort_by(|a, b| a.place.cmp(&b.place));
        Err(self)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Longer names and values are cut where they are told of, to this many characters.
const SHOWN_MAX: usize = 200;

/// What a line can bear of a name or a value.
pub(crate) fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(SHOWN_MAX) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// A text with the end of a line in it was quoted as it was.
    #[test]
    fn a_problem_is_one_line_whatever_it_quotes() {
        let problem = Problem {
            place: Some(Place::Environment(Arc::from("RMQTT_A\nB"))),
            key: Some(KeyPath::from("a").child("b\nc")),
            message: "found d\r\ne".to_owned(),
        };
        let expected = "environment variable RMQTT_A\\nB: a.\"b\\nc\": found d\\r\\ne";
        assert_eq!(problem.to_string(), expected);
    }
}
