//! The names of log files that take one another's place, and which of them are kept.

use std::path::{Path, PathBuf};
use std::{fs, io};

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use rmqtt_conf::{Log, LogRotation};

/// `log.dir/log.file`; with a rotation its name gets the hour or day of UTC behind it, as in
/// `rmqtt.log.2026-01-31-23` or `rmqtt.log.2026-01-31`.
#[derive(Debug)]
pub(super) struct Series {
    dir: PathBuf,
    name: String,
    period: Option<Period>,
    /// Files that are kept, with the one that is written; `None` keeps all.
    files_max: Option<usize>,
}

/// What a file of the series is of.
#[derive(Debug)]
struct Period {
    seconds: i64,
    format: &'static str,
    /// What it makes of digits, for recognizing files.
    shape: &'static str,
}

const HOUR: Period = Period { seconds: 3_600, format: "%Y-%m-%d-%H", shape: "0000-00-00-00" };
const DAY: Period = Period { seconds: 86_400, format: "%Y-%m-%d", shape: "0000-00-00" };

impl Series {
    pub(super) fn of(log: &Log) -> Self {
        let period = match log.rotation {
            LogRotation::Never => None,
            LogRotation::Hourly => Some(HOUR),
            LogRotation::Daily => Some(DAY),
        };
        Self { dir: log.dir.clone(), name: log.file.clone(), period, files_max: log.max_files }
    }

    /// The file for lines of now.
    pub(super) fn path(&self, now: Timestamp) -> PathBuf {
        self.dir.join(match &self.period {
            None => self.name.clone(),
            Some(period) => format!("{}.{}", self.name, period.label(now)),
        })
    }

    /// When lines go to another file; `None` for never.
    pub(super) fn ends(&self, now: Timestamp) -> Option<Timestamp> {
        let seconds = self.period.as_ref()?.seconds;
        let begun = now.as_second().div_euclid(seconds) * seconds;
        Timestamp::from_second(begun + seconds).ok()
    }

    /// Removes the oldest files of the series, so that no more are there than are to be kept. One that
    /// cannot be removed keeps no other from it.
    ///
    /// # Errors
    /// The folder cannot be read, or files cannot be removed: the first reason.
    pub(super) fn prune(&self) -> io::Result<()> {
        let (Some(period), Some(files_max)) = (&self.period, self.files_max) else {
            return Ok(());
        };
        let mut labels = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            if !entry.file_type().is_ok_and(|kind| kind.is_file()) {
                continue;
            }
            let name = entry.file_name();
            let label = name.to_str().and_then(|name| self.label_of(name));
            labels.extend(label.filter(|label| period.is_label(label)).map(str::to_owned));
        }
        // Labels sort as their times do.
        labels.sort();
        let surplus = labels.len().saturating_sub(files_max);
        let surplus = labels[..surplus].iter();
        let paths = surplus.map(|label| self.dir.join(format!("{}.{label}", self.name)));
        remove_all(paths, |path| fs::remove_file(path))
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    fn label_of<'a>(&self, name: &'a str) -> Option<&'a str> {
        name.strip_prefix(self.name.as_str())?.strip_prefix('.')
    }
}

/// Removes all that can be, and yields the first failure.
fn remove_all(
    paths: impl Iterator<Item = PathBuf>,
    remove: impl Fn(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let failures: Vec<io::Error> = paths.filter_map(|path| remove(&path).err()).collect();
    failures.into_iter().next().map_or(Ok(()), Err)
}

impl Period {
    fn label(&self, now: Timestamp) -> String {
        strtime::format(self.format, TimeZone::UTC.to_datetime(now))
            .expect("every directive of the formats is known for a date and time")
    }

    fn is_label(&self, text: &str) -> bool {
        let of_shape = |(byte, shape): (u8, u8)| match shape {
            b'0' => byte.is_ascii_digit(),
            _ => byte == shape,
        };
        text.len() == self.shape.len() && text.bytes().zip(self.shape.bytes()).all(of_shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(dir: &Path, period: Option<Period>, files_max: Option<usize>) -> Series {
        Series { dir: dir.to_owned(), name: "a.log".to_owned(), period, files_max }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_file_is_of_its_hour_or_day_in_utc_or_of_all_times() {
        let now = at("2026-01-31T23:59:59.999Z");
        let next = Some(at("2026-02-01T00:00:00Z"));
        for (period, name, ends) in [
            (None, "/log/a.log", None),
            (Some(HOUR), "/log/a.log.2026-01-31-23", next),
            (Some(DAY), "/log/a.log.2026-01-31", next),
        ] {
            let series = series(Path::new("/log"), period, None);
            assert_eq!(series.path(now), Path::new(name));
            assert_eq!(series.ends(now), ends);
        }
        let hours = series(Path::new("/log"), Some(HOUR), None);
        assert_eq!(hours.ends(at("2026-01-31T22:00:00Z")), Some(at("2026-01-31T23:00:00Z")));
    }

    #[test]
    fn the_newest_are_kept_and_files_of_others_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let others = ["a.log", "a.log.old", "a.log.2026-01-31-23", "b.log.2020-01-01"];
        let own = ["a.log.2025-12-31", "a.log.2026-01-01", "a.log.2026-01-02"];
        let left = |files_max| {
            for name in others.iter().chain(&own) {
                fs::write(folder.path().join(name), "").unwrap();
            }
            series(folder.path(), Some(DAY), files_max).prune().unwrap();
            assert!(others.iter().all(|name| folder.path().join(name).exists()));
            let own = own.into_iter().filter(|name| folder.path().join(name).exists());
            own.collect::<Vec<_>>()
        };
        assert_eq!(left(Some(2)), own[1..]);
        assert_eq!(left(Some(3)), own);
        assert_eq!(left(Some(9)), own);
        assert_eq!(left(None), own);
    }

    /// A folder that is named like a file of the series was counted, could not be removed, and kept
    /// all files from being removed.
    #[test]
    fn what_is_no_file_neither_counts_nor_keeps_files_from_being_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("a.log.2025-01-01")).unwrap();
        for name in ["a.log.2026-01-01", "a.log.2026-01-02"] {
            fs::write(path(name), "").unwrap();
        }
        series(folder.path(), Some(DAY), Some(1)).prune().unwrap();
        assert!(path("a.log.2025-01-01").exists());
        assert!(!path("a.log.2026-01-01").exists());
        assert!(path("a.log.2026-01-02").exists());
    }

    #[test]
    fn one_that_cannot_be_removed_keeps_no_other_from_it() {
        let tried = std::cell::RefCell::new(Vec::new());
        let remove = |path: &Path| {
            tried.borrow_mut().push(path.to_owned());
            Err(io::Error::other(path.display().to_string()))
        };
        let paths = ["a", "b", "c"].map(PathBuf::from);
        let failure = remove_all(paths.clone().into_iter(), remove).unwrap_err();
        assert_eq!((failure.to_string(), tried.take()), ("a".to_owned(), paths.to_vec()));
        remove_all(paths.into_iter(), |_| Ok(())).unwrap();
    }
}
