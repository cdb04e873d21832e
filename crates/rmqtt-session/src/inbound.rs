use rmqtt_codec::{PacketId, QoS};

/// What the client has sent and not yet got acknowledged.
#[derive(Debug, Default)]
pub(crate) struct Inbound {
    /// QoS 2 packet ids between PUBLISH and PUBREL, sorted: a repeated PUBLISH is known by them
    /// `[MQTT-4.3.3-10]`. Part of the session: they outlive the connection.
    received: Vec<u16>,
    /// PUBLISH packets of this connection without their PUBACK or PUBCOMP.
    outstanding: u16,
}

/// How a PUBLISH with QoS 1 or 2 stands to what came before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    New,
    /// A QoS 2 message that was taken already: acknowledge, do not route.
    Repeated,
    /// A QoS 1 message with the packet id of an unfinished QoS 2 message.
    IdInUse,
}

impl Inbound {
    pub(crate) fn outstanding(&self) -> u16 {
        self.outstanding
    }

    /// Takes note of a PUBLISH with an acknowledged QoS.
    pub(crate) fn on_publish(&mut self, qos: QoS, id: PacketId) -> Arrival {
        let place = self.received.binary_search(&id.get());
        match (qos, place) {
            (QoS::ExactlyOnce, Ok(_)) => return Arrival::Repeated,
            (QoS::ExactlyOnce, Err(place)) => self.received.insert(place, id.get()),
            (_, Ok(_)) => return Arrival::IdInUse,
            (_, Err(_)) => {}
        }
        self.outstanding = self.outstanding.saturating_add(1);
        Arrival::New
    }

    /// PUBREL: the id is free again. `false`: it was not known.
    pub(crate) fn on_pubrel(&mut self, id: PacketId) -> bool {
        self.forget(id)
    }

    /// The QoS 2 message with this id was refused: a repetition is a new message `[MQTT-4.3.3-9]`.
    pub(crate) fn forget(&mut self, id: PacketId) -> bool {
        match self.received.binary_search(&id.get()) {
            Ok(place) => {
                self.received.remove(place);
                if self.received.is_empty() {
                    self.received = Vec::new();
                }
                true
            }
            Err(_) => false,
        }
    }

    /// A PUBACK, a PUBCOMP, or a PUBREC that refuses, has been sent.
    pub(crate) fn acknowledged(&mut self) {
        self.outstanding = self.outstanding.saturating_sub(1);
    }

    /// A new connection starts with its whole Receive Maximum.
    pub(crate) fn begin_connection(&mut self) {
        self.outstanding = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_qos_2_message_is_known_until_it_is_released() {
        let mut inbound = Inbound::default();
        let id = PacketId::new(5).unwrap();
        assert_eq!(inbound.on_publish(QoS::ExactlyOnce, id), Arrival::New);
        assert_eq!(inbound.on_publish(QoS::ExactlyOnce, id), Arrival::Repeated);
        assert_eq!(inbound.on_publish(QoS::AtLeastOnce, id), Arrival::IdInUse);
        inbound.begin_connection();
        assert_eq!(
            inbound.on_publish(QoS::ExactlyOnce, id),
            Arrival::Repeated,
            "it outlives links"
        );
        assert!(inbound.on_pubrel(id));
        assert!(!inbound.on_pubrel(id));
        assert_eq!(inbound.on_publish(QoS::ExactlyOnce, id), Arrival::New);
    }

    #[test]
    fn outstanding_messages_are_counted_until_their_last_acknowledgement() {
        let mut inbound = Inbound::default();
        inbound.on_publish(QoS::AtLeastOnce, PacketId::new(1).unwrap());
        inbound.on_publish(QoS::ExactlyOnce, PacketId::new(2).unwrap());
        assert_eq!(inbound.outstanding(), 2);
        inbound.acknowledged();
        inbound.acknowledged();
        inbound.acknowledged();
        assert_eq!(inbound.outstanding(), 0);
    }
}
