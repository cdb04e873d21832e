//! The end of the node in good order.

use super::World;
use crate::coverage::Happening;
use crate::node::Pace;

/// Rounds that the clients have to read what they are told.
const ROUNDS: u32 = 40;
const ROUND_MS: u64 = 20;

impl World {
    /// Workers end their links, one after the other, while the others go on; everything that was written
    /// down is stored; and then the node is no more.
    pub(super) fn shut_down(&mut self) {
        self.scene.trace(|| "the node shuts down".to_owned());
        self.scene.note(Happening::Shutdown);
        self.node.release_queues();
        for worker in 0..self.node.workers() {
            self.scene.begin_event();
            self.node.begin_shutdown(worker, &mut self.scene);
            for _ in 0..self.scene.random.below(3) {
                let other = self.scene.random.below(self.node.workers());
                self.node.turn(other, Pace::Some, &mut self.scene);
            }
        }
        for _ in 0..ROUNDS {
            self.scene.begin_event();
            self.scene.pass(ROUND_MS);
            for client in &mut self.clients {
                client.listen(&mut self.scene);
            }
            for hostile in &mut self.hostiles {
                hostile.listen(&mut self.scene);
            }
            for worker in 0..self.node.workers() {
                self.node.answer_a_question(Pace::All, &mut self.scene);
                self.node.store_some(Pace::All, &mut self.scene);
                self.node.turn(worker, Pace::All, &mut self.scene);
                self.node.direct(worker, Pace::All, &mut self.scene);
            }
        }
        self.node.store_some(Pace::All, &mut self.scene);
        self.scene.check_deserted(&self.node.links_left());
        self.look_at_what_is_saved(true);
    }
}
