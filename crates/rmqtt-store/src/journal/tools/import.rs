use std::io::{self, Read};

use rmqtt_message::{RecordBatch, Records};

use super::ToolError;
use super::export::{FORMAT_VERSION, MAGIC};
use crate::journal::checkpoint::checkpoint_number;
use crate::journal::identity;
use crate::journal::segment::segment_number;
use crate::journal::{Disk, JournalError, JournalSettings, JournalStats, SteppedJournal};
use crate::{Store as _, Submission};

/// Makes a store from a stream that [`super::export`] wrote. If that fails, there is no store
/// afterwards.
///
/// # Errors
///
/// That there is a store already, that the stream is not whole, or that the store cannot be written.
pub fn import<D: Disk>(disk: &D, stream: &mut impl Read) -> Result<JournalStats, ToolError> {
    if !files_of(disk)?.is_empty() {
        return Err(ToolError::NotEmpty);
    }
    let taken_in = take_in(disk, stream);
    if taken_in.is_err() {
        for name in files_of(disk)? {
            disk.remove(&name).map_err(|error| JournalError::io(&name, error))?;
        }
    }
    taken_in
}

fn take_in<D: Disk>(disk: &D, stream: &mut impl Read) -> Result<JournalStats, ToolError> {
    let mut head = [0; 12];
    read(stream, &mut head)?;
    let version = u32::from_le_bytes([head[8], head[9], head[10], head[11]]);
    if head[..8] != *MAGIC {
        return Err(ToolError::NoExport("it begins differently"));
    }
    if version != FORMAT_VERSION {
        return Err(JournalError::UnknownFormat { file: "the stream".into(), version }.into());
    }
    let (mut store, _) = SteppedJournal::open(disk.clone(), JournalSettings::default())?;
    let mut chunks = 0;
    loop {
        let mut words = [0; 8];
        read(stream, &mut words)?;
        let [len, sum] = [0, 4]
            .map(|at| u32::from_le_bytes([words[at], words[at + 1], words[at + 2], words[at + 3]]));
        if len == 0 {
            if sum != chunks {
                return Err(ToolError::NoExport("a part of it is missing"));
            }
            break;
        }
        let mut bytes = Vec::new();
        stream.by_ref().take(len.into()).read_to_end(&mut bytes)?;
        if bytes.len() != len as usize || crc32c::crc32c(&bytes) != sum {
            return Err(ToolError::NoExport("a part of it is cut or has changed"));
        }
        commit(&mut store, &bytes)?;
        chunks += 1;
    }
    store.work_all();
    store.flush()?;
    Ok(store.journal().stats())
}

fn commit<D: Disk>(store: &mut SteppedJournal<D>, bytes: &[u8]) -> Result<(), ToolError> {
    let of_records = |error| JournalError::of_records("the stream", 0, error);
    let mut batch = RecordBatch::default();
    for record in Records::read(bytes).map_err(of_records)? {
        batch.push(&record.map_err(of_records)?);
    }
    if let Submission::Refused(error) = store.submit(0, &mut batch) {
        return Err(error.into());
    }
    store.commit_some(usize::MAX);
    let mut result = Ok(());
    store.poll_completions(0, &mut |completion| result = result.and(completion.result));
    Ok(result?)
}

fn read(stream: &mut impl Read, buffer: &mut [u8]) -> Result<(), ToolError> {
    stream.read_exact(buffer).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => ToolError::NoExport("it ends too early"),
        _ => ToolError::Stream(error),
    })
}

fn files_of<D: Disk>(disk: &D) -> Result<Vec<String>, JournalError> {
    let mut names = disk.list().map_err(|error| JournalError::io("the directory", error))?;
    names.retain(|name| {
        name == identity::FILE
            || segment_number(name).is_some()
            || checkpoint_number(name).is_some()
    });
    Ok(names)
}
