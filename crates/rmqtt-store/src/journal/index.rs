//! What the log amounts to, kept in memory in little room: sessions with all that they have, but of
//! each message only where it lies. What each record means is defined by
//! [`SavedState::apply`](crate::SavedState::apply).

mod messages;
mod session;
mod shard;
mod subscription_ids;
mod wire;

use hashbrown::HashMap;
use rmqtt_message::{MessageId, MessageRef, Record, RecordError, Records, SessionId};

use super::frame::{self, CONTENT_AT, Kind};
use super::segment::Segments;

pub(super) use messages::{MessageSlot, Messages, Placed};
pub(super) use session::{Queued, Session};
pub(super) use shard::{SHARDS, Shard, shard_of_session};
use subscription_ids::SubscriptionIds;
pub(super) use wire::push_session;

/// Everything that is committed.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) shards: Vec<Shard>,
    pub(super) messages: Messages,
    pub(super) ids: SubscriptionIds,
    /// Where messages were born, while the log is read again: shards that were written at different
    /// times share their messages by it.
    births: Option<HashMap<u64, MessageSlot, foldhash::fast::FixedState>>,
}

/// Why a frame with a right checksum is not applied.
#[derive(Debug)]
pub(super) enum FrameError {
    Records(RecordError),
    Malformed,
}

/// The record that is applied, and where it lies.
struct Place<'a> {
    /// Position of its frame.
    frame: u64,
    /// Position of its first byte.
    birth: u64,
    /// Its bytes.
    bytes: &'a [u8],
    /// Position after the frame.
    end: u64,
}

impl Index {
    pub(super) fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            messages: Messages::default(),
            ids: SubscriptionIds::default(),
            births: None,
        }
    }

    /// Begins to read checkpoints and log again.
    pub(super) fn begin_recovery(&mut self) {
        self.births = Some(HashMap::default());
    }

    /// Ends it. What is needed of each part of the log is counted anew.
    pub(super) fn end_recovery<F>(&mut self, segments: &mut Segments<F>, now: u64) {
        self.births = None;
        self.count_live(segments, now);
    }

    /// Counts anew what is needed of each part of the log.
    pub(super) fn count_live<F>(&self, segments: &mut Segments<F>, now: u64) {
        segments.forget_live(now);
        self.messages.iter().for_each(|(_, placed)| segments.add_live(placed.location, placed.len));
    }

    /// Position from which on the log is needed.
    pub(super) fn replay_from(&self) -> u64 {
        self.shards.iter().map(|shard| shard.upto).min().unwrap_or(0)
    }

    /// The session, if it is open.
    pub(super) fn session(&self, session: SessionId) -> Option<&Session> {
        self.shards[shard_of_session(session)].sessions.get(&session).map(Box::as_ref)
    }

    /// Applies a sound frame at this position.
    pub(super) fn apply_frame<F>(
        &mut self,
        position: u64,
        frame: &[u8],
        segments: &mut Segments<F>,
    ) -> Result<(), FrameError> {
        let (kind, version, content) = frame::body(frame).ok_or(FrameError::Malformed)?;
        let content_at = position + CONTENT_AT as u64;
        match kind {
            Kind::Records => {
                let end = position + frame.len() as u64;
                let mut records =
                    Records::of_version(version, content).map_err(FrameError::Records)?;
                let mut from = 0;
                while let Some(record) = records.next() {
                    let record = record.map_err(FrameError::Records)?;
                    let to = content.len() - records.rest_bytes();
                    let birth = content_at + from as u64;
                    let place = Place { frame: position, birth, bytes: &content[from..to], end };
                    self.apply(&record, &place, segments);
                    from = to;
                }
            }
            Kind::Relocations => {
                for moved in relocations(content) {
                    let moved = moved.ok_or(FrameError::Malformed)?;
                    self.relocate(moved.birth, content_at + moved.at as u64, segments, None);
                }
            }
        }
        Ok(())
    }

    /// A message has a copy at a later place of the log. `slot`: where it is, if that is known.
    pub(super) fn relocate<F>(
        &mut self,
        birth: u64,
        location: u64,
        segments: &mut Segments<F>,
        slot: Option<MessageSlot>,
    ) {
        let known = slot.or_else(|| self.births.as_ref()?.get(&birth).copied());
        let Some((slot, placed)) = known.and_then(|slot| Some((slot, self.messages.get(slot)?)))
        else {
            return;
        };
        // The slot may belong to another message by now, or the message may be further on.
        if placed.birth == birth && placed.location < location {
            segments.remove_live(placed.location, placed.len, location);
            segments.add_live(location, placed.len);
            self.messages.set_location(slot, location);
        }
    }

    fn apply<F>(&mut self, record: &Record<'_>, place: &Place<'_>, segments: &mut Segments<F>) {
        match *record {
            Record::SessionOpened { session, client_id, epoch, expiry_interval_s, wall_ms } => {
                if let Some(shard) = self.shard(shard_of_session(session), place) {
                    let session = shard
                        .sessions
                        .entry(session)
                        .or_insert_with(|| Box::new(Session::new(client_id, wall_ms)));
                    session.reopen(client_id, epoch, expiry_interval_s);
                }
            }
            Record::SessionEnded { session } => {
                let ended = self
                    .shard(shard_of_session(session), place)
                    .and_then(|shard| shard.sessions.remove(&session));
                if let Some(session) = ended {
                    for queued in session.into_queued() {
                        self.release(queued, place.end, segments);
                    }
                }
            }
            Record::Enqueued { message, receivers } => {
                let mut slot = None;
                for receiver in receivers.iter() {
                    let shard = &mut self.shards[shard_of_session(receiver.session)];
                    if place.frame < shard.upto {
                        continue;
                    }
                    let Some(session) = shard.sessions.get_mut(&receiver.session) else {
                        continue;
                    };
                    let slot = *slot.get_or_insert_with(|| {
                        keep(&mut self.messages, &mut self.births, &message, place, segments)
                    });
                    self.messages.reference(slot);
                    let ids = self.ids.intern(receiver.subscription_ids());
                    let queued = Queued::new(slot, receiver.qos, receiver.retain, ids);
                    session.enqueue(queued, &self.messages);
                }
            }
            Record::Retained { message } => {
                let shard = shard::of_topic(message.topic);
                if place.frame >= self.shards[shard].upto {
                    let slot =
                        keep(&mut self.messages, &mut self.births, &message, place, segments);
                    self.messages.reference(slot);
                    let before = self.shards[shard].retained.insert(message.topic.into(), slot);
                    self.release_message(before, place.end, segments);
                }
            }
            Record::RetainedRemoved { topic } => {
                let removed = self
                    .shard(shard::of_topic(topic), place)
                    .and_then(|shard| shard.retained.remove(topic));
                self.release_message(removed, place.end, segments);
            }
            Record::Delayed { message, due_wall_ms } => {
                let shard = shard::of_message(message.id);
                if place.frame >= self.shards[shard].upto {
                    let slot =
                        keep(&mut self.messages, &mut self.births, &message, place, segments);
                    self.messages.reference(slot);
                    let before = self.shards[shard].delayed.insert(message.id, (slot, due_wall_ms));
                    self.release_message(before.map(|(slot, _)| slot), place.end, segments);
                }
            }
            Record::DelayedDone { message } => {
                let done = self
                    .shard(shard::of_message(message), place)
                    .and_then(|shard| shard.delayed.remove(&message));
                self.release_message(done.map(|(slot, _)| slot), place.end, segments);
            }
            Record::SessionDetached { session, .. }
            | Record::Subscribed { session, .. }
            | Record::Unsubscribed { session, .. }
            | Record::Received { session, .. }
            | Record::Released { session, .. }
            | Record::WillSet { session, .. }
            | Record::WillCleared { session } => {
                if let Some(session) = self.open_session(session, place) {
                    session.apply(record);
                }
            }
            Record::Sent { session, packet_id, message } => {
                let name = self.messages.name(message);
                let shard = &mut self.shards[shard_of_session(session)];
                if place.frame >= shard.upto
                    && let Some(session) = shard.sessions.get_mut(&session)
                    && !session.is_in_flight(packet_id, name, &self.messages)
                    && let Some(queued) = session.dequeue(name, &self.messages)
                {
                    let before = session.send(packet_id, queued);
                    self.release_some(before, place.end, segments);
                }
            }
            Record::ReleaseOwed { session, packet_id } => {
                let released = self
                    .open_session(session, place)
                    .and_then(|session| session.owe_release(packet_id));
                self.release_some(released, place.end, segments);
            }
            Record::Acknowledged { session, packet_id } => {
                let done = self
                    .open_session(session, place)
                    .and_then(|session| session.acknowledge(packet_id));
                self.release_some(done, place.end, segments);
            }
            Record::Dequeued { session, message } => {
                let name = self.messages.name(message);
                let shard = &mut self.shards[shard_of_session(session)];
                if place.frame >= shard.upto
                    && let Some(session) = shard.sessions.get_mut(&session)
                {
                    let left = session.dequeue(name, &self.messages);
                    self.release_some(left, place.end, segments);
                }
            }
        }
    }

    /// The shard, if the record is later than what is known of it.
    fn shard(&mut self, shard: usize, place: &Place<'_>) -> Option<&mut Shard> {
        let shard = &mut self.shards[shard];
        (place.frame >= shard.upto).then_some(shard)
    }

    fn open_session(&mut self, session: SessionId, place: &Place<'_>) -> Option<&mut Session> {
        let shard = self.shard(shard_of_session(session), place)?;
        shard.sessions.get_mut(&session).map(Box::as_mut)
    }

    fn release_some<F>(&mut self, queued: Option<Queued>, now: u64, segments: &mut Segments<F>) {
        if let Some(queued) = queued {
            self.release(queued, now, segments);
        }
    }

    fn release<F>(&mut self, queued: Queued, now: u64, segments: &mut Segments<F>) {
        self.ids.release(queued.ids());
        self.release_message(Some(queued.message()), now, segments);
    }

    fn release_message<F>(
        &mut self,
        slot: Option<MessageSlot>,
        now: u64,
        segments: &mut Segments<F>,
    ) {
        if let Some(placed) = slot.and_then(|slot| self.messages.release(slot)) {
            segments.remove_live(placed.location, placed.len, now);
            if let Some(births) = &mut self.births {
                births.remove(&placed.birth);
            }
        }
    }

    /// Takes in a message that a checkpoint names, or finds it if another one has named it.
    fn restore(&mut self, placed: &Placed, id: MessageId) -> MessageSlot {
        let births = self.births.get_or_insert_default();
        if let Some(slot) = births.get(&placed.birth) {
            let known = self.messages.get(*slot).map_or(0, |known| known.location);
            // The later checkpoint knows better where it is.
            if known < placed.location {
                self.messages.set_location(*slot, placed.location);
            }
            return *slot;
        }
        let slot = self.messages.insert(id, placed);
        births.insert(placed.birth, slot);
        slot
    }
}

/// Takes in the message of a record, without a reference yet.
fn keep<F>(
    messages: &mut Messages,
    births: &mut Option<HashMap<u64, MessageSlot, foldhash::fast::FixedState>>,
    message: &MessageRef<'_>,
    place: &Place<'_>,
    segments: &mut Segments<F>,
) -> MessageSlot {
    if let Some(slot) = births.as_ref().and_then(|births| births.get(&place.birth)) {
        return *slot;
    }
    let placed = Placed {
        birth: place.birth,
        location: place.birth,
        len: u32::try_from(place.bytes.len()).expect("a record is shorter than its frame"),
        sum: crc32c::crc32c(place.bytes),
        message_bytes: u32::try_from(message.len_bytes()).unwrap_or(u32::MAX),
    };
    segments.add_live(placed.location, placed.len);
    let slot = messages.insert(message.id, &placed);
    if let Some(births) = births {
        births.insert(place.birth, slot);
    }
    slot
}

/// A message's record in a frame of relocations.
#[derive(Clone, Copy, Debug)]
struct Relocated {
    birth: u64,
    /// Where in the content the record begins.
    at: usize,
}

/// Bytes before a record in a frame of relocations.
pub(super) const RELOCATION_HEAD_BYTES: u64 = 8 + 4;

/// Adds a record to the content of a frame of relocations, and gives its place in the content.
pub(super) fn put_relocation(frame: &mut frame::FrameBuf, birth: u64, record: &[u8]) -> usize {
    let len = u32::try_from(record.len()).expect("a record is shorter than its frame");
    frame.push(&birth.to_le_bytes());
    frame.push(&len.to_le_bytes());
    let at = frame.len();
    frame.push(record);
    at
}

/// Takes apart the content of a frame of relocations; `None`: it is none.
fn relocations(content: &[u8]) -> impl Iterator<Item = Option<Relocated>> {
    let mut rest = content;
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut take = || {
            let (birth, after) = rest.split_first_chunk::<8>()?;
            let (len, after) = after.split_first_chunk::<4>()?;
            let at = content.len() - after.len();
            let (_, after) = after.split_at_checked(u32::from_le_bytes(*len) as usize)?;
            rest = after;
            Some(Relocated { birth: u64::from_le_bytes(*birth), at })
        };
        let taken = take();
        if taken.is_none() {
            rest = &[];
        }
        Some(taken)
    })
}
