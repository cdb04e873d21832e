//! What the journal needs of a disk, and the two that there are.

mod real;
mod sim;

use std::{fmt, io};

pub use real::RealDisk;
pub use sim::{Fault, SimDisk};

/// A directory of files. All input and output of the journal passes here.
///
/// Nothing is durable before it is synced: the bytes of a file with [`DiskFile::sync`], its name with
/// [`Disk::sync_directory`].
pub trait Disk: Clone + fmt::Debug + Send + Sync + 'static {
    /// An open file.
    type File: DiskFile;

    /// Makes an empty file.
    ///
    /// # Errors
    ///
    /// Those of the system; [`io::ErrorKind::AlreadyExists`] if there is one of this name.
    fn create(&self, name: &str) -> io::Result<Self::File>;

    /// Opens a file to read and to sync it.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn open(&self, name: &str) -> io::Result<Self::File>;

    /// Gives a file another name, in place of the file that has it.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file. Who has it open can still read it.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// The names of all files, in any order. Directories are left out.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Makes all names durable.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn sync_directory(&self) -> io::Result<()>;

    /// Bytes that can still be written.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn available_bytes(&self) -> io::Result<u64>;

    /// A number that nobody can foresee.
    fn random(&self) -> u64;
}

/// A file of a [`Disk`].
pub trait DiskFile: fmt::Debug + Send + Sync + 'static {
    /// Adds bytes to the end and gives how many were taken, which may be fewer.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn append(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Reads from this place on and gives how many bytes there were; 0 at the end.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Makes the bytes durable.
    ///
    /// # Errors
    ///
    /// Those of the system. Afterwards nobody knows which of the bytes are on the disk.
    fn sync(&self) -> io::Result<()>;

    /// Cuts the file to this many bytes.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn truncate(&self, bytes: u64) -> io::Result<()>;

    /// How many bytes there are.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn size(&self) -> io::Result<u64>;
}

/// Appends all the bytes.
pub(super) fn append_all(file: &impl DiskFile, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.append(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(taken) => bytes = &bytes[taken..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads as many bytes as there are, up to the length of the buffer.
pub(super) fn read_up_to(
    file: &impl DiskFile,
    buffer: &mut [u8],
    offset: u64,
) -> io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        match file.read_at(&mut buffer[read..], offset + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

/// Reads the whole file.
pub(super) fn read_whole(file: &impl DiskFile) -> io::Result<Vec<u8>> {
    let size = usize::try_from(file.size()?).map_err(|_| io::ErrorKind::FileTooLarge)?;
    let mut bytes = vec![0; size];
    let read = read_up_to(file, &mut bytes, 0)?;
    bytes.truncate(read);
    Ok(bytes)
}

/// Writes a file that is there as a whole, under this name, or not at all.
pub(super) fn replace_file<D: Disk>(disk: &D, name: &str, bytes: &[u8]) -> io::Result<()> {
    let unfinished = format!("{name}{UNFINISHED}");
    match disk.remove(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = disk.create(&unfinished)?;
    append_all(&file, bytes)?;
    file.sync()?;
    disk.rename(&unfinished, name)?;
    disk.sync_directory()
}

/// How the name of a file ends that is being written.
pub(super) const UNFINISHED: &str = ".new";
