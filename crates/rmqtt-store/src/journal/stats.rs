use rmqtt_message::{Record, RecordBatch};

use crate::StoreError;

/// What is to be known of a journal from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalStats {
    /// Bytes of all files of the store.
    pub disk_bytes: u64,
    /// Bytes that they may have.
    pub disk_bytes_max: Option<u64>,
    /// Bytes that the disk has left; none if it does not say.
    pub available_bytes: Option<u64>,
    /// Bytes of records in the log whose messages somebody is still to get.
    pub live_bytes: u64,
    /// Files of the log.
    pub segments: usize,
    /// Bytes that were ever committed.
    pub log_end: u64,
    /// How many of them are known to be on the disk.
    pub log_synced: u64,
    /// Bytes of the log that would be read after a crash.
    pub replay_bytes: u64,
    /// Open sessions.
    pub sessions: usize,
    /// Messages that somebody is still to get, each counted once.
    pub messages: usize,
    /// What the store takes.
    pub admission: Admission,
    /// Why nothing can be written, if so: the text of an alarm.
    pub failure: Option<StoreError>,
    /// What was last to be done beside the log (a checkpoint, moving messages, removing files) has
    /// failed: nothing is lost, but the log grows. [`Counters::last_error`] says why.
    pub is_hindered: bool,
    /// What has happened since the store was opened.
    pub counters: Counters,
}

/// How often things have happened since the store was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Groups of batches that were committed.
    pub groups: u64,
    /// Bytes that were written to the log.
    pub log_bytes: u64,
    /// Bytes that were written to checkpoints.
    pub checkpoint_bytes: u64,
    /// Times that the log was synced.
    pub syncs: u64,
    /// Checkpoints that were written.
    pub checkpoints: u64,
    /// Messages that were moved to the end of the log, so that a file of it could be removed.
    pub relocated_messages: u64,
    /// Files of the log that were removed.
    pub removed_segments: u64,
    /// Batches that were refused or have failed.
    pub refused_batches: u64,
    /// Times that a write or a sync has failed.
    pub failures: u64,
    /// Why the last one did.
    pub last_error: Option<StoreError>,
}

/// What a store takes, as its quota fills.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Admission {
    /// Everything.
    #[default]
    All,
    /// No messages. Clients may still come, to take theirs.
    NoMessages,
    /// Only what takes something away.
    OnlyRemovals,
    /// Nothing.
    Nothing,
}

impl Admission {
    /// What is taken at this number of bytes. A sixteenth of the bound is kept for what makes room.
    pub(super) fn of(bytes: u64, bytes_max: Option<u64>) -> Self {
        let Some(max) = bytes_max else {
            return Self::All;
        };
        let reserve = max / 16;
        if bytes < max {
            Self::All
        } else if bytes < max + reserve / 2 {
            Self::NoMessages
        } else if bytes < max + reserve {
            Self::OnlyRemovals
        } else {
            Self::Nothing
        }
    }

    /// Whether a batch is refused for what it holds.
    pub(super) fn refuses(self, batch: &RecordBatch) -> bool {
        match self {
            Self::All => false,
            Self::NoMessages => batch.iter().any(|record| {
                matches!(
                    record,
                    Record::Enqueued { .. } | Record::Retained { .. } | Record::Delayed { .. }
                )
            }),
            Self::OnlyRemovals => batch.iter().any(|record| match record {
                Record::SessionOpened { .. }
                | Record::Subscribed { .. }
                | Record::Enqueued { .. }
                | Record::Received { .. }
                | Record::Retained { .. }
                | Record::Delayed { .. }
                | Record::WillSet { .. } => true,
                Record::SessionDetached { .. }
                | Record::SessionEnded { .. }
                | Record::Unsubscribed { .. }
                | Record::Sent { .. }
                | Record::ReleaseOwed { .. }
                | Record::Acknowledged { .. }
                | Record::Dequeued { .. }
                | Record::Released { .. }
                | Record::RetainedRemoved { .. }
                | Record::DelayedDone { .. }
                | Record::WillCleared { .. } => false,
            }),
            Self::Nothing => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_closes_in_steps() {
        let steps = [(0, Admission::All), (1_599, Admission::All), (1_600, Admission::NoMessages)]
            .into_iter()
            .chain([(1_650, Admission::OnlyRemovals), (1_700, Admission::Nothing)]);
        for (bytes, expected) in steps {
            assert_eq!(Admission::of(bytes, Some(1_600)), expected, "{bytes}");
        }
        assert_eq!(Admission::of(u64::MAX, None), Admission::All);
    }
}
