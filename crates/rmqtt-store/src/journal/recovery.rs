//! Reading everything again: the state beside the log, and the log from there on.

use std::io;
use std::sync::Arc;

use super::checkpoint::{self, StoredCheckpoint, checkpoint_name, checkpoint_number};
use super::disk::{Disk, DiskFile, UNFINISHED, read_up_to, read_whole};
use super::error::JournalError;
use super::foreign::{self, Foreign};
use super::identity::{self, Identity};
use super::index::{FrameError, SHARDS};
use super::log_reader::{Found, LogReader, claims};
use super::segment::{
    HEADER_BYTES, HeaderFlaw, Segment, SegmentHeader, segment_name, segment_number,
};
use super::{Journal, JournalSettings, Obsolete};

/// What was found when a journal was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// There was nothing: the store is new.
    pub is_new: bool,
    /// The end of the log was torn when the power or the process went; nobody had been promised what
    /// was there.
    pub cut: Option<Cut>,
    /// Bytes of the log that were read.
    pub replayed_bytes: u64,
    /// Data of other programs.
    pub foreign: Vec<Foreign>,
}

/// Where the log was cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The file.
    pub file: String,
    /// Where in it, in bytes from its beginning.
    pub at: u64,
    /// Bytes that no longer count.
    pub bytes: u64,
}

/// A file of the log as it is found.
struct Part<F> {
    number: u64,
    /// None if it cannot be read: then nothing in it counts.
    header: Option<SegmentHeader>,
    file: Arc<F>,
    size: u64,
}

/// A file of the log with the part of the log that it holds.
struct Link<F> {
    part: Part<F>,
    start: u64,
    /// Position at which the next file begins.
    limit: u64,
}

/// Where reading came to something that is no frame.
struct Bad {
    position: u64,
    /// The number of the file, and where in it.
    number: u64,
    at: u64,
    /// How many files of the log, counted from the first, still count.
    kept: usize,
}

struct Reader<D: Disk> {
    journal: Journal<D>,
    recovery: Recovery,
    /// Position that the files say is on the disk.
    claimed: u64,
    junk: Vec<Obsolete>,
}

pub(super) fn open<D: Disk>(
    disk: D,
    settings: JournalSettings,
) -> Result<(Journal<D>, Recovery), JournalError> {
    let names = list(&disk)?;
    let (identity, is_new) = match find_identity(&disk, &names)? {
        Some(identity) => (identity, false),
        None => (Identity::create(&disk)?, true),
    };
    let mut reader = read(disk, settings, identity, &names)?;
    reader.recovery.is_new = is_new;
    reader.settle()
}

/// The journal as it is, without changing anything: only for reading.
pub(super) fn open_to_read<D: Disk>(
    disk: D,
    settings: JournalSettings,
) -> Result<(Journal<D>, Recovery), JournalError> {
    let names = list(&disk)?;
    let identity = find_identity(&disk, &names)?
        .ok_or_else(|| JournalError::io(identity::FILE, io::ErrorKind::NotFound.into()))?;
    let reader = read(disk, settings, identity, &names)?;
    Ok((reader.journal, reader.recovery))
}

fn list<D: Disk>(disk: &D) -> Result<Vec<String>, JournalError> {
    let mut names = disk.list().map_err(|error| JournalError::io(DIRECTORY, error))?;
    names.sort();
    Ok(names)
}

fn find_identity<D: Disk>(disk: &D, names: &[String]) -> Result<Option<Identity>, JournalError> {
    let found = Identity::read(disk)?;
    let orphan = names
        .iter()
        .find(|name| segment_number(name).is_some() || checkpoint_number(name).is_some());
    match (found, orphan) {
        (None, Some(_)) => {
            let what = "it is missing, but there are other files of a store";
            Err(JournalError::damaged(identity::FILE, 0, what))
        }
        (found, _) => Ok(found),
    }
}

fn read<D: Disk>(
    disk: D,
    settings: JournalSettings,
    identity: Identity,
    names: &[String],
) -> Result<Reader<D>, JournalError> {
    let journal = Journal::new(disk, settings, identity.salt);
    let (recovery, junk) = (Recovery::default(), Vec::new());
    let mut reader = Reader { journal, recovery, claimed: 0, junk };
    reader.sort_names(names);
    reader.journal.index.begin_recovery();
    reader.read_checkpoints(names)?;
    let parts = reader.open_parts(names)?;
    reader.read_log(parts)?;
    let journal = &mut reader.journal;
    journal.index.end_recovery(&mut journal.segments, journal.end);
    reader.check_locations()?;
    Ok(reader)
}

impl<D: Disk> Reader<D> {
    fn sort_names(&mut self, names: &[String]) {
        let is_ours = |name: &str| {
            name == identity::FILE
                || segment_number(name).is_some()
                || checkpoint_number(name).is_some()
        };
        let mut others = Vec::new();
        for name in names {
            match name.strip_suffix(UNFINISHED) {
                Some(stem) if is_ours(stem) => {
                    self.junk.push(Obsolete { name: name.clone(), bytes: 0 });
                }
                _ if is_ours(name) => {}
                _ => others.push(name.clone()),
            }
        }
        self.recovery.foreign = foreign::recognise(&self.journal.disk, &others);
    }

    /// Takes the latest form of each shard.
    fn read_checkpoints(&mut self, names: &[String]) -> Result<(), JournalError> {
        let mut numbers: Vec<u64> =
            names.iter().filter_map(|name| checkpoint_number(name)).collect();
        numbers.sort_unstable_by(|one, other| other.cmp(one));
        let journal = &mut self.journal;
        journal.next_checkpoint = numbers.first().map_or(1, |latest| latest + 1);
        let mut missing = [true; SHARDS];
        for number in numbers {
            let name = checkpoint_name(number);
            if !missing.contains(&true) {
                self.junk.push(Obsolete { name, bytes: 0 });
                continue;
            }
            let io = |error| JournalError::io(&name, error);
            let file = journal.disk.open(&name).map_err(io)?;
            let bytes = read_whole(&file).map_err(io)?;
            let found =
                checkpoint::decode(&bytes, journal.salt).map_err(|version| match version {
                    Some(version) => {
                        JournalError::UnknownFormat { file: name.as_str().into(), version }
                    }
                    None => JournalError::damaged(&name, 0, "its checksum is wrong"),
                })?;
            let mut shards = Vec::new();
            for (shard, content) in found.shards {
                if std::mem::take(&mut missing[shard]) {
                    let read = journal.index.decode_shard(shard, found.upto, content);
                    let malformed = "its checksum is right, but it holds no state";
                    read.ok_or_else(|| JournalError::damaged(&name, 0, malformed))?;
                    shards.push(shard);
                }
            }
            self.claimed = self.claimed.max(found.upto);
            let bytes = bytes.len() as u64;
            match shards.is_empty() {
                true => self.junk.push(Obsolete { name, bytes }),
                false => journal.checkpoints.push(StoredCheckpoint { number, bytes, shards }),
            }
        }
        journal.last_checkpoint = (self.claimed, SHARDS);
        Ok(())
    }

    fn open_parts(&mut self, names: &[String]) -> Result<Vec<Part<D::File>>, JournalError> {
        let mut parts = Vec::new();
        for name in names {
            let Some(number) = segment_number(name) else { continue };
            let io = |error| JournalError::io(name, error);
            let file = self.journal.disk.open(name).map_err(io)?;
            let size = file.size().map_err(io)?;
            let mut bytes = [0; HEADER_BYTES];
            let read = read_up_to(&file, &mut bytes, 0).map_err(io)?;
            let header = match SegmentHeader::decode(&bytes[..read], self.journal.salt, number) {
                Ok(header) => Some(header),
                Err(HeaderFlaw::Damaged) => None,
                Err(HeaderFlaw::UnknownFormat(version)) => {
                    return Err(JournalError::UnknownFormat {
                        file: name.as_str().into(),
                        version,
                    });
                }
            };
            parts.push(Part { number, header, file: Arc::new(file), size });
        }
        self.journal.next_segment = parts.last().map_or(1, |last| last.number + 1);
        Ok(parts)
    }

    fn read_log(&mut self, parts: Vec<Part<D::File>>) -> Result<(), JournalError> {
        let (mut links, void) = chain(parts);
        let from = self.journal.index.replay_from();
        self.journal.end = from;
        let mut bad = self.replay(&links)?;
        let end = self.journal.end;
        if bad.is_none() {
            // A file without a header behind all others may be one that was just begun.
            let last = links.last().map_or(0, |link| link.part.number);
            let headless = void.iter().find(|part| part.header.is_none() && part.number > last);
            let number = headless.map(|part| part.number);
            bad = number.map(|number| Bad { position: end, number, at: 0, kept: links.len() });
        }
        self.recovery.replayed_bytes = end - from;
        let mut later = void;
        if let Some(bad) = bad {
            let cut = links.split_off(bad.kept);
            let torn = links.last();
            self.check_is_torn(&bad, torn, &cut, &later)?;
            let file_end = torn.map_or(bad.position, Link::file_end);
            let bytes = file_end.saturating_sub(bad.position)
                + cut.iter().map(|link| link.part.size).sum::<u64>();
            if bytes > 0 {
                let file = segment_name(bad.number);
                self.recovery.cut = Some(Cut { file, at: bad.at, bytes });
            }
            later.extend(cut.into_iter().map(|link| link.part));
        }
        self.junk.extend(
            later
                .into_iter()
                .map(|part| Obsolete { name: segment_name(part.number), bytes: part.size }),
        );
        for link in links {
            let end = link.limit.min(link.file_end()).min(end);
            self.journal.segments.push(Segment {
                number: link.part.number,
                start: link.start,
                end,
                file_bytes: link.part.size,
                live_bytes: 0,
                live_messages: 0,
                dead_since: None,
                file: link.part.file,
            });
        }
        Ok(())
    }

    /// Applies all frames from the end of what is stored beside the log. Gives where it came to
    /// something else.
    fn replay(&mut self, links: &[Link<D::File>]) -> Result<Option<Bad>, JournalError> {
        let from = self.journal.end;
        let mut read_any = false;
        for (before, link) in links.iter().enumerate() {
            if link.limit <= from {
                continue;
            }
            read_any = true;
            let position = self.journal.end;
            let number = link.part.number;
            if link.start > position {
                return Ok(Some(Bad { position, number, at: 0, kept: before }));
            }
            if let Some((position, at)) = self.replay_one(link)? {
                return Ok(Some(Bad { position, number, at, kept: before + 1 }));
            }
        }
        if !read_any && from > 0 {
            let number = links.last().map_or(1, |link| link.part.number);
            return Err(JournalError::damaged(&segment_name(number), 0, MISSING));
        }
        Ok(None)
    }

    /// As [`Reader::replay`], of one file: the position, and where in the file it is.
    fn replay_one(&mut self, link: &Link<D::File>) -> Result<Option<(u64, u64)>, JournalError> {
        let journal = &mut self.journal;
        let name = segment_name(link.part.number);
        let io = |error| JournalError::io(&name, error);
        let header = link.part.header.expect("a file without a header has no place in the log");
        self.claimed = self.claimed.max(header.synced);
        let mut reader = LogReader::new(&*link.part.file, journal.salt, link.start).map_err(io)?;
        while journal.end < link.limit {
            let position = journal.end;
            let at = HEADER_BYTES as u64 + (position - link.start);
            match reader.look_at(position).map_err(io)? {
                Found::Frame { len, synced } if len as u64 <= link.limit - position => {
                    let frame = reader.frame(position, len);
                    journal.index.apply_frame(position, frame, &mut journal.segments).map_err(
                        |error| match error {
                            FrameError::Records(error) => {
                                JournalError::of_records(&name, at, error)
                            }
                            FrameError::Malformed => JournalError::damaged(
                                &name,
                                at,
                                "its checksum is right, but it holds nothing known",
                            ),
                        },
                    )?;
                    self.claimed = self.claimed.max(synced);
                    journal.end = position + len as u64;
                }
                Found::End if link.limit == u64::MAX && position == reader.file_end() => break,
                Found::Frame { .. } | Found::End | Found::Bad => {
                    return Ok(Some((position, at)));
                }
            }
        }
        Ok(None)
    }

    /// What cannot be read is the torn end of the log, unless something says that it was on the disk.
    fn check_is_torn(
        &self,
        bad: &Bad,
        torn: Option<&Link<D::File>>,
        cut: &[Link<D::File>],
        void: &[Part<D::File>],
    ) -> Result<(), JournalError> {
        let salt = self.journal.salt;
        let mut claimed = self.claimed;
        let later_void = void.iter().filter(|part| part.number >= bad.number);
        for part in cut.iter().map(|link| &link.part).chain(later_void) {
            let name = segment_name(part.number);
            let bytes = read_whole(&*part.file).map_err(|error| JournalError::io(&name, error))?;
            claimed = claimed.max(part.header.map_or(0, |header| header.synced));
            claimed = claimed.max(claims(&bytes, salt).unwrap_or(0));
        }
        if let Some(link) = torn {
            let name = segment_name(link.part.number);
            let from = HEADER_BYTES as u64 + bad.position.saturating_sub(link.start);
            let mut rest =
                vec![0; usize::try_from(link.part.size.saturating_sub(from)).unwrap_or(0)];
            let read = read_up_to(&*link.part.file, &mut rest, from)
                .map_err(|error| JournalError::io(&name, error))?;
            claimed = claimed.max(claims(&rest[..read], salt).unwrap_or(0));
        }
        if claimed > bad.position {
            let what = "what was safely stored there is not there";
            return Err(JournalError::damaged(&segment_name(bad.number), bad.at, what));
        }
        Ok(())
    }

    fn check_locations(&self) -> Result<(), JournalError> {
        let journal = &self.journal;
        for (_, placed) in journal.index.messages.iter() {
            let segment = journal.segments.find(placed.location);
            let end = placed.location + u64::from(placed.len);
            if segment.is_none_or(|segment| end > segment.end) {
                let (file, at) = segment
                    .map_or((1, 0), |segment| (segment.number, segment.offset(placed.location)));
                return Err(JournalError::damaged(&segment_name(file), at, MISSING));
            }
        }
        Ok(())
    }

    /// Makes durable what was found, and the cut, before anything is built on it.
    fn settle(mut self) -> Result<(Journal<D>, Recovery), JournalError> {
        let journal = &mut self.journal;
        journal.distrust(self.claimed.min(journal.end));
        if let Some(mut sync) = journal.begin_sync() {
            sync.run();
            if !sync.went_well() {
                let error = sync.into_error().unwrap_or_else(|| io::ErrorKind::Other.into());
                return Err(JournalError::io(DIRECTORY, error));
            }
            journal.finish_sync(sync);
        }
        journal.unsynced.clear();
        let has_log_junk = self.junk.iter().any(|junk| segment_number(&junk.name).is_some());
        if self.recovery.cut.is_some() || has_log_junk {
            let mut probe = journal.begin_probe();
            probe.run();
            let name = segment_name(journal.next_segment - 1);
            if let Some(error) = probe.take_error() {
                return Err(JournalError::io(&name, error));
            }
            journal.finish_probe(probe);
        }
        journal.obsolete.append(&mut self.junk);
        journal.measure_room();
        Ok((self.journal, self.recovery))
    }
}

impl<F: DiskFile> Link<F> {
    /// Position after the last byte of the file.
    fn file_end(&self) -> u64 {
        self.start + self.part.size.saturating_sub(HEADER_BYTES as u64)
    }
}

/// Finds which part of the log each file holds: up to where a later one begins. What a later one has
/// written anew does not count, nor does a file whose header cannot be read.
fn chain<F>(parts: Vec<Part<F>>) -> (Vec<Link<F>>, Vec<Part<F>>) {
    let (mut links, mut void) = (Vec::new(), Vec::new());
    let mut limit = u64::MAX;
    for part in parts.into_iter().rev() {
        match part.header.map(|header| header.start).filter(|start| *start < limit) {
            Some(start) => {
                links.push(Link { part, start, limit });
                limit = start;
            }
            None => void.push(part),
        }
    }
    links.reverse();
    (links, void)
}

/// What stands for the directory in messages.
const DIRECTORY: &str = "the directory of the store";
const MISSING: &str = "a part of the log that is needed is missing";
