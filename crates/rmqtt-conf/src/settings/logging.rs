//! `[log]`: what is logged, where to and how.

use std::path::PathBuf;

use rmqtt_keys::{Choice, Section, key};

/// `[log]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// `to`. Default console.
    pub to: LogTarget,
    /// `level`: the least severe events that are written. Default `info`.
    pub level: LogLevel,
    /// `dir`: the folder of the file. Default `/var/log/rmqtt`.
    pub dir: PathBuf,
    /// `file`: its name. Default `rmqtt.log`.
    pub file: String,
    /// `format`. Default text.
    pub format: LogFormat,
    /// `time_zone`. Default UTC+8.
    pub time_zone: LogTimeZone,
    /// `rotation`. Default never.
    pub rotation: LogRotation,
    /// `max_files`: rotated files that are kept; `None` (0, the default) keeps all.
    pub max_files: Option<usize>,
}

impl Log {
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        let log = Self {
            to: section.choice(
                key("to", "Where the log goes; the console is standard error."),
                LogTarget::Console,
            ),
            level: section.choice(
                key("level", "The least severe events that are logged; RUST_LOG takes its place."),
                LogLevel::Info,
            ),
            dir: section.path(
                key("dir", "Folder of the log file; one that cannot be written is not used."),
                "/var/log/rmqtt",
            ),
            file: section.text(key("file", "Name of the log file."), 255, "rmqtt.log"),
            format: section
                .choice(key("format", "Lines of text, or a JSON object a line."), LogFormat::Text),
            time_zone: section
                .choice(key("time_zone", "Time zone of the timestamps."), LogTimeZone::Plus8),
            rotation: section
                .choice(key("rotation", "When a new log file is begun."), LogRotation::Never),
            max_files: Some(section.integer(
                key("max_files", "Rotated files that are kept; 0 keeps all.").unit("files"),
                0..=usize::MAX,
                0,
            ))
            .filter(|files| *files > 0),
        };
        if log.file.contains(['/', '\\']) {
            section.problem("file", "expected a name without a folder, which is log.dir");
        } else if matches!(log.file.as_str(), "." | "..") || log.file.contains(char::is_control) {
            section.problem("file", "expected the name of a file");
        }
        if log.max_files.is_some() && log.rotation == LogRotation::Never {
            section.warn("max_files", "has no effect: log.rotation is \"never\"");
        }
        log
    }
}

/// Where the log goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogTarget {
    /// Nowhere.
    Off,
    /// To a file.
    File,
    /// To standard error.
    Console,
    /// To a file and to standard error.
    Both,
}

impl Choice for LogTarget {
    const IN_ANY_CASE: bool = true;

    const WORDS: &'static [(&'static str, Self)] = &[
        ("console", Self::Console),
        ("file", Self::File),
        ("both", Self::Both),
        ("off", Self::Off),
    ];
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
    const IN_ANY_CASE: bool = true;

    const WORDS: &'static [(&'static str, Self)] = &[
        ("error", Self::Error),
        ("warn", Self::Warn),
        ("info", Self::Info),
        ("debug", Self::Debug),
        ("trace", Self::Trace),
    ];
}

/// What a line of the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text.
    Text,
    /// A JSON object.
    Json,
}

impl Choice for LogFormat {
    const WORDS: &'static [(&'static str, Self)] = &[("text", Self::Text), ("json", Self::Json)];
}

/// The time zone of the timestamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogTimeZone {
    /// UTC+8, as the original has it.
    Plus8,
    /// UTC.
    Utc,
    /// The system's.
    Local,
}

impl Choice for LogTimeZone {
    const WORDS: &'static [(&'static str, Self)] =
        &[("+08:00", Self::Plus8), ("utc", Self::Utc), ("local", Self::Local)];
}

/// When a new log file is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogRotation {
    /// Never: rotation is another program's business.
    Never,
    /// Every hour.
    Hourly,
    /// Every day.
    Daily,
}

impl Choice for LogRotation {
    const WORDS: &'static [(&'static str, Self)] =
        &[("never", Self::Never), ("hourly", Self::Hourly), ("daily", Self::Daily)];
}
