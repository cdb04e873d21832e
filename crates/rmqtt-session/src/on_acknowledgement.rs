//! PUBACK, PUBREC, PUBREL and PUBCOMP of the client.

use rmqtt_codec::{Ack, Frame, PacketId, ReasonCode};

use crate::action::Action;
use crate::close_cause::CloseCause;
use crate::gate::{Acknowledgement, Ticket};
use crate::inflight::Settled;
use crate::journal::Journal;
use crate::session::Session;

impl Session {
    pub(crate) fn on_puback(
        &mut self,
        frame: &Frame<'_>,
        journal: &mut Journal<'_>,
    ) -> Result<Action<'static>, CloseCause> {
        let packet_id = self.decode_ack(frame)?.0;
        Ok(match self.inflight.on_puback(packet_id) {
            Settled::Done(receipt) => {
                self.note_acknowledged(packet_id, journal);
                Action::Acknowledged { packet_id, receipt }
            }
            Settled::Released(_) | Settled::Unknown => Action::Nothing,
        })
    }

    pub(crate) fn on_pubrec(
        &mut self,
        frame: &Frame<'_>,
        journal: &mut Journal<'_>,
    ) -> Result<Action<'static>, CloseCause> {
        let (packet_id, code) = self.decode_ack(frame)?;
        Ok(match self.inflight.on_pubrec(packet_id, code.is_error()) {
            Settled::Done(receipt) => {
                self.note_acknowledged(packet_id, journal);
                Action::Acknowledged { packet_id, receipt }
            }
            Settled::Released(receipt) => {
                self.note_release_owed(packet_id, journal);
                Action::Received { packet_id, known: true, receipt }
            }
            Settled::Unknown if code.is_error() => Action::Nothing,
            Settled::Unknown => Action::Received { packet_id, known: false, receipt: None },
        })
    }

    pub(crate) fn on_pubrel(
        &mut self,
        frame: &Frame<'_>,
        journal: &mut Journal<'_>,
    ) -> Result<Action<'static>, CloseCause> {
        let packet_id = self.decode_ack(frame)?.0;
        let known = self.inbound.on_pubrel(packet_id);
        if known {
            self.note_released(packet_id, journal);
        }
        Ok(Action::Release { packet_id, known })
    }

    pub(crate) fn on_pubcomp(
        &mut self,
        frame: &Frame<'_>,
        journal: &mut Journal<'_>,
    ) -> Result<Action<'static>, CloseCause> {
        let packet_id = self.decode_ack(frame)?.0;
        Ok(match self.inflight.on_pubcomp(packet_id) {
            Settled::Done(receipt) => {
                self.note_acknowledged(packet_id, journal);
                Action::Acknowledged { packet_id, receipt }
            }
            Settled::Released(_) | Settled::Unknown => Action::Nothing,
        })
    }

    /// Answers PUBREL with PUBCOMP `[MQTT-4.3.3-11]`, once `open` tickets are closed.
    pub fn acknowledge_release(
        &mut self,
        packet_id: PacketId,
        known: bool,
        open: u32,
        out: &mut Vec<u8>,
    ) -> Option<Ticket> {
        let code = if known { ReasonCode::Success } else { ReasonCode::PacketIdentifierNotFound };
        self.acknowledge(Acknowledgement::PubComp(packet_id, code), open, out)
    }

    /// Answers PUBREC with PUBREL `[MQTT-4.3.3-4]`, once `open` tickets are closed.
    pub fn release(
        &mut self,
        packet_id: PacketId,
        known: bool,
        open: u32,
        out: &mut Vec<u8>,
    ) -> Option<Ticket> {
        let code = if known { ReasonCode::Success } else { ReasonCode::PacketIdentifierNotFound };
        self.acknowledge(Acknowledgement::PubRel(packet_id, code), open, out)
    }

    fn decode_ack(&self, frame: &Frame<'_>) -> Result<(PacketId, ReasonCode), CloseCause> {
        let ack = Ack::decode(frame, self.version).map_err(CloseCause::Undecodable)?;
        Ok((ack.packet_id, ack.reason_code))
    }
}
