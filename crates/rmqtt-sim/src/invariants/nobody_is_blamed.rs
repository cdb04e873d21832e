use rmqtt_codec::ReasonCode;

use super::Invariant;
use crate::ledger::Ledger;
use crate::observation::Observation;

/// The clients of the simulation keep the rules, so the broker never says that one has broken them.
#[derive(Debug, Default)]
pub(super) struct NobodyIsBlamed;

impl Invariant for NobodyIsBlamed {
    fn name(&self) -> &'static str {
        "nobody_is_blamed"
    }

    fn check(&mut self, observation: &Observation, _ledger: &Ledger) -> Result<(), String> {
        let Observation::Told { client, code, is_authenticating } = *observation else {
            return Ok(());
        };
        match code {
            ReasonCode::SessionTakenOver
            | ReasonCode::KeepAliveTimeout
            | ReasonCode::QuotaExceeded
            | ReasonCode::ServerShuttingDown => Ok(()),
            ReasonCode::NotAuthorized if is_authenticating => Ok(()),
            _ => Err(format!("{client:?} is told {code:?}")),
        }
    }
}
