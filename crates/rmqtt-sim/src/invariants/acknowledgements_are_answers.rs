use std::collections::BTreeMap;

use rmqtt_codec::PacketId;

use super::Invariant;
use crate::ledger::Ledger;
use crate::network::WireNumber;
use crate::observation::{Ask, Observation};

/// An acknowledgement answers a packet of the same connection, and each packet is answered once. One
/// more could be taken for the answer to a later packet with the same id, which the broker may never
/// get. And all that clients receive can be read.
#[derive(Debug, Default)]
pub(super) struct AcknowledgementsAreAnswers {
    open: BTreeMap<(WireNumber, Ask, PacketId), u32>,
}

impl Invariant for AcknowledgementsAreAnswers {
    fn name(&self) -> &'static str {
        "acknowledgements_are_answers"
    }

    fn check(&mut self, observation: &Observation, _ledger: &Ledger) -> Result<(), String> {
        match *observation {
            Observation::Asked { wire, ask, packet_id } => {
                *self.open.entry((wire, ask, packet_id)).or_default() += 1
            }
            Observation::Answered { wire, ask, packet_id } => {
                let open = self.open.get_mut(&(wire, ask, packet_id));
                let Some(open) = open.filter(|open| **open > 0) else {
                    return Err(format!("{ask:?} {packet_id:?} is answered without being asked"));
                };
                *open -= 1;
            }
            Observation::Nonsense { client } => {
                return Err(format!("{client:?} gets what it cannot read"));
            }
            _ => {}
        }
        Ok(())
    }
}
