use std::sync::Arc;

use super::ToolError;
use crate::journal::checkpoint::checkpoint_name;
use crate::journal::disk::{Disk, DiskFile as _, append_all, read_up_to, replace_file};
use crate::journal::identity;
use crate::journal::{JournalError, JournalStore};

/// A copy that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Files.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Position of the log up to which everything is in the copy.
    pub log_end: u64,
}

/// A file, or its beginning, that is copied.
struct Source<F> {
    name: String,
    file: Arc<F>,
    bytes: u64,
}

/// What belongs to one moment of the store.
struct Moment<F> {
    sources: Vec<Source<F>>,
    identity: Vec<u8>,
    log_end: u64,
}

/// Copies a store that is in use, as it is at one moment, into an empty directory. Workers wait only
/// while the files are opened.
///
/// # Errors
///
/// That something cannot be read or written. Then the copy cannot be opened.
pub fn backup<D: Disk>(store: &JournalStore<D>, target: &impl Disk) -> Result<Backup, ToolError> {
    let names = target.list().map_err(|error| JournalError::io("the directory", error))?;
    if names.iter().any(|name| name == identity::FILE) {
        return Err(ToolError::NotEmpty);
    }
    let Moment { sources, identity, log_end } = moment(store)?;
    let mut backup = Backup { files: 1, bytes: 0, log_end };
    for source in &sources {
        copy(source, target).map_err(|error| JournalError::io(&source.name, error))?;
        backup.files += 1;
        backup.bytes += source.bytes;
    }
    // Without it there is no store: it comes when everything else is on the disk.
    let io = |error| JournalError::io(identity::FILE, error);
    target.sync_directory().map_err(io)?;
    replace_file(target, identity::FILE, &identity).map_err(io)?;
    backup.bytes += identity.len() as u64;
    Ok(backup)
}

/// Opens everything that belongs to this moment: an open file can be read even if it is removed.
fn moment<D: Disk>(store: &JournalStore<D>) -> Result<Moment<D::File>, JournalError> {
    let journal = store.journal();
    let mut sources = Vec::new();
    for segment in journal.segments.iter() {
        sources.push(Source {
            name: segment.name(),
            file: Arc::clone(&segment.file),
            bytes: segment.offset(segment.end),
        });
    }
    for stored in &journal.checkpoints {
        let name = checkpoint_name(stored.number);
        let file = journal.disk.open(&name).map_err(|error| JournalError::io(&name, error))?;
        sources.push(Source { name, file: Arc::new(file), bytes: stored.bytes });
    }
    Ok(Moment { sources, identity: journal.identity().encode(), log_end: journal.end })
}

fn copy<F: crate::journal::DiskFile>(
    source: &Source<F>,
    target: &impl Disk,
) -> std::io::Result<()> {
    let file = target.create(&source.name)?;
    let mut buffer = vec![0; COPY_BYTES.min(usize::try_from(source.bytes).unwrap_or(COPY_BYTES))];
    let mut copied = 0;
    while copied < source.bytes {
        let len = (source.bytes - copied).min(buffer.len() as u64) as usize;
        if read_up_to(&*source.file, &mut buffer[..len], copied)? < len {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        append_all(&file, &buffer[..len])?;
        copied += len as u64;
    }
    file.sync()
}

const COPY_BYTES: usize = 1 << 20;
