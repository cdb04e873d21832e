//! Those who have a say in what clients ask: some answer at once, some when other things have
//! happened.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rmqtt_broker::hook::{
    Answer, Client, Event, Hooks, Point, Points, PublicationRef, Publish, PublishVerdict,
    QuestionId, Verdict,
};
use rmqtt_codec::{ReasonCode, UserPropertiesBuf};
use rmqtt_message::MessageRef;
use rmqtt_session::{
    AuthenticationAnswer, AuthenticationQuestion, Grant, Keep, SubscribeRequest, UnsubscribeRequest,
};

use super::watching::{self, Seen};
use super::{Node, Pace};
use crate::coverage::Happening;
use crate::ledger::ClientNumber;
use crate::observation::Observation;
use crate::random::Random;
use crate::scenario::Scenario;
use crate::scene::Scene;
use crate::topics;

/// The hooks of one worker.
#[derive(Debug)]
pub(super) struct WorkerHooks {
    worker: usize,
    points: Points,
    random: Random,
    put_off: PutOff,
    seen: Seen,
}

/// Questions of all workers that are not answered.
#[derive(Debug, Clone, Default)]
pub(super) struct PutOff(Arc<Mutex<Vec<Unanswered>>>);

#[derive(Debug)]
struct Unanswered {
    worker: usize,
    number: QuestionId,
    verdict: Late,
    /// How often it is still passed over.
    reluctance: u32,
}

#[derive(Debug)]
enum Late {
    Decided(Verdict),
    /// Credentials, which are judged when the answer is given.
    Credentials(AuthenticationQuestion),
}

impl PutOff {
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Unanswered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WorkerHooks {
    pub(super) fn new(
        worker: usize,
        scenario: &Scenario,
        put_off: &PutOff,
        seen: &Seen,
        seed: u64,
    ) -> Self {
        let mut points = Points::NONE;
        if scenario.has_observers {
            points = points | watching::POINTS;
        }
        if scenario.has_authenticator {
            points = points | Points::of(&[Point::ClientAuthenticate]);
        }
        if scenario.has_deciders {
            points = points
                | Points::of(&[
                    Point::ClientSubscribeCheckAcl,
                    Point::ClientUnsubscribe,
                    Point::MessagePublish,
                    Point::MessageAcked,
                ]);
        }
        let random = Random::new(seed);
        Self { worker, points, random, put_off: put_off.clone(), seen: seen.clone() }
    }

    /// Some take so long that a client comes back meanwhile.
    fn put_off(&mut self, number: QuestionId, verdict: Late) {
        let is_slow = self.random.chance(15);
        let reluctance = if is_slow { self.random.between(5, 25) as u32 } else { 0 };
        let worker = self.worker;
        self.put_off.lock().push(Unanswered { worker, number, verdict, reluctance });
    }

    fn answer<T>(&mut self, number: QuestionId, now: T, later: fn(T) -> Verdict) -> Answer<T> {
        if self.random.chance(50) {
            return Answer::Now(now);
        }
        let verdict = Late::Decided(later(now));
        self.put_off(number, verdict);
        Answer::Later
    }
}

impl Hooks for WorkerHooks {
    fn points(&mut self) -> Points {
        self.points
    }

    fn observe(&mut self, event: &Event<'_>) {
        self.seen.note(event);
    }

    fn authenticate(
        &mut self,
        number: QuestionId,
        question: AuthenticationQuestion,
    ) -> Answer<AuthenticationAnswer> {
        self.put_off(number, Late::Credentials(question));
        Answer::Later
    }

    fn keep_alive(
        &mut self,
        number: QuestionId,
        _client: &Arc<Client>,
        _is_ping: bool,
    ) -> Answer<Option<ReasonCode>> {
        self.answer(number, None, Verdict::KeepAlive)
    }

    fn subscribe(
        &mut self,
        number: QuestionId,
        _client: &Arc<Client>,
        _checks_acl: bool,
        request: SubscribeRequest,
    ) -> Answer<SubscribeRequest> {
        self.answer(number, request, Verdict::Subscribe)
    }

    fn unsubscribe(
        &mut self,
        number: QuestionId,
        _client: &Arc<Client>,
        request: UnsubscribeRequest,
    ) -> Answer<UnsubscribeRequest> {
        self.answer(number, request, Verdict::Unsubscribe)
    }

    fn publish(
        &mut self,
        number: QuestionId,
        _client: &Arc<Client>,
        _checks_acl: bool,
        publication: &PublicationRef<'_>,
        _keep: &mut Keep<'_>,
    ) -> Answer<PublishVerdict> {
        let is_hostile = publication.message.topic.starts_with(topics::HOSTILE);
        let verdict = if is_hostile && self.random.chance(10) {
            let disconnect = self.random.chance(50);
            PublishVerdict::Rejected { code: ReasonCode::NotAuthorized, disconnect }
        } else if self.random.chance(30) {
            // The same again, as a plugin would write it.
            let same = Publish::of(publication.message, publication.delay_s);
            PublishVerdict::Changed(Box::new(same))
        } else {
            PublishVerdict::Unchanged
        };
        self.answer(number, verdict, Verdict::Publish)
    }

    fn delivered(&mut self, _client: &Arc<Client>, _message: &MessageRef<'_>) -> Option<Publish> {
        None
    }

    fn is_expired(&mut self, _client: &Arc<Client>, _message: &MessageRef<'_>) -> bool {
        false
    }
}

impl Node {
    /// One of the questions that were put off is answered, in any order.
    pub(crate) fn answer_a_question(&mut self, pace: Pace, scene: &mut Scene) {
        let there = self.put_off.len();
        if there == 0 {
            return;
        }
        let index = scene.random.below(there);
        let Unanswered { worker, number, verdict, .. } = {
            let mut put_off = self.put_off.lock();
            let unanswered = &mut put_off[index];
            if unanswered.reluctance > 0 && pace == Pace::Some {
                unanswered.reluctance -= 1;
                return;
            }
            put_off.remove(index)
        };
        if index > 0 {
            scene.note(match verdict {
                Late::Credentials(_) => Happening::AuthenticatorLate,
                Late::Decided(_) => Happening::DeciderLate,
            });
        }
        let verdict = match verdict {
            Late::Decided(verdict) => verdict,
            Late::Credentials(question) => Verdict::Authentication(judge(&question, pace, scene)),
        };
        scene.trace(|| format!("hooks of worker {worker} answer {number:?} with {verdict:?}"));
        self.desks[worker].worker.handle_verdict(number, verdict, scene.now);
        self.take_outputs(worker, scene);
    }
}

fn judge(question: &AuthenticationQuestion, pace: Pace, scene: &mut Scene) -> AuthenticationAnswer {
    let AuthenticationQuestion { connect, exchange, .. } = question;
    let has_method = exchange.method.is_some();
    if pace == Pace::Some && scene.random.chance(5) {
        scene.note(match exchange.again {
            false => Happening::AuthenticatorRefused,
            true => Happening::RefusedAgain,
        });
        return AuthenticationAnswer::Refuse(ReasonCode::NotAuthorized);
    }
    if has_method && exchange.step < STEPS_MAX && scene.random.chance(50) {
        return AuthenticationAnswer::Continue(Some(Box::new(*b"go on")));
    }
    if !exchange.again
        && let Some(client) = ClientNumber::of_any(&connect.client_id)
    {
        scene.observe(&Observation::Admitted { client });
    }
    match has_method || scene.random.chance(60) {
        true => AuthenticationAnswer::Accept(Grant::default()),
        // Nobody knows the client, and the listener admits such.
        false => AuthenticationAnswer::Ignore(UserPropertiesBuf::new()),
    }
}

/// Steps after which an exchange comes to its end.
const STEPS_MAX: u32 = 3;
