//! From bytes to packets.

use rmqtt_codec::{DecodeError, Frame, split_frame};
use rmqtt_message::Now;
use rmqtt_session::CloseCause;

use super::Worker;
use super::link::LinkState;
use crate::address::{LinkId, LinkToken};

impl Worker {
    pub(super) fn on_bytes(&mut self, link: LinkId, bytes: &[u8], now: Now) {
        let token = self.tables.token(link);
        let Some(place) = self.tables.links.get_mut(link.0) else {
            return;
        };
        if !place.heard {
            place.heard = true;
            self.waiting_room.heard(token);
            self.shed_links();
            if !self.tables.is_open(token) {
                return;
            }
        }
        if let Some(place) = self.tables.links.get_mut(link.0)
            && let LinkState::Online(slot) = place.state
            && let Some(seat) = self.tables.seats.get_mut(slot)
        {
            seat.session.heard(now);
        }
        let Some(place) = self.tables.links.get_mut(link.0) else {
            return;
        };
        if place.input.is_empty() {
            let used = self.consume(token, bytes, now);
            self.keep_input(token, &bytes[used..]);
        } else {
            place.input.extend_from_slice(bytes);
            self.work_off_input(token, now);
        }
    }

    /// Handles what waits in the link's input, as far as it may be handled now.
    pub(super) fn work_off_input(&mut self, token: LinkToken, now: Now) {
        let Some(place) = self.tables.links.get_mut(token.link.0) else {
            return;
        };
        let mut input = core::mem::take(&mut place.input);
        let used = self.consume(token, &input, now);
        if used == input.len() || !self.tables.is_open(token) {
            self.tables.recycle(input);
            return;
        }
        input.drain(..used);
        if let Some(place) = self.tables.links.get_mut(token.link.0) {
            place.input = input;
        }
    }

    /// The link may be read again: first what it had sent before.
    pub(super) fn continue_link(&mut self, token: LinkToken, now: Now) {
        let Some(place) = self.tables.links.get_mut(token.link.0) else {
            return;
        };
        place.waits = false;
        if !place.input.is_empty() {
            self.work_off_input(token, now);
        }
        if self.tables.is_open(token) && self.tables.wants_read(token.link) {
            self.tables.resume(token.link);
        }
    }

    fn keep_input(&mut self, token: LinkToken, rest: &[u8]) {
        if rest.is_empty() || !self.tables.is_open(token) {
            return;
        }
        let mut input = self.tables.buffer();
        input.extend_from_slice(rest);
        if let Some(place) = self.tables.links.get_mut(token.link.0) {
            place.input = input;
        }
    }

    /// Handles whole packets until the link has to wait, is gone, or has no more. Gives how many
    /// bytes are done with.
    fn consume(&mut self, token: LinkToken, bytes: &[u8], now: Now) -> usize {
        let mut at = 0;
        while self.tables.is_open(token) && self.tables.wants_read(token.link) {
            let Some(place) = self.tables.links.get(token.link.0) else {
                break;
            };
            match split_frame(&bytes[at..], place.policy.packet_size_max) {
                Ok(None) => break,
                Ok(Some(frame)) => {
                    at += frame.wire_len;
                    self.on_frame(token, &frame, now);
                }
                Err(error) => {
                    self.on_undecodable(token, error, now);
                    break;
                }
            }
        }
        at
    }

    fn on_frame(&mut self, token: LinkToken, frame: &Frame<'_>, now: Now) {
        let Some(place) = self.tables.links.get(token.link.0) else {
            return;
        };
        match place.state {
            LinkState::Online(slot) => self.on_packet(token.link, slot, frame, now),
            LinkState::Handshake(_) => self.on_handshake_packet(token, frame, now),
            LinkState::Claiming(_) | LinkState::Leaving => {}
        }
    }

    fn on_undecodable(&mut self, token: LinkToken, error: DecodeError, now: Now) {
        let Some(place) = self.tables.links.get(token.link.0) else {
            return;
        };
        match place.state {
            LinkState::Online(_) => {
                self.close(token.link, &CloseCause::Undecodable(error), now);
            }
            // Nothing is known of the peer yet, so there is no form in which to tell it why.
            LinkState::Handshake(_) | LinkState::Claiming(_) | LinkState::Leaving => {
                self.tables.counters.connects_refused += 1;
                self.drop_link(token.link);
            }
        }
    }
}
