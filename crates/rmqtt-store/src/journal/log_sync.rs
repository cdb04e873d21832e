use std::io;
use std::sync::Arc;

use super::disk::{Disk, DiskFile};
use super::error::store_error;
use super::{Journal, Unsynced};

/// The log being synced.
#[derive(Debug)]
#[must_use]
pub struct LogSync<D: Disk> {
    disk: D,
    files: Vec<Arc<D::File>>,
    directory: bool,
    upto: u64,
    next_segment: u64,
    outcome: Option<io::Result<()>>,
}

impl<D: Disk> Journal<D> {
    /// Begins to sync what was committed without it. None: there is nothing.
    pub fn begin_sync(&self) -> Option<LogSync<D>> {
        if self.failure.is_some() || self.synced == self.end {
            return None;
        }
        Some(LogSync {
            disk: self.disk.clone(),
            files: self.unsynced.iter().map(|unsynced| Arc::clone(&unsynced.file)).collect(),
            directory: self.directory_unsynced,
            upto: self.end,
            next_segment: self.next_segment,
            outcome: None,
        })
    }

    /// Takes note of what has become of it. If it failed, there is a [`Journal::failure`].
    pub fn finish_sync(&mut self, sync: LogSync<D>) {
        match sync.outcome {
            None => {}
            Some(Ok(())) => self.note_synced(sync.upto, sync.next_segment),
            Some(Err(error)) => self.fail(store_error(&error)),
        }
    }

    pub(super) fn note_synced(&mut self, upto: u64, next_segment: u64) {
        self.synced = self.synced.max(upto);
        self.unsynced.retain(|unsynced| unsynced.end > upto);
        self.directory_unsynced &= self.next_segment != next_segment;
        self.counters.syncs += 1;
    }

    /// Counts files of an earlier life as unsynced: the system may still have their bytes only in
    /// memory.
    pub(super) fn distrust(&mut self, from: u64) {
        let later = self.segments.iter().filter(|segment| segment.end > from);
        let distrusted =
            later.map(|segment| Unsynced { file: Arc::clone(&segment.file), end: segment.end });
        self.unsynced = distrusted.collect();
        self.directory_unsynced = true;
        self.synced = from;
    }
}

impl<D: Disk> LogSync<D> {
    /// Syncs.
    pub fn run(&mut self) {
        let files = self.files.iter().try_for_each(|file| file.sync());
        self.outcome = Some(match self.directory {
            true => files.and_then(|()| self.disk.sync_directory()),
            false => files,
        });
    }

    /// Whether it was run and went well.
    pub(super) fn went_well(&self) -> bool {
        matches!(self.outcome, Some(Ok(())))
    }

    pub(super) fn into_error(self) -> Option<io::Error> {
        self.outcome?.err()
    }
}
