//! The end of links and sessions.

use std::sync::Arc;

use rmqtt_codec::ReasonCode;
use rmqtt_message::{Now, Record};
use rmqtt_session::CloseCause;

use super::link::{Link, LinkState};
use super::seat::Seat;
use super::tables::Tables;
use super::{LinkCommand, LinkLoss, Worker};
use crate::address::{LinkId, LinkToken};
use crate::hook::{
    Client, DisconnectReason, DroppedReason, Event, Point, Points, TerminationReason,
};
use crate::load::Load;
use crate::request::Request;

impl Worker {
    /// Ends the connection of a session for `cause`, telling the client where it can be told.
    pub(super) fn close(&mut self, link: LinkId, cause: &CloseCause, now: Now) {
        if let Some(place) = self.tables.links.get(link.0)
            && let LinkState::Online(slot) = place.state
            && let Some(seat) = self.tables.seats.get_mut(slot)
        {
            let mut disconnect = Vec::new();
            seat.session.write_disconnect(cause, &mut disconnect);
            self.tables.discard_held(link);
            self.tables.write(link, |out| out.extend_from_slice(&disconnect));
            self.drop_link(link);
            self.detach(slot, &DisconnectReason::ByBroker(cause.clone()), now);
        } else {
            self.drop_link(link);
        }
    }

    /// The client has said goodbye.
    pub(super) fn on_goodbye(&mut self, link: LinkId, slot: u32, code: ReasonCode, now: Now) {
        self.drop_link(link);
        self.detach(slot, &DisconnectReason::ByClient(code), now);
    }

    pub(super) fn on_link_lost(&mut self, link: LinkId, loss: LinkLoss, now: Now) {
        let Some(removed) = self.tables.forget_link(link) else { return };
        let reason = match loss {
            LinkLoss::Eof => {
                self.tables.counters.links_ended_by_peer += 1;
                DisconnectReason::ByPeer
            }
            LinkLoss::Error => {
                self.tables.counters.links_broken += 1;
                DisconnectReason::Broken
            }
        };
        self.leave(&removed);
        if let LinkState::Online(slot) = removed.state {
            self.detach(slot, &reason, now);
        }
    }

    /// Closes a link after what it still has to say.
    pub(super) fn drop_link(&mut self, link: LinkId) {
        let removed = self.tables.remove_link(link, |place| LinkCommand::Close {
            link,
            last: core::mem::take(&mut place.out),
        });
        if let Some(removed) = removed {
            self.leave(&removed);
        }
    }

    fn leave(&mut self, link: &Link) {
        match &link.state {
            LinkState::Handshake(handshake) if !handshake.is_judging() => {
                self.waiting_room.leave(link.heard);
            }
            // Counted until the answer comes: what it takes is not free before.
            LinkState::Handshake(handshake) if handshake.awaits_answer() => {}
            LinkState::Handshake(_) | LinkState::Claiming(_) | LinkState::Leaving => {
                self.tables.handshakes.end(&link.policy);
            }
            LinkState::Online(_) => {}
        }
    }

    /// The session has no connection any more; perhaps it is over with it.
    fn detach(&mut self, slot: u32, reason: &DisconnectReason, now: Now) {
        self.tables.resume_publishers(slot);
        let watched = Points::of(&[Point::ClientDisconnected, Point::OfflineInflightMessages]);
        let client = self.tables.client_at(slot, watched | LAST_PUBLICATION);
        let Some(seat) = self.tables.seats.get_mut(slot) else {
            return;
        };
        seat.link = None;
        seat.card.set_online(false);
        seat.card.set_persistent(seat.session.is_persistent());
        let publisher = seat.session.id();
        let persistent = seat.session.is_persistent();
        let expiry_interval_s = seat.session.expiry_interval_s();
        // Any other code means: publish the Will [MQTT-3.14.4-3].
        let clean = *reason == DisconnectReason::ByClient(ReasonCode::Success);
        let detached = seat.session.detach(clean, now);
        let keeps_will = seat.session.will().is_some();
        if persistent && self.tables.keeps_records {
            self.tables.records.push(&Record::SessionDetached {
                session: publisher,
                expiry_interval_s,
                wall_ms: now.wall_ms,
            });
            if !keeps_will {
                self.tables.records.push(&Record::WillCleared { session: publisher });
            }
        }
        self.tables.gauges.connections -= 1;
        self.tables.counters.client_disconnected += 1;
        self.tables.weigh(slot);
        if let Some(client) = &client {
            self.tell_disconnected(slot, client, reason, !detached.over);
        }
        if let Some(will) = detached.will {
            self.publish_will(client.as_ref(), publisher, &will, now);
        }
        if detached.over {
            self.end_session(slot, TerminationReason::ConnectionEnded, now);
        } else {
            self.tables.arm_session(slot);
        }
    }

    /// `stays`: the session goes on without a connection.
    fn tell_disconnected(
        &mut self,
        slot: u32,
        client: &Arc<Client>,
        reason: &DisconnectReason,
        stays: bool,
    ) {
        let points = self.tables.points;
        if points.contains(Point::ClientDisconnected) {
            self.tables.hooks.observe(&Event::ClientDisconnected { client, reason });
        }
        if stays
            && points.contains(Point::OfflineInflightMessages)
            && let Some(seat) = self.tables.seats.get(slot)
        {
            let messages: Vec<_> = seat.session.inflight_messages().cloned().collect();
            if !messages.is_empty() {
                let messages = &messages;
                self.tables.hooks.observe(&Event::OfflineInflightMessages { client, messages });
            }
        }
    }

    /// The session is over: the directory forgets it.
    pub(super) fn end_session(&mut self, slot: u32, reason: TerminationReason, now: Now) {
        let Some(seat) = self.tables.seats.remove(slot) else { return };
        let end = Request::End { session: seat.route, id: seat.card.id };
        self.tables.requests.push(end);
        self.bury(seat, reason, now);
    }

    /// The session ends, since a clean start replaces it. The directory has forgotten it already.
    pub(super) fn replace_session(&mut self, slot: u32, epoch: u32, now: Now) {
        let Some(seat) = self.tables.seats.get_mut_at(slot, epoch) else { return };
        if let Some(link) = seat.link {
            self.close(link, &CloseCause::TakenOver, now);
        }
        if !self.tables.seats.is_at(slot, epoch) {
            // Without an expiry it has ended with its connection just now.
            return;
        }
        let Some(seat) = self.tables.seats.remove(slot) else { return };
        self.bury(seat, TerminationReason::Replaced, now);
    }

    /// What a session leaves when it ends: a Will that still waited, and messages of shared groups, which
    /// other members get.
    fn bury(&mut self, mut seat: Seat, reason: TerminationReason, now: Now) {
        let watched = Points::of(&[Point::SessionTerminated, Point::MessageDropped]);
        let looks_on = self.tables.points.intersects(watched | LAST_PUBLICATION);
        let client = looks_on.then(|| seat.client());
        seat.card.set_over();
        if self.tables.keeps_records {
            self.tables.records.push(&Record::SessionEnded { session: seat.card.id });
        }
        if let Some(will) = seat.session.end() {
            self.publish_will(client.as_ref(), seat.card.id, &will, now);
        }
        let tables = &mut self.tables;
        tables.gauges.change(seat.counted, Load::default());
        tables.counters.session_terminated += 1;
        let orphans = seat.session.take_remains(&mut |lost| {
            tables.counters.dropped_session_ended += 1;
            tables.drop_message(client.as_ref(), lost, DroppedReason::SessionEnded);
        });
        for orphan in &orphans {
            self.hand_on(orphan, seat.card.id, now);
        }
        if let Some(client) = &client
            && self.tables.points.contains(Point::SessionTerminated)
        {
            self.tables.hooks.observe(&Event::SessionTerminated { client, reason });
        }
    }

    /// What an input has left to do, once no message is on its way through the tables any more:
    /// sessions whose queue policy wants it are closed, publishers whose receiver has drained go on.
    pub(super) fn finish_input(&mut self, now: Now) {
        loop {
            if let Some((address, cause)) = self.tables.overflowed.pop() {
                let seat = self.tables.seats.get_mut_at(address.slot, address.epoch);
                if let Some(link) = seat.and_then(|seat| seat.link) {
                    self.close(link, &cause, now);
                }
            } else if let Some(publisher) = self.tables.resumed.pop() {
                self.resume_publisher(publisher, now);
            } else {
                break;
            }
        }
        self.tables.tidy_deadlines();
    }

    pub(super) fn close_all(&mut self, now: Now) {
        for number in self.tables.links.numbers() {
            self.close(LinkId(number), &CloseCause::ServerShuttingDown, now);
        }
    }

    /// Closes links that wait too many for their CONNECT, oldest first.
    pub(super) fn shed_links(&mut self) {
        let (silent_max, unfinished_max) =
            (self.config.silent_links_max, self.config.unfinished_links_max);
        loop {
            let tables = &self.tables;
            let over = self.waiting_room.over_bound(silent_max, unfinished_max, |link, heard| {
                is_waiting(tables, link, heard)
            });
            let Some(link) = over else { return };
            self.shed(link);
        }
    }

    pub(super) fn shed_oldest(&mut self) -> bool {
        let tables = &self.tables;
        let oldest = self.waiting_room.oldest(|link, heard| is_waiting(tables, link, heard));
        oldest.inspect(|link| self.shed(*link)).is_some()
    }

    fn shed(&mut self, link: LinkToken) {
        self.tables.counters.links_shed += 1;
        self.drop_link(link.link);
    }
}

/// Whether the link still waits for its CONNECT, having been `heard` or not.
fn is_waiting(tables: &Tables, link: LinkToken, heard: bool) -> bool {
    tables.is_open(link)
        && tables.links.get(link.link.0).is_some_and(|place| {
            place.heard == heard
                && matches!(&place.state, LinkState::Handshake(h) if !h.is_judging())
        })
}

/// Who wants to know the client whose Will is published.
const LAST_PUBLICATION: Points = Points::SENDER.or(Points::PUBLISH);
