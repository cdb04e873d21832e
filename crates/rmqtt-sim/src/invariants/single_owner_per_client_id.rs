use std::collections::BTreeMap;

use super::Invariant;
use crate::ledger::{ClientNumber, Ledger};
use crate::network::WireNumber;
use crate::observation::Observation;

/// A client identifier has one accepted connection at a time: the broker has done with the old one
/// before it accepts the next `[MQTT-3.1.4-3]`.
#[derive(Debug, Default)]
pub(super) struct SingleOwnerPerClientId {
    owners: BTreeMap<ClientNumber, WireNumber>,
}

impl Invariant for SingleOwnerPerClientId {
    fn name(&self) -> &'static str {
        "single_owner_per_client_id"
    }

    fn check(&mut self, observation: &Observation, _ledger: &Ledger) -> Result<(), String> {
        match *observation {
            Observation::Accepted { wire, client } => match self.owners.insert(client, wire) {
                Some(other) => Err(format!("{client:?} has {other:?} and {wire:?}")),
                None => Ok(()),
            },
            Observation::Detached { wire } => {
                self.owners.retain(|_, owner| *owner != wire);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
