use super::{Invariant, Settled};
use crate::ledger::Ledger;

/// Without faults, and given time, everything comes to its end: all acknowledgements arrive, and when
/// all clients have left for good, nothing is left of them.
#[derive(Debug, Default)]
pub(super) struct AtRest;

impl Invariant for AtRest {
    fn name(&self) -> &'static str {
        "at_rest"
    }

    fn check_settled(&mut self, _ledger: &Ledger, settled: &Settled) -> Result<(), String> {
        nothing(&settled.unsettled)
    }

    fn check_deserted(&mut self, leftovers: &[String]) -> Result<(), String> {
        nothing(leftovers)
    }
}

fn nothing(list: &[String]) -> Result<(), String> {
    if list.is_empty() { Ok(()) } else { Err(list.join("; ")) }
}
