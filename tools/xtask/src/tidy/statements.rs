//! Statements of the MQTT specification are cited in their form, one pair of brackets each, and are
//! statements that there are.
//!
//! A bare identifier is one of MQTT 5.0. The two versions number differently, so a statement of
//! MQTT 3.1.1 bears the version before its number.

use super::TextFile;
use crate::conformance::Roster;
use crate::findings::Findings;

/// What stands before the identifier of a statement of MQTT 3.1.1.
const OLDER_VERSION: &str = "3.1.1: ";

/// The identifier in prose that explains how statements are cited.
const PLACEHOLDER: &str = "x.y.z-n";

/// How a citation begins, put together here so that this file does not hold one.
const OPENING: &str = concat!("[", "MQTT-");

pub(super) fn check(file: &TextFile, roster: &Roster, findings: &mut Findings) {
    if file.extension() != "rs" {
        return;
    }
    for (number, line) in file.numbered_lines() {
        for citation in line.split(OPENING).skip(1) {
            let cited = citation.split(']').next().unwrap_or_default();
            let (version, identifier) = match cited.strip_prefix(OLDER_VERSION) {
                Some(identifier) => ("3.1.1", identifier),
                None => ("5.0", cited),
            };
            if !is_identifier(identifier) || cited.len() == citation.len() {
                findings.add(
                    format_args!("{}:{number}", file.path),
                    format_args!(
                        "`{OPENING}{cited}`: a statement is cited as {OPENING}x.y.z-n], one of \
                         MQTT 3.1.1 as {OPENING}{OLDER_VERSION}x.y.z-n], in brackets of its own"
                    ),
                );
            } else if identifier != PLACEHOLDER
                && !roster.has(version, &format!("MQTT-{identifier}"))
            {
                findings.add(
                    format_args!("{}:{number}", file.path),
                    format_args!("`{OPENING}{cited}]`: MQTT {version} has no such statement"),
                );
            }
        }
    }
}

/// Whether the text is `SECTION-NUMBER`, the section being two or three numbers with dots between.
fn is_identifier(text: &str) -> bool {
    let is_number = |part: &str| {
        !part.is_empty() && part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_statement = |(section, number): (&str, &str)| {
        let parts: Vec<&str> = section.split('.').collect();
        (2..=3).contains(&parts.len()) && parts.into_iter().all(is_number) && is_number(number)
    };
    text == PLACEHOLDER || text.split_once('-').is_some_and(is_statement)
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    fn complaints(citation: &str) -> usize {
        let text = format!("// {OPENING}{citation}");
        let roster = "version,statement\n3.1.1,MQTT-3.1.2-24\n5.0,MQTT-3.1.2-24\n5.0,MQTT-4.12-1\n";
        let roster = Roster::read(roster).unwrap();
        places(|findings| check(&TextFile::new("a.rs", &text), &roster, findings)).len()
    }

    #[test]
    fn a_citation_is_a_section_and_a_number() {
        assert_eq!(complaints("3.1.2-24]"), 0);
        assert_eq!(complaints("4.12-1]"), 0);
        assert_eq!(complaints("x.y.z-n]"), 0);
        assert_eq!(complaints("3.1.2]"), 1);
        assert_eq!(complaints("3.1.2.4-1]"), 1);
        assert_eq!(complaints("3.1.x-1]"), 1);
    }

    #[test]
    fn a_statement_of_the_older_version_says_so() {
        assert_eq!(complaints("3.1.1: 3.1.2-24]"), 0);
        assert_eq!(complaints("3.1: 3.1.2-24]"), 1);
        assert_eq!(complaints("3.1.1-3.1.2-24]"), 1);
    }

    #[test]
    fn a_statement_that_is_cited_exists_in_its_version() {
        assert_eq!(complaints("3.1.2-99]"), 1);
        assert_eq!(complaints("3.1.1: 4.12-1]"), 1);
    }

    #[test]
    fn each_statement_has_its_own_brackets() {
        assert_eq!(complaints("3.1.2-24, 3.1.2-25]"), 1);
        assert_eq!(complaints("3.1.2-24"), 1);
    }
}
