//! The loss of the node at any moment. The store is all that is left of it, so a look at what the store
//! would give back says all there is to say, and the run goes on as if nothing had happened: one run
//! sees many crashes.

use super::World;
use crate::client::Client;
use crate::coverage::Happening;
use crate::invariants::Crash;

impl World {
    /// What if the node were lost now?
    pub(super) fn crash(&mut self) {
        if self.scenario.store.is_some() {
            self.scene.note(Happening::Crash);
        }
        self.look_at_what_is_saved(false);
    }

    /// `is_final`: the node has ended in good order.
    pub(super) fn look_at_what_is_saved(&mut self, is_final: bool) {
        let Some((saved, is_whole)) = self.node.saved_after_crash(&mut self.scene) else {
            return;
        };
        let clients = self.clients.iter().filter_map(|client| client.promised(&self.scene));
        let promised: Vec<_> = clients.collect();
        let names = self.clients.iter().map(Client::number);
        let clients = names.collect();
        // A Will that somebody still judges is not out, and one that could not be stored is told to nobody.
        let may_be_missing = self.scenario.has_deciders || self.scenario.store_fails();
        let wills_are_out = is_final && !may_be_missing;
        let crash = Crash { saved: &saved, is_whole, wills_are_out, promised, clients };
        self.scene.check_crash(&crash);
    }
}
