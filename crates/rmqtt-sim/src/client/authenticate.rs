use rmqtt_codec::{Auth, ProtocolVersion, ReasonCode};

use super::Client;
use crate::coverage::Happening;
use crate::scene::Scene;

/// The method of all clients that have one: any number of steps, any data.
pub(crate) const AUTHENTICATION_METHOD: &str = "steps";

impl Client {
    /// Asks to be judged anew, on a connection that goes on meanwhile.
    pub(super) fn authenticate_again(&mut self, scene: &mut Scene) {
        let Some(connection) = &mut self.connection else { return };
        if !self.persona.authenticates || connection.is_authenticating {
            return;
        }
        connection.is_authenticating = true;
        let number = self.number;
        scene.trace(|| format!("{number:?} authenticates again"));
        self.send_auth(ReasonCode::ReAuthenticate, scene);
    }

    /// A step of authentication. `false`: none was begun.
    pub(super) fn on_auth(&mut self, auth: &Auth<'_>, scene: &mut Scene) -> bool {
        let is_expected =
            self.persona.authenticates && auth.authentication_method == Some(AUTHENTICATION_METHOD);
        let Some(connection) = &mut self.connection else { return false };
        match auth.reason_code {
            ReasonCode::ContinueAuthentication => {
                scene.note(Happening::AuthenticationContinued);
                self.send_auth(ReasonCode::ContinueAuthentication, scene);
            }
            ReasonCode::Success if connection.is_authenticating => {
                connection.is_authenticating = false;
                scene.note(Happening::AuthenticatedAgain);
            }
            _ => return false,
        }
        is_expected
    }

    fn send_auth(&mut self, code: ReasonCode, scene: &mut Scene) {
        let auth = Auth {
            authentication_method: Some(AUTHENTICATION_METHOD),
            authentication_data: Some(b"step"),
            ..Auth::new(code)
        };
        let mut packet = Vec::new();
        auth.encode(ProtocolVersion::V5, &mut packet).expect("a valid AUTH");
        self.send(&packet, scene);
    }
}
