use rmqtt_message::Now;
use rmqtt_session::Session;

use super::Worker;
use super::seat::{Arrival, Seat};
use crate::restoration::{RestoredSeat, RestoredShare};

impl Worker {
    /// Takes its sessions of an earlier life, before anything else happens to it.
    ///
    /// # Panics
    /// If the worker has had a session already, or the share is another worker's.
    pub fn restore(&mut self, share: RestoredShare, now: Now) {
        for RestoredSeat { session, card, route, login, tenure } in share.seats {
            let arrival = Arrival {
                peer: login.peer.into(),
                wall_s: login.connected_wall_s,
                clean_start: login.clean_start,
                anonymous: login.anonymous,
            };
            let (slot, epoch) = self.tables.seats.reserve();
            let address = card.address;
            let is_its_place =
                (address.worker, address.slot, address.epoch) == (self.config.index, slot, epoch);
            assert!(is_its_place, "{address:?} was given to a session before its worker began");
            let client_hash = self.routes.hash(&card.client_id);
            let session = Session::restore(session, now);
            let mut seat = Seat::new(session, card, route, client_hash, arrival);
            seat.tenure = tenure;
            self.tables.seats.fill(slot, seat);
            self.tables.weigh(slot);
            self.tables.arm_session(slot);
        }
    }
}
