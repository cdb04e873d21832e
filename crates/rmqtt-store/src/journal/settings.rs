use std::time::Duration;

/// How surely and with how much room a journal keeps what it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalSettings {
    /// What has to be true before a batch is called committed.
    pub level: SyncLevel,
    /// Bytes of the log's files. Default 64 MiB, at least 4 KiB.
    pub segment_bytes: u64,
    /// Bytes of the log that are read at most after a crash, if the state is smaller than that;
    /// else as many as the state has. Default 256 MiB.
    pub replay_bytes: u64,
    /// Bytes of state from which on no more is added to a file of a checkpoint: what commits wait for
    /// at a time. Default 128 KiB.
    pub checkpoint_bytes: usize,
    /// Bytes that may wait for being written; beyond them batches are refused. Default 16 MiB.
    pub pending_bytes_max: usize,
    /// Bytes of all files together, beyond which no messages are taken. What only removes is taken
    /// for another sixteenth. None, the default: no bound but the disk's.
    pub disk_bytes_max: Option<u64>,
    /// Bytes of the disk that are left to others: with less than that free, no messages are taken,
    /// with less than a quarter of it, nothing. Default 64 MiB; 0: until a write fails.
    pub disk_bytes_kept: u64,
    /// How often unsynced bytes are synced at [`SyncLevel::Os`]. Default 500 ms, so that no byte
    /// waits for a second.
    pub sync_interval: Duration,
    /// How often a store that has failed looks whether it can write again. Default 1 s.
    pub probe_interval: Duration,
}

/// What a committed batch survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncLevel {
    /// The loss of power: it is synced before anybody hears of it.
    #[default]
    Fsync,
    /// The death of the process: the operating system has it, and syncs it within a second.
    Os,
}

impl Default for JournalSettings {
    fn default() -> Self {
        Self {
            level: SyncLevel::Fsync,
            segment_bytes: 64 << 20,
            replay_bytes: 256 << 20,
            checkpoint_bytes: 128 << 10,
            pending_bytes_max: 16 << 20,
            disk_bytes_max: None,
            disk_bytes_kept: 64 << 20,
            sync_interval: Duration::from_millis(500),
            probe_interval: Duration::from_secs(1),
        }
    }
}

impl JournalSettings {
    /// Bytes at which a file of the log is closed: with a small quota smaller ones, so that room
    /// can be won back before it is reached.
    pub(super) fn segment_bytes(&self) -> u64 {
        let bytes = self.segment_bytes.max(SEGMENT_BYTES_MIN);
        match self.disk_bytes_max {
            Some(max) => bytes.min((max / 8).max(SEGMENT_BYTES_MIN)),
            None => bytes,
        }
    }

    /// As [`JournalSettings::replay_bytes`], within a quota.
    pub(super) fn replay_bytes(&self) -> u64 {
        self.disk_bytes_max.map_or(self.replay_bytes, |max| self.replay_bytes.min(max / 4)).max(1)
    }
}

const SEGMENT_BYTES_MIN: u64 = 4 << 10;
