//! A disk in memory that can lose its power.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Disk, DiskFile};

/// A disk in memory, the same for the same seed: it fails where it is told to, and after a power cut
/// it has lost, mixed up or torn what was not synced, in sectors of 512 bytes and entries of the
/// directory.
///
/// Every call that changes or syncs something is an *operation*; they are numbered from 0.
#[derive(Clone, Debug)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
}

/// What a [`SimDisk`] does instead of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It fails with this.
    Error(io::ErrorKind),
    /// If it is a write, half of the bytes are taken; the next operation then fails with this.
    Short(io::ErrorKind),
    /// The power is cut: a write may still arrive, nothing is synced, and every later call fails.
    PowerCut,
}

#[derive(Debug, Default)]
struct State {
    files: Vec<File>,
    /// The names as a process sees them.
    names: BTreeMap<String, usize>,
    /// The names that a power cut leaves.
    durable_names: BTreeMap<String, usize>,
    /// What has changed since the directory was synced.
    changes: Vec<Change>,
    operations: u64,
    faults: BTreeMap<u64, Fault>,
    /// Every operation fails.
    broken: Option<io::ErrorKind>,
    /// Every read fails.
    unreadable: Option<io::ErrorKind>,
    /// Bytes that all files together may have.
    capacity: Option<u64>,
    has_power: bool,
    random: u64,
}

#[derive(Clone, Debug, Default)]
struct File {
    bytes: Vec<u8>,
    durable: Vec<u8>,
    /// How many bytes of both are the same.
    same: usize,
}

#[derive(Clone, Debug)]
enum Change {
    Created(String, usize),
    Renamed(String, String),
    Removed(String),
}

impl SimDisk {
    /// An empty disk.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let state = State { has_power: true, random: seed, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// How many operations there have been.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Puts a fault in the place of the operation with this number.
    pub fn inject(&self, operation: u64, fault: Fault) {
        self.state().faults.insert(operation, fault);
    }

    /// From now on every operation fails with this; none: they work again.
    pub fn break_down(&self, error: Option<io::ErrorKind>) {
        self.state().broken = error;
    }

    /// From now on every read fails with this; none: they work again.
    pub fn make_unreadable(&self, error: Option<io::ErrorKind>) {
        self.state().unreadable = error;
    }

    /// Bytes that all files together may have from now on.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.state().capacity = bytes;
    }

    /// The disk as it is when the power comes back.
    #[must_use]
    pub fn after_power_cut(&self, seed: u64) -> Self {
        let state = self.state();
        let mut random = Random(Random(seed).next() ^ state.random);
        let mut names = state.durable_names.clone();
        for change in &state.changes {
            if random.below(2) == 0 {
                apply(change, &mut names);
            }
        }
        let named: BTreeSet<usize> = names.values().copied().collect();
        let after = |(number, file): (usize, &File)| match named.contains(&number) {
            true => file.after(&mut random),
            false => File::default(),
        };
        let files: Vec<File> = state.files.iter().enumerate().map(after).collect();
        let after = State {
            files,
            durable_names: names.clone(),
            names,
            has_power: true,
            random: random.next(),
            ..State::default()
        };
        Self { state: Arc::new(Mutex::new(after)) }
    }

    /// The disk as it is when only the process has died.
    #[must_use]
    pub fn after_kill(&self) -> Self {
        let state = self.state();
        let named: BTreeSet<usize> =
            state.names.values().chain(state.durable_names.values()).copied().collect();
        let after = |(number, file): (usize, &File)| match named.contains(&number) {
            true => file.clone(),
            false => File::default(),
        };
        let after = State {
            files: state.files.iter().enumerate().map(after).collect(),
            names: state.names.clone(),
            durable_names: state.durable_names.clone(),
            changes: state.changes.clone(),
            has_power: true,
            random: state.random,
            ..State::default()
        };
        Self { state: Arc::new(Mutex::new(after)) }
    }

    /// Changes the bytes of a file behind everybody's back.
    ///
    /// # Panics
    ///
    /// If there is no such file.
    pub fn damage(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        let file = *state.names.get(name).expect("a file of this name");
        let file = &mut state.files[file];
        change(&mut file.bytes);
        file.durable.clone_from(&file.bytes);
        file.same = file.bytes.len();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Counts an operation. `Ok(true)`: it is a write and takes only half of its bytes.
    fn begin(&mut self) -> io::Result<bool> {
        let number = self.operations;
        self.operations += 1;
        self.check_power()?;
        match self.faults.get(&number) {
            Some(Fault::Error(kind)) => return Err((*kind).into()),
            Some(Fault::Short(kind)) => {
                self.faults.insert(number + 1, Fault::Error(*kind));
                return Ok(true);
            }
            Some(Fault::PowerCut) => self.has_power = false,
            None => {}
        }
        self.broken.map_or(Ok(false), |kind| Err(kind.into()))
    }

    fn check_power(&self) -> io::Result<()> {
        if self.has_power { Ok(()) } else { Err(io::ErrorKind::NotConnected.into()) }
    }

    fn check_readable(&self) -> io::Result<()> {
        self.check_power()?;
        self.unreadable.map_or(Ok(()), |kind| Err(kind.into()))
    }

    fn find(&self, name: &str) -> io::Result<usize> {
        self.names.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn used(&self) -> u64 {
        self.names.values().map(|file| self.files[*file].bytes.len() as u64).sum()
    }

    fn change(&mut self, change: Change) {
        apply(&change, &mut self.names);
        self.changes.push(change);
    }
}

impl File {
    /// What of the file is there after a power cut.
    fn after(&self, random: &mut Random) -> Self {
        let (old, new) = (&self.durable, &self.bytes);
        let (shorter, longer) = (old.len().min(new.len()), old.len().max(new.len()));
        let same = self.same;
        // The length is metadata: it may be on the disk without the bytes, or the bytes without it.
        let len = match random.below(4) {
            0 => old.len(),
            1 => new.len(),
            _ => shorter + random.below(longer - shorter + 1),
        };
        let mut bytes = old.clone();
        bytes.resize(len, 0);
        let tears = random.below(4) == 0;
        for start in (same / SECTOR * SECTOR..len).step_by(SECTOR) {
            let end = (start + SECTOR).min(len);
            let written = end.min(new.len());
            match random.below(if tears { 3 } else { 2 }) {
                0 => {}
                1 if written > start => bytes[start..written].copy_from_slice(&new[start..written]),
                // What was being written when the power went: nothing anybody wanted. A sector that
                // holds synced bytes keeps them.
                _ => {
                    let from = start.max(old.len());
                    bytes[from.min(end)..end].fill(random.next() as u8);
                }
            }
        }
        let same = bytes.len();
        Self { durable: bytes.clone(), bytes, same }
    }
}

fn apply(change: &Change, names: &mut BTreeMap<String, usize>) {
    match change {
        Change::Created(name, file) => {
            names.insert(name.clone(), *file);
        }
        Change::Renamed(from, to) => {
            if let Some(file) = names.remove(from) {
                names.insert(to.clone(), file);
            }
        }
        Change::Removed(name) => {
            names.remove(name);
        }
    }
}

impl Disk for SimDisk {
    type File = SimFile;

    fn create(&self, name: &str) -> io::Result<SimFile> {
        let mut state = self.state();
        state.begin()?;
        if state.names.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = state.files.len();
        state.files.push(File::default());
        state.change(Change::Created(name.into(), file));
        Ok(SimFile { disk: self.clone(), file })
    }

    fn open(&self, name: &str) -> io::Result<SimFile> {
        let state = self.state();
        state.check_power()?;
        let file = state.find(name)?;
        Ok(SimFile { disk: self.clone(), file })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        state.begin()?;
        state.find(from)?;
        state.change(Change::Renamed(from.into(), to.into()));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.find(name)?;
        state.begin()?;
        state.change(Change::Removed(name.into()));
        Ok(())
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let state = self.state();
        state.check_readable()?;
        Ok(state.names.keys().cloned().collect())
    }

    fn sync_directory(&self) -> io::Result<()> {
        let mut state = self.state();
        state.begin()?;
        state.check_power()?;
        state.durable_names = state.names.clone();
        state.changes.clear();
        Ok(())
    }

    fn available_bytes(&self) -> io::Result<u64> {
        let state = self.state();
        state.check_power()?;
        Ok(state.capacity.map_or(u64::MAX, |capacity| capacity.saturating_sub(state.used())))
    }

    fn random(&self) -> u64 {
        let mut state = self.state();
        let mut random = Random(state.random);
        let number = random.next();
        state.random = random.0;
        number
    }
}

/// A file of a [`SimDisk`].
#[derive(Debug)]
pub struct SimFile {
    disk: SimDisk,
    file: usize,
}

impl DiskFile for SimFile {
    fn append(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.disk.state();
        let short = state.begin()?;
        let mut taken = if short { bytes.len() / 2 } else { bytes.len() };
        if let Some(capacity) = state.capacity {
            let room = capacity.saturating_sub(state.used());
            taken = taken.min(usize::try_from(room).unwrap_or(usize::MAX));
            if taken == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
        }
        state.files[self.file].bytes.extend_from_slice(&bytes[..taken]);
        state.check_power()?;
        Ok(taken)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.state();
        state.check_readable()?;
        let bytes = &state.files[self.file].bytes;
        let offset = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        let read = buffer.len().min(bytes.len() - offset);
        buffer[..read].copy_from_slice(&bytes[offset..offset + read]);
        Ok(read)
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        state.begin()?;
        state.check_power()?;
        let file = &mut state.files[self.file];
        file.durable.truncate(file.same);
        file.durable.extend_from_slice(&file.bytes[file.same..]);
        file.same = file.bytes.len();
        Ok(())
    }

    fn truncate(&self, bytes: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        state.begin()?;
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        let file = &mut state.files[self.file];
        file.bytes.truncate(bytes);
        file.same = file.same.min(bytes);
        state.check_power()
    }

    fn size(&self) -> io::Result<u64> {
        let state = self.disk.state();
        state.check_readable()?;
        Ok(state.files[self.file].bytes.len() as u64)
    }
}

#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// What a disk writes as a whole or not at all.
const SECTOR: usize = 512;

#[cfg(test)]
mod tests;
