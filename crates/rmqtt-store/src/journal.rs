//! The embedded store: an append-only log of records, and what it amounts to.
//!
//! [`Journal`] is a plain value without threads or a clock. What has to be read or written comes out of
//! it as a piece of work, which is run without the value and then handed back; whoever drives it may
//! run the work in any order and on any thread, or lose it in a power cut. [`JournalStore`] drives it
//! with three threads; [`SteppedJournal`] by hand.
//!
//! The format of the files is described in `docs/store-format.md`, the reasons in
//! `docs/adr/0008-the-embedded-store-is-one-log.md`.
//!
//! | module | what |
//! |---|---|
//! | `disk` | all input and output: the trait, the real disk, one that loses its power |
//! | `identity`, `segment`, `frame`, `checkpoint`, `bytes` | the files and what is in them |
//! | `index` | what the log amounts to, in memory |
//! | `commit`, `log_sync`, `probe` | writing the log, and going on after a failure |
//! | `work`, `compaction` | what is done beside it: checkpoints, moving messages, removing files |
//! | `recovery`, `log_reader` | reading everything again |
//! | `reading` | giving back sessions and messages |
//! | `store`, `stepped` | the shells |
//! | `foreign` | data of other programs |
//! | `tools` | for operators |

mod bytes;
mod checkpoint;
mod commit;
mod compaction;
mod disk;
mod error;
mod foreign;
mod frame;
mod identity;
mod index;
mod log_reader;
mod log_sync;
mod probe;
mod reading;
mod recovery;
mod segment;
mod settings;
mod stats;
mod stepped;
mod store;
pub mod tools;

mod work;

use std::sync::Arc;

use crate::StoreError;

pub use commit::Commit;
pub use disk::{Disk, DiskFile, Fault, RealDisk, SimDisk};
pub use error::JournalError;
pub use foreign::{Foreign, ForeignKind};
pub use log_sync::LogSync;
pub use probe::Probe;
pub use reading::Fetching;
pub use recovery::{Cut, Recovery};
pub use settings::{JournalSettings, SyncLevel};
pub use stats::{Admission, JournalStats};
pub use stepped::SteppedJournal;
pub use store::JournalStore;
pub use work::Work;

use checkpoint::StoredCheckpoint;
use compaction::{Compaction, Relocation};
use identity::Identity;
use index::{Index, SHARDS};
use segment::Segments;
use stats::{Bound, Counters, Usage};

/// The log and what it amounts to.
#[derive(Debug)]
pub struct Journal<D: Disk> {
    disk: D,
    settings: JournalSettings,
    salt: u64,
    index: Index,
    segments: Segments<D::File>,
    /// Position after the last frame that is committed.
    end: u64,
    /// Position up to which the log is known to be on the disk.
    synced: u64,
    /// The last file of the log may be added to.
    has_tail: bool,
    next_segment: u64,
    /// Files of the log with bytes that are not known to be on the disk.
    unsynced: Vec<Unsynced<D::File>>,
    /// The names of new files may not be on the disk.
    directory_unsynced: bool,
    /// Bytes that the store could have on this disk, when it was last asked.
    room_bytes: Option<u64>,
    /// Position of the log at that time.
    room_measured_at: u64,
    /// Why nothing can be written. The end of the log is as the last success left it.
    failure: Option<StoreError>,
    /// The last thing that was done beside the log has failed.
    is_hindered: bool,
    checkpoints: Vec<StoredCheckpoint>,
    next_checkpoint: u64,
    checkpoint_runs: bool,
    /// Position of the log at the last checkpoint, and how many shards were in it.
    last_checkpoint: (u64, usize),
    /// Files that nothing needs, and their bytes.
    obsolete: Vec<Obsolete>,
    /// How many of them could not be removed.
    removals_failed: usize,
    compaction: Option<Compaction>,
    relocation: Option<Relocation>,
    /// The files of the log whose messages could not be moved.
    immovable: Vec<u64>,
    /// Room is won back even where that is not worth its while.
    compacts_all: bool,
    counters: Counters,
}

#[derive(Debug)]
struct Unsynced<F> {
    file: Arc<F>,
    /// Position after the last byte that was written to it.
    end: u64,
}

/// A file to be removed.
#[derive(Clone, Debug)]
struct Obsolete {
    name: String,
    bytes: u64,
}

impl<D: Disk> Journal<D> {
    /// Opens the store in the directory, or makes one. Nothing is changed if this fails.
    ///
    /// # Errors
    ///
    /// Why the store must not be used: the broker would give clients less than they were promised.
    pub fn open(disk: D, settings: JournalSettings) -> Result<(Self, Recovery), JournalError> {
        recovery::open(disk, settings)
    }

    /// Why nothing can be written, if so: a [`Probe`] tells when that ends.
    #[must_use]
    pub fn failure(&self) -> Option<StoreError> {
        self.failure
    }

    /// What may be added, with this many bytes of records waiting.
    #[must_use]
    pub fn admission(&self, waiting_bytes: u64) -> Admission {
        self.usage().admission(waiting_bytes)
    }

    /// What is to be known of the store from outside.
    #[must_use]
    pub fn stats(&self) -> JournalStats {
        JournalStats {
            disk_bytes: self.disk_bytes(),
            disk_bytes_max: self.settings.disk_bytes_max,
            available_bytes: self.disk.available_bytes().ok(),
            live_bytes: self.segments.live_bytes(),
            segments: self.segments.len(),
            log_end: self.end,
            log_synced: self.synced,
            replay_bytes: self.end - self.index.replay_from(),
            sessions: self.index.shards.iter().map(|shard| shard.sessions.len()).sum(),
            messages: self.index.messages.len(),
            admission: self.admission(0),
            failure: self.failure,
            is_hindered: self.is_hindered,
            counters: self.counters.clone(),
        }
    }

    /// From now on wins back all the room that there is.
    fn compact_all(&mut self) {
        self.compacts_all = true;
    }

    fn identity(&self) -> Identity {
        Identity { salt: self.salt }
    }

    fn new(disk: D, settings: JournalSettings, salt: u64) -> Self {
        Self {
            disk,
            settings,
            salt,
            index: Index::new(),
            segments: Segments::new(),
            end: 0,
            synced: 0,
            has_tail: false,
            next_segment: 1,
            unsynced: Vec::new(),
            directory_unsynced: false,
            room_bytes: None,
            room_measured_at: 0,
            failure: None,
            is_hindered: false,
            checkpoints: Vec::new(),
            next_checkpoint: 1,
            checkpoint_runs: false,
            last_checkpoint: (0, SHARDS),
            obsolete: Vec::new(),
            removals_failed: 0,
            compaction: None,
            relocation: None,
            immovable: Vec::new(),
            compacts_all: false,
            counters: Counters::default(),
        }
    }

    fn usage(&self) -> Usage {
        let quota = self.settings.disk_bytes_max.map(|max| Bound { max, reserve: max / 16 });
        let kept = self.settings.disk_bytes_kept;
        let room = self.room_bytes.filter(|_| kept > 0);
        let disk =
            room.map(|room| Bound { max: room.saturating_sub(kept), reserve: kept - kept / 4 });
        let bound = [quota, disk].into_iter().flatten().min_by_key(|bound| bound.max);
        Usage { disk_bytes: self.disk_bytes(), bound }
    }

    /// Asks the disk how much room there is.
    fn measure_room(&mut self) {
        let available = self.disk.available_bytes().ok();
        self.room_bytes = available.map(|bytes| bytes.saturating_add(self.disk_bytes()));
        self.room_measured_at = self.end;
    }

    fn disk_bytes(&self) -> u64 {
        let checkpoints: u64 = self.checkpoints.iter().map(|stored| stored.bytes).sum();
        let obsolete: u64 = self.obsolete.iter().map(|file| file.bytes).sum();
        self.segments.file_bytes() + checkpoints + obsolete
    }

    /// Nothing more is added to a file whose last write or sync went wrong: the system may have
    /// forgotten which of its bytes are not on the disk.
    fn fail(&mut self, error: StoreError) {
        self.failure = Some(error);
        self.has_tail = false;
        self.counters.failures += 1;
        self.counters.last_error = Some(error);
    }
}

#[cfg(test)]
mod tests;
