//! The end of a run: no more faults, and time for everything to come to rest.

use super::World;
use crate::client::Client;
use crate::invariants::Settled;
use crate::network::UpEnd;
use crate::node::Pace;

/// Rounds in which everybody does all that there is to do. A round takes time, so that pauses end.
const ROUNDS_MAX: u32 = 5_000;
/// More than the longest pause of a publisher and the longest Will delay.
const ROUND_MS: u64 = 20;
/// What a round takes where a deadline is awaited.
const DEADLINE_MS: u64 = 500;
/// Rounds without any work that count as rest: longer than a pause of a publisher.
const QUIET_ROUNDS: u32 = 60;

impl World {
    /// No more faults: everybody who has a session connects, and all that is under way arrives.
    pub(super) fn settle(&mut self) {
        self.scene.trace(|| "no more faults from here on".to_owned());
        self.node.release_queues();
        for wire in self.scene.network.half_open() {
            self.scene.network.wire_mut(wire).up_end = Some(UpEnd::Eof);
        }
        self.settle_hostiles();
        self.settle_clients();
        if self.scenario.store_fails() {
            // MQTT 3.1.1 has no way to say that something was not stored: it is not answered, and the
            // client connects again.
            for client in &mut self.clients {
                client.lose_patience(&mut self.scene);
            }
            self.settle_clients();
        }
        for client in &mut self.clients {
            client.forget_if_over(&mut self.scene);
        }
        let settled = Settled {
            dropped: (!self.scenario.has_observers)
                .then(|| self.node.counters().dropped_queue_full),
            unsettled: self.clients.iter().filter_map(Client::unsettled).collect(),
        };
        self.scene.check_settled(&settled);
    }

    /// Those who break rules see what comes of it, and leave.
    fn settle_hostiles(&mut self) {
        self.rounds(|world| {
            let mut busy = false;
            let mut waits_for_time = false;
            for hostile in &mut world.hostiles {
                waits_for_time |= hostile.waits_for_time();
                busy |= hostile.settle(&mut world.scene);
            }
            if waits_for_time {
                // Clients that are connected meanwhile have to be heard in time.
                world.scene.pass(DEADLINE_MS);
                let workers = world.node.workers();
                for client in &mut world.clients {
                    client.settle(workers, &mut world.scene);
                }
            }
            busy
        });
    }

    fn settle_clients(&mut self) {
        self.rounds(|world| {
            let workers = world.node.workers();
            let mut busy = false;
            for client in &mut world.clients {
                busy |= client.settle(workers, &mut world.scene);
            }
            busy
        });
    }

    /// All clients leave for good, so that nothing of them may be left.
    pub(super) fn desert(&mut self) {
        self.scene.trace(|| "all clients leave".to_owned());
        self.rounds(|world| {
            let workers = world.node.workers();
            let mut busy = false;
            for client in &mut world.clients {
                busy |= client.close_down(workers, &mut world.scene);
            }
            for hostile in &mut world.hostiles {
                busy |= hostile.close_down(workers, &mut world.scene);
            }
            busy
        });
        self.scene.check_deserted(&self.node.leftovers());
    }

    /// Rounds of everybody's work, until there has been none for a while.
    fn rounds(&mut self, mut work_of_clients: impl FnMut(&mut Self) -> bool) {
        let mut quiet = 0;
        for _ in 0..ROUNDS_MAX {
            self.scene.begin_event();
            let mut busy = work_of_clients(self);
            busy |= self.node.is_busy();
            self.scene.pass(ROUND_MS);
            for worker in 0..self.node.workers() {
                self.node.answer_a_question(Pace::All, &mut self.scene);
                self.node.store_some(Pace::All, &mut self.scene);
                self.node.turn(worker, Pace::All, &mut self.scene);
                self.node.direct(worker, Pace::All, &mut self.scene);
            }
            quiet = if busy { 0 } else { quiet + 1 };
            if quiet >= QUIET_ROUNDS || self.violation().is_some() {
                return;
            }
        }
    }
}
