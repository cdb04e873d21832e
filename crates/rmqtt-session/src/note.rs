//! What a session writes into its journal.

use rmqtt_codec::{PacketId, QoS};
use rmqtt_message::{MessageId, Record};

use crate::journal::Journal;
use crate::session::Session;

/// Only a session that outlives its connection has anything to write.
impl Session {
    pub(crate) fn note_received(&self, packet_id: PacketId, journal: &mut Journal<'_>) {
        if self.is_persistent() {
            journal.note(&Record::Received { session: self.id, packet_id });
        }
    }

    pub(crate) fn note_released(&self, packet_id: PacketId, journal: &mut Journal<'_>) {
        if self.is_persistent() {
            journal.note(&Record::Released { session: self.id, packet_id });
        }
    }

    /// A message with QoS 2 leaves only when that is committed: after a crash it would else be sent
    /// with another packet id, and be received twice.
    pub(crate) fn note_sent(
        &self,
        packet_id: PacketId,
        message: MessageId,
        qos: QoS,
        journal: &mut Journal<'_>,
    ) {
        if self.is_persistent() {
            let record = Record::Sent { session: self.id, packet_id, message };
            match qos {
                QoS::ExactlyOnce => journal.note_first(&record),
                QoS::AtMostOnce | QoS::AtLeastOnce => journal.note(&record),
            }
        }
    }

    pub(crate) fn note_release_owed(&self, packet_id: PacketId, journal: &mut Journal<'_>) {
        if self.is_persistent() {
            journal.note(&Record::ReleaseOwed { session: self.id, packet_id });
        }
    }

    pub(crate) fn note_acknowledged(&self, packet_id: PacketId, journal: &mut Journal<'_>) {
        if self.is_persistent() {
            journal.note(&Record::Acknowledged { session: self.id, packet_id });
        }
    }

    /// A message with QoS 1 or 2 has left the queue, or never joined it, without being sent.
    pub(crate) fn note_dequeued(&self, message: MessageId, journal: &mut Journal<'_>) {
        if self.is_persistent() {
            journal.note(&Record::Dequeued { session: self.id, message });
        }
    }
}
