//! `docs/spec/conformance.toml`: what each statement demands, in our words, and what shows that it
//! holds.

use std::fmt;
use std::fmt::Write as _;

use anyhow::Result;
use serde::Deserialize;

/// The table, in the order of the specifications.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) statement: Vec<Statement>,
}

/// One statement.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Statement {
    /// `3.1.1` or `5.0`.
    pub(super) version: String,
    pub(super) id: String,
    pub(super) level: Level,
    pub(super) binds: Binds,
    /// What it demands.
    pub(super) text: String,
    /// What a client meets that does not do it.
    pub(super) violation: Option<String>,
    /// Names of tests: `suite::AREA::TEST` of the black-box suite, `PACKAGE::TARGET::…` elsewhere.
    pub(super) tests: Vec<String>,
    /// Why there is no test.
    pub(super) waiver: Option<Waiver>,
    /// What has to be built before there can be one.
    pub(super) pending: Option<String>,
}

/// How much it demands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Level {
    Must,
    MustNot,
    May,
}

/// Whom it binds.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Binds {
    Server,
    Client,
    Both,
}

/// Why no test shows a statement.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Waiver {
    pub(super) kind: WaiverKind,
    /// A sentence.
    pub(super) reason: String,
}

/// What can be no client's business.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum WaiverKind {
    /// Only the client is bound, and on the wire it makes no difference whether it obeys.
    Unseen,
    /// The broker never does what the statement presupposes.
    NoOccasion,
}

impl Table {
    pub(super) fn read(text: &str) -> Result<Self> {
        Ok(toml::from_str(text)?)
    }

    /// The file, with these lines before the first statement.
    pub(super) fn write(&self, head: &str) -> String {
        let mut text = head.trim_end().to_owned();
        for statement in &self.statement {
            text.push_str("\n\n");
            statement.write(&mut text);
        }
        text.push('\n');
        text
    }
}

impl Statement {
    fn write(&self, text: &mut String) {
        text.push_str("[[statement]]");
        for (key, value) in [
            ("version", Some(self.version.as_str())),
            ("id", Some(self.id.as_str())),
            ("level", Some(self.level.name())),
            ("binds", Some(self.binds.name())),
            ("text", Some(self.text.as_str())),
            ("violation", self.violation.as_deref()),
        ] {
            if let Some(value) = value {
                // No text of the table needs an escape that TOML does not share.
                write!(text, "\n{key} = {value:?}").expect("text can be written to");
            }
        }
        match self.tests.as_slice() {
            [] => text.push_str("\ntests = []"),
            tests => {
                text.push_str("\ntests = [");
                for test in tests {
                    write!(text, "\n    {test:?},").expect("text can be written to");
                }
                text.push_str("\n]");
            }
        }
        if let Some(waiver) = &self.waiver {
            let Waiver { kind, reason } = waiver;
            write!(text, "\nwaiver = {{ kind = \"{kind}\", reason = {reason:?} }}")
                .expect("text can be written to");
        }
        if let Some(pending) = &self.pending {
            write!(text, "\npending = {pending:?}").expect("text can be written to");
        }
    }

    /// `5.0 MQTT-3.1.0-1`.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.version, self.id)
    }
}

impl Level {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::MustNot => "must-not",
            Self::May => "may",
        }
    }
}

impl Binds {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
            Self::Both => "both",
        }
    }
}

impl fmt::Display for WaiverKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unseen => "unseen",
            Self::NoOccasion => "no-occasion",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_was_read() {
        let text = "\
# A head.

[[statement]]
version = \"5.0\"
id = \"MQTT-1.2.3-4\"
level = \"must-not\"
binds = \"client\"
text = \"A \\\"word\\\".\"
violation = \"the connection is closed\"
tests = [
    \"suite::a::b\",
    \"rmqtt::suite::c::d\",
]

[[statement]]
version = \"3.1.1\"
id = \"MQTT-1.2.3-5\"
level = \"may\"
binds = \"both\"
text = \"Another.\"
tests = []
waiver = { kind = \"no-occasion\", reason = \"Never.\" }
pending = \"something\"
";
        assert_eq!(Table::read(text).unwrap().write("# A head.\n"), text);
    }

    #[test]
    fn kinds_and_keys_that_are_not_known_are_errors() {
        let text = |line: &str| {
            format!(
                "[[statement]]\nversion = \"5.0\"\nid = \"a\"\nlevel = \"must\"\n\
                 binds = \"both\"\ntext = \"\"\ntests = []\n{line}\n"
            )
        };
        assert!(Table::read(&text("")).is_ok());
        assert!(Table::read(&text("waiver = { kind = \"later\", reason = \"x\" }")).is_err());
        assert!(Table::read(&text("waiver = { kind = \"unseen\" }")).is_err());
        assert!(Table::read(&text("test = []")).is_err());
    }
}
