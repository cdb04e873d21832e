//! The log: where lines go, which are written, and what becomes of those that cannot be.
//!
//! ```text
//!  event ─► filter ─► line ─┬─► console queue ─► standard error
//!                           └─► file queue ────► log.dir/log.file
//! ```
//!
//! The filter is `log.level` or `RUST_LOG`, and can be changed at run time. Whoever logs never waits: each target has a queue and a thread. A line that finds its queue full,
//! or that cannot be written, is lost and counted, and [`Logging::report_lost`] says how many.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use rmqtt_conf::{Log, LogFormat, LogLevel, LogTarget};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::writer::{BoxMakeWriter, MakeWriterExt};
use tracing_subscriber::layer::{Layer, Layered, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt, reload};

use crate::console::say;

use file::LogFile;
use filter::Wanted;
use queue::Queue;
use timestamp::Timestamp;

mod file;
mod filter;
mod panic;
mod queue;
mod series;
mod timestamp;

/// What takes the process's events; they are written until this is dropped, which waits for the
/// queues for at most a second each.
pub(crate) struct Logging {
    /// Absent where nothing is logged.
    filter: Option<reload::Handle<Targets, Layers>>,
    console: Option<Queue>,
    file: Option<(Queue, file::Reopen)>,
    path: PathBuf,
}

type Layers = Layered<Lines, Registry>;
type Lines = Box<dyn Layer<Registry> + Send + Sync>;

impl Logging {
    /// Events are logged from now on. A file that cannot be opened is replaced by the console, with
    /// a line that says so.
    pub(crate) fn start(log: &Log) -> Self {
        let path = log.dir.join(&log.file);
        if log.to == LogTarget::Off {
            return Self { filter: None, console: None, file: None, path };
        }
        let (opened, failure) = match log.to {
            LogTarget::File | LogTarget::Both => match LogFile::open(log) {
                Ok(file) => (Some(file), None),
                Err(error) => (None, Some(error)),
            },
            LogTarget::Console | LogTarget::Off => (None, None),
        };
        let console = (log.to != LogTarget::File || opened.is_none())
            .then(|| Queue::start("log-console", io::stderr()));
        let file = opened.map(|file| {
            let reopen = file.reopen_handle();
            (Queue::start("log-file", file), reopen)
        });
        let lines = layer(log, console.as_ref(), file.as_ref().map(|(queue, _)| queue));
        let wanted = filter::wanted(log.level);
        let (filter, handle) = reload::Layer::new(wanted.targets);
        tracing_subscriber::registry().with(lines).with(filter).init();
        panic::log_panics(console.is_none());
        if let Some(error) = wanted.unreadable {
            tracing::warn!("RUST_LOG is not used, since it cannot be read: {error}");
        }
        if let Some(error) = failure {
            tracing::error!(
                "log.dir: {} cannot be written, the log goes to the console: {error}",
                path.display()
            );
        }
        Self { filter: Some(handle), console, file, path }
    }

    /// From now on events of this level are logged; `RUST_LOG` still takes its place.
    pub(crate) fn set_level(&self, level: LogLevel) {
        let Some(filter) = &self.filter else { return };
        let Wanted { targets, by_environment, .. } = filter::wanted(level);
        if by_environment {
            tracing::info!("log.level is not used: RUST_LOG takes its place");
        }
        if let Err(error) = filter.reload(targets) {
            tracing::error!("log.level cannot be changed: {error}");
        }
    }

    /// The next line goes to the file that then bears the name: whoever rotates has moved the old
    /// one away.
    pub(crate) fn reopen_file(&self) {
        if let Some((_, reopen)) = &self.file {
            reopen.request();
        }
    }

    /// Says how many lines were lost since it was last called.
    pub(crate) fn report_lost(&self) {
        let file = self.file.as_ref().map(|(queue, _)| queue);
        for (queue, name) in [(self.console.as_ref(), "the console"), (file, "the log file")] {
            match queue.map_or(0, Queue::take_lost) {
                0 => {}
                lines => {
                    tracing::warn!("{lines} lines of the log were lost: {name} did not take them")
                }
            }
        }
    }

    /// Where lines go, for the operator.
    pub(crate) fn target(&self) -> String {
        match (&self.console, &self.file) {
            (None, None) => "nowhere".to_owned(),
            (Some(_), None) => "the console".to_owned(),
            (None, Some(_)) => self.path.display().to_string(),
            (Some(_), Some(_)) => format!("the console and {}", self.path.display()),
        }
    }

    /// Ends the log with an error, which comes on standard error in any case.
    pub(crate) fn end_with(self, error: &anyhow::Error) {
        let logged = self.file.is_some() && tracing::enabled!(tracing::Level::ERROR);
        if logged {
            tracing::error!("{error:#}");
        }
        let on_console = logged && self.console.is_some();
        // What is in the queues comes first.
        drop(self);
        if !on_console {
            say(format_args!("{error:#}"));
        }
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        self.report_lost();
    }
}

/// Makes lines, the same for all targets. Colours are for a terminal that is the only one.
fn layer(log: &Log, console: Option<&Queue>, file: Option<&Queue>) -> Lines {
    let writer = match (console, file) {
        (Some(console), Some(file)) => BoxMakeWriter::new(console.writer().and(file.writer())),
        (Some(queue), None) | (None, Some(queue)) => BoxMakeWriter::new(queue.writer()),
        (None, None) => BoxMakeWriter::new(io::sink),
    };
    let ansi = file.is_none() && io::stderr().is_terminal();
    let lines = fmt::layer().with_writer(writer).with_target(false).with_ansi(ansi);
    match log.format {
        LogFormat::Text => lines.with_timer(Timestamp::for_text(log.time_zone)).boxed(),
        LogFormat::Json => lines
            .with_ansi(false)
            .with_target(true)
            .with_timer(Timestamp::for_json(log.time_zone))
            .json()
            .flatten_event(true)
            .boxed(),
    }
}
