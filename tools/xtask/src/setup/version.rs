//! Versions as numbers with dots between them.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context as _, Error, Result};

/// A version such as `2.0.11`; what follows the numbers is ignored. `1.2` is less than `1.2.0`, and
/// therefore stands for "any 1.2" where a least version is meant.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Version(Vec<u64>);

impl Version {
    /// The first version that a text holds: numbers with at least one dot between them.
    pub(super) fn first_in(text: &str) -> Option<Self> {
        let is_part = |character: char| character.is_ascii_digit() || character == '.';
        text.split(|character| !is_part(character))
            .filter_map(|piece| piece.trim_matches('.').parse().ok())
            .find(|version: &Self| version.0.len() > 1)
    }
}

impl FromStr for Version {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let numbers = text.split('.').map(str::parse).collect::<Result<_, _>>();
        numbers.map(Self).with_context(|| format!("`{text}` is no version"))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(u64::to_string).collect();
        formatter.write_str(&numbers.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_what_programs_print() {
        for (text, version) in [
            ("mosquitto_sub version 2.0.11 running on libmosquitto 2.0.9.", "2.0.11"),
            ("v20.11.1\n", "20.11.1"),
            ("valgrind-3.19.0", "3.19.0"),
            ("Python 3.11.2", "3.11.2"),
            ("cc (Debian 12.2.0-14) 12.3.0", "12.2.0"),
            ("release 7 is 4.5.1.", "4.5.1"),
            ("GNU Make 4.3\nBuilt for x86_64", "4.3"),
        ] {
            assert_eq!(Version::first_in(text).unwrap().to_string(), version);
        }
    }

    #[test]
    fn a_text_may_hold_no_version() {
        assert_eq!(Version::first_in("usage: x [options] ... 3"), None);
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        assert!(version("3.9") < version("3.10"));
        assert!(version("2.0") <= version("2.0.0"));
        assert!(version("12.2.0") > version("4.3"));
    }
}
