use core::fmt;
use std::sync::Arc;

use rmqtt_codec::{ReasonCode, UserPropertiesBuf};
use rmqtt_message::{Message, MessageRef};
use rmqtt_session::{
    AuthenticationAnswer, AuthenticationQuestion, Keep, SubscribeRequest, UnsubscribeRequest,
};

use super::{Client, Event, Points, Publish};

/// Names a question of one worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QuestionId(pub u64);

/// What comes of a question.
#[derive(Debug)]
pub enum Answer<T> {
    /// This.
    Now(T),
    /// It comes with [`Worker::handle_verdict`](crate::Worker::handle_verdict), sooner or later in any
    /// case.
    Later,
}

/// The answer to a question that had to wait.
#[derive(Debug)]
pub enum Verdict {
    /// Of [`Hooks::authenticate`].
    Authentication(AuthenticationAnswer),
    /// Of [`Hooks::keep_alive`].
    KeepAlive(Option<ReasonCode>),
    /// Of [`Hooks::subscribe`].
    Subscribe(SubscribeRequest),
    /// Of [`Hooks::unsubscribe`].
    Unsubscribe(UnsubscribeRequest),
    /// Of [`Hooks::publish`].
    Publish(PublishVerdict),
}

/// What becomes of a publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublishVerdict {
    /// It goes on as it is.
    Unchanged,
    /// It goes on like this.
    Changed(Box<Publish>),
    /// It goes no further.
    Rejected {
        /// The code for the acknowledgement.
        code: ReasonCode,
        /// Whether the client has to go.
        disconnect: bool,
    },
}

/// Who looks on and has a say, as one worker reaches them.
pub trait Hooks: fmt::Debug + Send {
    /// The points at which somebody listens, from now until the next call.
    fn points(&mut self) -> Points;

    /// Tells what has happened. Called only for a point in [`Hooks::points`].
    fn observe(&mut self, event: &Event<'_>);

    /// Whether a client is admitted.
    fn authenticate(
        &mut self,
        number: QuestionId,
        question: AuthenticationQuestion,
    ) -> Answer<AuthenticationAnswer>;

    /// A client was heard; a code ends its connection.
    fn keep_alive(
        &mut self,
        number: QuestionId,
        client: &Arc<Client>,
        is_ping: bool,
    ) -> Answer<Option<ReasonCode>>;

    /// Which of these subscriptions are made, and how. `checks_acl`: access rules hold for the client.
    fn subscribe(
        &mut self,
        number: QuestionId,
        client: &Arc<Client>,
        checks_acl: bool,
        request: SubscribeRequest,
    ) -> Answer<SubscribeRequest>;

    /// Which of these subscriptions are ended.
    fn unsubscribe(
        &mut self,
        number: QuestionId,
        client: &Arc<Client>,
        request: UnsubscribeRequest,
    ) -> Answer<UnsubscribeRequest>;

    /// What becomes of a publication of a client, or of its Will. `keep` has the owned copy, for an
    /// answer that comes later.
    fn publish(
        &mut self,
        number: QuestionId,
        client: &Arc<Client>,
        checks_acl: bool,
        publication: &PublicationRef<'_>,
        keep: &mut Keep<'_>,
    ) -> Answer<PublishVerdict>;

    /// The message is about to be sent to a client. Gives what is sent in its place.
    fn delivered(&mut self, client: &Arc<Client>, message: &MessageRef<'_>) -> Option<Publish>;

    /// Whether a message is past its time for this client.
    fn is_expired(&mut self, client: &Arc<Client>, message: &MessageRef<'_>) -> bool;
}

/// A publication that is judged.
#[derive(Debug, Clone, Copy)]
pub struct PublicationRef<'p> {
    /// The message.
    pub message: &'p MessageRef<'p>,
    /// From `$delayed/…`: when it is published, seconds from now.
    pub delay_s: Option<u32>,
}

impl PublicationRef<'_> {
    /// An owned copy.
    #[must_use]
    pub fn to_message(&self, keep: &mut Keep<'_>) -> Message {
        keep.message(self.message)
    }
}

/// Nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHooks;

impl Hooks for NoHooks {
    fn points(&mut self) -> Points {
        Points::NONE
    }

    fn observe(&mut self, _event: &Event<'_>) {}

    fn authenticate(
        &mut self,
        _number: QuestionId,
        _question: AuthenticationQuestion,
    ) -> Answer<AuthenticationAnswer> {
        Answer::Now(AuthenticationAnswer::Ignore(UserPropertiesBuf::new()))
    }

    fn keep_alive(
        &mut self,
        _number: QuestionId,
        _client: &Arc<Client>,
        _is_ping: bool,
    ) -> Answer<Option<ReasonCode>> {
        Answer::Now(None)
    }

    fn subscribe(
        &mut self,
        _number: QuestionId,
        _client: &Arc<Client>,
        _checks_acl: bool,
        request: SubscribeRequest,
    ) -> Answer<SubscribeRequest> {
        Answer::Now(request)
    }

    fn unsubscribe(
        &mut self,
        _number: QuestionId,
        _client: &Arc<Client>,
        request: UnsubscribeRequest,
    ) -> Answer<UnsubscribeRequest> {
        Answer::Now(request)
    }

    fn publish(
        &mut self,
        _number: QuestionId,
        _client: &Arc<Client>,
        _checks_acl: bool,
        _publication: &PublicationRef<'_>,
        _keep: &mut Keep<'_>,
    ) -> Answer<PublishVerdict> {
        Answer::Now(PublishVerdict::Unchanged)
    }

    fn delivered(&mut self, _client: &Arc<Client>, _message: &MessageRef<'_>) -> Option<Publish> {
        None
    }

    fn is_expired(&mut self, _client: &Arc<Client>, _message: &MessageRef<'_>) -> bool {
        false
    }
}
