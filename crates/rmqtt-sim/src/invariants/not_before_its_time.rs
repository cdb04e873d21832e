use super::Invariant;
use crate::ledger::Ledger;
use crate::observation::Observation;

/// A message that is published to `$delayed/{seconds}/…` comes to nobody before its time, unless there was
/// no room for it to wait.
#[derive(Debug)]
pub(super) struct NotBeforeItsTime {
    delays_hold: bool,
}

impl NotBeforeItsTime {
    /// `delays_hold`: there is always room.
    pub(super) fn new(delays_hold: bool) -> Self {
        Self { delays_hold }
    }
}

impl Invariant for NotBeforeItsTime {
    fn name(&self) -> &'static str {
        "not_before_its_time"
    }

    fn check(&mut self, observation: &Observation, ledger: &Ledger) -> Result<(), String> {
        let Observation::Delivered { session, message, .. } = *observation else {
            return Ok(());
        };
        let facts = ledger.message(message);
        let delay_ms = u64::from(facts.delay_s.unwrap_or(0)) * 1000;
        let early_ms = (facts.sent_at.mono_ms + delay_ms).saturating_sub(ledger.now().mono_ms);
        if early_ms > 0 && self.delays_hold {
            return Err(format!("{session:?} sees {message:?} {early_ms} ms too early"));
        }
        Ok(())
    }
}
