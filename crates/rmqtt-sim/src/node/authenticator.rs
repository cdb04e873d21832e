use rmqtt_codec::ReasonCode;
use rmqtt_session::AuthenticationAnswer;

use super::{Node, Pace};
use crate::coverage::Happening;
use crate::scene::Scene;

impl Node {
    /// An authenticator answers one of the open questions, in any order.
    pub(crate) fn answer_a_question(&mut self, pace: Pace, scene: &mut Scene) {
        if self.questions.is_empty() {
            return;
        }
        let index = scene.random.below(self.questions.len());
        if index > 0 {
            scene.note(Happening::AuthenticatorLate);
        }
        let (worker, question) = self.questions.remove(index);
        let answer = match scene.random.below(20) {
            0 if pace == Pace::Some => {
                scene.note(Happening::AuthenticatorRefused);
                AuthenticationAnswer::Refuse(ReasonCode::NotAuthorized)
            }
            1..8 => AuthenticationAnswer::Ignore,
            _ => AuthenticationAnswer::Accept(None),
        };
        scene.trace(|| format!("authenticator answers {:?} with {answer:?}", question.asker));
        let worker_desk = &mut self.desks[worker];
        worker_desk.worker.handle_authentication(question.asker, answer, scene.now);
        self.take_outputs(worker, scene);
    }
}
