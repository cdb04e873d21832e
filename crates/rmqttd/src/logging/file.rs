//! The file that lines go to.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use rmqtt_conf::{Log, LogRotation};
use tracing_appender::rolling::{self, RollingFileAppender};

/// `log.dir/log.file`; with a rotation its name gets the hour or day of UTC behind it.
pub(super) struct LogFile {
    kind: Kind,
    reopen: Reopen,
    /// The last line was lost: standard error has been told.
    failing: bool,
}

enum Kind {
    /// One file, which somebody else may rotate.
    Plain {
        path: PathBuf,
        file: File,
    },
    Rotating(RollingFileAppender),
}

/// Lets another thread have the file opened anew.
#[derive(Clone, Debug, Default)]
pub(super) struct Reopen(Arc<AtomicBool>);

impl Reopen {
    /// Before the next line the file is opened by its name.
    pub(super) fn request(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl LogFile {
    /// Opens it for appending, and makes the folder if there is none.
    ///
    /// # Errors
    /// The folder cannot be made, or the file cannot be opened.
    pub(super) fn open(log: &Log) -> anyhow::Result<Self> {
        fs::create_dir_all(&log.dir)?;
        let path = log.dir.join(&log.file);
        let kind = match log.rotation {
            LogRotation::Never => Kind::Plain { file: append_to(&path)?, path },
            LogRotation::Hourly => Kind::Rotating(rotating(log, rolling::Rotation::HOURLY)?),
            LogRotation::Daily => Kind::Rotating(rotating(log, rolling::Rotation::DAILY)?),
        };
        Ok(Self { kind, reopen: Reopen::default(), failing: false })
    }

    pub(super) fn reopen_handle(&self) -> Reopen {
        self.reopen.clone()
    }

    fn try_write(&mut self, line: &[u8]) -> io::Result<()> {
        match &mut self.kind {
            Kind::Plain { path, file } => {
                if self.reopen.0.swap(false, Ordering::AcqRel) {
                    // The old file still takes lines if there is no new one.
                    match append_to(path) {
                        Ok(opened) => *file = opened,
                        Err(error) => {
                            complain(&format!("{} cannot be opened anew: {error}", path.display()))
                        }
                    }
                }
                file.write_all(line)
            }
            Kind::Rotating(appender) => appender.write_all(line),
        }
    }
}

impl Write for LogFile {
    /// Takes a whole line or fails.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let written = self.try_write(line);
        if let (Err(error), false) = (&written, self.failing) {
            complain(&format!("the log file does not take lines, they are lost: {error}"));
        }
        self.failing = written.is_err();
        written.map(|()| line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn rotating(log: &Log, rotation: rolling::Rotation) -> anyhow::Result<RollingFileAppender> {
    let mut builder =
        RollingFileAppender::builder().rotation(rotation).filename_prefix(log.file.as_str());
    if let Some(files) = log.max_files {
        builder = builder.max_log_files(files);
    }
    builder.build(&log.dir).context("the file cannot be opened")
}

/// Says on standard error what the log cannot say.
fn complain(text: &str) {
    // Nobody may be there to read it.
    let _ = writeln!(io::stderr(), "{text}");
}
