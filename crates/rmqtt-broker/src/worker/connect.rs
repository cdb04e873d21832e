//! From CONNECT to a session.

use std::sync::Arc;

use rmqtt_codec::{Frame, PacketType, ReasonCode};
use rmqtt_message::{Now, Record};
use rmqtt_session::{
    AuthenticationAnswer, CloseCause, ConnectRequest, HandshakeAction, HandshakeContext, Refusal,
    Session, write_connack,
};

use super::link::LinkState;
use super::seat::{Arrival, FIRST_TENURE, Seat};
use super::waiter::{Early, Entrance, Waiter};
use super::{Handoff, LinkCommand, Worker};
use crate::address::{Address, LinkId, LinkToken};
use crate::batch::Order;
use crate::hook::{Event, Point, Points};
use crate::request::{Claim, Request};
use crate::session_card::{SessionCard, SessionRef};

impl Worker {
    pub(super) fn on_handshake_packet(&mut self, token: LinkToken, frame: &Frame<'_>, now: Now) {
        let first = self.handshake(token).is_some_and(|handshake| !handshake.is_judging());
        if first {
            self.waiting_room.leave(true);
            let Some(place) = self.tables.links.get_mut(token.link.0) else { return };
            let full = self.tables.handshakes.are_full(&place.policy);
            self.tables.handshakes.begin(&place.policy);
            if frame.packet_type == PacketType::Connect {
                self.tables.counters.client_connect += 1;
                let busy = full.then_some(ReasonCode::ServerUnavailable);
                if let Some(code) = busy.or(self.tables.overload.connects) {
                    self.refuse_busy(token, frame, code);
                    return;
                }
            }
        }
        let mut context = HandshakeContext {
            has_authenticator: self.tables.points.contains(Point::ClientAuthenticate),
            asks: self.tables.points.intersects(Points::CONNECT),
            assign_client_id: &mut self.names,
        };
        let Some(place) = self.tables.links.get_mut(token.link.0) else {
            return;
        };
        let LinkState::Handshake(handshake) = &mut place.state else {
            return;
        };
        let step = handshake.handle_frame(frame, &mut context);
        let is_judged = match &step {
            Ok(HandshakeAction::Authenticate(question)) => question.exchange.step == 0,
            Ok(HandshakeAction::Claim(_)) => true,
            Ok(HandshakeAction::Nothing) | Err(_) => false,
        };
        self.tables.counters.client_authenticate += u64::from(is_judged);
        self.on_handshake_step(token, step, now);
    }

    /// What was said of a client that connects.
    pub(super) fn on_authentication(
        &mut self,
        token: LinkToken,
        answer: AuthenticationAnswer,
        now: Now,
    ) {
        if !self.tables.is_open(token) {
            return;
        }
        let Some(place) = self.tables.links.get_mut(token.link.0) else {
            return;
        };
        let LinkState::Handshake(handshake) = &mut place.state else {
            return;
        };
        let mut auth = Vec::new();
        let step = handshake.handle_answer(answer, &mut auth);
        self.tables.write(token.link, |out| out.extend_from_slice(&auth));
        self.on_handshake_step(token, step, now);
        if self.handshake(token).is_some_and(|handshake| handshake.wants_input()) {
            self.continue_link(token, now);
        }
    }

    fn on_handshake_step(
        &mut self,
        token: LinkToken,
        step: Result<HandshakeAction, Refusal>,
        now: Now,
    ) {
        match step {
            Ok(HandshakeAction::Nothing) => {}
            Ok(HandshakeAction::Authenticate(question)) => {
                self.ask_authentication(token, question, now);
            }
            Ok(HandshakeAction::Claim(request)) => {
                self.tables.counters.client_auth_anonymous += u64::from(request.anonymous);
                self.claim(token, request);
            }
            Err(refusal) => self.refuse(token.link, &refusal),
        }
    }

    /// Asks the directory for the client's session. If there is none, the link's will be in the slot
    /// that is reserved here.
    fn claim(&mut self, token: LinkToken, request: Box<ConnectRequest>) {
        let (slot, epoch) = self.tables.seats.reserve();
        let address = Address { worker: self.config.index, slot, epoch };
        let persistent = request.session_expiry_s > 0;
        let client_id = Arc::clone(&request.client_id);
        let card = Arc::new(SessionCard::new(self.names.session(), client_id, address, persistent));
        let clean_start = request.clean_start;
        let Some(place) = self.tables.links.get_mut(token.link.0) else {
            self.tables.seats.release(slot);
            return;
        };
        place.waits = true;
        place.state = LinkState::Claiming(request);
        self.tables.requests.push(Request::Claim(Claim { token, card, clean_start }));
    }

    /// The directory has given the link its new session.
    pub(super) fn on_claimed(
        &mut self,
        token: LinkToken,
        card: Arc<SessionCard>,
        route: SessionRef,
        now: Now,
    ) {
        if self.claiming(token).is_none() {
            // The client is gone before it was accepted.
            self.give_up(&card, route, now);
            return;
        }
        let is_recorded = self.tables.record_opened(token, &card, FIRST_TENURE, now);
        let entrance = Entrance::New { card, route };
        if is_recorded {
            self.tables.waiters.push(Waiter::Link(token, entrance));
        } else {
            self.enter(token, entrance, true, now);
        }
    }

    /// The client's session lives at `address`: the link has to go there.
    pub(super) fn on_continue(
        &mut self,
        token: LinkToken,
        card: &SessionCard,
        address: Address,
        now: Now,
    ) {
        self.tables.seats.release(card.address.slot);
        if !self.tables.is_open(token) {
            return;
        }
        if address.worker == self.config.index {
            self.continue_session(token, address, now);
            return;
        }
        let Some(request) = self.take_claiming(token) else {
            return;
        };
        let link = token.link;
        if let Some(place) = self.tables.links.get_mut(link.0) {
            self.tables.handshakes.end(&place.policy);
        }
        self.tables.remove_link(link, |place| {
            let handoff = Handoff {
                request,
                address,
                policy: Arc::clone(&place.policy),
                peer: place.peer,
                input: core::mem::take(&mut place.input),
                out: core::mem::take(&mut place.out),
            };
            LinkCommand::Move { link, to: address.worker, handoff: Box::new(handoff) }
        });
    }

    pub(super) fn on_not_claimed(
        &mut self,
        token: LinkToken,
        card: &SessionCard,
        code: ReasonCode,
    ) {
        self.tables.seats.release(card.address.slot);
        let Some(request) = self.take_claiming(token) else {
            return;
        };
        let text = "the broker takes no more sessions";
        self.refuse(token.link, &Refusal::of(&request, code, text));
    }

    /// Connects the link to the session at `address` of this worker. An older link of it ends first, so
    /// that what is written down of its end stands before the new beginning.
    pub(super) fn continue_session(&mut self, token: LinkToken, address: Address, now: Now) {
        if self.claiming(token).is_none() {
            return;
        }
        let seat = self.tables.seats.get_mut_at(address.slot, address.epoch);
        if let Some(old) = seat.and_then(|seat| seat.link) {
            self.close(old, &CloseCause::TakenOver, now);
        }
        let seat = self.tables.seats.get_mut_at(address.slot, address.epoch);
        let known = seat.map(|seat| {
            seat.tenure += 1;
            seat.is_settled = false;
            (Arc::clone(&seat.card), seat.tenure)
        });
        let tenure = known.as_ref().map_or(FIRST_TENURE, |(_, tenure)| *tenure);
        let entrance = Entrance::Known { address, tenure };
        if let Some((card, tenure)) = known
            && self.tables.record_opened(token, &card, tenure, now)
        {
            self.tables.waiters.push(Waiter::Link(token, entrance));
        } else {
            self.enter(token, entrance, true, now);
        }
    }

    /// The link gets its session, or, where that could not be `committed`, is refused.
    pub(super) fn enter(
        &mut self,
        token: LinkToken,
        entrance: Entrance,
        committed: bool,
        now: Now,
    ) {
        match entrance {
            Entrance::New { card, route } => {
                let Some(mut request) = self.take_claiming(token) else {
                    self.give_up(&card, route, now);
                    return;
                };
                if !committed {
                    self.give_up(&card, route, now);
                    self.refuse_unstored(token, &request);
                    return;
                }
                self.open_session(token, &mut request, card, route, now);
            }
            Entrance::Known { address, tenure } => {
                self.enter_known(token, (address, tenure), committed, now);
            }
        }
    }

    /// The link gets the session at `address`. Only the latest of those that were written down may: what
    /// is stored of the session is what was said of that one.
    fn enter_known(
        &mut self,
        token: LinkToken,
        (address, tenure): (Address, u64),
        committed: bool,
        now: Now,
    ) {
        if !committed && let Some(request) = self.take_claiming(token) {
            self.refuse_unstored(token, &request);
        }
        if self.tables.seats.is_reserved(address.slot, address.epoch) {
            // It is about to begin: another worker has yet to say so.
            self.tables.early.push((address, Early::Continue(token)));
            return;
        }
        let seat = self.tables.seats.get_mut_at(address.slot, address.epoch);
        if let Some(seat) = seat.filter(|seat| seat.tenure != tenure) {
            if seat.is_settled {
                self.on_overtaken(token, address, now);
            } else {
                self.tables.early.push((address, Early::Overtaken(token)));
            }
            return;
        }
        match self.take_claiming(token) {
            Some(request) => self.resume(token, request, address, now),
            None => {
                let seat = self.tables.seats.get_mut_at(address.slot, address.epoch);
                if let Some(seat) = seat {
                    seat.is_settled = true;
                    if committed {
                        self.tables.record_not_opened(address.slot, now);
                    }
                }
            }
        }
        self.admit_early(address, now);
    }

    /// A later link was written down than this one, and it is known by now what has become of it.
    fn on_overtaken(&mut self, token: LinkToken, address: Address, now: Now) {
        let seat = self.tables.seats.get_mut_at(address.slot, address.epoch);
        if seat.is_none_or(|seat| seat.link.is_none()) {
            self.continue_session(token, address, now);
        } else if let Some(request) = self.take_claiming(token) {
            let code = ReasonCode::ServerUnavailable;
            let text = "a later connection has the session";
            self.refuse(token.link, &Refusal::of(&request, code, text));
        }
    }

    /// The session at `address` goes on with this link.
    fn resume(
        &mut self,
        token: LinkToken,
        mut request: Box<ConnectRequest>,
        address: Address,
        now: Now,
    ) {
        let Some(seat) = self.tables.seats.get_mut_at(address.slot, address.epoch) else {
            // It has ended meanwhile: the directory is asked again.
            self.claim(token, request);
            return;
        };
        seat.is_settled = true;
        seat.card.set_persistent(request.session_expiry_s > 0);
        self.accept(token, &request, true);
        let arrival = self.arrival(token, &request, now);
        if let Some(seat) = self.tables.seats.get_mut(address.slot) {
            seat.session.attach(&mut request, now);
            seat.arrive(arrival);
        }
        self.tables.counters.session_resumed += 1;
        self.seat_link(token, address.slot, true, now);
    }

    fn open_session(
        &mut self,
        token: LinkToken,
        request: &mut ConnectRequest,
        card: Arc<SessionCard>,
        route: SessionRef,
        now: Now,
    ) {
        self.accept(token, request, false);
        let arrival = self.arrival(token, request, now);
        let address = card.address;
        let slot = address.slot;
        let client_hash = self.routes.hash(&card.client_id);
        let session = Session::new(card.id, request, now);
        self.tables.seats.fill(slot, Seat::new(session, card, route, client_hash, arrival));
        self.tables.counters.session_created += 1;
        if let Some(client) = self.tables.client_at(slot, Points::of(&[Point::SessionCreated])) {
            self.tables.hooks.observe(&Event::SessionCreated { client: &client });
        }
        self.seat_link(token, slot, false, now);
        self.admit_early(address, now);
    }

    /// Writes the CONNACK that accepts.
    fn accept(&mut self, token: LinkToken, request: &ConnectRequest, session_present: bool) {
        self.tables.counters.client_connack += 1;
        self.tables.write(token.link, |out| write_connack(request, session_present, out));
    }

    fn arrival(&self, token: LinkToken, request: &ConnectRequest, now: Now) -> Arrival {
        let place = self.tables.links.get(token.link.0).expect("the link was just written to");
        Arrival {
            peer: place.peer,
            wall_s: u32::try_from(now.wall_ms / 1000).unwrap_or(u32::MAX),
            clean_start: request.clean_start,
            anonymous: request.anonymous,
        }
    }

    /// A session that the directory has given does not begin after all.
    fn give_up(&mut self, card: &SessionCard, route: SessionRef, now: Now) {
        card.set_over();
        self.tables.seats.release(card.address.slot);
        self.tables.requests.push(Request::End { session: route, id: card.id });
        if self.config.keeps_records && card.is_persistent() {
            // It may have been written down already that it had begun.
            self.tables.records.push(&Record::SessionEnded { session: card.id });
        }
        self.admit_early(card.address, now);
    }

    /// The session has begun, or will not: what came for it earlier goes on, in its order.
    fn admit_early(&mut self, address: Address, now: Now) {
        let here = |(wanted, _): &mut (Address, Early)| *wanted == address;
        let early: Vec<_> = self.tables.early.extract_if(.., here).collect();
        for (_, early) in early {
            match early {
                Early::Continue(token) => self.continue_session(token, address, now),
                Early::Overtaken(token) => self.on_overtaken(token, address, now),
                Early::Replace(token, card, session) => {
                    self.on_replace(address, token, card, session, now);
                }
            }
        }
    }

    /// The session at `address` has to end; then the link has its new one.
    pub(super) fn on_replace(
        &mut self,
        address: Address,
        token: LinkToken,
        card: Arc<SessionCard>,
        session: SessionRef,
        now: Now,
    ) {
        if self.tables.seats.is_reserved(address.slot, address.epoch) {
            self.tables.early.push((address, Early::Replace(token, card, session)));
            return;
        }
        self.replace_session(address.slot, address.epoch, now);
        if token.worker == self.config.index {
            self.on_claimed(token, card, session, now);
        } else {
            self.batch_for(token.worker).order(Order::Claimed { token, card, session });
        }
    }

    fn refuse_unstored(&mut self, token: LinkToken, request: &ConnectRequest) {
        let code = ReasonCode::ServerUnavailable;
        self.refuse(token.link, &Refusal::of(request, code, "the session was not stored"));
    }

    /// The link and the session belong together from here on.
    fn seat_link(&mut self, token: LinkToken, slot: u32, session_present: bool, now: Now) {
        self.tables.counters.client_connected += 1;
        self.tables.gauges.connections += 1;
        let (Some(place), Some(seat)) =
            (self.tables.links.get_mut(token.link.0), self.tables.seats.get_mut(slot))
        else {
            return;
        };
        self.tables.handshakes.end(&place.policy);
        place.state = LinkState::Online(slot);
        seat.link = Some(token.link);
        seat.progress_mono_ms = now.mono_ms;
        seat.card.set_online(true);
        let waits = seat.unanswered > 0;
        if let Some(client) = self.tables.client_at(slot, Points::of(&[Point::ClientConnected])) {
            let event = Event::ClientConnected { client: &client, session_present };
            self.tables.hooks.observe(&event);
        }
        self.tables.refill(slot, now);
        self.tables.arm_session(slot);
        if !waits {
            self.continue_link(token, now);
        }
    }

    fn claiming(&self, token: LinkToken) -> Option<&ConnectRequest> {
        if !self.tables.is_open(token) {
            return None;
        }
        match &self.tables.links.get(token.link.0)?.state {
            LinkState::Claiming(request) => Some(request),
            _ => None,
        }
    }

    fn take_claiming(&mut self, token: LinkToken) -> Option<Box<ConnectRequest>> {
        if !self.tables.is_open(token) {
            return None;
        }
        let place = self.tables.links.get_mut(token.link.0)?;
        match core::mem::replace(&mut place.state, LinkState::Leaving) {
            LinkState::Claiming(request) => Some(request),
            other => {
                place.state = other;
                None
            }
        }
    }

    fn handshake(&self, token: LinkToken) -> Option<&rmqtt_session::Handshake> {
        match &self.tables.links.get(token.link.0)?.state {
            LinkState::Handshake(handshake) => Some(handshake),
            _ => None,
        }
    }

    /// The node takes no client now, for this reason.
    fn refuse_busy(&mut self, token: LinkToken, frame: &Frame<'_>, code: ReasonCode) {
        let connect = rmqtt_codec::Connect::decode(frame).ok();
        let version = connect.as_ref().map(|connect| connect.version);
        let packet_size_max = connect.and_then(|connect| connect.maximum_packet_size);
        let packet_size_max = packet_size_max.unwrap_or(u32::MAX);
        // It waits for its CONNECT no longer, and is counted among the handshakes.
        if let Some(place) = self.tables.links.get_mut(token.link.0) {
            place.state = LinkState::Leaving;
        }
        let text = "the broker is busy";
        self.refuse(token.link, &Refusal { version, packet_size_max, code, text });
    }

    pub(super) fn refuse(&mut self, link: LinkId, refusal: &Refusal) {
        let counters = &mut self.tables.counters;
        counters.connects_refused += 1;
        if refusal.version.is_some() {
            counters.client_connack += 1;
            counters.client_connack_error += 1;
        }
        match refusal.code {
            ReasonCode::NotAuthorized
            | ReasonCode::BadUserNameOrPassword
            | ReasonCode::BadAuthenticationMethod
            | ReasonCode::Banned => counters.client_connack_auth_error += 1,
            ReasonCode::ServerUnavailable
            | ReasonCode::ServerBusy
            | ReasonCode::QuotaExceeded
            | ReasonCode::ConnectionRateExceeded => counters.client_connack_unavailable_error += 1,
            _ => {}
        }
        if refusal.is_for_lack_of_credentials() {
            counters.client_auth_anonymous_error += 1;
            if let Some(place) = self.tables.links.get(link.0) {
                self.tables.refused_anonymous =
                    Some((Arc::clone(&place.policy), place.peer.into()));
            }
        }
        self.tables.write(link, |out| refusal.write(out));
        self.drop_link(link);
    }
}
