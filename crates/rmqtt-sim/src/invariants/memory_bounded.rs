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
            Observation::Output { bytes, bytes_max } if bytes > bytes_max => Err(format!(
                "{bytes} bytes wait for a socket, where {bytes_max} are allowed"
            )),
            _ => Ok(()),
        }
    }
}
