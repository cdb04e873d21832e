use std::io;
use std::sync::Arc;

use super::disk::{Disk, UNFINISHED, append_all, read_up_to};
use super::segment::{SegmentHeader, segment_name};
use super::{DiskFile as _, Journal, Obsolete};

/// An attempt to write again after a failure: a new file of the log, which begins at the last
/// position that is known to be on the disk and holds again what was committed after it.
#[derive(Debug)]
#[must_use]
pub struct Probe<D: Disk> {
    disk: D,
    header: SegmentHeader,
    salt: u64,
    copies: Vec<Copy<D::File>>,
    end: u64,
    outcome: Option<io::Result<Arc<D::File>>>,
}

/// A part of a file.
#[derive(Debug)]
struct Copy<F> {
    file: Arc<F>,
    offset: u64,
    bytes: u64,
}

impl<D: Disk> Journal<D> {
    /// Begins an attempt.
    pub fn begin_probe(&mut self) -> Probe<D> {
        let header =
            SegmentHeader { number: self.next_segment, start: self.synced, synced: self.synced };
        self.next_segment += 1;
        let later = self.segments.iter().filter(|segment| segment.end > self.synced);
        let copies = later.map(|segment| {
            let from = segment.start.max(self.synced);
            Copy {
                file: Arc::clone(&segment.file),
                offset: segment.offset(from),
                bytes: segment.end - from,
            }
        });
        Probe {
            disk: self.disk.clone(),
            header,
            salt: self.salt,
            copies: copies.collect(),
            end: self.end,
            outcome: None,
        }
    }

    /// Takes note of what has become of it. `true`: the store works again.
    pub fn finish_probe(&mut self, probe: Probe<D>) -> bool {
        let file = match probe.outcome {
            Some(Ok(file)) => file,
            // The next attempt takes the place of what this one has left.
            Some(Err(_)) | None => {
                self.next_segment = probe.header.number;
                return false;
            }
        };
        let cut = self.segments.cut(probe.header.start);
        let cut = cut
            .into_iter()
            .map(|segment| Obsolete { name: segment.name(), bytes: segment.file_bytes });
        self.obsolete.extend(cut);
        self.begin_segment(&probe.header, file, probe.end);
        self.index.count_live(&mut self.segments, self.end);
        self.unsynced.clear();
        self.directory_unsynced = false;
        self.synced = probe.end;
        self.failure = None;
        true
    }
}

impl<D: Disk> Probe<D> {
    /// Tries to write.
    pub fn run(&mut self) {
        self.outcome = Some(self.write());
    }

    /// The new name comes last: until then the old files hold what was committed.
    fn write(&self) -> io::Result<Arc<D::File>> {
        let name = segment_name(self.header.number);
        let unfinished = format!("{name}{UNFINISHED}");
        match self.disk.remove(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = self.disk.create(&unfinished)?;
        append_all(&file, &self.header.encode(self.salt))?;
        let mut buffer = vec![0; COPY_BYTES];
        for copy in &self.copies {
            let mut copied = 0;
            while copied < copy.bytes {
                let len = (copy.bytes - copied).min(COPY_BYTES as u64) as usize;
                let read = read_up_to(&*copy.file, &mut buffer[..len], copy.offset + copied)?;
                if read < len {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                append_all(&file, &buffer[..len])?;
                copied += len as u64;
            }
        }
        file.sync()?;
        self.disk.rename(&unfinished, &name)?;
        self.disk.sync_directory()?;
        Ok(Arc::new(file))
    }

    /// Why it failed, if it did.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        match self.outcome.take() {
            Some(Err(error)) => Some(error),
            outcome => {
                self.outcome = outcome;
                None
            }
        }
    }
}

const COPY_BYTES: usize = 1 << 20;
