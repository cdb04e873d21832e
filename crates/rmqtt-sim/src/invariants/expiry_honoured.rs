use super::Invariant;
use crate::ledger::Ledger;
use crate::observation::Observation;

/// A message is not sent after its expiry, unless it was before, and what is left of the interval is
/// told `[MQTT-3.3.2-5]`, `[MQTT-3.3.2-6]`. Judged where the broker's clock has not jumped since it was sent.
#[derive(Debug, Default)]
pub(super) struct ExpiryHonoured;

impl Invariant for ExpiryHonoured {
    fn name(&self) -> &'static str {
        "expiry_honoured"
    }

    fn check(&mut self, observation: &Observation, ledger: &Ledger) -> Result<(), String> {
        let Observation::Carried { message, dup, tells_expiry, expiry_s, since_wall_ms, since } =
            *observation
        else {
            return Ok(());
        };
        let facts = ledger.message(message);
        let Some(interval_s) = facts.expiry_s else {
            return match expiry_s {
                Some(_) => Err(format!("{message:?} has an expiry from nowhere")),
                None => Ok(()),
            };
        };
        if ledger.has_jumped_since(facts.sent) {
            return Ok(());
        }
        let now_ms = ledger.now().wall_ms;
        // Where the clock has jumped since the client began to connect, that was before the message.
        let since_wall_ms = match ledger.has_jumped_since(since) {
            true => facts.sent_at.wall_ms,
            false => since_wall_ms.max(facts.sent_at.wall_ms),
        };
        let delay_ms = u64::from(facts.delay_s.unwrap_or(0)) * 1000;
        let interval_ms = u64::from(interval_s) * 1000;
        // The broker took it between the sending and the acknowledgement.
        let taken_ms = facts.acknowledged_wall_ms.map(|taken_ms| taken_ms + delay_ms);
        let end_ms = taken_ms.map(|taken_ms| taken_ms + interval_ms);
        if end_ms.is_some_and(|end_ms| end_ms < since_wall_ms) && !dup {
            return Err(format!("{message:?} is sent after its expiry"));
        }
        // One that finds no room to wait is sent at once, and its time begins later all the same.
        let longest_ms = interval_ms + delay_ms;
        let left_ms = end_ms.map_or(longest_ms, |end_ms| end_ms.saturating_sub(since_wall_ms));
        let most = left_ms.min(longest_ms).div_ceil(1000);
        if !tells_expiry {
            return Ok(());
        }
        let elapsed_s = (now_ms - facts.sent_at.wall_ms).div_ceil(1000);
        let least = u64::from(interval_s).saturating_sub(elapsed_s);
        match expiry_s {
            None => Err(format!("{message:?} has lost its expiry")),
            Some(told_s) if !(least..=most).contains(&u64::from(told_s)) => Err(format!(
                "{message:?} has {told_s} s left, where {least} to {most} are possible"
            )),
            Some(_) => Ok(()),
        }
    }
}
