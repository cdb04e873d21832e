//! How a worker reaches the handlers.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use rmqtt_broker::hook::{
    Answer as EngineAnswer, Client, Event, Hooks, Point, Points, PublicationRef, Publish,
    PublishVerdict, QuestionId, Verdict as EngineVerdict,
};
use rmqtt_codec::ReasonCode;
use rmqtt_message::MessageRef;
use rmqtt_session::{
    AuthenticationAnswer, AuthenticationQuestion, Keep, SubscribeRequest, UnsubscribeRequest,
};

use super::chain::call;
use super::judge::Judge;
use super::observe::observe;
use super::publish::{Judging, Step};
use super::questions::{connect_bytes, subscribe_bytes, unsubscribe_bytes};
use super::snapshot::Snapshot;
use super::welcomes::Welcomes;
use super::workshop::Workshop;
use super::{HookManager, Verdict};
use crate::node::Node;

/// The handlers of this moment, for one worker. Late answers go to the worker's inbox.
pub(crate) struct WorkerHooks {
    manager: HookManager,
    generation: u64,
    snapshot: Arc<Snapshot>,
    welcomes: Arc<Welcomes>,
    node: Arc<Node>,
    worker: u16,
}

impl WorkerHooks {
    pub(crate) fn new(manager: HookManager, node: Arc<Node>, worker: u16) -> Self {
        let generation = manager.generation();
        let snapshot = manager.snapshot();
        Self { manager, generation, snapshot, welcomes: Arc::default(), node, worker }
    }

    /// For a question about a packet of so many bytes.
    fn workshop(&self, packet_bytes: usize) -> Workshop {
        Workshop::new(self.node.side_runtime.clone(), self.manager.deadline())
            .among(self.manager.questions(), packet_bytes)
    }

    fn judge(&self, packet_bytes: usize) -> Judge {
        Judge { snapshot: Arc::clone(&self.snapshot), workshop: self.workshop(packet_bytes) }
    }

    /// The answer, if it is there at once; else it is worked out beside the worker.
    fn answer<T: Send + 'static>(
        &self,
        number: QuestionId,
        judging: impl Future<Output = T> + Send + 'static,
        verdict: fn(T) -> EngineVerdict,
    ) -> EngineAnswer<T> {
        let mut judging = Box::pin(judging);
        if let Some(answer) = at_once(judging.as_mut()) {
            return EngineAnswer::Now(answer);
        }
        self.put_off(number, async move { verdict(judging.await) });
        EngineAnswer::Later
    }

    fn put_off(
        &self,
        number: QuestionId,
        judging: impl Future<Output = EngineVerdict> + Send + 'static,
    ) {
        let (node, worker) = (Arc::clone(&self.node), self.worker);
        self.node.side_runtime.spawn(async move {
            let verdict = judging.await;
            node.inbox(worker).put(|mail| mail.verdicts.push((number, verdict)));
        });
    }
}

/// What is there without waiting. Whoever waits is woken by the runtime that goes on with it.
fn at_once<T>(judging: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    match judging.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}

impl Hooks for WorkerHooks {
    fn points(&mut self) -> Points {
        let generation = self.manager.generation();
        if generation != self.generation {
            self.generation = generation;
            self.snapshot = self.manager.snapshot();
        }
        self.snapshot.points
    }

    fn observe(&mut self, event: &Event<'_>) {
        observe(&self.snapshot, event);
    }

    fn authenticate(
        &mut self,
        number: QuestionId,
        question: AuthenticationQuestion,
    ) -> EngineAnswer<AuthenticationAnswer> {
        let judge = self.judge(connect_bytes(&question));
        let judging = judge.authenticate(question, Arc::clone(&self.welcomes));
        self.answer(number, judging, EngineVerdict::Authentication)
    }

    fn keep_alive(
        &mut self,
        number: QuestionId,
        client: &Arc<Client>,
        is_ping: bool,
    ) -> EngineAnswer<Option<ReasonCode>> {
        let judging = self.judge(0).keep_alive(Arc::clone(client), is_ping);
        self.answer(number, judging, EngineVerdict::KeepAlive)
    }

    fn subscribe(
        &mut self,
        number: QuestionId,
        client: &Arc<Client>,
        checks_acl: bool,
        request: SubscribeRequest,
    ) -> EngineAnswer<SubscribeRequest> {
        let judge = self.judge(subscribe_bytes(&request));
        let judging = judge.subscribe(Arc::clone(client), checks_acl, request);
        self.answer(number, judging, EngineVerdict::Subscribe)
    }

    fn unsubscribe(
        &mut self,
        number: QuestionId,
        client: &Arc<Client>,
        request: UnsubscribeRequest,
    ) -> EngineAnswer<UnsubscribeRequest> {
        let judge = self.judge(unsubscribe_bytes(&request));
        let judging = judge.unsubscribe(Arc::clone(client), request);
        self.answer(number, judging, EngineVerdict::Unsubscribe)
    }

    fn publish(
        &mut self,
        number: QuestionId,
        client: &Arc<Client>,
        checks_acl: bool,
        publication: &PublicationRef<'_>,
        keep: &mut Keep<'_>,
    ) -> EngineAnswer<PublishVerdict> {
        let judging = Judging { snapshot: &self.snapshot, client, checks_acl };
        let step = match judging.begin(*publication) {
            Step::Done(verdict) => return EngineAnswer::Now(verdict),
            waiting => waiting,
        };
        let mut workshop = self.workshop(publication.message.len_bytes());
        if !workshop.enter() {
            let judged = at_once(pin!(judging.finish(*publication, step, workshop)));
            return EngineAnswer::Now(judged.expect("without room nobody is waited for"));
        }
        let message = publication.to_message(keep);
        let (client, delay_s) = (Arc::clone(client), publication.delay_s);
        let snapshot = Arc::clone(&self.snapshot);
        self.put_off(number, async move {
            let message = message.view();
            let publication = PublicationRef { message: &message, delay_s };
            let judging = Judging { snapshot: &snapshot, client: &client, checks_acl };
            EngineVerdict::Publish(judging.finish(publication, step, workshop).await)
        });
        EngineAnswer::Later
    }

    fn delivered(&mut self, client: &Arc<Client>, message: &MessageRef<'_>) -> Option<Publish> {
        let mut changed: Option<Publish> = None;
        for entry in self.snapshot.at(Point::MessageDelivered) {
            // A later handler sees the original too: what it answers takes the place of all before.
            let said = call(Point::MessageDelivered, entry, |handler| {
                handler.message_delivered(client, message)
            });
            match said {
                None | Some(Verdict::Pass) => {}
                Some(Verdict::Proceed(publish)) => changed = Some(publish),
                Some(Verdict::Stop(publish)) => return Some(publish),
            }
        }
        changed
    }

    fn is_expired(&mut self, client: &Arc<Client>, message: &MessageRef<'_>) -> bool {
        let mut expired = false;
        for entry in self.snapshot.at(Point::MessageExpiryCheck) {
            let said = call(Point::MessageExpiryCheck, entry, |handler| {
                handler.message_expiry_check(client, message)
            });
            match said {
                None | Some(Verdict::Pass) => {}
                Some(Verdict::Proceed(said)) => expired = said,
                Some(Verdict::Stop(said)) => return said,
            }
        }
        expired
    }
}

impl std::fmt::Debug for WorkerHooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorkerHooks").field("points", &self.snapshot.points).finish_non_exhaustive()
    }
}
