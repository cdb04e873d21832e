use super::Invariant;
use crate::ledger::Ledger;
use crate::observation::{Kept, Observation};

/// CONNACK tells the truth of the session: one that has not ended continues, and none continues that
/// the client has restarted `[MQTT-3.2.2-2]`, `[MQTT-3.2.2-3]`.
#[derive(Debug, Default)]
pub(super) struct SessionIsKept;

impl Invariant for SessionIsKept {
    fn name(&self) -> &'static str {
        "session_is_kept"
    }

    fn check(&mut self, observation: &Observation, _ledger: &Ledger) -> Result<(), String> {
        let Observation::Connected { session, kept, session_present } = *observation else {
            return Ok(());
        };
        match (kept, session_present) {
            (Kept::Surely, false) => Err(format!("{session:?} is lost before its time")),
            (Kept::No, true) => {
                Err(format!("{session:?} is new for its client, and not for the broker"))
            }
            _ => Ok(()),
        }
    }
}
