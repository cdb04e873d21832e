use rmqtt_codec::PacketId;

use super::Client;
use super::connection::{Answer, Phase};
use super::session::Awaits;
use crate::ledger::{ClientNumber, MessageNumber, SessionNumber};
use crate::network::Place;
use crate::scene::Scene;

/// What the broker has promised a client that has a session which outlives connections.
#[derive(Debug)]
pub(crate) struct Promised {
    pub(crate) client: ClientNumber,
    pub(crate) session: SessionNumber,
    /// Seconds; `u32::MAX`: for ever.
    pub(crate) expiry_s: u32,
    /// What goes with the client's only connection, if that is accepted and there.
    pub(crate) connected: Option<Connected>,
    /// Packet ids of its QoS 2 messages that it has a PUBREC for, and has not released.
    pub(crate) received: Vec<PacketId>,
    /// The broker's QoS 2 messages that it has, and that were not released.
    pub(crate) taken: Vec<(PacketId, MessageNumber)>,
    /// Packet ids of the broker's QoS 2 messages that were released, and not completed by it.
    pub(crate) released: Vec<PacketId>,
}

/// A connection, as far as its end matters.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) will: Option<MessageNumber>,
}

impl Client {
    /// `None`: nothing that a crash has to leave; or the client cannot know.
    pub(crate) fn promised(&self, scene: &Scene) -> Option<Promised> {
        let session = self.session.as_ref()?;
        let is_kept = self.connection.as_ref().is_none_or(|connection| connection.is_persistent);
        if self.persona.expiry_s == 0 || !is_kept || self.may_be_over(scene) {
            return None;
        }
        let connected = self.connection.as_ref().and_then(|connection| {
            let wire = scene.network.wire(connection.wire);
            let is_there = connection.phase == Phase::Online
                && wire.place != Place::Nowhere
                && scene.network.is_only_one(connection.wire);
            let will = wire.will.map(|will| will.message);
            is_there.then_some(Connected { will })
        });
        let has_pubrec = session
            .outgoing
            .iter()
            .filter(|outgoing| outgoing.awaits == Awaits::PubComp && !outgoing.is_released);
        // A repeated PUBREL may have been answered already.
        let answers = self.connection.iter().flat_map(|connection| &connection.answers);
        let released = answers.filter_map(|answer| match answer {
            Answer::PubComp(packet_id) if self.is_five() => Some(*packet_id),
            _ => None,
        });
        Some(Promised {
            client: self.number,
            session: session.number,
            expiry_s: self.persona.expiry_s,
            connected,
            received: has_pubrec.map(|outgoing| outgoing.packet_id).collect(),
            taken: session.incoming.iter().map(|(id, message)| (*id, *message)).collect(),
            released: released.collect(),
        })
    }
}
