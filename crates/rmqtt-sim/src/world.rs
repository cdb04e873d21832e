use crate::client::Client;
use crate::coverage::{Coverage, Happening};
use crate::invariants::Violation;
use crate::ledger::ClientNumber;
use crate::network::UpEnd;
use crate::node::{Node, Pace};
use crate::random::Random;
use crate::scenario::Scenario;
use crate::scene::Scene;

mod clock;
mod settling;

/// A node and its clients, of one seed.
#[derive(Debug)]
pub(crate) struct World {
    scenario: Scenario,
    node: Node,
    clients: Vec<Client>,
    scene: Scene,
    long_pauses: u32,
}

impl World {
    pub(crate) fn new(seed: u64, traced: bool) -> Self {
        let mut random = Random::new(seed);
        let scenario = Scenario::new(&mut random);
        let mut scene = Scene::new(random, &scenario, traced);
        let node = Node::new(&scenario, &mut scene);
        let personas = scenario.personas.iter().enumerate();
        let clients = personas.map(|(n, persona)| Client::new(ClientNumber(n), persona.clone()));
        let clients: Vec<_> = clients.collect();
        scene.trace(|| format!("{scenario:?}"));
        Self { scenario, node, clients, scene, long_pauses: 0 }
    }

    /// Lets `events` things happen, then lets everything come to rest, and judges. Ends at the first
    /// violation.
    pub(crate) fn run(&mut self, events: u64) -> Option<Violation> {
        while self.scene.event < events && self.violation().is_none() {
            self.step();
        }
        if self.violation().is_none() {
            self.settle();
        }
        if self.violation().is_none() {
            self.desert();
        }
        self.note_counters();
        self.violation()
    }

    pub(crate) fn take_trace(&mut self) -> Vec<String> {
        self.scene.take_trace()
    }

    pub(crate) fn coverage(&self) -> &Coverage {
        &self.scene.coverage
    }

    fn violation(&self) -> Option<Violation> {
        self.scene.invariants().violation().cloned()
    }

    /// One thing happens.
    fn step(&mut self) {
        self.scene.event += 1;
        let weights = [30, 15, 48, 4, 3, 5, self.scenario.faults / 2];
        match self.scene.random.weighted(&weights) {
            0 => {
                let worker = self.scene.random.below(self.node.workers());
                self.node.turn(worker, Pace::Some, &mut self.scene);
            }
            1 => {
                let worker = self.scene.random.below(self.node.workers());
                self.node.direct(worker, Pace::Some, &mut self.scene);
            }
            2 => {
                let client = self.scene.random.below(self.clients.len());
                for _ in 0..self.scene.random.between(1, 3) {
                    self.clients[client].act(self.node.workers(), &mut self.scene);
                }
            }
            3 => self.pass_time(),
            4 => self.node.answer_a_question(Pace::Some, &mut self.scene),
            5 => self.node.store_some(Pace::Some, &mut self.scene),
            _ => self.fail(),
        }
    }

    /// Something goes wrong.
    fn fail(&mut self) {
        let client = self.scene.random.below(self.clients.len());
        match self.scene.random.below(10) {
            0..5 => self.clients[client].break_connection(&mut self.scene),
            5..7 if self.clients[client].is_connected() => {
                self.clients[client].dial(self.node.workers(), &mut self.scene);
            }
            7..9 => self.node.hold_a_queue(&mut self.scene),
            _ => self.notice_a_vanished_client(),
        }
    }

    /// The broker's system finds out that a client is gone.
    fn notice_a_vanished_client(&mut self) {
        let half_open = self.scene.network.half_open();
        if half_open.is_empty() {
            return;
        }
        let wire = self.scene.random.pick(&half_open);
        let end = self.scene.random.pick(&[UpEnd::Eof, UpEnd::Reset]);
        self.scene.network.wire_mut(wire).up_end = Some(end);
    }

    /// What has happened inside the workers, as far as they count it.
    fn note_counters(&mut self) {
        let counters = self.node.counters();
        for (happening, times) in [
            (Happening::PublisherPaused, counters.publishers_paused),
            (Happening::DroppedQueueFull, counters.dropped_queue_full),
            (Happening::DroppedSlowReader, counters.dropped_slow_reader),
            (Happening::DroppedTooLarge, counters.dropped_too_large),
            (Happening::DroppedExpired, counters.dropped_expired),
            (Happening::StaleDelivery, counters.stale_deliveries),
        ] {
            self.scene.coverage.note_many(happening, times);
        }
    }
}
