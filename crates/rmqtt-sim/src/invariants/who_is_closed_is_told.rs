use super::Invariant;
use crate::ledger::Ledger;
use crate::observation::Observation;

/// A client of MQTT 5 whose connection the broker closes is told why, when the broker ends too, unless its
/// socket takes no more `[MQTT-4.13.1-1]`.
#[derive(Debug, Default)]
pub(super) struct WhoIsClosedIsTold;

impl Invariant for WhoIsClosedIsTold {
    fn name(&self) -> &'static str {
        "who_is_closed_is_told"
    }

    fn check(&mut self, observation: &Observation, _ledger: &Ledger) -> Result<(), String> {
        match *observation {
            Observation::ClosedInSilence { client } => Err(format!("{client:?} is told nothing")),
            _ => Ok(()),
        }
    }
}
