//! What a connected client asks.

use std::sync::Arc;

use rmqtt_codec::{Frame, PacketType, QoS, ReasonCode};
use rmqtt_message::{Message, MessageRef, Now, Sender, SenderKind};
use rmqtt_session::{Action, CloseCause, Keep, Publication, Receipt, Session, Ticket};

use super::Worker;
use super::judging::{Waiting, WaitingPublish};
use super::tables::{Desk, Output};
use super::verdict::Refused;
use crate::address::LinkId;
use crate::hook::{Client, Event, Point, Points, PublicationRef, QuestionId};
use crate::request::{Caller, Origin, Request, Subject};

impl Worker {
    pub(super) fn on_packet(&mut self, link: LinkId, slot: u32, frame: &Frame<'_>, now: Now) {
        if self.tables.points.contains(Point::ClientKeepalive) {
            let is_ping = frame.packet_type == PacketType::PingReq;
            if !self.ask_keep_alive(link, slot, is_ping, now) {
                return;
            }
        }
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
            Action::Refused(publication, code) => self.on_refused(slot, &publication, code, now),
            Action::Repeated => self.tables.counters.client_publish_duplicate += 1,
            Action::Release { packet_id, known } => {
                self.acknowledge(slot, records, |session, open, out| {
                    session.acknowledge_release(packet_id, known, open, out)
                });
            }
            Action::Received { packet_id, known, receipt } => {
                self.on_receipt(slot, receipt);
                self.acknowledge(slot, records, |session, open, out| {
                    session.release(packet_id, known, open, out)
                });
            }
            Action::Acknowledged { receipt, .. } => {
                self.on_receipt(slot, receipt);
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
                self.tables.counters.client_subscribe += request.wanted.len() as u64;
                self.ask_subscribe(slot, to, request);
            }
            Action::Unsubscribe(request) => {
                let packet_id = request.packet_id;
                let ask = |session: &mut Session, out: &mut Vec<u8>| {
                    session.await_unsubscribe(packet_id, out)
                };
                let Some(to) = self.ask(link, slot, ask) else { return };
                self.tables.counters.client_unsubscribe += request.filters.len() as u64;
                self.ask_unsubscribe(slot, to, request);
            }
            Action::Disconnect { code } => self.on_goodbye(link, slot, code, now),
            Action::Authenticate(exchange) => {
                self.ask_reauthentication(link, slot, *exchange, now);
            }
        }
    }

    /// The client says that it has a message.
    fn on_receipt(&mut self, slot: u32, receipt: Option<Receipt>) {
        let Some(Receipt { message, sender, retain }) = receipt else { return };
        self.tables.counters.messages_acked.count(sender);
        self.tables.counters.messages_acked_retain += u64::from(retain);
        if let Some(client) = self.tables.client_at(slot, Points::of(&[Point::MessageAcked])) {
            let view = message.as_ref().map(Message::view);
            let event = Event::MessageAcked { client: &client, message: view.as_ref(), sender };
            self.tables.hooks.observe(&event);
        }
    }

    fn on_publication(
        &mut self,
        link: LinkId,
        slot: u32,
        publication: &Publication<'_>,
        records: usize,
        now: Now,
    ) {
        let client = self.tables.client_at(slot, Points::SENDER | Points::PUBLISH);
        let mut details = core::mem::take(&mut self.tables.sender);
        let message = self.message(slot, client.as_ref(), publication, &mut details, now);
        let place = Place { link, slot, records };
        let from = Published { client: client.as_ref(), message: &message, publication };
        if let Some(code) = self.refused_by_overload(publication.qos, publication.retain) {
            self.refuse_publication(place, &from, Refused { code, disconnect: None }, now);
        } else if client.is_some() && self.tables.points.intersects(Points::PUBLISH) {
            self.judge_publication(place, &from, now);
        } else {
            self.take_publication(place, &from, publication.delay_s, now);
        }
        self.tables.sender = details;
    }

    /// The session itself has refused the publication.
    fn on_refused(&mut self, slot: u32, publication: &Publication<'_>, code: ReasonCode, now: Now) {
        let client = self.tables.client_at(slot, Points::SENDER);
        let mut details = core::mem::take(&mut self.tables.sender);
        let message = self.message(slot, client.as_ref(), publication, &mut details, now);
        self.count_refused(client.as_ref(), &message, code, false);
        self.tables.sender = details;
    }

    /// Hooks decide what becomes of the publication.
    fn judge_publication(&mut self, place: Place, from: &Published<'_>, now: Now) {
        let Published { client: Some(client), message, publication } = *from else { return };
        let mut copy = core::mem::take(&mut self.tables.copy);
        let mut keep = Keep::new(None, &mut copy);
        let asked = PublicationRef { message, delay_s: publication.delay_s };
        let number = self.tables.judging.next();
        let verdict = self.ask_publish(client, &asked, &mut keep, number);
        let owned = verdict.is_none().then(|| keep.message(message));
        self.tables.copy = copy;
        if let Some(owned) = owned {
            self.put_off(place, from, owned, number);
            return;
        }
        let Some(verdict) = verdict else { return };
        match self.judged(message, publication.delay_s, verdict, now) {
            Ok(None) => self.take_publication(place, from, publication.delay_s, now),
            Ok(Some((changed, delay_s))) => {
                let message = changed.view();
                let from = Published { message: &message, ..*from };
                self.take_publication(place, &from, delay_s, now);
            }
            Err(refused) => self.refuse_publication(place, from, refused, now),
        }
    }

    /// The answer comes later: the publication waits, and the client's next packet with it.
    fn put_off(
        &mut self,
        place: Place,
        from: &Published<'_>,
        message: Message,
        number: QuestionId,
    ) {
        let Published { client: Some(client), publication, .. } = *from else { return };
        let client = Arc::clone(client);
        let link = self.tables.token(place.link);
        let delay_s = publication.delay_s;
        let Some(caller) = self.wait_for_placing(place, publication) else { return };
        let waiting = WaitingPublish { client, caller, link, message, delay_s };
        self.tables.judging.wait(number, Waiting::Publish(Box::new(waiting)));
    }

    /// The publication takes its place among the acknowledgements, which is told by
    /// [`Worker::on_placed`] when it may leave.
    fn wait_for_placing(&mut self, place: Place, publication: &Publication<'_>) -> Option<Caller> {
        let Place { link, slot, records } = place;
        let qos = publication.qos;
        let ask = |session: &mut Session, out: &mut Vec<u8>| {
            let packet_id = publication.packet_id?;
            session.acknowledge_publish(qos, packet_id, ReasonCode::Success, 1, out)
        };
        let Subject { asker, .. } = self.ask(link, slot, ask)?;
        if self.tables.records_len() > records
            && let Some(ticket) = asker.ticket
        {
            self.hold(slot, ticket);
        }
        Some(asker)
    }

    /// The publication is taken: it is routed now, or goes to the directory.
    fn take_publication(
        &mut self,
        place: Place,
        from: &Published<'_>,
        delay_s: Option<u32>,
        now: Now,
    ) {
        let Published { client, message, publication } = *from;
        self.tables.counters.messages_publish.count(message.sender.kind);
        self.tell_published(client, message);
        if delay_s.is_some() || message.retain {
            let message = message.to_message(&mut self.tables.copy);
            let Some(caller) = self.wait_for_placing(place, publication) else { return };
            let origin = Origin::Client(caller);
            self.tables.requests.push(match delay_s {
                Some(delay_s) => Request::Delay { message, delay_s, origin },
                None => Request::Retain { message, origin },
            });
            return;
        }
        let Some(seat) = self.tables.seats.get(place.slot) else { return };
        let address = seat.card.address;
        let matched = self.route(message, Some(address), now);
        let qos = publication.qos;
        if let Some(packet_id) = publication.packet_id {
            if qos == QoS::ExactlyOnce {
                self.tables.record_taken(address, packet_id);
            }
            self.acknowledge(place.slot, place.records, |session, open, out| {
                session.acknowledge_publish(qos, packet_id, outcome(matched), open, out)
            });
        }
    }

    fn refuse_publication(
        &mut self,
        place: Place,
        from: &Published<'_>,
        refused: Refused,
        now: Now,
    ) {
        let Published { client, message, publication } = *from;
        let Refused { code, disconnect } = refused;
        self.count_refused(client, message, code, disconnect.is_some());
        let Place { link, slot, .. } = place;
        let epoch = self.tables.seats.epoch(slot);
        if let Some(packet_id) = publication.packet_id
            && let Some(Desk { seat, output: Some(output), mut journal, .. }) =
                self.tables.desk(slot, epoch)
        {
            let Output { link, before, out } = output;
            let qos = publication.qos;
            seat.session.refuse_publish(qos, packet_id, code, out, &mut journal);
            let unanswered = seat.session.take_unanswered();
            let address = seat.card.address;
            self.tables.note_output(link, before);
            self.tables.overflowed.extend(unanswered.map(|cause| (address, cause)));
            self.tables.weigh(slot);
        }
        if disconnect == Some(true) {
            self.close(link, &CloseCause::Rejected(code), now);
        }
    }

    /// The acknowledgement waits for the records of this turn as well.
    fn hold(&mut self, slot: u32, ticket: Ticket) {
        let Some(seat) = self.tables.seats.get_mut(slot) else { return };
        seat.session.hold(ticket);
        let address = seat.card.address;
        self.tables.wait_for_records(address, ticket);
    }

    /// The message of a publication by the session in this slot, whose client is known if somebody
    /// wants to know it. `details`: room for what is said of the sender.
    fn message<'p>(
        &mut self,
        slot: u32,
        client: Option<&Arc<Client>>,
        publication: &Publication<'p>,
        details: &'p mut Vec<u8>,
        now: Now,
    ) -> MessageRef<'p> {
        details.clear();
        if let Some(client) = client
            && self.tables.points.intersects(Points::SENDER)
        {
            client.as_sender().encode(details);
        }
        let seat = self.tables.seats.get(slot).expect("the packet came for this session");
        let (publisher, broker_expiry_s) = (seat.card.id, seat.session.policy().message_expiry_s);
        let published_s = publication.message_expiry_interval_s;
        let expiry_s = published_s.or((broker_expiry_s > 0).then_some(broker_expiry_s));
        // A delayed message's life begins when it is published.
        let start_ms = u64::from(publication.delay_s.unwrap_or(0)) * 1000 + now.wall_ms;
        MessageRef {
            id: self.names.message(),
            publisher,
            sender: Sender { kind: SenderKind::Client, details },
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
        self.tables.weigh(slot);
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
        self.tables.weigh(slot);
    }
}

/// Where a packet stands: its link, its session, and how many bytes of records there were before it.
#[derive(Debug, Clone, Copy)]
struct Place {
    link: LinkId,
    slot: u32,
    records: usize,
}

/// A client's publication on its way.
#[derive(Debug, Clone, Copy)]
struct Published<'p> {
    /// The publisher, where hooks look on.
    client: Option<&'p Arc<Client>>,
    /// The message, as it is so far.
    message: &'p MessageRef<'p>,
    /// What the packet said.
    publication: &'p Publication<'p>,
}

/// The reason code for a message that was routed `[MQTT-3.4.2-1]`.
pub(super) fn outcome(matched: bool) -> ReasonCode {
    if matched { ReasonCode::Success } else { ReasonCode::NoMatchingSubscribers }
}
