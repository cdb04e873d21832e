//! What the client is told of the packets it sent.

use rmqtt_codec::{
    Ack, AckType, Disconnect, PacketId, PacketType, ProtocolVersion, ReasonCode, ReasonCodes,
    SubAck, UnsubAck, encode_ack_short,
};

use crate::close_cause::CloseCause;
use crate::gate::{Acknowledgement, Ticket};
use crate::journal::Journal;
use crate::session::Session;

impl Session {
    /// Sends an acknowledgement at once, or, while `open` tickets or earlier acknowledgements stand
    /// before it, gives the ticket under which [`Session::settle`] is told.
    pub(crate) fn acknowledge(
        &mut self,
        mut acknowledgement: Acknowledgement,
        open: u32,
        out: &mut Vec<u8>,
    ) -> Option<Ticket> {
        if !self.is_online() {
            acknowledgement.mute();
        }
        if open == 0 && self.gate.is_empty() {
            self.write(acknowledgement, out);
            return None;
        }
        let ticket = self.gate.push(acknowledgement, open);
        (open > 0).then_some(ticket)
    }

    /// A ticket has to wait for one thing more before it leaves.
    pub fn hold(&mut self, ticket: Ticket) {
        self.gate.hold(ticket);
    }

    /// One thing that a ticket waited for is decided; a `code` becomes that of the acknowledgement, and
    /// an error means that the packet was refused. Acknowledgements whose turn has come are written,
    /// where there is still the connection that they belong to.
    pub fn settle(
        &mut self,
        ticket: Ticket,
        code: Option<ReasonCode>,
        out: Option<&mut Vec<u8>>,
        journal: &mut Journal<'_>,
    ) {
        if let (Some(packet_id), Some(code)) = (self.gate.settle(ticket, code), code)
            && self.forgets_refused(code)
        {
            self.inbound.forget(packet_id);
            self.note_released(packet_id, journal);
        }
        let mut nowhere = Vec::new();
        let out = out.unwrap_or(&mut nowhere);
        while let Some(acknowledgement) = self.gate.pop_ready() {
            self.write(acknowledgement, out);
        }
    }

    /// Why the connection has to be closed, if something that the client sent found no room and its
    /// version has no answer for that `[MQTT-3.1.1: 4.8.0-2]`.
    pub fn take_unanswered(&mut self) -> Option<CloseCause> {
        core::mem::take(&mut self.unanswered).then_some(CloseCause::NoRoom)
    }

    /// The codes of a SUBACK or UNSUBACK that waits are known.
    pub fn set_codes(&mut self, ticket: Ticket, codes: Box<[ReasonCode]>) {
        self.gate.set_codes(ticket, codes);
    }

    /// Takes note of a SUBSCRIBE that waits for the directory. Its codes come with
    /// [`Session::set_codes`].
    pub fn await_subscribe(&mut self, packet_id: PacketId, out: &mut Vec<u8>) -> Option<Ticket> {
        self.acknowledge(Acknowledgement::SubAck(packet_id, Box::default()), 1, out)
    }

    /// Takes note of an UNSUBSCRIBE that waits for the directory. Its codes come with
    /// [`Session::set_codes`].
    pub fn await_unsubscribe(&mut self, packet_id: PacketId, out: &mut Vec<u8>) -> Option<Ticket> {
        self.acknowledge(Acknowledgement::UnsubAck(packet_id, Box::default()), 1, out)
    }

    /// Tells the client why the broker closes the connection. 3.x has no packet for that
    /// `[MQTT-3.14.0-1]`, `[MQTT-4.13.1-1]`.
    pub fn write_disconnect(&self, cause: &CloseCause, out: &mut Vec<u8>) {
        if self.version != ProtocolVersion::V5 {
            return;
        }
        let text = cause.to_string();
        let mut disconnect =
            Disconnect { reason_string: Some(&text), ..Disconnect::new(cause.reason_code()) };
        let start = out.len();
        let written = disconnect.encode(self.version, out);
        if written.is_err() || out.len() - start > self.packet_size_max as usize {
            // [MQTT-3.14.2-3]
            out.truncate(start);
            disconnect.reason_string = None;
            if disconnect.encode(self.version, out).is_err()
                || out.len() - start > self.packet_size_max as usize
            {
                out.truncate(start);
            }
        }
    }

    fn write(&mut self, acknowledgement: Acknowledgement, out: &mut Vec<u8>) {
        match acknowledgement {
            // 3.x has no code for "not stored": no acknowledgement and the end of the connection, so
            // that the client sends again [MQTT-3.1.1: 4.8.0-2].
            Acknowledgement::PubAck(_, ReasonCode::QuotaExceeded)
            | Acknowledgement::PubRec(_, ReasonCode::QuotaExceeded)
                if self.version != ProtocolVersion::V5 =>
            {
                self.inbound.acknowledged();
                self.unanswered = true;
            }
            Acknowledgement::PubAck(packet_id, code) => {
                self.inbound.acknowledged();
                self.write_ack(AckType::PubAck, packet_id, code, out);
            }
            Acknowledgement::PubRec(packet_id, code) => {
                if code.is_error() {
                    self.inbound.acknowledged();
                }
                self.write_ack(AckType::PubRec, packet_id, code, out);
            }
            Acknowledgement::PubRel(packet_id, code) => {
                self.write_ack(AckType::PubRel, packet_id, code, out);
            }
            Acknowledgement::PubComp(packet_id, code) => {
                // Also one for a PUBREL that was repeated: a client may count it.
                self.inbound.acknowledged();
                self.write_ack(AckType::PubComp, packet_id, code, out);
            }
            Acknowledgement::SubAck(packet_id, codes) => {
                let codes = allowed(PacketType::SubAck, codes);
                let suback =
                    SubAck { reason_codes: ReasonCodes::new(&codes), ..SubAck::new(packet_id) };
                suback.encode(self.version, out).expect("as many codes as a packet had filters");
            }
            Acknowledgement::UnsubAck(packet_id, codes) => {
                let codes = allowed(PacketType::UnsubAck, codes);
                let unsuback =
                    UnsubAck { reason_codes: ReasonCodes::new(&codes), ..UnsubAck::new(packet_id) };
                unsuback.encode(self.version, out).expect("as many codes as a packet had filters");
            }
            Acknowledgement::Muted { .. } => {}
        }
    }

    fn write_ack(
        &self,
        ack_type: AckType,
        packet_id: PacketId,
        code: ReasonCode,
        out: &mut Vec<u8>,
    ) {
        if code == ReasonCode::Success || self.version != ProtocolVersion::V5 {
            encode_ack_short(ack_type, packet_id, out);
            return;
        }
        let code = code.or_unspecified(ack_type.packet_type());
        let ack = Ack { reason_code: code, ..Ack::new(packet_id) };
        ack.encode(ack_type, self.version, out).expect("an acknowledgement is a short packet");
    }
}

/// Codes that a packet may not carry, which those who judge may still give, say no more than that.
fn allowed(packet_type: PacketType, mut codes: Box<[ReasonCode]>) -> Box<[ReasonCode]> {
    for code in &mut codes {
        *code = code.or_unspecified(packet_type);
    }
    codes
}
