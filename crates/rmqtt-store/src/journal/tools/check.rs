use crate::journal::checkpoint::{self, checkpoint_number};
use crate::journal::disk::{Disk, DiskFile as _, read_up_to, read_whole};
use crate::journal::error::JournalError;
use crate::journal::identity::{self, Identity};
use crate::journal::log_reader::{Found, LogReader};
use crate::journal::segment::{HEADER_BYTES, SegmentHeader, segment_number};
use crate::journal::{Cut, Foreign, JournalSettings, JournalStats, recovery};
use crate::{QueueHead, Saved};

/// What was found in a store.
#[derive(Debug, Default)]
pub struct CheckReport {
    /// The files of the store.
    pub files: Vec<CheckedFile>,
    /// Everything that keeps the store from being used, or a client from getting what it was
    /// promised. Empty for a store that is sound.
    pub problems: Vec<String>,
    /// What would be cut at the next start. Not a problem: nobody was promised it.
    pub cut: Option<Cut>,
    /// Data of other programs.
    pub foreign: Vec<Foreign>,
    /// Numbers of the store, if it can be opened.
    pub stats: Option<JournalStats>,
    /// Retained messages.
    pub retained: usize,
    /// Messages that wait for their time.
    pub delayed: usize,
}

/// A file of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedFile {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: u64,
    /// Groups of records in it; none if it is not of the log.
    pub groups: Option<u64>,
    /// Bytes at its end that hold nothing known: given up after a failure, or torn.
    pub rest_bytes: u64,
}

/// Reads every byte of the store in the directory. Changes nothing.
///
/// # Errors
///
/// That the directory cannot be read, or holds no store.
pub fn check<D: Disk>(disk: &D) -> Result<CheckReport, JournalError> {
    let mut report = CheckReport::default();
    let mut names = disk.list().map_err(|error| JournalError::io("the directory", error))?;
    names.sort();
    match Identity::read(disk) {
        Ok(Some(identity)) => {
            for name in &names {
                if let Some(file) = check_file(disk, identity, name, &mut report.problems)? {
                    report.files.push(file);
                }
            }
        }
        Ok(None) => {
            let missing = std::io::ErrorKind::NotFound.into();
            return Err(JournalError::io(identity::FILE, missing));
        }
        Err(error) => report.problems.push(error.to_string()),
    }
    match recovery::open_to_read(disk.clone(), JournalSettings::default()) {
        Ok((journal, recovery)) => {
            let loaded = journal.load(QueueHead::ALL, &mut |saved| match saved {
                Saved::Session { .. } => {}
                Saved::Retained(_) => report.retained += 1,
                Saved::Delayed(_) => report.delayed += 1,
            });
            report.problems.extend(loaded.err().map(|error| format!("a message: {error}")));
            report.stats = Some(journal.stats());
            report.cut = recovery.cut;
            report.foreign = recovery.foreign;
        }
        Err(error) => {
            let text = error.to_string();
            if !report.problems.contains(&text) {
                report.problems.push(text);
            }
        }
    }
    Ok(report)
}

fn check_file<D: Disk>(
    disk: &D,
    identity: Identity,
    name: &str,
    problems: &mut Vec<String>,
) -> Result<Option<CheckedFile>, JournalError> {
    let io = |error| JournalError::io(name, error);
    let is_checkpoint = checkpoint_number(name).is_some();
    let segment = segment_number(name);
    if !is_checkpoint && segment.is_none() && name != identity::FILE {
        return Ok(None);
    }
    let file = disk.open(name).map_err(io)?;
    let bytes = file.size().map_err(io)?;
    let mut checked = CheckedFile { name: name.into(), bytes, groups: None, rest_bytes: 0 };
    if is_checkpoint {
        let content = read_whole(&file).map_err(io)?;
        if checkpoint::decode(&content, identity.salt).is_err() {
            problems.push(JournalError::damaged(name, 0, "its checksum is wrong").to_string());
        }
    }
    if let Some(number) = segment {
        let mut header = [0; HEADER_BYTES];
        let read = read_up_to(&file, &mut header, 0).map_err(io)?;
        let mut groups = 0;
        match SegmentHeader::decode(&header[..read], identity.salt, number) {
            Ok(header) => {
                let mut reader = LogReader::new(&file, identity.salt, header.start).map_err(io)?;
                let mut position = header.start;
                while let Found::Frame { len, .. } = reader.look_at(position).map_err(io)? {
                    position += len as u64;
                    groups += 1;
                }
                checked.rest_bytes = reader.file_end() - position;
            }
            Err(_) => checked.rest_bytes = bytes,
        }
        checked.groups = Some(groups);
    }
    Ok(Some(checked))
}
