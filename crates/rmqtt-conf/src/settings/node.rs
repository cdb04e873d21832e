//! `[node]`, `[mqtt]` and `[log]`: what holds for the node as a whole.

use crate::choice::Choice;
use crate::reader::Section;

/// `[node]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// `id`: unique among the nodes of a cluster. Default 0.
    pub id: u64,
}

impl Node {
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        Self { id: section.integer("id", 0..=u64::MAX, 0) }
    }
}

/// `[mqtt]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mqtt {
    /// `delayed_publish_max`: `$delayed` messages that may wait on the node. Default 100,000.
    pub delayed_publish_max: usize,
    /// `delayed_publish_immediate`: when that many wait, is the next one published at once (true,
    /// the default) or refused?
    pub delayed_publish_immediate: bool,
    /// `max_sessions`: sessions of the node, connected or not; `None` (0, the default) for no limit.
    pub max_sessions: Option<usize>,
}

impl Mqtt {
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            delayed_publish_max: section.integer("delayed_publish_max", 0..=usize::MAX, 100_000),
            delayed_publish_immediate: section.boolean("delayed_publish_immediate", true),
            max_sessions: Some(section.integer("max_sessions", 0..=usize::MAX, 0))
                .filter(|max| *max > 0),
        }
    }
}

/// `[log]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// `level`: the least severe events that are written. Default `info`.
    pub level: LogLevel,
}

impl Log {
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        let level = section.choice("level", LogLevel::Info);
        if section.choice("to", LogTarget::Console) != LogTarget::Console {
            section.problem("to", "this build has only \"console\" yet");
        }
        Self { level }
    }
}

/// How much is logged; each level includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// Only what needs an operator.
    Error,
    /// And what may become an error.
    Warn,
    /// And the life of the node: start, listeners, shutdown.
    Info,
    /// And the life of connections and sessions.
    Debug,
    /// Everything.
    Trace,
}

impl Choice for LogLevel {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("error", Self::Error),
        ("warn", Self::Warn),
        ("info", Self::Info),
        ("debug", Self::Debug),
        ("trace", Self::Trace),
    ];
}

/// Where the log goes: the words of the configuration, of which this build has the first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LogTarget {
    Console,
    File,
    Both,
    Off,
}

impl Choice for LogTarget {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("console", Self::Console),
        ("file", Self::File),
        ("both", Self::Both),
        ("off", Self::Off),
    ];
}
