//! What is due.

use rmqtt_message::Now;
use rmqtt_session::Refusal;

use super::Worker;
use super::link::{LinkState, NOT_PAUSED};
use super::tables::Timer;
use crate::address::LinkToken;
use crate::hook::{Points, TerminationReason};

impl Worker {
    pub(super) fn on_time(&mut self, now: Now) {
        while let Some(token) = self.tables.deadlines.pop_due(now.mono_ms) {
            self.on_handshake_due(token);
        }
        let mut due = core::mem::take(&mut self.due);
        self.tables.wheel.advance(now.mono_ms, &mut due);
        for timer in due.drain(..) {
            match timer {
                Timer::Link(token) => self.on_link_due(token, now),
                Timer::Session { slot, epoch } => {
                    if self.tables.seats.is_at(slot, epoch) {
                        self.on_session_due(slot, now);
                    }
                }
            }
        }
        due.shrink_to(1024);
        self.due = due;
    }

    /// A link's pause is over, if it still has one.
    fn on_link_due(&mut self, token: LinkToken, now: Now) {
        if !self.tables.is_open(token) {
            return;
        }
        let Some(place) = self.tables.links.get_mut(token.link.0) else { return };
        if place.paused_until_ms <= now.mono_ms {
            place.paused_until_ms = NOT_PAUSED;
            if !place.waits {
                self.continue_link(token, now);
            }
        }
    }

    /// The link still has no session.
    fn on_handshake_due(&mut self, token: LinkToken) {
        if !self.tables.is_open(token) {
            return;
        }
        let Some(place) = self.tables.links.get_mut(token.link.0) else { return };
        let refusal = match &place.state {
            LinkState::Handshake(handshake) => handshake.on_timeout(),
            LinkState::Claiming(request) => Refusal::late(request),
            LinkState::Leaving | LinkState::Online(_) => return,
        };
        self.tables.counters.client_handshaking_timeout += 1;
        self.refuse(token.link, &refusal);
    }

    fn on_session_due(&mut self, slot: u32, now: Now) {
        let Some(seat) = self.tables.seats.get(slot) else { return };
        if seat.armed_ms > now.mono_ms {
            // An earlier look was due meanwhile, and has made another one.
            return;
        }
        // A client that is not being read cannot be heard.
        let is_read = seat.link.is_none_or(|link| self.tables.wants_read(link));
        let Some(seat) = self.tables.seats.get_mut(slot) else { return };
        seat.armed_ms = u64::MAX;
        if !is_read {
            seat.session.heard(now);
        }
        let due = seat.session.handle_timeout(now);
        let (publisher, link) = (seat.card.id, seat.link);
        if let Some(will) = due.will {
            self.tables.record_will_published(slot);
            let client = self.tables.client_at(slot, Points::SENDER | Points::PUBLISH);
            self.publish_will(client.as_ref(), publisher, &will, now);
        }
        if let (Some(cause), Some(link)) = (due.close, link) {
            self.close(link, &cause, now);
            return;
        }
        if due.over {
            self.end_session(slot, TerminationReason::Expired, now);
            return;
        }
        if due.resend {
            self.tables.refill(slot, now);
        }
        self.tables.arm_session(slot);
    }
}
