//! A stream of records that amount to what is stored, for any store to take in.
//!
//! | bytes | field |
//! |---|---|
//! | 8 | `rmqttexp` |
//! | 4 | format version |
//! | … | chunks: length (4), CRC-32C (4), records with their format version |
//! | 8 | a chunk of length 0; instead of the checksum the number of chunks |

use std::io::{self, Write};

use rmqtt_codec::QoS;
use rmqtt_message::{
    Message, MessageId, MessageRef, ReceiversBuf, Record, RecordBatch, Sender, SessionId,
};

use super::ToolError;
use crate::journal::index::{MessageSlot, Queued, Session, push_session};
use crate::journal::{Disk, Journal, JournalSettings, recovery};

/// The first bytes of an export.
pub(super) const MAGIC: &[u8; 8] = b"rmqttexp";
/// The format version that is written.
pub(super) const FORMAT_VERSION: u32 = 1;

/// Writes everything that is stored as one stream, which [`super::import`] takes in. Changes nothing.
///
/// # Errors
///
/// That the store cannot be read, or the stream not written.
pub fn export<D: Disk>(disk: &D, out: &mut impl Write) -> Result<(), ToolError> {
    let (journal, _) = recovery::open_to_read(disk.clone(), JournalSettings::default())?;
    out.write_all(MAGIC)?;
    out.write_all(&FORMAT_VERSION.to_le_bytes())?;
    let mut chunks = Chunks { out, batch: RecordBatch::default(), written: 0 };
    journal.export_sessions(&mut chunks)?;
    journal.export_queues(&mut chunks)?;
    journal.export_messages(&mut chunks)?;
    chunks.finish()?;
    Ok(())
}

/// Collects records and writes them when there are enough.
struct Chunks<'a, W> {
    out: &'a mut W,
    batch: RecordBatch,
    written: u32,
}

impl<W: Write> Chunks<'_, W> {
    fn push(&mut self, record: &Record<'_>) -> io::Result<()> {
        self.batch.push(record);
        if self.batch.as_bytes().len() >= CHUNK_BYTES { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> io::Result<()> {
        let bytes = self.batch.as_bytes();
        if bytes.is_empty() {
            return Ok(());
        }
        let len = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        self.out.write_all(&len.to_le_bytes())?;
        self.out.write_all(&crc32c::crc32c(bytes).to_le_bytes())?;
        self.out.write_all(bytes)?;
        self.batch.clear();
        self.written += 1;
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        self.write()?;
        self.out.write_all(&0_u32.to_le_bytes())?;
        self.out.write_all(&self.written.to_le_bytes())?;
        self.out.flush()
    }
}

impl<D: Disk> Journal<D> {
    fn sorted_sessions(&self) -> Vec<(SessionId, &Session)> {
        let sessions = self.index.shards.iter().flat_map(|shard| shard.sessions.iter());
        let mut sessions: Vec<_> = sessions.map(|(id, session)| (*id, &**session)).collect();
        sessions.sort_unstable_by_key(|(id, _)| *id);
        sessions
    }

    /// Sessions with what is in flight: each such message is put into a queue that is still empty
    /// and taken out again.
    fn export_sessions(&self, chunks: &mut Chunks<'_, impl Write>) -> Result<(), ToolError> {
        let mut buffer = Vec::new();
        let mut receivers = ReceiversBuf::default();
        for (session, state) in self.sorted_sessions() {
            push_session(&mut chunks.batch, session, state);
            for sent in &state.inflight {
                receivers.clear();
                let packet_id = sent.packet_id;
                let message = match sent.queued {
                    Some(queued) => {
                        self.push_receiver(&mut receivers, session, queued);
                        Some(self.read_message(queued.message(), &mut buffer)?)
                    }
                    None => {
                        receivers.push(session, QoS::ExactlyOnce, false, &[]);
                        None
                    }
                };
                let message = message.as_ref().map_or(PLACEHOLDER, Message::view);
                let receivers = receivers.as_receivers();
                chunks.push(&Record::Enqueued { message, receivers })?;
                chunks.push(&Record::Sent { session, packet_id, message: message.id })?;
                if sent.queued.is_none() {
                    chunks.push(&Record::ReleaseOwed { session, packet_id })?;
                }
            }
        }
        Ok(())
    }

    /// The queues, message by message in the order in which they came: each once, however many get
    /// it.
    fn export_queues(&self, chunks: &mut Chunks<'_, impl Write>) -> Result<(), ToolError> {
        let mut waiting: Vec<(u64, SessionId, Queued)> = Vec::new();
        for (session, state) in self.sorted_sessions() {
            let queue = state.queue.iter().filter_map(|queued| {
                let placed = self.index.messages.get(queued.message())?;
                Some((placed.birth, session, *queued))
            });
            waiting.extend(queue);
        }
        waiting.sort_by_key(|(birth, _, _)| *birth);
        let mut buffer = Vec::new();
        let mut receivers = ReceiversBuf::default();
        for same in waiting.chunk_by(|(one, _, _), (other, _, _)| one == other) {
            receivers.clear();
            for (_, session, queued) in same {
                self.push_receiver(&mut receivers, *session, *queued);
            }
            let message = self.read_message(same[0].2.message(), &mut buffer)?;
            let receivers = receivers.as_receivers();
            chunks.push(&Record::Enqueued { message: message.view(), receivers })?;
        }
        Ok(())
    }

    fn export_messages(&self, chunks: &mut Chunks<'_, impl Write>) -> Result<(), ToolError> {
        let mut buffer = Vec::new();
        let mut read = |slot: MessageSlot| self.read_message(slot, &mut buffer);
        for shard in &self.index.shards {
            for slot in shard.retained.values() {
                chunks.push(&Record::Retained { message: read(*slot)?.view() })?;
            }
            for (slot, due_wall_ms) in shard.delayed.values() {
                let message = read(*slot)?;
                let due_wall_ms = *due_wall_ms;
                chunks.push(&Record::Delayed { message: message.view(), due_wall_ms })?;
            }
        }
        Ok(())
    }

    fn push_receiver(&self, receivers: &mut ReceiversBuf, session: SessionId, queued: Queued) {
        let ids = self.index.ids.get(queued.ids());
        receivers.push(session, queued.qos(), queued.retain(), ids);
    }
}

/// Stands for a message of which only the release is owed.
const PLACEHOLDER: MessageRef<'_> = MessageRef {
    id: MessageId { node: 0, incarnation: 0, seq: 0 },
    publisher: SessionId::BROKER,
    sender: Sender { kind: rmqtt_message::SenderKind::System, details: &[] },
    qos: QoS::ExactlyOnce,
    retain: false,
    published_wall_ms: 0,
    expires_wall_ms: None,
    expiry_is_published: false,
    topic: "",
    properties: &[],
    payload: &[],
};

/// Bytes of records in a chunk, about.
const CHUNK_BYTES: usize = 256 << 10;
