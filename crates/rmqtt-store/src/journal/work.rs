use std::io;

use super::checkpoint::CheckpointWork;
use super::compaction::CompactionWork;
use super::disk::Disk;
use super::segment::Segment;
use super::{Journal, Obsolete};

/// Something that is done beside the log: to be run without the journal and then handed back.
#[derive(Debug)]
#[must_use]
pub struct Work<D: Disk>(Kind<D>);

#[derive(Debug)]
enum Kind<D: Disk> {
    Checkpoint(CheckpointWork<D>),
    Compaction(CompactionWork<D>),
    Removal(Removal<D>),
}

/// Files being removed.
#[derive(Debug)]
struct Removal<D: Disk> {
    disk: D,
    files: Vec<Obsolete>,
    /// Those that are still there.
    left: Vec<Obsolete>,
}

impl<F> Segment<F> {
    /// Whether nobody needs the file when everything before `oldest` is stored beside the log.
    pub(super) fn is_dead(&self, oldest: u64) -> bool {
        self.live_bytes == 0 && oldest >= self.end.max(self.dead_since.unwrap_or(0))
    }
}

impl<D: Disk> Journal<D> {
    /// What is to be done next, a bounded amount of it. At most one piece of work may be on its way
    /// at a time.
    pub fn next_work(&mut self) -> Option<Work<D>> {
        self.measure_room();
        // A file that was given up must be gone before those are removed that say so: else it would
        // count again.
        if self.obsolete.is_empty() {
            self.retire_segments();
        }
        if self.obsolete.len() > self.removals_failed {
            let files = std::mem::take(&mut self.obsolete);
            let removal = Removal { disk: self.disk.clone(), files, left: Vec::new() };
            return Some(Work(Kind::Removal(removal)));
        }
        // What could not be removed is tried again in the next round.
        self.removals_failed = 0;
        if self.checkpoint_is_due() {
            return Some(Work(Kind::Checkpoint(self.begin_checkpoint())));
        }
        self.begin_compaction().map(|work| Work(Kind::Compaction(work)))
    }

    /// Writes all of the state beside the log, a part at a time, so that little is read at the next
    /// start. `None`: it is written.
    pub fn next_closing_work(&mut self) -> Option<Work<D>> {
        let is_written = self.end - self.index.replay_from() < CLOSING_BYTES;
        if self.failure.is_some() || self.checkpoint_runs || is_written {
            return None;
        }
        Some(Work(Kind::Checkpoint(self.begin_checkpoint())))
    }

    /// Takes note of what has become of it. `false`: it failed, and should not be tried again at once.
    pub fn finish_work(&mut self, work: Work<D>) -> bool {
        let went_well = match work.0 {
            Kind::Checkpoint(work) => self.finish_checkpoint(work),
            Kind::Compaction(work) => self.finish_compaction(work),
            Kind::Removal(removal) => {
                self.removals_failed = removal.left.len();
                self.obsolete.extend(removal.left);
                self.removals_failed == 0
            }
        };
        self.is_hindered = !went_well;
        went_well
    }

    fn retire_segments(&mut self) {
        let oldest = self.index.replay_from();
        let closed = self.segments.closed().iter();
        let dead: Vec<u64> = closed
            .filter(|segment| segment.is_dead(oldest))
            .map(|segment| segment.number)
            .collect();
        for number in dead {
            if let Some(segment) = self.segments.remove(number) {
                let name = segment.name();
                self.obsolete.push(Obsolete { name, bytes: segment.file_bytes });
                self.counters.removed_segments += 1;
                self.immovable.retain(|immovable| *immovable != number);
            }
        }
    }
}

impl<D: Disk> Work<D> {
    /// Does it.
    pub fn run(&mut self) {
        match &mut self.0 {
            Kind::Checkpoint(work) => work.run(),
            Kind::Compaction(work) => work.run(),
            Kind::Removal(removal) => removal.run(),
        }
    }
}

impl<D: Disk> Removal<D> {
    fn run(&mut self) {
        let mut removed = Vec::new();
        for file in self.files.drain(..) {
            match self.disk.remove(&file.name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => self.left.push(file),
                _ => removed.push(file),
            }
        }
        // A name that comes back with the power is to be removed again.
        if self.disk.sync_directory().is_err() {
            self.left.append(&mut removed);
        }
    }
}

/// Bytes of the log that may be left to be read after an orderly end.
const CLOSING_BYTES: u64 = 1 << 20;
