use rmqtt_codec::ReasonCode;
use rmqtt_message::{Message, Now};

use super::Directory;
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
        match self.delayed.add(message, u64::from(delay_s) * 1000, now) {
            Ok(()) => Reply::Delayed { origin, refused: None },
            Err(refused) if self.config.delayed_immediate_when_full => {
                self.publish(refused.0, origin, now)
            }
            Err(refused) => {
                Reply::Delayed { origin, refused: Some((refused.0, ReasonCode::NotAuthorized)) }
            }
        }
    }
}
