//! Moving the messages that are left in a file of the log to its end, so that the file can be removed.

use std::io;
use std::sync::Arc;

use rmqtt_message::RECORD_FORMAT_VERSION;

use super::Journal;
use super::disk::Disk;
use super::frame::{CONTENT_AT, FrameBuf, Kind};
use super::index::{Index, MessageSlot, Placed, RELOCATION_HEAD_BYTES, put_relocation};
use super::reading::read_record;
use super::segment::{HEADER_BYTES, Segment, Segments};

/// A file of the log that is being emptied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compaction {
    number: u64,
    start: u64,
    end: u64,
    /// The part of the table of messages that is looked at next.
    chunk: usize,
}

/// Messages that are read in order to be moved.
#[derive(Debug)]
pub(super) struct CompactionWork<D: Disk> {
    number: u64,
    file: Arc<D::File>,
    messages: Vec<Moving>,
    outcome: Option<io::Result<FrameBuf>>,
}

#[derive(Clone, Copy, Debug)]
struct Moving {
    slot: MessageSlot,
    placed: Placed,
    offset: u64,
    /// Where in the content of the new frame its record is.
    at: usize,
}

/// Messages that are moved with the next commit.
#[derive(Debug)]
pub(super) struct Relocation {
    pub(super) frame: FrameBuf,
    messages: Vec<Moving>,
}

impl Relocation {
    pub(super) fn messages(&self) -> usize {
        self.messages.len()
    }

    /// The frame is in the log at this position.
    pub(super) fn apply<F>(&self, position: u64, index: &mut Index, segments: &mut Segments<F>) {
        let content_at = position + CONTENT_AT as u64;
        for moving in &self.messages {
            let location = content_at + moving.at as u64;
            index.relocate(moving.placed.birth, location, segments, Some(moving.slot));
        }
    }
}

impl<D: Disk> Journal<D> {
    /// Whether there are messages that wait to be moved with the next commit.
    #[must_use]
    pub fn has_relocation(&self) -> bool {
        self.relocation.is_some()
    }

    /// The next messages to be moved. `None`: none, or those before them are still on their way.
    pub(super) fn begin_compaction(&mut self) -> Option<CompactionWork<D>> {
        if self.relocation.is_some() || self.failure.is_some() {
            return None;
        }
        loop {
            let compaction = match self.compaction.take() {
                Some(compaction) => compaction,
                None => self.choose_segment()?,
            };
            if let Some(work) = self.look_for_messages(compaction) {
                return Some(work);
            }
            // It is looked through. That something is left would be a fault; it shall not make this
            // go on for ever.
            let mut segments = self.segments.iter();
            if segments.any(|left| left.number == compaction.number && left.live_bytes > 0) {
                self.immovable.push(compaction.number);
            }
        }
    }

    /// The next messages in the file, or none yet in this part of the table. `None`: the table ends.
    fn look_for_messages(&mut self, mut compaction: Compaction) -> Option<CompactionWork<D>> {
        let mut segments = self.segments.iter();
        let segment = segments.find(|segment| segment.number == compaction.number)?;
        let mut messages = Vec::new();
        let mut bytes = 0;
        let chunks = self.index.messages.chunks();
        let looked_at = chunks.min(compaction.chunk + LOOKED_AT_CHUNKS);
        while compaction.chunk < looked_at && bytes < MOVED_BYTES && messages.len() < MOVED_MESSAGES
        {
            for (slot, placed) in self.index.messages.iter_chunks(compaction.chunk, 1) {
                if (compaction.start..compaction.end).contains(&placed.location) {
                    bytes += u64::from(placed.len);
                    let offset = segment.offset(placed.location);
                    messages.push(Moving { slot, placed, offset, at: 0 });
                }
            }
            compaction.chunk += 1;
        }
        if messages.is_empty() && compaction.chunk == chunks {
            return None;
        }
        messages.sort_unstable_by_key(|moving| moving.offset);
        let (number, file) = (compaction.number, Arc::clone(&segment.file));
        self.compaction = Some(compaction);
        Some(CompactionWork { number, file, messages, outcome: None })
    }

    pub(super) fn finish_compaction(&mut self, work: CompactionWork<D>) -> bool {
        match work.outcome {
            Some(Ok(frame)) => {
                let relocation = Relocation { frame, messages: work.messages };
                self.relocation = Some(relocation).filter(|moved| moved.messages() > 0);
                return true;
            }
            Some(Err(error)) => {
                // What cannot be read stays where it is; who asks for it is told.
                self.immovable.push(work.number);
                self.compaction = None;
                self.counters.failures += 1;
                self.counters.last_error = Some(super::error::store_error(&error));
            }
            None => self.compaction = None,
        }
        false
    }

    /// Whether the quota asks for room.
    pub(super) fn is_pressed(&self) -> bool {
        let usage = self.usage();
        let is_near = usage.bound.is_some_and(|bound| usage.disk_bytes >= bound.max / 4 * 3);
        self.compacts_all || is_near
    }

    /// The closed file with the least that is needed, if moving it is worth its while.
    fn choose_segment(&self) -> Option<Compaction> {
        let closed = self.segments.closed().iter();
        let worth = closed
            .filter(|segment| segment.live_bytes > 0 && !self.immovable.contains(&segment.number));
        let small = self.settings.segment_bytes() / SMALL;
        let number_of_small = worth.clone().filter(|segment| segment.file_bytes < small).count();
        let gain_min_percent = match (self.compacts_all, self.is_pressed()) {
            (true, _) => 1,
            (false, true) => 10,
            (false, false) => 50,
        };
        let chosen = worth
            .filter(|segment| {
                let is_small = segment.file_bytes < small && number_of_small > SMALL_MAX;
                gain_percent(segment) >= gain_min_percent || is_small
            })
            .max_by_key(|segment| gain_percent(segment))?;
        Some(Compaction { number: chosen.number, start: chosen.start, end: chosen.end, chunk: 0 })
    }
}

impl<D: Disk> CompactionWork<D> {
    pub(super) fn run(&mut self) {
        self.outcome = Some(self.read());
    }

    fn read(&mut self) -> io::Result<FrameBuf> {
        let mut frame = FrameBuf::new(Kind::Relocations, RECORD_FORMAT_VERSION);
        let mut record = Vec::new();
        for moving in &mut self.messages {
            read_record(&*self.file, moving.offset, &moving.placed, &mut record)?;
            moving.at = put_relocation(&mut frame, moving.placed.birth, &record);
        }
        Ok(frame)
    }
}

/// How much of a file is won if its messages are moved: what they take in the new place counts, so
/// that a file of moved messages is not moved again.
fn gain_percent<F>(segment: &Segment<F>) -> u64 {
    let moved = segment.live_bytes + segment.live_messages * RELOCATION_HEAD_BYTES;
    let needed = (HEADER_BYTES + CONTENT_AT) as u64 + moved;
    segment.file_bytes.saturating_sub(needed) * 100 / segment.file_bytes.max(1)
}

/// Bytes that are moved at a time.
const MOVED_BYTES: u64 = 1 << 20;
/// Messages that are moved at a time.
const MOVED_MESSAGES: usize = 8_192;
/// Parts of the table of messages that are looked through at a time.
const LOOKED_AT_CHUNKS: usize = 64;
/// A file with fewer bytes than this part of a full one is small.
const SMALL: u64 = 8;
/// Small files that are left alone.
const SMALL_MAX: usize = 8;
