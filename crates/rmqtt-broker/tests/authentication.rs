//! Authentication whose answers come late.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

#[path = "support/node.rs"]
#[allow(dead_code, reason = "shared with others, who use another part")]
mod node;

use std::sync::Arc;

use node::{Client, Node};
use rmqtt_broker::hook::{
    self, Answer, Event, Hooks, Point, Points, PublicationRef, Publish, PublishVerdict, QuestionId,
    Verdict,
};
use rmqtt_codec::{Auth, ProtocolVersion, ReasonCode};
use rmqtt_message::MessageRef;
use rmqtt_session::{
    AuthenticationAnswer, AuthenticationQuestion, Grant, Keep, SubscribeRequest, UnsubscribeRequest,
};

/// Admits everybody at once, and puts off who wants to be judged anew.
#[derive(Debug)]
struct Authenticator;

impl Hooks for Authenticator {
    fn points(&mut self) -> Points {
        Points::of(&[Point::ClientAuthenticate])
    }

    fn observe(&mut self, _event: &Event<'_>) {}

    fn authenticate(
        &mut self,
        _number: QuestionId,
        question: AuthenticationQuestion,
    ) -> Answer<AuthenticationAnswer> {
        match question.exchange.again {
            false => Answer::Now(AuthenticationAnswer::Accept(Grant::default())),
            true => Answer::Later,
        }
    }

    fn keep_alive(
        &mut self,
        _number: QuestionId,
        _client: &Arc<hook::Client>,
        _is_ping: bool,
    ) -> Answer<Option<ReasonCode>> {
        Answer::Now(None)
    }

    fn subscribe(
        &mut self,
        _number: QuestionId,
        _client: &Arc<hook::Client>,
        _checks_acl: bool,
        request: SubscribeRequest,
    ) -> Answer<SubscribeRequest> {
        Answer::Now(request)
    }

    fn unsubscribe(
        &mut self,
        _number: QuestionId,
        _client: &Arc<hook::Client>,
        request: UnsubscribeRequest,
    ) -> Answer<UnsubscribeRequest> {
        Answer::Now(request)
    }

    fn publish(
        &mut self,
        _number: QuestionId,
        _client: &Arc<hook::Client>,
        _checks_acl: bool,
        _publication: &PublicationRef<'_>,
        _keep: &mut Keep<'_>,
    ) -> Answer<PublishVerdict> {
        Answer::Now(PublishVerdict::Unchanged)
    }

    fn delivered(
        &mut self,
        _client: &Arc<hook::Client>,
        _message: &MessageRef<'_>,
    ) -> Option<Publish> {
        None
    }

    fn is_expired(&mut self, _client: &Arc<hook::Client>, _message: &MessageRef<'_>) -> bool {
        false
    }
}

fn authenticate_again() -> Vec<u8> {
    let auth = Auth { authentication_method: Some("m"), ..Auth::new(ReasonCode::ReAuthenticate) };
    let mut packet = Vec::new();
    auth.encode(ProtocolVersion::V5, &mut packet).unwrap();
    packet
}

/// A client had asked to be judged anew, and came back on another connection before the answer: that one
/// got an AUTH that it had not asked for, or was closed for it.
#[test]
fn the_answer_to_an_earlier_connection_says_nothing_to_the_present_one() {
    let accept = || AuthenticationAnswer::Accept(Grant::default());
    let refuse = || AuthenticationAnswer::Refuse(ReasonCode::NotAuthorized);
    for (comes_back, answer, expected) in [
        (false, accept(), &["AUTH 0x00"][..]),
        (false, refuse(), &["DISCONNECT 0x87"]),
        (true, AuthenticationAnswer::Continue(None), &[]),
        (true, accept(), &[]),
        (true, refuse(), &[]),
    ] {
        let mut node = Node::with_hooks(|| Box::new(Authenticator));
        let client = Client::new(ProtocolVersion::V5, "c").method("m").expiry(100).on_worker(0);
        let mut link = node.connect(&client);
        node.send(link, &authenticate_again());
        if comes_back {
            let client = Client::new(ProtocolVersion::V5, "c").method("m").expiry(100);
            link = node.open(&client.resume().on_worker(1));
            assert_eq!(node.received(link), ["CONNACK present 0x00"]);
        }
        node.answer(0, 2, Verdict::Authentication(answer));
        assert_eq!(node.received(link), expected);
        assert_eq!(node.is_closed(link), expected == ["DISCONNECT 0x87"]);
    }
}
