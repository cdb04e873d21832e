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
        let Some((saved, is_whole)) = self.node.saved_after_crash(&mut self.scene) else {
            return;
        };
        self.scene.note(Happening::Crash);
        let clients = self.clients.iter().filter_map(|client| client.promised(&self.scene));
        let promised: Vec<_> = clients.collect();
        let names = self.clients.iter().map(Client::number);
        let clients = names.collect();
        self.scene.check_crash(&Crash { saved: &saved, is_whole, promised, clients });
    }
}
