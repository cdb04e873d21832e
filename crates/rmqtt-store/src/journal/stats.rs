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

/// What the store takes up, and what it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) disk_bytes: u64,
    pub(super) bound: Option<Bound>,
}

/// Bytes from which on the store takes less, and bytes beyond them for what makes room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) max: u64,
    pub(super) reserve: u64,
}

impl Usage {
    /// What is taken with so many bytes waiting.
    pub(super) fn admission(&self, waiting_bytes: u64) -> Admission {
        let Some(Bound { max, reserve }) = self.bound else {
            return Admission::All;
        };
        let bytes = self.disk_bytes.saturating_add(waiting_bytes);
        match bytes.checked_sub(max) {
            None => Admission::All,
            Some(over) if over < reserve / 2 => Admission::NoMessages,
            Some(over) if over < reserve => Admission::OnlyRemovals,
            Some(_) => Admission::Nothing,
        }
    }
}

impl Admission {
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
        let usage = |disk_bytes| {
            let bound = Some(Bound { max: 1_600, reserve: 100 });
            Usage { disk_bytes, bound }.admission(10)
        };
        for (bytes, expected) in [
            (0, Admission::All),
            (1_589, Admission::All),
            (1_590, Admission::NoMessages),
            (1_640, Admission::OnlyRemovals),
            (1_690, Admission::Nothing),
            (u64::MAX, Admission::Nothing),
        ] {
            assert_eq!(usage(bytes), expected, "{bytes}");
        }
        let unbound = Usage { disk_bytes: u64::MAX, bound: None };
        assert_eq!(unbound.admission(1), Admission::All);
    }
}
