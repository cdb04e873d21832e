//! What a connected client asks.

use rmqtt_codec::{Frame, ReasonCode};
use rmqtt_message::{MessageRef, Now};
use rmqtt_session::{Action, CloseCause, Publication};

use super::tables::{Desk, Output};
use super::{Asker, Question, Worker};
use crate::address::LinkId;
use crate::request::{Origin, Request};

impl Worker {
    pub(super) fn on_packet(&mut self, link: LinkId, slot: u32, frame: &Frame<'_>, now: Now) {
        let mut scratch = core::mem::take(&mut self.scratch);
        let epoch = self.tables.seats.epoch(slot);
        if let Some(Desk {
            seat,
            output: Some(Output { before, out, .. }),
            ..
        }) = self.tables.desk(slot, epoch)
        {
            let action = seat.session.handle_frame(frame, &mut scratch, out, now);
            self.tables.note_output(link, before);
            match action {
                Ok(action) => self.on_action(link, slot, action, now),
                Err(cause) => self.close(link, &cause, now),
            }
        }
        self.scratch = scratch;
    }

    fn on_action(&mut self, link: LinkId, slot: u32, action: Action<'_>, now: Now) {
        match action {
            Action::Nothing => {}
            Action::Publish(publication) => self.on_publication(link, slot, &publication, now),
            Action::Refused(_) => self.tables.counters.publishes_refused += 1,
            Action::Release { packet_id, known } => {
                self.answer(slot, |session, out| {
                    session.acknowledge_release(packet_id, known, 0, out);
                });
            }
            Action::Received { packet_id, known } => {
                self.answer(slot, |session, out| {
                    session.release(packet_id, known, 0, out);
                });
            }
            Action::Acknowledged { .. } => self.tables.refill(slot, now),
            Action::Subscribe(request) => {
                let Some(seat) = self.tables.seats.get(slot) else {
                    return;
                };
                let to = seat.subject();
                let subscriptions_max = seat.session.policy().subscriptions_max;
                self.ask_directory(
                    link,
                    Request::Subscribe {
                        to,
                        request,
                        subscriptions_max,
                    },
                );
            }
            Action::Unsubscribe(request) => {
                let Some(seat) = self.tables.seats.get(slot) else {
                    return;
                };
                let to = seat.subject();
                self.ask_directory(link, Request::Unsubscribe { to, request });
            }
            Action::Disconnect { clean } => self.on_goodbye(link, slot, clean, now),
            Action::Authenticate(mut question) => self.on_question(link, slot, &mut question, now),
        }
    }

    fn on_question(
        &mut self,
        link: LinkId,
        slot: u32,
        question: &mut rmqtt_session::AuthenticationQuestion,
        now: Now,
    ) {
        if !self.config.has_authenticator {
            let cause = CloseCause::NotAuthenticated(ReasonCode::BadAuthenticationMethod);
            self.close(link, &cause, now);
            return;
        }
        let Some(seat) = self.tables.seats.get(slot) else {
            return;
        };
        question.client_id = (*seat.card.client_id).into();
        let asker = Asker::Session(seat.card.address);
        self.tables.questions.push(Question {
            asker,
            question: question.clone(),
        });
    }

    fn on_publication(&mut self, link: LinkId, slot: u32, publication: &Publication<'_>, now: Now) {
        self.tables.counters.messages_received += 1;
        let Some(seat) = self.tables.seats.get(slot) else {
            return;
        };
        let (publisher, address) = (seat.card.id, seat.card.address);
        let broker_expiry_s = seat.session.policy().message_expiry_s;
        let message = self.message(publication, publisher, broker_expiry_s, now);
        let acknowledge = publication
            .packet_id
            .map(|packet_id| (publication.qos, packet_id));
        if publication.delay_s.is_some() || publication.retain {
            let message = message.to_message(&mut self.tables.copy);
            let origin = Origin::Client {
                address,
                acknowledge,
            };
            let request = match publication.delay_s {
                Some(delay_s) => Request::Delay {
                    message,
                    delay_s,
                    origin,
                },
                None => Request::Retain { message, origin },
            };
            self.ask_directory(link, request);
            return;
        }
        let matched = self.route(&message, Some(address), now);
        if let Some((qos, packet_id)) = acknowledge {
            let code = outcome(matched);
            self.answer(slot, |session, out| {
                session.acknowledge_publish(qos, packet_id, code, 0, out);
            });
        }
    }

    fn message<'p>(
        &mut self,
        publication: &Publication<'p>,
        publisher: rmqtt_message::SessionId,
        broker_expiry_s: u32,
        now: Now,
    ) -> MessageRef<'p> {
        let published_s = publication.message_expiry_interval_s;
        let expiry_s = published_s.or((broker_expiry_s > 0).then_some(broker_expiry_s));
        // A delayed message's life begins when it is published.
        let start_ms = u64::from(publication.delay_s.unwrap_or(0)) * 1000 + now.wall_ms;
        MessageRef {
            id: self.names.message(),
            publisher,
            qos: publication.qos,
            retain: publication.retain,
            published_wall_ms: now.wall_ms,
            expires_wall_ms: expiry_s.map(|s| start_ms.saturating_add(u64::from(s) * 1000)),
            expiry_is_published: published_s.is_some(),
            topic: publication.topic,
            properties: publication.properties,
            payload: publication.payload,
        }
    }

    /// Asks the directory; the link's next packet waits for the answer.
    fn ask_directory(&mut self, link: LinkId, request: Request) {
        if let Some(place) = self.tables.links.get_mut(link.0) {
            place.waits = true;
        }
        self.tables.requests.push(request);
    }

    /// Lets the session write to its client.
    pub(super) fn answer(
        &mut self,
        slot: u32,
        write: impl FnOnce(&mut rmqtt_session::Session, &mut Vec<u8>),
    ) {
        let epoch = self.tables.seats.epoch(slot);
        if let Some(Desk {
            seat,
            output: Some(Output { link, before, out }),
            ..
        }) = self.tables.desk(slot, epoch)
        {
            write(&mut seat.session, out);
            self.tables.note_output(link, before);
        }
    }
}

/// The reason code for a message that was routed `[MQTT-3.4.2-1]`.
pub(super) fn outcome(matched: bool) -> ReasonCode {
    if matched {
        ReasonCode::Success
    } else {
        ReasonCode::NoMatchingSubscribers
    }
}
