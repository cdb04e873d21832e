use super::Invariant;
use crate::ledger::Ledger;
use crate::observation::Observation;

/// What the broker holds for a client stays within its limits.
#[derive(Debug, Default)]
pub(super) struct MemoryBounded;

impl Invariant for MemoryBounded {
    fn name(&self) -> &'static str {
        "memory_bounded"
    }

    fn check(&mut self, observation: &Observation, _ledger: &Ledger) -> Result<(), String> {
        match *observation {
            Observation::Held { what, amount, amount_max } if amount > amount_max => {
                Err(format!("{amount} {what} are held, where {amount_max} are allowed"))
            }
            _ => Ok(()),
        }
    }
}
