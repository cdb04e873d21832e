use rmqtt_codec::{Disconnect, Frame};

use crate::action::Action;
use crate::close_cause::CloseCause;
use crate::session::Session;

impl Session {
    pub(crate) fn on_disconnect(
        &mut self,
        frame: &Frame<'_>,
    ) -> Result<Action<'static>, CloseCause> {
        let disconnect =
            Disconnect::decode(frame, self.version).map_err(CloseCause::Undecodable)?;
        if disconnect.server_reference.is_some() {
            return Err(CloseCause::UnexpectedPacket(
                "a client's DISCONNECT with a Server Reference",
            ));
        }
        if let Some(expiry_interval_s) = disconnect.session_expiry_interval_s {
            if self.expiry_interval_s == 0 && expiry_interval_s > 0 {
                return Err(CloseCause::SessionExpiryRaised);
            }
            let max = self.policy.session_expiry_max_s;
            self.expiry_interval_s =
                if max == 0 { expiry_interval_s } else { expiry_interval_s.min(max) };
        }
        Ok(Action::Disconnect { code: disconnect.reason_code })
    }
}
