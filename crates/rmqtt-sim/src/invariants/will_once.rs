use super::Invariant;
use crate::ledger::Ledger;
use crate::observation::Observation;

/// A Will is published once at the most, and not at all when its client has said goodbye
/// `[MQTT-3.1.2-8]`, `[MQTT-3.1.2-10]`. That it is published where it has to be is a matter of
/// `at_least_once`.
#[derive(Debug, Default)]
pub(super) struct WillOnce;

impl Invariant for WillOnce {
    fn name(&self) -> &'static str {
        "will_once"
    }

    fn check(&mut self, observation: &Observation, ledger: &Ledger) -> Result<(), String> {
        let Observation::Delivered { session, message, dup, times, .. } = *observation else {
            return Ok(());
        };
        let facts = ledger.message(message);
        let is_will = facts.publisher.is_none();
        if facts.is_discarded {
            return Err(format!("{session:?} sees {message:?}, a Will that was taken back"));
        }
        if is_will && times > 1 && !dup {
            return Err(format!("{session:?} sees {message:?}, a Will, {times} times"));
        }
        Ok(())
    }
}
