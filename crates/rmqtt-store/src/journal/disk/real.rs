use std::fs::{self, File, TryLockError};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Disk, DiskFile};

/// A directory of the file system, held by one process at a time.
#[derive(Clone, Debug)]
pub struct RealDisk {
    directory: Arc<Directory>,
}

#[derive(Debug)]
struct Directory {
    path: PathBuf,
    /// Locked for as long as the value lives; none if others may write.
    _lock: Option<File>,
}

impl RealDisk {
    /// Takes the directory, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// Those of the system; [`io::ErrorKind::ResourceBusy`] if another process has it.
    pub fn lock(path: &Path) -> io::Result<Self> {
        if !path.is_dir() {
            fs::create_dir_all(path)?;
            if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                sync_directory(parent)?;
            }
        }
        let lock =
            File::options().create(true).truncate(false).write(true).open(path.join(LOCK_FILE))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::ResourceBusy.into()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        Ok(Self::new(path, Some(lock)))
    }

    /// The directory as it is, to read it: nobody is kept from changing it.
    #[must_use]
    pub fn unlocked(path: &Path) -> Self {
        Self::new(path, None)
    }

    fn new(path: &Path, lock: Option<File>) -> Self {
        Self { directory: Arc::new(Directory { path: path.to_owned(), _lock: lock }) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path.join(name)
    }
}

impl Disk for RealDisk {
    type File = RealFile;

    fn create(&self, name: &str) -> io::Result<RealFile> {
        let file =
            File::options().read(true).append(true).create_new(true).open(self.path(name))?;
        Ok(RealFile(file))
    }

    fn open(&self, name: &str) -> io::Result<RealFile> {
        File::open(self.path(name)).map(RealFile)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.directory.path)? {
            let entry = entry?;
            if entry.file_type()?.is_file()
                && let Ok(name) = entry.file_name().into_string()
            {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn sync_directory(&self) -> io::Result<()> {
        sync_directory(&self.directory.path)
    }

    fn available_bytes(&self) -> io::Result<u64> {
        available_bytes(&self.directory.path)
    }

    fn random(&self) -> u64 {
        // The keys of a new `RandomState` come from the system's source of randomness.
        RandomState::new().hash_one(0)
    }
}

/// A file of a [`RealDisk`].
#[derive(Debug)]
pub struct RealFile(File);

impl DiskFile for RealFile {
    fn append(&self, bytes: &[u8]) -> io::Result<usize> {
        (&self.0).write(bytes)
    }

    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.0, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.0, buffer, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn truncate(&self, bytes: u64) -> io::Result<()> {
        self.0.set_len(bytes)
    }

    fn size(&self) -> io::Result<u64> {
        self.0.metadata().map(|metadata| metadata.len())
    }
}

#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Names of a Windows file system are written through its own journal.
#[cfg(windows)]
fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn available_bytes(path: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(path)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Not known: what is full is noticed when it is written to.
#[cfg(windows)]
fn available_bytes(_path: &Path) -> io::Result<u64> {
    Ok(u64::MAX)
}

/// The file whose lock says that a process has the directory.
const LOCK_FILE: &str = "lock";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::disk::{append_all, read_whole, replace_file};

    #[test]
    fn a_directory_belongs_to_one_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new/store");
        let disk = RealDisk::lock(&path).unwrap();
        let second = RealDisk::lock(&path).map(|_| ()).map_err(|error| error.kind());
        assert_eq!(second, Err(io::ErrorKind::ResourceBusy));
        drop(disk);
        RealDisk::lock(&path).unwrap();
    }

    #[test]
    fn what_is_written_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let disk = RealDisk::lock(directory.path()).unwrap();
        let file = disk.create("a").unwrap();
        append_all(&file, b"hello").unwrap();
        file.sync().unwrap();
        file.truncate(4).unwrap();
        append_all(&file, b"!").unwrap();
        assert_eq!(file.size().unwrap(), 5);
        disk.sync_directory().unwrap();
        assert_eq!(disk.create("a").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        disk.rename("a", "b").unwrap();
        assert_eq!(read_whole(&disk.open("b").unwrap()).unwrap(), b"hell!");
        replace_file(&disk, "b", b"other").unwrap();
        assert_eq!(read_whole(&file).unwrap(), b"hell!", "an open file outlives its name");
        let mut names = disk.list().unwrap();
        names.sort();
        assert_eq!(names, ["b", LOCK_FILE]);
        disk.remove("b").unwrap();
        assert_eq!(disk.open("b").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(disk.available_bytes().unwrap() > 0);
        assert_ne!(disk.random(), disk.random());
    }
}
