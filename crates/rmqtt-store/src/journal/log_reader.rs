//! Reads the frames of one file of the log in their order.

use std::io;

use super::disk::{DiskFile, read_up_to};
use super::frame::{HEAD_BYTES, Head, find_magic};
use super::segment::HEADER_BYTES;

/// What stands at a place of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A sound frame of this many bytes, written when the log was synced up to here.
    Frame { len: usize, synced: u64 },
    /// The end of the file.
    End,
    /// Something else.
    Bad,
}

/// A file of the log with a window on it.
#[derive(Debug)]
pub(super) struct LogReader<'a, F> {
    file: &'a F,
    salt: u64,
    /// Position in the log of the first frame.
    start: u64,
    size: u64,
    window: Vec<u8>,
    window_at: u64,
}

impl<'a, F: DiskFile> LogReader<'a, F> {
    pub(super) fn new(file: &'a F, salt: u64, start: u64) -> io::Result<Self> {
        let size = file.size()?;
        Ok(Self { file, salt, start, size, window: Vec::new(), window_at: 0 })
    }

    /// Position after the last byte of the file.
    pub(super) fn file_end(&self) -> u64 {
        self.start + self.size.saturating_sub(HEADER_BYTES as u64)
    }

    /// What is at this position.
    pub(super) fn look_at(&mut self, position: u64) -> io::Result<Found> {
        let offset = HEADER_BYTES as u64 + (position - self.start);
        if offset >= self.size {
            return Ok(Found::End);
        }
        let salt = self.salt;
        let Some(head) = Head::read(self.bytes(offset, HEAD_BYTES)?, salt, position) else {
            return Ok(Found::Bad);
        };
        if head.len > self.size - offset {
            return Ok(Found::Bad);
        }
        let len = usize::try_from(head.len).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let frame = self.bytes(offset, len)?;
        Ok(match head.is_sound(frame, salt) {
            true => Found::Frame { len, synced: head.synced },
            false => Found::Bad,
        })
    }

    /// The bytes of the frame that was found at this position.
    pub(super) fn frame(&self, position: u64, len: usize) -> &[u8] {
        let offset = HEADER_BYTES as u64 + (position - self.start);
        let from = (offset - self.window_at) as usize;
        &self.window[from..from + len]
    }

    /// The bytes from here on, as many as there are up to this number.
    fn bytes(&mut self, offset: u64, len: usize) -> io::Result<&[u8]> {
        let window_end = self.window_at + self.window.len() as u64;
        let end = self.size.min(offset.saturating_add(len as u64));
        if offset < self.window_at || end > window_end {
            let wanted = len.max(WINDOW_BYTES).min((self.size - offset) as usize);
            self.window.resize(wanted, 0);
            let read = read_up_to(self.file, &mut self.window, offset)?;
            self.window.truncate(read);
            self.window_at = offset;
        }
        let from = (offset - self.window_at) as usize;
        let to = from.saturating_add(len).min(self.window.len());
        Ok(self.window.get(from..to).unwrap_or(&[]))
    }
}

/// The highest position that any sound frame in these bytes says was synced, wherever they begin. For
/// a file whose header cannot be read, too: a frame says itself where it stands.
pub(super) fn claims(bytes: &[u8], salt: u64) -> Option<u64> {
    let mut highest = None;
    let mut from = 0;
    while let Some(at) = find_magic(bytes, from) {
        from = at + 1;
        let rest = &bytes[at..];
        let Some(position) = Head::claimed_position(rest, salt) else { continue };
        let Some(head) = Head::read(rest, salt, position) else { continue };
        let len = usize::try_from(head.len).unwrap_or(usize::MAX);
        if rest.get(..len).is_some_and(|frame| head.is_sound(frame, salt)) {
            highest = highest.max(Some(head.synced));
            from = at + len;
        }
    }
    highest
}

const WINDOW_BYTES: usize = 1 << 20;
