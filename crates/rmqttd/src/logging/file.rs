//! The file that lines go to.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use rmqtt_conf::Log;

use super::series::Series;
use crate::console::say;

/// The file of the present hour or day, or the only one.
pub(super) struct LogFile {
    series: Series,
    path: PathBuf,
    file: File,
    /// When the next one begins.
    ends: Option<Timestamp>,
    reopen: Reopen,
    /// The last line was lost: standard error has been told.
    failing: bool,
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
    pub(super) fn open(log: &Log) -> io::Result<Self> {
        Self::open_at(Series::of(log), Timestamp::now())
    }

    pub(super) fn reopen_handle(&self) -> Reopen {
        self.reopen.clone()
    }

    fn open_at(series: Series, now: Timestamp) -> io::Result<Self> {
        fs::create_dir_all(series.dir())?;
        let path = series.path(now);
        let file = append_to(&path)?;
        let ends = series.ends(now);
        let opened = Self { series, path, file, ends, reopen: Reopen::default(), failing: false };
        opened.prune();
        Ok(opened)
    }

    fn write_at(&mut self, line: &[u8], now: Timestamp) -> io::Result<()> {
        let begins = self.ends.is_some_and(|ends| ends <= now);
        if begins {
            self.path = self.series.path(now);
            self.ends = self.series.ends(now);
        }
        if self.reopen.0.swap(false, Ordering::AcqRel) || begins {
            // The old file still takes lines if there is no new one.
            match append_to(&self.path) {
                Ok(opened) => self.file = opened,
                Err(error) => {
                    say(format_args!("{} cannot be opened: {error}", self.path.display()))
                }
            }
        }
        if begins {
            self.prune();
        }
        self.file.write_all(line)
    }

    fn prune(&self) {
        if let Err(error) = self.series.prune() {
            say(format_args!("old log files cannot be removed (log.max_files): {error}"));
        }
    }
}

impl Write for LogFile {
    /// Takes a whole line or fails.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let written = self.write_at(line, Timestamp::now());
        if let (Err(error), false) = (&written, self.failing) {
            say(format_args!("the log file does not take lines, they are lost: {error}"));
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

#[cfg(test)]
mod tests {
    use rmqtt_conf::{LogRotation, Settings};

    use super::*;

    fn log(dir: &Path, rotation: LogRotation, max_files: Option<usize>) -> Log {
        let log = Settings::from_toml("", Path::new("")).unwrap().log;
        Log { dir: dir.to_owned(), file: "a.log".to_owned(), rotation, max_files, ..log }
    }

    #[test]
    fn a_new_day_begins_a_new_file_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path(), LogRotation::Daily, Some(2));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).ok();
        let mut file = LogFile::open_at(Series::of(&log), at("2026-01-01T12:00:00Z")).unwrap();
        for (time, line) in [
            ("2026-01-01T23:59:59Z", "a\n"),
            ("2026-01-02T00:00:00Z", "b\n"),
            ("2026-01-02T13:00:00Z", "c\n"),
            ("2026-01-04T00:00:01Z", "d\n"),
        ] {
            file.write_at(line.as_bytes(), at(time)).unwrap();
        }
        assert_eq!(read("a.log.2026-01-01"), None);
        assert_eq!(read("a.log.2026-01-02").unwrap(), "b\nc\n");
        assert_eq!(read("a.log.2026-01-04").unwrap(), "d\n");
    }

    #[test]
    fn a_start_on_the_same_day_goes_on_with_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path(), LogRotation::Daily, Some(1));
        let now = "2026-01-01T12:00:00Z".parse::<Timestamp>().unwrap();
        for line in ["a\n", "b\n"] {
            let mut file = LogFile::open_at(Series::of(&log), now).unwrap();
            file.write_at(line.as_bytes(), now).unwrap();
        }
        let text = fs::read_to_string(folder.path().join("a.log.2026-01-01")).unwrap();
        assert_eq!(text, "a\nb\n");
    }
}
