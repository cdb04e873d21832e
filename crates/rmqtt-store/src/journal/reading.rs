//! Giving back sessions and messages.

use std::io;
use std::sync::Arc;

use rmqtt_codec::QoS;
use rmqtt_message::{Message, RECORD_FORMAT_VERSION, Record, Records, SessionId};

use super::Journal;
use super::disk::{Disk, DiskFile, read_up_to};
use super::error::store_error;
use super::index::{MessageSlot, Placed, Queued, Session};
use crate::queue::QueueSplit;
use crate::{
    Fetch, Fetched, QueueHead, QueuePart, QueueRest, Saved, SavedDelayed, SavedInflight,
    SavedMessage, SavedSession, StoreError,
};

/// Messages of a queue being read.
#[derive(Debug)]
#[must_use]
pub struct Fetching<D: Disk> {
    number: u64,
    session: SessionId,
    wanted: Vec<Wanted<D::File>>,
    rest: QueueRest,
    outcome: Result<Vec<SavedMessage>, StoreError>,
}

/// A message that is to be read, with what is its receiver's own.
#[derive(Debug)]
struct Wanted<F> {
    file: Arc<F>,
    offset: u64,
    placed: Placed,
    qos: QoS,
    retain: bool,
    subscription_ids: Box<[u32]>,
}

impl<D: Disk> Journal<D> {
    /// Begins to read messages of a queue as it is now.
    pub fn begin_fetch(&self, fetch: &Fetch) -> Fetching<D> {
        let mut wanted = Vec::new();
        let mut rest = QueueRest::default();
        let mut outcome = Ok(Vec::new());
        if let Some(session) = self.index.session(fetch.session) {
            let behind = self.place_behind(session, fetch);
            let (given, left) = self.split(session, behind, fetch.head);
            rest = left;
            for queued in session.queue.iter().skip(behind).take(given) {
                let Some(placed) = self.index.messages.get(queued.message()) else { continue };
                match self.wanted(*queued, placed) {
                    Some(found) => wanted.push(found),
                    None => outcome = Err(StoreError::Damaged { at: placed.location }),
                }
            }
        }
        let (number, session) = (fetch.number, fetch.session);
        Fetching { number, session, wanted, rest, outcome }
    }

    /// Calls `on_saved` for everything that is committed, in the order that
    /// [`Store::load`](crate::Store::load) promises.
    ///
    /// # Errors
    ///
    /// Those of [`Store::load`](crate::Store::load).
    pub fn load(
        &self,
        head: QueueHead,
        on_saved: &mut dyn FnMut(Saved<'_>),
    ) -> Result<(), StoreError> {
        let mut sessions: Vec<_> =
            self.index.shards.iter().flat_map(|shard| shard.sessions.iter()).collect();
        sessions.sort_unstable_by_key(|(id, _)| **id);
        let mut buffer = Vec::new();
        for (id, session) in sessions {
            let (session, rest) = self.read_session(*id, session, head, &mut buffer)?;
            on_saved(Saved::Session { session: &session, rest });
        }
        for shard in &self.index.shards {
            for slot in shard.retained.values() {
                let message = self.read_message(*slot, &mut buffer)?;
                on_saved(Saved::Retained(&message));
            }
        }
        let mut delayed: Vec<_> =
            self.index.shards.iter().flat_map(|shard| shard.delayed.iter()).collect();
        delayed.sort_unstable_by_key(|(id, _)| **id);
        for (_, (slot, due_wall_ms)) in delayed {
            let message = self.read_message(*slot, &mut buffer)?;
            on_saved(Saved::Delayed(&SavedDelayed { message, due_wall_ms: *due_wall_ms }));
        }
        Ok(())
    }

    fn read_session(
        &self,
        id: SessionId,
        session: &Session,
        head: QueueHead,
        buffer: &mut Vec<u8>,
    ) -> Result<(SavedSession, QueueRest), StoreError> {
        let (given, rest) = self.split(session, 0, head);
        let mut saved = SavedSession {
            epoch: session.epoch,
            expiry_interval_s: session.expiry_interval_s,
            detached_wall_ms: session.detached_wall_ms,
            subscriptions: session.subscriptions.clone(),
            received: session.received.iter().copied().collect(),
            will: session.will.as_deref().cloned(),
            ..SavedSession::new(id, &session.client_id, session.created_wall_ms)
        };
        for queued in session.queue.iter().take(given) {
            saved.queue.push_back(self.read_queued(*queued, buffer)?);
        }
        for sent in &session.inflight {
            let message = sent.queued.map(|queued| self.read_queued(queued, buffer)).transpose()?;
            saved.inflight.push(SavedInflight { packet_id: sent.packet_id, message });
        }
        Ok((saved, rest))
    }

    fn read_queued(
        &self,
        queued: Queued,
        buffer: &mut Vec<u8>,
    ) -> Result<SavedMessage, StoreError> {
        Ok(SavedMessage {
            message: self.read_message(queued.message(), buffer)?,
            qos: queued.qos(),
            retain: queued.retain(),
            subscription_ids: self.index.ids.get(queued.ids()).into(),
        })
    }

    pub(super) fn read_message(
        &self,
        slot: MessageSlot,
        buffer: &mut Vec<u8>,
    ) -> Result<Message, StoreError> {
        let placed = self.index.messages.get(slot).expect("a queue names messages that are there");
        let segment = self.segments.find(placed.location);
        let segment = segment.ok_or(StoreError::Damaged { at: placed.location })?;
        read_message_at(&*segment.file, segment.offset(placed.location), &placed, buffer)
    }

    fn wanted(&self, queued: Queued, placed: Placed) -> Option<Wanted<D::File>> {
        let segment = self.segments.find(placed.location)?;
        Some(Wanted {
            file: Arc::clone(&segment.file),
            offset: segment.offset(placed.location),
            placed,
            qos: queued.qos(),
            retain: queued.retain(),
            subscription_ids: self.index.ids.get(queued.ids()).into(),
        })
    }

    /// How many messages are given from this place of the queue on, and what is behind them. Looks at
    /// no more of the queue than that.
    fn split(&self, session: &Session, from: usize, head: QueueHead) -> (usize, QueueRest) {
        let bytes = |queued: &Queued| self.index.messages.message_bytes(queued.message()) as usize;
        let before: usize = session.queue.iter().take(from).map(bytes).sum();
        let mut split = QueueSplit::new(head);
        let mut wanted = session.queue.iter().skip(from).map(bytes);
        while wanted.next().is_some_and(|bytes| split.takes(bytes)) {}
        let given = split.given();
        let rest = QueueRest {
            messages: session.queue.len() - from - given.messages,
            bytes: session.queue_bytes as usize - before - given.bytes,
        };
        (given.messages, rest)
    }

    /// How many messages of the queue are not wanted.
    fn place_behind(&self, session: &Session, fetch: &Fetch) -> usize {
        let Some(after) = fetch.after else { return 0 };
        let queue = session.queue.iter().enumerate();
        let mut copies =
            queue.filter(|(_, queued)| self.index.messages.id(queued.message()) == after.message);
        let copy = after.copy.checked_sub(1).and_then(|before| copies.nth(before));
        copy.map_or(0, |(place, _)| place + 1)
    }
}

impl<D: Disk> Fetching<D> {
    /// Reads.
    pub fn run(&mut self) {
        let Ok(messages) = &mut self.outcome else { return };
        let mut buffer = Vec::new();
        for wanted in self.wanted.drain(..) {
            match read_message_at(&*wanted.file, wanted.offset, &wanted.placed, &mut buffer) {
                Ok(message) => messages.push(SavedMessage {
                    message,
                    qos: wanted.qos,
                    retain: wanted.retain,
                    subscription_ids: wanted.subscription_ids,
                }),
                Err(error) => {
                    self.outcome = Err(error);
                    return;
                }
            }
        }
    }

    /// The answer.
    #[must_use]
    pub fn into_fetched(self) -> Fetched {
        let rest = self.rest;
        let result = self.outcome.map(|messages| QueuePart { messages, rest });
        Fetched { number: self.number, session: self.session, result }
    }
}

/// Reads a record into the buffer and looks whether it is the one that was written.
pub(super) fn read_record(
    file: &impl DiskFile,
    offset: u64,
    placed: &Placed,
    buffer: &mut Vec<u8>,
) -> io::Result<()> {
    buffer.resize(placed.len as usize, 0);
    let read = read_up_to(file, buffer, offset)?;
    if read < buffer.len() || crc32c::crc32c(buffer) != placed.sum {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(())
}

fn read_message_at(
    file: &impl DiskFile,
    offset: u64,
    placed: &Placed,
    buffer: &mut Vec<u8>,
) -> Result<Message, StoreError> {
    let damaged = StoreError::Damaged { at: placed.location };
    read_record(file, offset, placed, buffer).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => damaged,
        _ => store_error(&error),
    })?;
    message_of(buffer).ok_or(damaged)
}

/// The message in a record.
pub(super) fn message_of(record: &[u8]) -> Option<Message> {
    match Records::of_version(RECORD_FORMAT_VERSION, record).ok()?.next()?.ok()? {
        Record::Enqueued { message, .. }
        | Record::Retained { message }
        | Record::Delayed { message, .. } => Some(message.to_message(&mut Vec::new())),
        _ => None,
    }
}
