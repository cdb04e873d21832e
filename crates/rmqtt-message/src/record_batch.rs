use core::fmt;

use crate::encoding::Reader;
use crate::{Record, RecordError};

/// The records of one turn of a worker: committed as a whole or not at all.
///
/// They are held in the form in which they are stored, behind a byte that says the format version,
/// so that a store has nothing to encode. A batch that is used again does not allocate.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RecordBatch {
    encoded: Vec<u8>,
}

impl RecordBatch {
    /// Adds a record to the end.
    pub fn push(&mut self, record: &Record<'_>) {
        if self.encoded.is_empty() {
            self.encoded.push(RECORD_FORMAT_VERSION);
        }
        record.write(&mut self.encoded);
    }

    /// Moves the records of `other` to the end.
    pub fn append(&mut self, other: &mut Self) {
        if self.encoded.is_empty() {
            core::mem::swap(self, other);
        } else if let Some((_, records)) = other.encoded.split_first() {
            self.encoded.extend_from_slice(records);
        }
        other.clear();
    }

    /// Forgets all records. The room is kept, unless it is out of the ordinary.
    pub fn clear(&mut self) {
        self.encoded.clear();
        self.encoded.shrink_to(KEPT_BYTES);
    }

    /// Whether there is no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.encoded.is_empty()
    }

    /// The records in their order.
    ///
    /// # Panics
    ///
    /// Never: only [`RecordBatch::push`] wrote the records.
    pub fn iter(&self) -> impl Iterator<Item = Record<'_>> {
        let records = Records::read(&self.encoded).expect(WRITTEN);
        records.map(|record| record.expect(WRITTEN))
    }

    /// The records as they are stored; nothing for an empty batch.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.encoded
    }
}

impl fmt::Debug for RecordBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Reads back what [`RecordBatch::as_bytes`] gave. Ends after the first error.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    reader: Reader<'a>,
}

impl<'a> Records<'a> {
    /// The records in these bytes.
    ///
    /// # Errors
    ///
    /// [`RecordError::UnknownFormat`].
    pub fn read(encoded: &'a [u8]) -> Result<Self, RecordError> {
        match encoded.split_first() {
            None => Ok(Self { reader: Reader::new(&[]) }),
            Some((version, records)) => Self::of_version(*version, records),
        }
    }

    /// The records in these bytes, which follow the byte that says their format version.
    ///
    /// # Errors
    ///
    /// [`RecordError::UnknownFormat`].
    pub fn of_version(version: u8, records: &'a [u8]) -> Result<Self, RecordError> {
        match version {
            RECORD_FORMAT_VERSION => Ok(Self { reader: Reader::new(records) }),
            _ => Err(RecordError::UnknownFormat(version)),
        }
    }

    /// Bytes of the records that are not read yet.
    #[must_use]
    pub fn rest_bytes(&self) -> usize {
        self.reader.rest().len()
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.rest().is_empty() {
            return None;
        }
        let record = Record::read(&mut self.reader);
        if record.is_err() {
            self.reader = Reader::new(&[]);
        }
        Some(record)
    }
}

/// The format version of the records that are written.
pub const RECORD_FORMAT_VERSION: u8 = 1;
/// Room that an emptied batch keeps.
const KEPT_BYTES: usize = 256 * 1024;
const WRITTEN: &str = "the records were written by `push`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cleared_batch_keeps_its_room_unless_it_is_out_of_the_ordinary() {
        let topic = "t".repeat(100);
        let mut batch = RecordBatch::default();
        batch.push(&Record::RetainedRemoved { topic: &topic });
        let room = batch.encoded.capacity();
        batch.clear();
        assert_eq!(batch.encoded.capacity(), room);
        let long = "t".repeat(KEPT_BYTES * 2);
        batch.push(&Record::RetainedRemoved { topic: &long });
        batch.clear();
        assert!(batch.encoded.capacity() <= KEPT_BYTES);
    }
}
