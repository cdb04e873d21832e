//! The file that says that a directory holds a store of ours.

use std::io;

use super::bytes::Cursor;
use super::disk::{Disk, read_whole, replace_file};
use super::error::JournalError;

/// What makes a store itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// Goes into every checksum of the log. No client knows it, so none can send a payload that
    /// looks like a part of the log.
    pub(super) salt: u64,
}

impl Identity {
    /// The identity in the directory, if it has one.
    pub(super) fn read<D: Disk>(disk: &D) -> Result<Option<Self>, JournalError> {
        let file = match disk.open(FILE) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(JournalError::io(FILE, error)),
        };
        let bytes = read_whole(&file).map_err(|error| JournalError::io(FILE, error))?;
        Self::decode(&bytes).map(Some)
    }

    /// Makes a new one and writes it.
    pub(super) fn create<D: Disk>(disk: &D) -> Result<Self, JournalError> {
        let identity = Self { salt: disk.random() };
        replace_file(disk, FILE, &identity.encode())
            .map_err(|error| JournalError::io(FILE, error))?;
        Ok(identity)
    }

    pub(super) fn encode(self) -> Vec<u8> {
        let mut bytes = Vec::from(MAGIC);
        bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes.extend_from_slice(&self.salt.to_le_bytes());
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Result<Self, JournalError> {
        let read = || {
            let mut cursor = Cursor::new(bytes);
            let magic = cursor.take(MAGIC.len())?;
            let version = cursor.fixed_u32()?;
            let salt = cursor.fixed_u64()?;
            let sum = cursor.fixed_u32()?;
            let sum_is_right = crc32c::crc32c(&bytes[..SUMMED]) == sum && cursor.is_at_end();
            (magic == MAGIC).then_some((version, salt, sum_is_right))
        };
        match read() {
            Some((FORMAT_VERSION, salt, true)) => Ok(Self { salt }),
            Some((version, _, true)) => {
                Err(JournalError::UnknownFormat { file: FILE.into(), version })
            }
            _ => Err(JournalError::damaged(FILE, 0, "it does not say which store this is")),
        }
    }
}

/// The file's name.
pub(super) const FILE: &str = "store.rmqtt";
const MAGIC: &[u8; 8] = b"rmqttsto";
const FORMAT_VERSION: u32 = 1;
/// Bytes before the checksum.
const SUMMED: usize = 8 + 4 + 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::SimDisk;

    #[test]
    fn an_identity_stays_and_no_bit_of_it_changes_unnoticed() {
        let disk = SimDisk::new(1);
        assert_eq!(Identity::read(&disk).unwrap(), None);
        let identity = Identity::create(&disk).unwrap();
        assert_eq!(Identity::read(&disk).unwrap(), Some(identity));
        let bytes = identity.encode();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(Identity::decode(&damaged).is_err(), "byte {at}");
            assert!(Identity::decode(&bytes[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn another_format_version_is_named() {
        let mut bytes = Identity { salt: 1 }.encode();
        bytes[8] = 9;
        bytes.truncate(SUMMED);
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        let error = Identity::decode(&bytes).unwrap_err();
        assert!(matches!(error, JournalError::UnknownFormat { version: 9, .. }), "{error}");
    }
}
