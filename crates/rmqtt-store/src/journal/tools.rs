//! What operators do with a store: as functions, for a command line to call.
//!
//! | function | the store meanwhile | what it does |
//! |---|---|---|
//! | [`check`] | not open | reads every byte and reports, changes nothing |
//! | [`dump`] | not open | writes what is stored for people to read, changes nothing |
//! | [`compact`] | not open | gives back all the room that can be given back |
//! | [`export`] | not open | writes everything as one portable stream, changes nothing |
//! | [`import`] | new | makes a store from such a stream |
//! | [`backup`] | in use | makes a consistent copy |

mod backup;
mod check;
mod compact;
mod dump;
mod export;
mod import;

use std::io;

use thiserror::Error;

use super::JournalError;
use crate::StoreError;

pub use backup::{Backup, backup};
pub use check::{CheckReport, CheckedFile, check};
pub use compact::{Compacted, compact};
pub use dump::{Payloads, dump};
pub use export::export;
pub use import::import;

/// Why a tool has not done what it was asked to.
#[derive(Debug, Error)]
pub enum ToolError {
    /// The store cannot be opened or copied.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A part of the store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The stream, or where it goes, failed.
    #[error("the stream failed: {0}")]
    Stream(#[from] io::Error),
    /// The stream was not written by [`export`], is cut, or has changed.
    #[error("the stream holds no whole export: {0}")]
    NoExport(&'static str),
    /// There is a store already.
    #[error("the directory holds a store already")]
    NotEmpty,
}

#[cfg(test)]
mod tests;
