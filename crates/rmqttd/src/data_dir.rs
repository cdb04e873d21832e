//! The folder in which the node keeps what is its own, and which no second process may use.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context, bail};

/// The file whose lock says that the folder is in use. It holds the id of the process.
const LOCK_FILE: &str = "rmqttd.lock";

/// A file that is there for a moment, to see whether it can be.
const PROBE_FILE: &str = "rmqttd.probe";

/// The node's folder, locked until this is dropped. The system gives the lock back when the process
/// ends, however it ends: what is left of an earlier process is never in the way.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
    _locked: File,
}

impl DataDir {
    /// Makes the folder if there is none, for this user only, and locks it.
    ///
    /// # Errors
    /// Another process uses it, or it cannot be made or written.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let unusable = || {
            format!(
                "the data directory {} cannot be used (node.data_dir or its permissions have to be \
                 changed)",
                path.display()
            )
        };
        create(path).with_context(unusable)?;
        let mut lock = open_lock(&path.join(LOCK_FILE)).with_context(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "the data directory {} is in use by {}: each process needs its own node.data_dir",
                path.display(),
                owner(&mut lock)
            ),
            Err(TryLockError::Error(error)) => return Err(error).with_context(unusable),
        }
        write_owner(&mut lock).with_context(unusable)?;
        probe(path).with_context(unusable)?;
        Ok(Self { path: path.to_owned(), _locked: lock })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// What the place of the folder depends on when the configuration does not say it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// Is the process root's?
    pub(crate) is_root: bool,
    /// `XDG_STATE_HOME`
    pub(crate) state_home: Option<PathBuf>,
    /// `HOME`
    pub(crate) home: Option<PathBuf>,
}

impl Surroundings {
    /// Those of this process.
    pub(crate) fn of_this_process() -> Self {
        let path = |name| std::env::var_os(name).map(PathBuf::from);
        Self { is_root: is_root(), state_home: path("XDG_STATE_HOME"), home: path("HOME") }
    }

    /// `/var/lib/rmqtt` for root, else `rmqtt` where the user's programs keep their state. What is
    /// no absolute path counts as not set, as the base directory specification has it.
    ///
    /// # Errors
    /// The user has no place.
    pub(crate) fn data_dir(&self) -> anyhow::Result<PathBuf> {
        if self.is_root {
            return Ok(PathBuf::from("/var/lib/rmqtt"));
        }
        let absolute = |path: &Option<PathBuf>| path.clone().filter(|path| path.is_absolute());
        let state = absolute(&self.state_home)
            .or_else(|| absolute(&self.home).map(|home| home.join(".local/state")));
        let state = state.context(
            "there is no place for the data: neither HOME nor XDG_STATE_HOME is set, node.data_dir \
             has to name one",
        )?;
        Ok(state.join("rmqtt"))
    }
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

fn create(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn open_lock(path: &Path) -> io::Result<File> {
    // Not truncated: until it is locked, it says whose it is.
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

fn owner(lock: &mut File) -> String {
    let mut text = String::new();
    let read = lock.read_to_string(&mut text);
    match (read, text.trim().parse::<u32>()) {
        (Ok(_), Ok(id)) => format!("process {id}"),
        // Between its lock and its number.
        _ => "another process".to_owned(),
    }
}

fn write_owner(lock: &mut File) -> io::Result<()> {
    lock.set_len(0)?;
    lock.rewind()?;
    writeln!(lock, "{}", process::id())
}

/// Shows that files can be made and removed: a lock file that is there already says nothing of its
/// folder.
fn probe(folder: &Path) -> io::Result<()> {
    let path = folder.join(PROBE_FILE);
    File::create(&path)?;
    fs::remove_file(&path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings(state_home: Option<&str>, home: Option<&str>) -> Surroundings {
        Surroundings {
            is_root: false,
            state_home: state_home.map(PathBuf::from),
            home: home.map(PathBuf::from),
        }
    }

    #[test]
    fn root_keeps_data_with_the_machine_and_others_at_home() {
        let root = Surroundings { is_root: true, ..surroundings(Some("/state"), Some("/root")) };
        assert_eq!(root.data_dir().unwrap(), Path::new("/var/lib/rmqtt"));
        for (state_home, home, expected) in [
            (Some("/state"), Some("/home/a"), "/state/rmqtt"),
            (None, Some("/home/a"), "/home/a/.local/state/rmqtt"),
            (Some("state"), Some("/home/a"), "/home/a/.local/state/rmqtt"),
            (Some(""), Some("/home/a"), "/home/a/.local/state/rmqtt"),
        ] {
            let found = surroundings(state_home, home).data_dir().unwrap();
            assert_eq!(found, Path::new(expected));
        }
        let error = surroundings(None, None).data_dir().unwrap_err().to_string();
        assert!(error.contains("node.data_dir"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn it_is_made_for_its_user_only() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        let data = DataDir::open(&path).unwrap();
        assert_eq!(data.path(), path);
        for made in [path.parent().unwrap(), &path] {
            assert_eq!(fs::metadata(made).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }

    #[test]
    fn a_second_one_is_told_who_has_it_and_an_end_gives_it_back() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataDir::open(folder.path()).unwrap();
        let error = DataDir::open(folder.path()).unwrap_err().to_string();
        let expected = format!(
            "the data directory {} is in use by process {}: each process needs its own node.data_dir",
            folder.path().display(),
            process::id()
        );
        assert_eq!(error, expected);
        drop(first);
        DataDir::open(folder.path()).unwrap();
    }

    #[test]
    fn what_an_earlier_process_has_left_in_the_lock_file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join(LOCK_FILE);
        fs::write(&lock, "123456789012345\n").unwrap();
        let _data = DataDir::open(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(&lock).unwrap(), format!("{}\n", process::id()));
    }

    #[test]
    fn a_place_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let path = file.join("data");
        let error = format!("{:#}", DataDir::open(&path).unwrap_err());
        assert!(
            error.starts_with(&format!("the data directory {} cannot", path.display())),
            "{error}"
        );
    }
}
