use super::Invariant;
use crate::ledger::Ledger;
use crate::observation::Observation;

/// A message is not sent after its expiry, unless it was before, and what is left of the interval is
/// told `[MQTT-3.3.2-5]`, `[MQTT-3.3.2-6]`. Judged as long as the broker's clock does not jump.
#[derive(Debug, Default)]
pub(super) struct ExpiryHonoured;

impl Invariant for ExpiryHonoured {
    fn name(&self) -> &'static str {
        "expiry_honoured"
    }

    fn check(&mut self, observation: &Observation, ledger: &Ledger) -> Result<(), String> {
        let Observation::Carried { message, dup, expiry_s, since_wall_ms } = *observation else {
            return Ok(());
        };
        let facts = ledger.message(message);
        let (Some(interval_s), Some(now_ms)) = (facts.expiry_s, ledger.wall_ms()) else {
            return match (facts.expiry_s, expiry_s) {
                (None, Some(Some(_))) => Err(format!("{message:?} has an expiry from nowhere")),
                _ => Ok(()),
            };
        };
        let interval_ms = u64::from(interval_s) * 1000;
        // The broker took it between the sending and the acknowledgement.
        let is_over = facts
            .acknowledged_wall_ms
            .is_some_and(|taken_ms| taken_ms + interval_ms < since_wall_ms);
        if is_over && !dup {
            return Err(format!("{message:?} is sent after its expiry"));
        }
        let Some(told) = expiry_s else {
            return Ok(());
        };
        let elapsed_s = (now_ms - facts.sent_wall_ms).div_ceil(1000);
        let least = u64::from(interval_s).saturating_sub(elapsed_s);
        match told {
            None => Err(format!("{message:?} has lost its expiry")),
            Some(told_s) if told_s > interval_s || u64::from(told_s) < least => Err(format!(
                "{message:?} has {told_s} s left, where {least} to {interval_s} are possible"
            )),
            Some(_) => Ok(()),
        }
    }
}
