//! Data of other programs that may lie where the store is: told about, and left alone.

use std::fmt;

use super::disk::{Disk, read_up_to};

/// Data in the directory that another program wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// Whose it is.
    pub kind: ForeignKind,
    /// The file by which it was recognised.
    pub file: String,
}

/// Programs whose data is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ForeignKind {
    /// A database of sled.
    Sled,
    /// A database of redb.
    Redb,
    /// A dump or a log of redis.
    Redis,
}

impl fmt::Display for ForeignKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sled => "sled",
            Self::Redb => "redb",
            Self::Redis => "redis",
        })
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is data of {}: it is neither read nor changed", self.file, self.kind)
    }
}

/// Finds data of other programs among the files of the directory. What cannot be read is not
/// recognised.
pub(super) fn recognise<D: Disk>(disk: &D, names: &[String]) -> Vec<Foreign> {
    let has = |name: &str| names.iter().any(|found| found == name);
    let mut found = Vec::new();
    for file in names {
        // sled keeps its configuration and its log in files of these names.
        let is_sled = file.starts_with("snap.")
            || (matches!(&**file, "conf" | "db") && has("conf") && has("db"));
        let kind = if is_sled { Some(ForeignKind::Sled) } else { by_magic(disk, file) };
        if let Some(kind) = kind {
            found.push(Foreign { kind, file: file.clone() });
        }
    }
    found.sort_by(|one, other| (one.kind, &one.file).cmp(&(other.kind, &other.file)));
    found.dedup_by_key(|foreign| foreign.kind);
    found
}

fn by_magic<D: Disk>(disk: &D, name: &str) -> Option<ForeignKind> {
    let mut start = [0; 9];
    let read = read_up_to(&disk.open(name).ok()?, &mut start, 0).ok()?;
    let start = &start[..read];
    if start == REDB {
        return Some(ForeignKind::Redb);
    }
    let is_dump = start.len() == 9
        && start.starts_with(b"REDIS")
        && start[5..].iter().all(u8::is_ascii_digit);
    let is_log = name.starts_with("appendonly.aof");
    (is_dump || is_log).then_some(ForeignKind::Redis)
}

/// The first bytes of a database of redb.
const REDB: &[u8] = b"redb\x1A\x0A\xA9\x0D\x0A";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::disk::append_all;
    use crate::journal::{Journal, JournalSettings, SimDisk};

    fn disk_with(files: &[(&str, &[u8])]) -> SimDisk {
        let disk = SimDisk::new(1);
        for (name, bytes) in files {
            append_all(&disk.create(name).unwrap(), bytes).unwrap();
        }
        disk.sync_directory().unwrap();
        disk
    }

    #[test]
    fn data_of_other_programs_is_told_about_and_left_alone() {
        let files: [(&str, &[u8]); 5] = [
            ("conf", b"segment_size: 524288"),
            ("db", b"\0\0"),
            ("retain.redb", b"redb\x1A\x0A\xA9\x0D\x0A\0\0"),
            ("dump.rdb", b"REDIS0011\xFA"),
            ("notes.txt", b"REDIS is fast"),
        ];
        let disk = disk_with(&files);
        let (_, recovery) = Journal::open(disk.clone(), JournalSettings::default()).unwrap();
        let found: Vec<_> =
            recovery.foreign.iter().map(|found| (found.kind, &*found.file)).collect();
        assert_eq!(
            found,
            [
                (ForeignKind::Sled, "conf"),
                (ForeignKind::Redb, "retain.redb"),
                (ForeignKind::Redis, "dump.rdb"),
            ]
        );
        for (name, bytes) in files {
            let file = disk.open(name).unwrap();
            assert_eq!(crate::journal::disk::read_whole(&file).unwrap(), bytes, "{name}");
        }
    }

    #[test]
    fn a_name_alone_is_not_enough() {
        let disk = disk_with(&[("db", b"x"), ("a.redb", b"redb"), ("REDIS", b"REDIS00x1")]);
        assert_eq!(recognise(&disk, &disk.list().unwrap()), []);
    }
}
