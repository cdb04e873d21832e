use std::collections::{BTreeMap, BTreeSet};

use rmqtt_codec::PacketId;

use super::Invariant;
use crate::ledger::Ledger;
use crate::network::WireNumber;
use crate::observation::Observation;

/// The broker never has more unanswered QoS 1 and 2 messages on a connection than the client's Receive
/// Maximum `[MQTT-3.3.4-9]`.
#[derive(Debug, Default)]
pub(super) struct WindowRespected {
    unanswered: BTreeMap<WireNumber, BTreeSet<PacketId>>,
}

impl Invariant for WindowRespected {
    fn name(&self) -> &'static str {
        "window_respected"
    }

    fn check(&mut self, observation: &Observation, _ledger: &Ledger) -> Result<(), String> {
        match *observation {
            Observation::Arrived { wire, packet_id, window, .. } => {
                let unanswered = self.unanswered.entry(wire).or_default();
                unanswered.insert(packet_id);
                if unanswered.len() > usize::from(window) {
                    return Err(format!(
                        "{} messages unanswered on {wire:?}, which takes {window}",
                        unanswered.len()
                    ));
                }
            }
            Observation::Settled { wire, packet_id, .. } => {
                if let Some(unanswered) = self.unanswered.get_mut(&wire) {
                    unanswered.remove(&packet_id);
                }
            }
            _ => {}
        }
        Ok(())
    }
}
