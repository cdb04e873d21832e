use rmqtt_codec::{Auth, Frame, ProtocolVersion, ReasonCode};

use crate::action::Action;
use crate::authentication::{AuthenticationAnswer, Exchange, ReAuthentication};
use crate::close_cause::CloseCause;
use crate::session::Session;

impl Session {
    /// The client authenticates anew, with the method of its CONNECT `[MQTT-4.12.1-1]`.
    pub(crate) fn on_auth(&mut self, frame: &Frame<'_>) -> Result<Action<'static>, CloseCause> {
        let auth = Auth::decode(frame, self.version).map_err(CloseCause::Undecodable)?;
        let Some(method) = self.authentication_method() else {
            // [MQTT-4.12.0-7]
            return Err(CloseCause::UnexpectedPacket("AUTH without an authentication method"));
        };
        if auth.authentication_method != Some(method) {
            return Err(CloseCause::AuthenticationMethodChanged);
        }
        let stands = self.re_authentication;
        match (auth.reason_code, stands) {
            (ReasonCode::ReAuthenticate, ReAuthentication::None)
            | (ReasonCode::ContinueAuthentication, ReAuthentication::Challenged) => {}
            (_, ReAuthentication::Asked) => {
                return Err(CloseCause::UnexpectedPacket("AUTH before the last one was answered"));
            }
            (ReasonCode::ReAuthenticate, ReAuthentication::Challenged) => {
                return Err(CloseCause::UnexpectedPacket("re-authentication has begun already"));
            }
            _ => {
                return Err(CloseCause::UnexpectedPacket("AUTH without an exchange to continue"));
            }
        }
        let exchange = Exchange {
            method: Some(method.into()),
            data: auth.authentication_data.map(Into::into),
            step: u32::from(stands == ReAuthentication::Challenged),
            again: true,
        };
        self.re_authentication = ReAuthentication::Asked;
        Ok(Action::Authenticate(Box::new(exchange)))
    }

    /// Takes the answer to a question that re-authentication asked.
    ///
    /// # Errors
    /// The client did not pass: the connection has to be closed `[MQTT-4.12.1-2]`.
    pub fn handle_answer(
        &mut self,
        answer: AuthenticationAnswer,
        out: &mut Vec<u8>,
    ) -> Result<(), CloseCause> {
        let (reason_code, data) = match answer {
            AuthenticationAnswer::Continue(data) => {
                self.re_authentication = ReAuthentication::Challenged;
                (ReasonCode::ContinueAuthentication, data)
            }
            AuthenticationAnswer::Accept(grant) => {
                self.re_authentication = ReAuthentication::None;
                self.set_superuser(grant.superuser);
                (ReasonCode::Success, grant.data)
            }
            AuthenticationAnswer::Ignore(_) => {
                return Err(CloseCause::NotAuthenticated(ReasonCode::NotAuthorized));
            }
            AuthenticationAnswer::Refuse(code) => return Err(CloseCause::NotAuthenticated(code)),
        };
        let auth = Auth {
            authentication_method: self.authentication_method(),
            authentication_data: data.as_deref(),
            ..Auth::new(reason_code)
        };
        let start = out.len();
        auth.encode(ProtocolVersion::V5, out)
            .map_err(|_too_long| CloseCause::NotAuthenticated(ReasonCode::UnspecifiedError))?;
        if out.len() - start > self.packet_size_max as usize {
            // [MQTT-3.1.2-24]
            out.truncate(start);
            return Err(CloseCause::NotAuthenticated(ReasonCode::PacketTooLarge));
        }
        Ok(())
    }
}
