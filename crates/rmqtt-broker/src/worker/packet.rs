//! What a connected client asks.

use rmqtt_codec::{Frame, ReasonCode};
use rmqtt_message::{MessageRef, Now};
use rmqtt_session::{Action, CloseCause, Publication, Session, Ticket};

use super::tables::{Desk, Output};
use super::{Asker, Question, Worker};
use crate::address::LinkId;
use crate::request::{Caller, Origin, Request, Subject};

impl Worker {
    pub(super) fn on_packet(&mut self, link: LinkId, slot: u32, frame: &Frame<'_>, now: Now) {
        let mut scratch = core::mem::take(&mut self.scratch);
        let epoch = self.tables.seats.epoch(slot);
        let records = self.tables.records_len();
        if let Some(Desk { seat, output: Some(Output { before, out, .. }), mut journal, .. }) =
            self.tables.desk(slot, epoch)
        {
            let action = seat.session.handle_frame(frame, &mut scratch, out, &mut journal);
            self.tables.note_output(link, before);
            match action {
                Ok(action) => self.on_action(link, slot, action, records, now),
                Err(cause) => self.close(link, &cause, now),
            }
        }
        self.scratch = scratch;
    }

    /// `records`: how many bytes of records there were before the packet.
    fn on_action(&mut self, link: LinkId, slot: u32, action: Action<'_>, records: usize, now: Now) {
        match action {
            Action::Nothing => {}
            Action::Publish(publication) => {
                self.on_publication(link, slot, &publication, records, now);
            }
            Action::Refused(_) => self.tables.counters.publishes_refused += 1,
            Action::Release { packet_id, known } => {
                self.acknowledge(slot, records, |session, open, out| {
                    session.acknowledge_release(packet_id, known, open, out)
                });
            }
            Action::Received { packet_id, known } => {
                self.acknowledge(slot, records, |session, open, out| {
                    session.release(packet_id, known, open, out)
                });
            }
            Action::Acknowledged { .. } => {
                if let Some(seat) = self.tables.seats.get_mut(slot) {
                    seat.progress_mono_ms = now.mono_ms;
                }
                self.tables.refill(slot, now);
            }
            Action::Subscribe(request) => {
                let packet_id = request.packet_id;
                let ask = |session: &mut Session, out: &mut Vec<u8>| {
                    session.await_subscribe(packet_id, out)
                };
                let Some(to) = self.ask(link, slot, ask) else { return };
                let seat = self.tables.seats.get(slot);
                let subscriptions_max =
                    seat.map_or(0, |seat| seat.session.policy().subscriptions_max);
                let request = Request::Subscribe { to, request, subscriptions_max };
                self.tables.requests.push(request);
            }
            Action::Unsubscribe(request) => {
                let packet_id = request.packet_id;
                let ask = |session: &mut Session, out: &mut Vec<u8>| {
                    session.await_unsubscribe(packet_id, out)
                };
                let Some(to) = self.ask(link, slot, ask) else { return };
                self.tables.requests.push(Request::Unsubscribe { to, request });
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
        self.tables.questions.push(Question { asker, question: question.clone() });
    }

    fn on_publication(
        &mut self,
        link: LinkId,
        slot: u32,
        publication: &Publication<'_>,
        records: usize,
        now: Now,
    ) {
        self.tables.counters.messages_received += 1;
        let Some(seat) = self.tables.seats.get(slot) else { return };
        let (publisher, address) = (seat.card.id, seat.card.address);
        let broker_expiry_s = seat.session.policy().message_expiry_s;
        let message = self.message(publication, publisher, broker_expiry_s, now);
        let qos = publication.qos;
        if publication.delay_s.is_some() || publication.retain {
            let message = message.to_message(&mut self.tables.copy);
            let ask = |session: &mut Session, out: &mut Vec<u8>| {
                let packet_id = publication.packet_id?;
                session.acknowledge_publish(qos, packet_id, ReasonCode::Success, 1, out)
            };
            let Some(Subject { asker, .. }) = self.ask(link, slot, ask) else { return };
            if self.tables.records_len() > records
                && let Some(ticket) = asker.ticket
            {
                self.hold(slot, ticket);
            }
            let origin = Origin::Client(asker);
            self.tables.requests.push(match publication.delay_s {
                Some(delay_s) => Request::Delay { message, delay_s, origin },
                None => Request::Retain { message, origin },
            });
            return;
        }
        let matched = self.route(&message, Some(address), now);
        if let Some(packet_id) = publication.packet_id {
            self.acknowledge(slot, records, |session, open, out| {
                session.acknowledge_publish(qos, packet_id, outcome(matched), open, out)
            });
        }
    }

    /// The acknowledgement waits for the records of this turn as well.
    fn hold(&mut self, slot: u32, ticket: Ticket) {
        let Some(seat) = self.tables.seats.get_mut(slot) else { return };
        seat.session.hold(ticket);
        let address = seat.card.address;
        self.tables.wait_for_records(address, ticket);
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

    /// Prepares a question to the directory: the acknowledgement takes its place among the others, and
    /// the link's next packet waits for the answer.
    fn ask(
        &mut self,
        link: LinkId,
        slot: u32,
        take_place: impl FnOnce(&mut Session, &mut Vec<u8>) -> Option<Ticket>,
    ) -> Option<Subject> {
        let epoch = self.tables.seats.epoch(slot);
        let Desk { seat, output, .. } = self.tables.desk(slot, epoch)?;
        let Output { before, out, .. } = output?;
        let ticket = take_place(&mut seat.session, out);
        seat.unanswered += 1;
        let (address, session) = (seat.card.address, seat.route);
        self.tables.note_output(link, before);
        self.tables.links.get_mut(link.0)?.waits = true;
        Some(Subject { session, asker: Caller { address, ticket } })
    }

    /// Lets the session acknowledge a packet, now or when the records written since `records` are
    /// committed.
    fn acknowledge(
        &mut self,
        slot: u32,
        records: usize,
        write: impl FnOnce(&mut Session, u32, &mut Vec<u8>) -> Option<Ticket>,
    ) {
        let open = self.tables.tickets_since(records);
        let epoch = self.tables.seats.epoch(slot);
        let Some(Desk { seat, output, .. }) = self.tables.desk(slot, epoch) else { return };
        let address = seat.card.address;
        let ticket = match output {
            Some(Output { link, before, out }) => {
                let ticket = write(&mut seat.session, open, out);
                self.tables.note_output(link, before);
                ticket
            }
            // The connection was closed meanwhile; the place of the acknowledgement counts.
            None => write(&mut seat.session, open, &mut Vec::new()),
        };
        if let Some(ticket) = ticket {
            self.tables.wait_for_records(address, ticket);
        }
    }
}

/// The reason code for a message that was routed `[MQTT-3.4.2-1]`.
pub(super) fn outcome(matched: bool) -> ReasonCode {
    if matched { ReasonCode::Success } else { ReasonCode::NoMatchingSubscribers }
}
