use std::io;

use rmqtt_message::RecordError;
use thiserror::Error;

use crate::StoreError;

/// Why a journal cannot be opened, read or copied.
#[derive(Debug, Error)]
pub enum JournalError {
    /// What was safely stored has changed since. Nothing was altered.
    #[error("{file} is damaged at byte {at}: {what}")]
    Damaged {
        /// The file.
        file: Box<str>,
        /// Where in it, in bytes from its beginning.
        at: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// A later release wrote this.
    #[error("{file} has format version {version}, which this release does not know")]
    UnknownFormat {
        /// The file.
        file: Box<str>,
        /// Its version.
        version: u32,
    },
    /// Another process has the directory.
    #[error("another process uses the store")]
    InUse,
    /// The operating system refused something.
    #[error("{file}: {source}")]
    Io {
        /// The file, or what stands for the directory.
        file: Box<str>,
        /// Why.
        source: io::Error,
    },
}

impl JournalError {
    pub(super) fn io(file: &str, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::ResourceBusy {
            return Self::InUse;
        }
        Self::Io { file: file.into(), source }
    }

    pub(super) fn damaged(file: &str, at: u64, what: &'static str) -> Self {
        Self::Damaged { file: file.into(), at, what }
    }

    pub(super) fn of_records(file: &str, at: u64, error: RecordError) -> Self {
        match error {
            RecordError::UnknownFormat(version) => {
                Self::UnknownFormat { file: file.into(), version: version.into() }
            }
            RecordError::UnknownKind(_) | RecordError::Cut | RecordError::Invalid => {
                Self::damaged(file, at, "its checksum is right, but it holds no records")
            }
        }
    }
}

impl From<&JournalError> for StoreError {
    fn from(error: &JournalError) -> Self {
        match error {
            JournalError::Damaged { at, .. } => Self::Damaged { at: *at },
            JournalError::UnknownFormat { .. } => Self::Io(io::ErrorKind::Unsupported),
            JournalError::InUse => Self::Io(io::ErrorKind::ResourceBusy),
            JournalError::Io { source, .. } => store_error(source),
        }
    }
}

/// What a failure of the disk means to those who store.
pub(super) fn store_error(error: &io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull
        | io::ErrorKind::QuotaExceeded
        | io::ErrorKind::FileTooLarge
        | io::ErrorKind::WriteZero => StoreError::Full,
        kind => StoreError::Io(kind),
    }
}
