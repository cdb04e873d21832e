use std::collections::BTreeSet;

use super::Invariant;
use crate::ledger::{Ledger, MessageNumber};
use crate::observation::Observation;
use crate::topics;

/// A message that persistent sessions have to get is acknowledged to its publisher when that is
/// committed, and not before.
#[derive(Debug, Default)]
pub(super) struct NoAckBeforeDurable {
    recorded: BTreeSet<MessageNumber>,
    committed: BTreeSet<MessageNumber>,
}

impl Invariant for NoAckBeforeDurable {
    fn name(&self) -> &'static str {
        "no_ack_before_durable"
    }

    fn check(&mut self, observation: &Observation, ledger: &Ledger) -> Result<(), String> {
        match *observation {
            // What the store refused the first time may now go to others, or to nobody.
            Observation::Repeated { message } => {
                self.recorded.remove(&message);
            }
            // A message for a shared group may come to a persistent member later, when the first one
            // that had it has gone: that was not promised.
            Observation::Recorded { message }
                if !topics::is_shared(ledger.message(message).topic) =>
            {
                self.recorded.insert(message);
            }
            Observation::Committed { message } => {
                self.committed.insert(message);
            }
            Observation::TakenOver { message }
                if self.recorded.contains(&message) && !self.committed.contains(&message) =>
            {
                return Err(format!("{message:?} is acknowledged and not committed"));
            }
            _ => {}
        }
        Ok(())
    }
}
