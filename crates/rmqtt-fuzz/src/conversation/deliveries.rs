use std::collections::{BTreeMap, VecDeque};

use rmqtt_codec::{Ack, PacketType, Publish, QoS};

/// The messages of QoS 1 and 2 that were sent to a client on this connection, and how far they are.
#[derive(Default)]
pub(super) struct Deliveries {
    /// By packet identifier.
    in_flight: BTreeMap<u16, QoS>,
    /// What the client has to answer, in order.
    due: VecDeque<(PacketType, u16)>,
    /// The client has acknowledged something that was not to be acknowledged like that. What the
    /// broker makes of it is its business, so the identifiers are not judged from then on.
    is_odd: bool,
}

impl Deliveries {
    /// A message has come; `window`: so many may be on their way at a time.
    pub(super) fn publish(&mut self, publish: &Publish<'_>, window: usize, may_repeat: bool) {
        let Some(id) = publish.packet_id.map(|id| id.get()) else { return };
        let answer =
            if publish.qos == QoS::AtLeastOnce { PacketType::PubAck } else { PacketType::PubRec };
        self.due.push_back((answer, id));
        if may_repeat && publish.dup {
            // The client's acknowledgement may be on its way.
            return;
        }
        let before = self.in_flight.insert(id, publish.qos);
        if self.is_odd {
            return;
        }
        assert!(before.is_none(), "identifier {id} is in use");
        assert!(self.in_flight.len() <= window, "{} on their way", self.in_flight.len());
    }

    /// PUBREL has come.
    pub(super) fn release(&mut self, id: u16) {
        self.due.push_back((PacketType::PubComp, id));
    }

    /// The client acknowledges.
    pub(super) fn acknowledged(&mut self, packet_type: PacketType, ack: &Ack<'_>) {
        let id = ack.packet_id.get();
        match (packet_type, self.in_flight.get(&id)) {
            (PacketType::PubAck, Some(QoS::AtLeastOnce))
            | (PacketType::PubComp, Some(QoS::ExactlyOnce)) => {
                self.in_flight.remove(&id);
            }
            (PacketType::PubRec, Some(QoS::ExactlyOnce)) => {
                if ack.reason_code.is_error() {
                    self.in_flight.remove(&id);
                }
            }
            // Of a message of an earlier connection, or of none.
            _ => self.is_odd = true,
        }
    }

    /// What the client has to answer next.
    pub(super) fn next_due(&mut self) -> Option<(PacketType, u16)> {
        self.due.pop_front()
    }
}
