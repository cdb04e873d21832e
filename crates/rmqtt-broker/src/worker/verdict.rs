//! What hooks are asked, and what comes of their answers.

use core::mem;
use std::sync::Arc;

use rmqtt_codec::{QoS, ReasonCode};
use rmqtt_message::{Message, MessageRef, Now, Sender, SenderKind, SessionId};
use rmqtt_session::{
    AuthenticationAnswer, AuthenticationQuestion, CloseCause, ConnectInfo, Exchange, Keep,
    SubscribeRequest, UnsubscribeRequest, Will,
};

use super::Worker;
use super::judging::{Waiting, WaitingPublish};
use super::packet::outcome;
use super::tables::{Desk, Output};
use crate::address::{Address, LinkId, LinkToken};
use crate::hook::{
    Answer, Client, DroppedReason, Event, Point, Points, PublicationRef, Publish, PublishVerdict,
    QuestionId, Verdict,
};
use crate::request::{Origin, Request, Subject};

impl Worker {
    pub(super) fn on_verdict(&mut self, number: QuestionId, verdict: Verdict, now: Now) {
        let Some(waiting) = self.tables.judging.take(number) else { return };
        match (waiting, verdict) {
            (Waiting::Connect(token, listener), Verdict::Authentication(answer)) => {
                if self.tables.is_open(token) {
                    self.on_authentication(token, answer, now);
                } else {
                    self.tables.handshakes.end(&listener);
                }
            }
            (Waiting::Reauthentication(address, link), Verdict::Authentication(answer)) => {
                self.on_reauthentication(address, link, answer, now);
            }
            (Waiting::KeepAlive(address, link), Verdict::KeepAlive(code)) => {
                self.on_keep_alive_verdict(address, link, code, now);
            }
            (Waiting::Subscribe(to, asked), Verdict::Subscribe(request)) => {
                self.on_subscribe_verdict(to, asked, request);
            }
            (Waiting::Unsubscribe(to), Verdict::Unsubscribe(request)) => {
                self.unsubscribe(to, request);
            }
            (Waiting::Publish(waiting), Verdict::Publish(verdict)) => {
                self.on_publish_verdict(*waiting, verdict, now);
            }
            (Waiting::Will(client, message), Verdict::Publish(verdict)) => {
                self.judge_will(Some(&client), &message.view(), verdict, now);
            }
            (waiting, _) => unreachable!("a verdict of another kind for {waiting:?}"),
        }
    }

    /// Asks whether a client is admitted.
    pub(super) fn ask_authentication(
        &mut self,
        token: LinkToken,
        question: AuthenticationQuestion,
        now: Now,
    ) {
        let number = self.tables.judging.next();
        let listener = Arc::clone(&question.connect.policy);
        match self.tables.hooks.authenticate(number, question) {
            Answer::Now(answer) => self.on_authentication(token, answer, now),
            Answer::Later => self.tables.judging.wait(number, Waiting::Connect(token, listener)),
        }
    }

    /// A connected client authenticates anew.
    pub(super) fn ask_reauthentication(
        &mut self,
        link: LinkId,
        slot: u32,
        exchange: Exchange,
        now: Now,
    ) {
        if !self.tables.points.contains(Point::ClientAuthenticate) {
            let cause = CloseCause::NotAuthenticated(ReasonCode::BadAuthenticationMethod);
            self.close(link, &cause, now);
            return;
        }
        let Some(client) = self.tables.client(slot) else { return };
        let Some(seat) = self.tables.seats.get(slot) else { return };
        let address = seat.card.address;
        let token = self.tables.token(link);
        let connect = Arc::new(login(&client));
        let question = AuthenticationQuestion { connect, exchange, anonymous_allowed: false };
        let number = self.tables.judging.next();
        match self.tables.hooks.authenticate(number, question) {
            Answer::Now(answer) => self.on_reauthentication(address, token, answer, now),
            Answer::Later => {
                self.tables.judging.wait(number, Waiting::Reauthentication(address, token));
            }
        }
    }

    /// An answer for a connection that has ended is nobody's.
    fn on_reauthentication(
        &mut self,
        address: Address,
        asked: LinkToken,
        answer: AuthenticationAnswer,
        now: Now,
    ) {
        if !self.tables.is_open(asked) {
            return;
        }
        let desk = self.tables.desk(address.slot, address.epoch);
        let Some(Desk { seat, output: Some(Output { link, before, out }), .. }) = desk else {
            return;
        };
        if link != asked.link {
            return;
        }
        seat.forget_client();
        let result = seat.session.handle_answer(answer, out);
        self.tables.note_output(link, before);
        if let Err(cause) = result {
            self.close(link, &cause, now);
        }
    }

    /// Shows hooks that a client was heard. `false`: its connection has ended with that.
    pub(super) fn ask_keep_alive(
        &mut self,
        link: LinkId,
        slot: u32,
        is_ping: bool,
        now: Now,
    ) -> bool {
        let Some(seat) = self.tables.seats.get_mut(slot) else { return false };
        if mem::replace(&mut seat.keep_alive_asked, true) {
            return true;
        }
        let (client, address) = (seat.client(), seat.card.address);
        let token = self.tables.token(link);
        let number = self.tables.judging.next();
        match self.tables.hooks.keep_alive(number, &client, is_ping) {
            Answer::Now(code) => self.on_keep_alive_verdict(address, token, code, now),
            Answer::Later => {
                self.tables.judging.wait(number, Waiting::KeepAlive(address, token));
            }
        }
        self.tables.is_open(token)
    }

    fn on_keep_alive_verdict(
        &mut self,
        address: Address,
        token: LinkToken,
        code: Option<ReasonCode>,
        now: Now,
    ) {
        let Some(seat) = self.tables.seats.get_mut_at(address.slot, address.epoch) else { return };
        seat.keep_alive_asked = false;
        if let Some(code) = code
            && seat.link == Some(token.link)
            && self.tables.is_open(token)
        {
            self.close(token.link, &CloseCause::Rejected(code), now);
        }
    }

    /// Asks which subscriptions are made.
    pub(super) fn ask_subscribe(&mut self, slot: u32, to: Subject, request: SubscribeRequest) {
        let (Some(client), true) = (
            self.tables.client_at(slot, Points::SUBSCRIBE),
            request.wanted.iter().any(Result::is_ok),
        ) else {
            self.subscribe(to, request);
            return;
        };
        let checks = self.tables.points.contains(Point::ClientSubscribeCheckAcl);
        let checks_acl = checks && !client.superuser;
        let asked = valid(&request);
        if checks_acl {
            self.tables.counters.client_subscribe_check_acl += asked as u64;
        }
        let number = self.tables.judging.next();
        match self.tables.hooks.subscribe(number, &client, checks_acl, request) {
            Answer::Now(request) => self.on_subscribe_verdict(to, asked, request),
            Answer::Later => self.tables.judging.wait(number, Waiting::Subscribe(to, asked)),
        }
    }

    /// `asked`: how many filters there were to refuse.
    fn on_subscribe_verdict(&mut self, to: Subject, asked: usize, request: SubscribeRequest) {
        let refused = asked.saturating_sub(valid(&request));
        self.tables.counters.client_subscribe_auth_error += refused as u64;
        self.subscribe(to, request);
    }

    /// Asks which subscriptions are ended.
    pub(super) fn ask_unsubscribe(&mut self, slot: u32, to: Subject, request: UnsubscribeRequest) {
        let points = Points::of(&[Point::ClientUnsubscribe]);
        let Some(client) = self.tables.client_at(slot, points) else {
            self.unsubscribe(to, request);
            return;
        };
        let number = self.tables.judging.next();
        match self.tables.hooks.unsubscribe(number, &client, request) {
            Answer::Now(request) => self.unsubscribe(to, request),
            Answer::Later => self.tables.judging.wait(number, Waiting::Unsubscribe(to)),
        }
    }

    fn subscribe(&mut self, to: Subject, request: SubscribeRequest) {
        let Address { slot, epoch, .. } = to.asker.address;
        let Some(seat) = self.tables.seats.get_mut_at(slot, epoch) else { return };
        let subscriptions_max = seat.session.policy().subscriptions_max;
        self.tables.requests.push(Request::Subscribe { to, request, subscriptions_max });
    }

    fn unsubscribe(&mut self, to: Subject, request: UnsubscribeRequest) {
        self.tables.requests.push(Request::Unsubscribe { to, request });
    }

    /// Asks what becomes of a publication. `None`: it comes later.
    pub(super) fn ask_publish(
        &mut self,
        client: &Arc<Client>,
        publication: &PublicationRef<'_>,
        keep: &mut Keep<'_>,
        number: QuestionId,
    ) -> Option<PublishVerdict> {
        let checks = self.tables.points.contains(Point::MessagePublishCheckAcl);
        let checks_acl = checks && !client.superuser;
        self.tables.counters.client_publish_check_acl += u64::from(checks_acl);
        match self.tables.hooks.publish(number, client, checks_acl, publication, keep) {
            Answer::Now(verdict) => Some(verdict),
            Answer::Later => None,
        }
    }

    /// The verdict on a PUBLISH that waited for it.
    fn on_publish_verdict(&mut self, waiting: WaitingPublish, verdict: PublishVerdict, now: Now) {
        let WaitingPublish { client, caller, link, message, delay_s } = waiting;
        let (origin, client) = (Origin::Client(caller), Some(client));
        let (message, delay_s) = match self.judged(&message.view(), delay_s, verdict, now) {
            Ok(None) => (message, delay_s),
            Ok(Some(changed)) => changed,
            Err(Refused { code, disconnect }) => {
                self.count_refused(client.as_ref(), &message.view(), code, disconnect.is_some());
                let before = self.tables.records_len();
                self.settle_caller(caller, before, Some(code));
                // Before what the client has sent behind it is read.
                if disconnect == Some(true) && self.tables.is_open(link) {
                    self.close(link.link, &CloseCause::Rejected(code), now);
                }
                self.continue_caller(caller, now);
                return;
            }
        };
        let view = message.view();
        self.tables.counters.messages_publish.count(view.sender.kind);
        self.tell_published(client.as_ref(), &view);
        if let Some(delay_s) = delay_s {
            self.tables.requests.push(Request::Delay { message, delay_s, origin });
        } else if view.retain {
            self.tables.requests.push(Request::Retain { message, origin });
        } else {
            let before = self.tables.records_len();
            let matched = self.route(&view, Some(caller.address), now);
            self.on_placed(origin, before, outcome(matched), now);
        }
    }

    /// A Will is due: whoever judges publications judges it too.
    pub(super) fn publish_will(
        &mut self,
        client: Option<&Arc<Client>>,
        publisher: SessionId,
        will: &Will,
        now: Now,
    ) {
        let mut details = mem::take(&mut self.tables.sender);
        details.clear();
        if let Some(client) = client
            && self.tables.points.intersects(Points::SENDER)
        {
            client.as_sender().encode(&mut details);
        }
        let sender = Sender { kind: SenderKind::Will, details: &details };
        let message = MessageRef { sender, ..will.message(self.names.message(), publisher, now) };
        match client.filter(|_| self.tables.points.intersects(Points::PUBLISH)) {
            None => self.release_will(client, &message, None, now),
            Some(client) => {
                let mut copy = mem::take(&mut self.tables.copy);
                let mut keep = Keep::new(None, &mut copy);
                let publication = PublicationRef { message: &message, delay_s: None };
                let number = self.tables.judging.next();
                let verdict = self.ask_publish(client, &publication, &mut keep, number);
                let owned = verdict.is_none().then(|| keep.message(&message));
                self.tables.copy = copy;
                match (verdict, owned) {
                    (Some(verdict), _) => self.judge_will(Some(client), &message, verdict, now),
                    (None, Some(owned)) => {
                        self.tables.judging.wait(number, Waiting::Will(Arc::clone(client), owned));
                    }
                    (None, None) => unreachable!("a message that waits is owned"),
                }
            }
        }
        self.tables.sender = details;
    }

    fn judge_will(
        &mut self,
        client: Option<&Arc<Client>>,
        message: &MessageRef<'_>,
        verdict: PublishVerdict,
        now: Now,
    ) {
        match self.judged(message, None, verdict, now) {
            Ok(None) => self.release_will(client, message, None, now),
            Ok(Some((changed, delay_s))) => {
                self.release_will(client, &changed.view(), delay_s, now);
            }
            Err(Refused { code, disconnect }) => {
                self.count_refused(client, message, code, disconnect.is_some());
            }
        }
    }

    fn release_will(
        &mut self,
        client: Option<&Arc<Client>>,
        message: &MessageRef<'_>,
        delay_s: Option<u32>,
        now: Now,
    ) {
        self.tables.counters.messages_publish.count(SenderKind::Will);
        self.tell_published(client, message);
        let origin = Origin::Broker { worker: self.config.index };
        if let Some(delay_s) = delay_s {
            let message = message.to_message(&mut self.tables.copy);
            self.tables.requests.push(Request::Delay { message, delay_s, origin });
        } else if message.retain {
            let message = message.to_message(&mut self.tables.copy);
            self.tables.requests.push(Request::Retain { message, origin });
        } else {
            self.route(message, None, now);
        }
    }

    /// What a verdict makes of a publication: itself, or another one.
    pub(super) fn judged(
        &mut self,
        message: &MessageRef<'_>,
        delay_s: Option<u32>,
        verdict: PublishVerdict,
        now: Now,
    ) -> Result<Option<(Message, Option<u32>)>, Refused> {
        match verdict {
            PublishVerdict::Unchanged => Ok(None),
            PublishVerdict::Rejected { code, disconnect } => {
                Err(Refused { code, disconnect: Some(disconnect) })
            }
            PublishVerdict::Changed(changed) => match changed.check() {
                Ok(()) => {
                    let owned = self.changed(message, delay_s, &changed, now);
                    Ok(Some((owned, changed.delay_s)))
                }
                Err(_invalid) => {
                    Err(Refused { code: ReasonCode::TopicNameInvalid, disconnect: None })
                }
            },
        }
    }

    /// The message as somebody has changed it: it stays the same message of the same sender.
    fn changed(
        &mut self,
        message: &MessageRef<'_>,
        delay_s: Option<u32>,
        changed: &Publish,
        now: Now,
    ) -> Message {
        let before = Publish::of(message, delay_s);
        let same_life = before.message_expiry_interval_s == changed.message_expiry_interval_s
            && before.delay_s == changed.delay_s;
        let start_ms = now.wall_ms + u64::from(changed.delay_s.unwrap_or(0)) * 1000;
        let expiry = changed.message_expiry_interval_s.map(|s| start_ms + u64::from(s) * 1000);
        let (expires_wall_ms, expiry_is_published) = match same_life {
            true => (message.expires_wall_ms, message.expiry_is_published),
            false => (expiry, expiry.is_some()),
        };
        let view = MessageRef {
            qos: changed.qos,
            retain: changed.retain,
            topic: &changed.topic,
            properties: changed.encoded_properties(),
            payload: &changed.payload,
            expires_wall_ms,
            expiry_is_published,
            ..*message
        };
        // The working room may be in use by the copy of the original.
        view.to_message(&mut Vec::new())
    }

    pub(super) fn tell_published(
        &mut self,
        client: Option<&Arc<Client>>,
        message: &MessageRef<'_>,
    ) {
        if self.tables.points.contains(Point::MessagePublished) {
            self.tables.hooks.observe(&Event::MessagePublished { client, message });
        }
    }

    /// A publication was not taken; `by_rule`: since an access rule forbids it.
    pub(super) fn count_refused(
        &mut self,
        client: Option<&Arc<Client>>,
        message: &MessageRef<'_>,
        code: ReasonCode,
        by_rule: bool,
    ) {
        let counters = &mut self.tables.counters;
        counters.client_publish_error += 1;
        counters.client_publish_auth_error += u64::from(by_rule);
        counters.dropped_refused += 1;
        self.tables.drop_message(client, message, DroppedReason::Refused(code));
    }

    /// Why the node cannot take a message at present.
    pub(super) fn refused_by_overload(&self, qos: QoS, retain: bool) -> Option<ReasonCode> {
        let keeps = qos > QoS::AtMostOnce || retain;
        (self.tables.overload.publishes && keeps).then_some(ReasonCode::QuotaExceeded)
    }
}

/// A publication that goes no further.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refused {
    pub(super) code: ReasonCode,
    /// `Some`: an access rule forbids it; whether the client has to go.
    pub(super) disconnect: Option<bool>,
}

/// Filters of a SUBSCRIBE that nobody has refused.
fn valid(request: &SubscribeRequest) -> usize {
    request.wanted.iter().filter(|wanted| wanted.is_ok()).count()
}

/// What is known of a client that authenticates anew.
fn login(client: &Client) -> ConnectInfo {
    ConnectInfo {
        policy: Arc::clone(&client.policy),
        peer: client.peer,
        version: client.version,
        client_id: Arc::clone(&client.client_id),
        client_id_assigned: false,
        clean_start: client.clean_start,
        keep_alive_s: client.keep_alive_s,
        session_expiry_s: client.session_expiry_s,
        receive_maximum: u16::MAX,
        packet_size_max: u32::MAX,
        topic_alias_maximum: 0,
        username: client.username.clone(),
        password: None,
        will: None,
        user_properties: rmqtt_codec::UserPropertiesBuf::new(),
    }
}
