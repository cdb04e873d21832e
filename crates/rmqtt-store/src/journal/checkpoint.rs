//! The state at a position of the log, written beside it in parts.

use std::io;

use super::bytes::Cursor;
use super::disk::{Disk, replace_file};
use super::error::store_error;
use super::index::SHARDS;
use super::segment::numbered;
use super::{Journal, LogSync, Obsolete};

/// A checkpoint on the disk.
#[derive(Clone, Debug)]
pub(super) struct StoredCheckpoint {
    pub(super) number: u64,
    pub(super) bytes: u64,
    /// The shards of which it has the latest form.
    pub(super) shards: Vec<usize>,
}

/// A checkpoint being written.
#[derive(Debug)]
pub(super) struct CheckpointWork<D: Disk> {
    disk: D,
    /// The log first: a state that is ahead of it would hold parts of what is lost.
    sync: Option<LogSync<D>>,
    number: u64,
    bytes: Vec<u8>,
    shards: Vec<ShardBytes>,
    upto: u64,
    outcome: Option<io::Result<()>>,
}

#[derive(Clone, Copy, Debug)]
struct ShardBytes {
    shard: usize,
    bytes: u64,
}

/// A checkpoint's content.
#[derive(Debug)]
pub(super) struct Checkpoint<'a> {
    pub(super) upto: u64,
    pub(super) shards: Vec<(usize, &'a [u8])>,
}

impl<D: Disk> Journal<D> {
    /// Whether it is time to write a part of the state.
    pub(super) fn checkpoint_is_due(&self) -> bool {
        if self.checkpoint_runs || self.failure.is_some() || self.end == 0 {
            return false;
        }
        let cycle = self.cycle_bytes();
        let (last, shards) = self.last_checkpoint;
        let step = cycle / SHARDS as u64 * shards as u64;
        let oldest = self.index.replay_from();
        let is_late = self.end - oldest >= cycle || self.end - last >= step.max(1);
        is_late || (oldest < self.end && self.is_pressed() && self.waits_for_checkpoint())
    }

    /// Encodes the shards that were written the longest ago, as many as make a file of a sensible
    /// size.
    pub(super) fn begin_checkpoint(&mut self) -> CheckpointWork<D> {
        let mut oldest: Vec<usize> = (0..SHARDS).collect();
        oldest.sort_by_key(|shard| self.index.shards[*shard].upto);
        let mut shards = Vec::new();
        let mut content = Vec::new();
        for shard in oldest {
            let head = content.len();
            content.extend_from_slice(&[0; SHARD_HEAD_BYTES]);
            self.index.encode_shard(shard, &mut content);
            let bytes = (content.len() - head - SHARD_HEAD_BYTES) as u64;
            content[head..head + 4].copy_from_slice(&(shard as u32).to_le_bytes());
            content[head + 4..head + SHARD_HEAD_BYTES].copy_from_slice(&bytes.to_le_bytes());
            shards.push(ShardBytes { shard, bytes });
            if content.len() >= self.settings.checkpoint_bytes {
                break;
            }
        }
        let number = self.next_checkpoint;
        self.next_checkpoint += 1;
        self.checkpoint_runs = true;
        self.last_checkpoint = (self.end, shards.len());
        CheckpointWork {
            disk: self.disk.clone(),
            sync: self.begin_sync(),
            number,
            bytes: encode(self.end, shards.len(), &content, self.salt),
            shards,
            upto: self.end,
            outcome: None,
        }
    }

    pub(super) fn finish_checkpoint(&mut self, work: CheckpointWork<D>) -> bool {
        self.checkpoint_runs = false;
        if let Some(sync) = work.sync {
            self.finish_sync(sync);
        }
        match work.outcome {
            Some(Ok(())) => {}
            Some(Err(error)) => {
                let error = store_error(&error);
                self.counters.last_error = Some(error);
                self.counters.failures += 1;
                self.obsolete.push(Obsolete { name: checkpoint_name(work.number), bytes: 0 });
                return false;
            }
            None => return false,
        }
        self.counters.checkpoints += 1;
        self.counters.checkpoint_bytes += work.bytes.len() as u64;
        let written: Vec<usize> = work.shards.iter().map(|written| written.shard).collect();
        for written in &work.shards {
            let shard = &mut self.index.shards[written.shard];
            shard.upto = work.upto;
            shard.stored_bytes = written.bytes;
        }
        for stored in &mut self.checkpoints {
            stored.shards.retain(|shard| !written.contains(shard));
        }
        self.checkpoints.push(StoredCheckpoint {
            number: work.number,
            bytes: work.bytes.len() as u64,
            shards: written,
        });
        let (kept, done) = self.checkpoints.drain(..).partition(|stored| !stored.shards.is_empty());
        self.checkpoints = kept;
        self.obsolete.extend(done.into_iter().map(|stored: StoredCheckpoint| Obsolete {
            name: checkpoint_name(stored.number),
            bytes: stored.bytes,
        }));
        true
    }

    /// Bytes of the log in which every shard is written once: all that is read after a crash, and at
    /// least as many as are written for it.
    fn cycle_bytes(&self) -> u64 {
        let state: u64 = self.index.shards.iter().map(|shard| shard.stored_bytes).sum();
        self.settings.replay_bytes().max(state)
    }

    /// Whether a file of the log could be removed if the state beside it were newer.
    fn waits_for_checkpoint(&self) -> bool {
        let oldest = self.index.replay_from();
        let mut closed = self.segments.closed().iter();
        closed.any(|segment| segment.live_bytes == 0 && !segment.is_dead(oldest))
    }
}

impl<D: Disk> CheckpointWork<D> {
    pub(super) fn run(&mut self) {
        if let Some(sync) = &mut self.sync {
            sync.run();
            if !sync.went_well() {
                return;
            }
        }
        self.outcome = Some(replace_file(&self.disk, &checkpoint_name(self.number), &self.bytes));
    }
}

/// The name of the checkpoint with this number.
pub(super) fn checkpoint_name(number: u64) -> String {
    format!("{NAME_START}{number:016x}")
}

/// The number in the name of a checkpoint.
pub(super) fn checkpoint_number(name: &str) -> Option<u64> {
    numbered(name, NAME_START)
}

fn encode(upto: u64, shards: usize, content: &[u8], salt: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD_BYTES + content.len() + 4);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    bytes.extend_from_slice(&upto.to_le_bytes());
    bytes.extend_from_slice(&(shards as u32).to_le_bytes());
    bytes.extend_from_slice(content);
    let sum = sum(salt, &bytes);
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes
}

/// What is in a checkpoint; the version if it is of another format.
pub(super) fn decode(bytes: &[u8], salt: u64) -> Result<Checkpoint<'_>, Option<u32>> {
    let (content, stored_sum) = bytes.split_last_chunk::<4>().ok_or(None)?;
    if sum(salt, content) != u32::from_le_bytes(*stored_sum) {
        return Err(None);
    }
    let mut cursor = Cursor::new(content);
    let mut read = || {
        let magic = cursor.take(MAGIC.len())?;
        let version = cursor.fixed_u32()?;
        if magic != MAGIC || version != FORMAT_VERSION {
            return Some(Err(Some(version).filter(|_| magic == MAGIC)));
        }
        let upto = cursor.fixed_u64()?;
        let mut shards = Vec::new();
        for _ in 0..cursor.fixed_u32()? {
            let shard = cursor.fixed_u32()? as usize;
            let len = usize::try_from(cursor.fixed_u64()?).ok()?;
            shards.push((shard, cursor.take(len)?));
        }
        let is_whole = cursor.is_at_end() && shards.iter().all(|(shard, _)| *shard < SHARDS);
        is_whole.then_some(Ok(Checkpoint { upto, shards }))
    };
    read().unwrap_or(Err(None))
}

fn sum(salt: u64, bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&salt.to_le_bytes()), bytes)
}

const MAGIC: &[u8; 8] = b"rmqttckp";
const FORMAT_VERSION: u32 = 1;
const NAME_START: &str = "state-";
/// Magic, version, position, number of shards.
const HEAD_BYTES: usize = 8 + 4 + 8 + 4;
/// Number and length.
const SHARD_HEAD_BYTES: usize = 4 + 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_changed_byte_of_a_checkpoint_goes_unnoticed() {
        let mut content = 3_u32.to_le_bytes().to_vec();
        content.extend_from_slice(&2_u64.to_le_bytes());
        content.extend_from_slice(b"ab");
        let bytes = encode(77, 1, &content, 5);
        let found = decode(&bytes, 5).unwrap();
        assert_eq!((found.upto, found.shards), (77, vec![(3, &b"ab"[..])]));
        assert_eq!(decode(&bytes, 6).err(), Some(None));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(decode(&damaged, 5).is_err(), "byte {at}");
            assert!(decode(&bytes[..at], 5).is_err(), "cut at {at}");
        }
    }
}
