use super::ToolError;
use crate::Store as _;
use crate::journal::{Disk, JournalSettings, SteppedJournal};

/// What a compaction has won.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// Bytes of the store's files before.
    pub bytes_before: u64,
    /// Bytes of them now.
    pub bytes_after: u64,
}

/// Gives back all the room that can be given back. The store must not be open. Needs as much free
/// room as the messages in it have.
///
/// # Errors
///
/// That the store cannot be opened or written. It is sound nevertheless.
pub fn compact<D: Disk>(disk: &D) -> Result<Compacted, ToolError> {
    let (mut store, _) = SteppedJournal::open(disk.clone(), JournalSettings::default())?;
    let bytes_before = store.journal().stats().disk_bytes;
    store.journal_mut().compact_all();
    store.begin_file()?;
    store.work_all();
    store.flush()?;
    let bytes_after = store.journal().stats().disk_bytes;
    Ok(Compacted { bytes_before, bytes_after })
}
