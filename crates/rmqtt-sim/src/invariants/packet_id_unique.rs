use std::collections::BTreeMap;

use rmqtt_codec::PacketId;

use super::Invariant;
use crate::ledger::{Ledger, MessageNumber, SessionNumber};
use crate::observation::Observation;

/// Towards one session, no packet id stands for two messages at a time `[MQTT-2.2.1-4]`: until the
/// client has answered, a PUBLISH with the same id is the same message again, and says so.
#[derive(Debug, Default)]
pub(super) struct PacketIdUnique {
    in_use: BTreeMap<(SessionNumber, PacketId), MessageNumber>,
}

impl Invariant for PacketIdUnique {
    fn name(&self) -> &'static str {
        "packet_id_unique"
    }

    fn check(&mut self, observation: &Observation, _ledger: &Ledger) -> Result<(), String> {
        match *observation {
            Observation::Arrived { session, packet_id, dup, message, .. } => {
                let Some(other) = self.in_use.insert((session, packet_id), message) else {
                    return Ok(());
                };
                if other != message {
                    return Err(format!(
                        "{packet_id:?} of {session:?} is {message:?} and still {other:?}"
                    ));
                }
                if !dup {
                    return Err(format!("{message:?} comes again to {session:?} without DUP"));
                }
            }
            Observation::Settled { session, packet_id, .. } => {
                self.in_use.remove(&(session, packet_id));
            }
            _ => {}
        }
        Ok(())
    }
}
