use std::io;
use std::sync::Arc;

use super::compaction::Relocation;
use super::disk::{Disk, DiskFile, append_all};
use super::error::store_error;
use super::frame::FrameBuf;
use super::segment::{HEADER_BYTES, Segment, SegmentHeader, segment_name};
use super::{Journal, Obsolete, SyncLevel, Unsynced};
use crate::StoreError;

/// A group of batches on its way into the log.
#[derive(Debug)]
#[must_use]
pub struct Commit<D: Disk> {
    disk: D,
    /// The file that it is added to.
    file: Option<Arc<D::File>>,
    /// The file that is to be made for it.
    new: Option<SegmentHeader>,
    salt: u64,
    position: u64,
    records: FrameBuf,
    relocation: Option<Relocation>,
    sync: bool,
    outcome: Option<io::Result<()>>,
}

impl<D: Disk> Journal<D> {
    /// Begins to commit these records, and a relocation that waits. Exactly one commit may be on its
    /// way at a time, and none while there is a [`Journal::failure`].
    pub(super) fn begin_commit(&mut self, mut records: FrameBuf) -> Commit<D> {
        debug_assert_eq!(self.failure, None, "nothing is written in a store that has failed");
        let position = self.end;
        let mut relocation = self.relocation.take();
        let mut next = position;
        let relocated = relocation.as_mut().map(|relocation| &mut relocation.frame);
        for frame in [Some(&mut records), relocated].into_iter().flatten() {
            if !frame.is_empty() {
                frame.seal(self.salt, next, self.synced);
                next += frame.as_bytes().len() as u64;
            }
        }
        let segment_bytes = self.settings.segment_bytes();
        let tail = self.segments.last_mut().filter(|_| self.has_tail);
        let tail = tail.filter(|tail| tail.file_bytes < segment_bytes);
        let file = tail.map(|tail| Arc::clone(&tail.file));
        let new = file.is_none().then_some(SegmentHeader {
            number: self.next_segment,
            start: position,
            synced: self.synced,
        });
        self.next_segment += u64::from(new.is_some());
        Commit {
            disk: self.disk.clone(),
            file,
            new,
            salt: self.salt,
            position,
            records,
            relocation,
            sync: self.settings.level == SyncLevel::Fsync,
            outcome: None,
        }
    }

    /// Takes note of what has become of the commit. Gives the room of its records back.
    ///
    /// # Errors
    ///
    /// Why it failed: then it has no effect, and there is a [`Journal::failure`].
    pub(super) fn finish_commit(
        &mut self,
        commit: Commit<D>,
    ) -> (FrameBuf, Result<(), StoreError>) {
        let Commit { file, new, position, records, relocation, sync, outcome, .. } = commit;
        if let Err(error) = outcome.unwrap_or(Ok(())) {
            if let Some(header) = new {
                self.obsolete.push(Obsolete { name: segment_name(header.number), bytes: 0 });
            }
            self.relocation = relocation;
            let error = store_error(&error);
            self.fail(error);
            return (records, Err(error));
        }
        let file = file.expect("a commit that went well has a file");
        if let Some(header) = new {
            self.begin_segment(&header, Arc::clone(&file), position);
        }
        let mut next = position;
        if !records.is_empty() {
            let frame = records.as_bytes();
            self.index
                .apply_frame(position, frame, &mut self.segments)
                .expect("a batch holds the records that were pushed");
            next += frame.len() as u64;
        }
        if let Some(relocation) = &relocation {
            let frame = relocation.frame.as_bytes();
            relocation.apply(next, &mut self.index, &mut self.segments);
            self.counters.relocated_messages += relocation.messages() as u64;
            next += frame.len() as u64;
        }
        self.end = next;
        let added = next - position;
        let tail = self.segments.last_mut().expect("it was found, or begun above");
        tail.end = next;
        tail.file_bytes += added;
        self.counters.groups += 1;
        self.counters.log_bytes += added;
        if sync {
            self.synced = next;
            self.counters.syncs += 1;
        } else {
            self.note_unsynced(file, new.is_some());
        }
        if next - self.room_measured_at >= MEASURED_BYTES {
            self.measure_room();
        }
        (records, Ok(()))
    }

    pub(super) fn begin_segment(&mut self, header: &SegmentHeader, file: Arc<D::File>, end: u64) {
        self.segments.push(Segment {
            number: header.number,
            start: header.start,
            end,
            file_bytes: HEADER_BYTES as u64 + (end - header.start),
            live_bytes: 0,
            live_messages: 0,
            dead_since: None,
            file,
        });
        self.has_tail = true;
    }

    fn note_unsynced(&mut self, file: Arc<D::File>, is_new: bool) {
        self.directory_unsynced |= is_new;
        match self.unsynced.last_mut().filter(|last| Arc::ptr_eq(&last.file, &file)) {
            Some(last) => last.end = self.end,
            None => self.unsynced.push(Unsynced { file, end: self.end }),
        }
    }
}

impl<D: Disk> Commit<D> {
    /// Writes, and syncs if that is to be done before anybody hears of it.
    pub fn run(&mut self) {
        self.outcome = Some(self.write());
    }

    fn write(&mut self) -> io::Result<()> {
        if let Some(header) = &self.new {
            let file = self.disk.create(&segment_name(header.number))?;
            append_all(&file, &header.encode(self.salt))?;
            self.file = Some(Arc::new(file));
        }
        let Some(file) = self.file.as_deref() else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let relocated = self.relocation.as_ref().map(|relocation| &relocation.frame);
        for frame in [Some(&self.records), relocated].into_iter().flatten() {
            if !frame.is_empty() {
                append_all(file, frame.as_bytes())?;
            }
        }
        if self.sync {
            file.sync()?;
            if self.new.is_some() {
                self.disk.sync_directory()?;
            }
        }
        Ok(())
    }
}

/// Bytes of the log after which the disk is asked for its room, if nobody has asked before.
const MEASURED_BYTES: u64 = 4 << 20;
