//! What has been written makes room for more.

use rmqtt_message::Now;

use super::Worker;
use super::link::LinkState;
use crate::address::LinkId;

impl Worker {
    pub(super) fn on_written(&mut self, link: LinkId, bytes: usize, now: Now) {
        let was_readable = self.tables.wants_read(link);
        self.tables.take_output(link, bytes);
        let Some(place) = self.tables.links.get(link.0) else {
            return;
        };
        if let LinkState::Online(slot) = place.state
            && let Some(seat) = self.tables.seats.get_mut(slot)
        {
            seat.progress_mono_ms = now.mono_ms;
            if seat.session.has_waiting() {
                self.tables.refill(slot, now);
            }
        }
        if !was_readable && self.tables.wants_read(link) {
            let token = self.tables.token(link);
            self.continue_link(token, now);
        }
    }
}
