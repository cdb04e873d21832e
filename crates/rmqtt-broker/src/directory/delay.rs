use rmqtt_codec::ReasonCode;
use rmqtt_message::{Message, Now};

use super::Directory;
use crate::delayed::DelayedMessage;
use crate::request::{Origin, Reply};

impl Directory {
    /// A PUBLISH to `$delayed/{seconds}/{topic}`.
    pub(super) fn on_delay(
        &mut self,
        message: Message,
        delay_s: u32,
        origin: Origin,
        now: Now,
    ) -> Reply {
        let delay_ms = u64::from(delay_s) * 1000;
        match self.delayed.add(message.clone(), delay_ms, now) {
            Ok(()) => {
                let due_wall_ms = now.plus_ms(delay_ms).wall_ms;
                Reply::Delayed { origin, waits: Ok(DelayedMessage { message, due_wall_ms }) }
            }
            Err(refused) if self.config.delayed_immediate_when_full => {
                self.publish(refused.0, origin, now)
            }
            Err(refused) => {
                Reply::Delayed { origin, waits: Err((refused.0, ReasonCode::NotAuthorized)) }
            }
        }
    }
}
