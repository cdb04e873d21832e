use super::{Invariant, Rest};
use crate::ledger::Ledger;

/// Without faults, and given time, everything comes to its end: all acknowledgements arrive, all
/// queues empty, and when all clients have gone nothing is left of them.
#[derive(Debug, Default)]
pub(super) struct AtRest;

impl Invariant for AtRest {
    fn name(&self) -> &'static str {
        "at_rest"
    }

    fn check_end(&mut self, _ledger: &Ledger, rest: &Rest) -> Result<(), String> {
        if rest.unsettled.is_empty() {
            Ok(())
        } else {
            Err(rest.unsettled.join("; "))
        }
    }
}
