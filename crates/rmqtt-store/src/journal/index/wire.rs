//! A shard as it stands in a checkpoint: what records can say of its sessions, as records; then the
//! messages that it refers to; then who refers to which.

use std::collections::VecDeque;

use hashbrown::HashMap;
use rmqtt_codec::PacketId;
use rmqtt_message::{MessageId, Record, RecordBatch, Records, SessionId, WillRecord};

use super::session::{Inflight, Queued};
use super::{Index, MessageSlot, Place, Placed, Session};
use crate::SavedWill;
use crate::journal::bytes::{Cursor, put_bytes, put_number};
use crate::journal::segment::Segments;

/// Numbers the messages of a shard in the order in which they are met.
#[derive(Default)]
struct Table {
    numbers: HashMap<MessageSlot, u64, foldhash::fast::FixedState>,
    slots: Vec<MessageSlot>,
}

impl Table {
    fn number(&mut self, slot: MessageSlot) -> u64 {
        *self.numbers.entry(slot).or_insert_with(|| {
            self.slots.push(slot);
            self.slots.len() as u64 - 1
        })
    }
}

impl Index {
    /// Appends the shard.
    pub(in crate::journal) fn encode_shard(&self, shard: usize, out: &mut Vec<u8>) {
        let shard = &self.shards[shard];
        let mut sessions: Vec<_> = shard.sessions.iter().collect();
        sessions.sort_unstable_by_key(|(id, _)| **id);
        let mut batch = RecordBatch::default();
        for (id, session) in &sessions {
            push_session(&mut batch, **id, session);
        }
        put_bytes(out, batch.as_bytes());

        let mut table = Table::default();
        let mut users = Vec::new();
        let busy = sessions.iter().filter(|(_, s)| !(s.queue.is_empty() && s.inflight.is_empty()));
        put_number(&mut users, busy.clone().count() as u64);
        for (id, session) in busy {
            put_number(&mut users, id.0);
            put_number(&mut users, session.queue.len() as u64);
            for queued in &session.queue {
                self.put_queued(&mut users, &mut table, *queued);
            }
            put_number(&mut users, session.inflight.len() as u64);
            for sent in &session.inflight {
                put_number(
                    &mut users,
                    u64::from(sent.packet_id.get()) << 1 | u64::from(sent.queued.is_some()),
                );
                if let Some(queued) = sent.queued {
                    self.put_queued(&mut users, &mut table, queued);
                }
            }
        }
        put_number(&mut users, shard.retained.len() as u64);
        for (topic, slot) in &shard.retained {
            put_bytes(&mut users, topic.as_bytes());
            put_number(&mut users, table.number(*slot));
        }
        put_number(&mut users, shard.delayed.len() as u64);
        for (slot, due_wall_ms) in shard.delayed.values() {
            put_number(&mut users, table.number(*slot));
            put_number(&mut users, *due_wall_ms);
        }
        self.put_table(out, &table);
        out.extend_from_slice(&users);
    }

    /// Takes back what [`Index::encode_shard`] wrote, when the log was at `upto`. `None`: nobody
    /// wrote these bytes.
    pub(in crate::journal) fn decode_shard(
        &mut self,
        shard: usize,
        upto: u64,
        bytes: &[u8],
    ) -> Option<()> {
        let mut cursor = Cursor::new(bytes);
        // The records of a checkpoint concern no message, so no part of the log is touched.
        let mut segments = Segments::<()>::new();
        for record in Records::read(cursor.bytes()?).ok()? {
            let record = record.ok()?;
            let place = Place { frame: 0, birth: 0, bytes: &[], end: 0 };
            self.apply(&record, &place, &mut segments);
        }
        let slots = self.take_table(&mut cursor)?;
        for _ in 0..cursor.number()? {
            let id = SessionId(cursor.number()?);
            let mut queue = VecDeque::new();
            let mut queue_bytes = 0;
            for _ in 0..cursor.number()? {
                let queued = self.take_queued(&mut cursor, &slots)?;
                queue_bytes += u64::from(self.messages.message_bytes(queued.message()));
                queue.push_back(queued);
            }
            queue.shrink_to_fit();
            let mut inflight = VecDeque::new();
            for _ in 0..cursor.number()? {
                let number = cursor.number()?;
                let packet_id = PacketId::new(u16::try_from(number >> 1).ok()?)?;
                let queued = match number & 1 {
                    0 => None,
                    _ => Some(self.take_queued(&mut cursor, &slots)?),
                };
                inflight.push_back(Inflight { packet_id, queued });
            }
            let session = self.shards[shard].sessions.get_mut(&id)?;
            session.queue = queue;
            session.queue_bytes = queue_bytes;
            session.inflight = inflight;
        }
        for _ in 0..cursor.number()? {
            let topic = cursor.text()?;
            let slot = take_slot(&mut cursor, &slots)?;
            self.messages.reference(slot);
            self.shards[shard].retained.insert(topic.into(), slot);
        }
        for _ in 0..cursor.number()? {
            let slot = take_slot(&mut cursor, &slots)?;
            let due_wall_ms = cursor.number()?;
            self.messages.reference(slot);
            let id = self.messages.id(slot);
            self.shards[shard].delayed.insert(id, (slot, due_wall_ms));
        }
        self.shards[shard].upto = upto;
        self.shards[shard].stored_bytes = bytes.len() as u64;
        cursor.is_at_end().then_some(())
    }

    fn put_queued(&self, out: &mut Vec<u8>, table: &mut Table, queued: Queued) {
        put_number(out, table.number(queued.message()));
        out.push(queued.flags());
        let ids = self.ids.get(queued.ids());
        put_number(out, ids.len() as u64);
        ids.iter().for_each(|id| put_number(out, u64::from(*id)));
    }

    fn take_queued(&mut self, cursor: &mut Cursor<'_>, slots: &[MessageSlot]) -> Option<Queued> {
        let slot = take_slot(cursor, slots)?;
        let flags = cursor.byte()?;
        let mut ids = Vec::new();
        for _ in 0..cursor.number()? {
            ids.push(cursor.number_u32()?);
        }
        let ids = self.ids.intern(ids.into_iter());
        let queued = Queued::from_flags(slot, flags, ids)?;
        self.messages.reference(slot);
        Some(queued)
    }

    fn put_table(&self, out: &mut Vec<u8>, table: &Table) {
        let mut lives: Vec<(u64, u64)> = Vec::new();
        let mut rows = Vec::new();
        for slot in &table.slots {
            let (id, placed) = (self.messages.id(*slot), self.messages.get(*slot));
            let placed = placed.expect("a queue names messages that are there");
            let life = (id.node, id.incarnation);
            let place = lives.iter().rposition(|known| *known == life).unwrap_or_else(|| {
                lives.push(life);
                lives.len() - 1
            });
            put_number(&mut rows, place as u64);
            put_number(&mut rows, id.seq);
            put_number(&mut rows, placed.birth);
            put_number(&mut rows, placed.location - placed.birth);
            put_number(&mut rows, u64::from(placed.len));
            rows.extend_from_slice(&placed.sum.to_le_bytes());
            put_number(&mut rows, u64::from(placed.message_bytes));
        }
        put_number(out, lives.len() as u64);
        for (node, incarnation) in lives {
            put_number(out, node);
            put_number(out, incarnation);
        }
        put_number(out, table.slots.len() as u64);
        out.extend_from_slice(&rows);
    }

    fn take_table(&mut self, cursor: &mut Cursor<'_>) -> Option<Vec<MessageSlot>> {
        let mut lives = Vec::new();
        for _ in 0..cursor.number()? {
            lives.push((cursor.number()?, cursor.number()?));
        }
        let mut slots = Vec::new();
        for _ in 0..cursor.number()? {
            let (node, incarnation) = *lives.get(usize::try_from(cursor.number()?).ok()?)?;
            let id = MessageId { node, incarnation, seq: cursor.number()? };
            let birth = cursor.number()?;
            let placed = Placed {
                birth,
                location: birth.checked_add(cursor.number()?)?,
                len: cursor.number_u32()?,
                sum: cursor.fixed_u32()?,
                message_bytes: cursor.number_u32()?,
            };
            slots.push(self.restore(&placed, id));
        }
        Some(slots)
    }
}

/// Adds what records can say of a session: all but its messages.
pub(in crate::journal) fn push_session(batch: &mut RecordBatch, id: SessionId, session: &Session) {
    batch.push(&Record::SessionOpened {
        session: id,
        client_id: &session.client_id,
        epoch: session.epoch,
        expiry_interval_s: session.expiry_interval_s,
        wall_ms: session.created_wall_ms,
    });
    if let Some(wall_ms) = session.detached_wall_ms {
        let expiry_interval_s = session.expiry_interval_s;
        batch.push(&Record::SessionDetached { session: id, expiry_interval_s, wall_ms });
    }
    for subscription in &session.subscriptions {
        batch.push(&Record::Subscribed {
            session: id,
            filter: &subscription.filter,
            share: subscription.share.as_deref(),
            limit: subscription.limit,
            options: subscription.options,
            subscription_id: subscription.subscription_id,
        });
    }
    for packet_id in &session.received {
        batch.push(&Record::Received { session: id, packet_id: *packet_id });
    }
    if let Some(will) = session.will.as_deref() {
        batch.push(&Record::WillSet { session: id, will: will.into() });
    }
}

impl<'a> From<&'a SavedWill> for WillRecord<'a> {
    fn from(will: &'a SavedWill) -> Self {
        Self {
            topic: &will.topic,
            properties: &will.properties,
            payload: &will.payload,
            qos: will.qos,
            retain: will.retain,
            delay_interval_s: will.delay_interval_s,
            message_expiry_interval_s: will.message_expiry_interval_s,
        }
    }
}

fn take_slot(cursor: &mut Cursor<'_>, slots: &[MessageSlot]) -> Option<MessageSlot> {
    slots.get(usize::try_from(cursor.number()?).ok()?).copied()
}
