use crate::client::Client;
use crate::coverage::{Coverage, Happening};
use crate::hostile::Hostile;
use crate::invariants::Violation;
use crate::ledger::ClientNumber;
use crate::network::UpEnd;
use crate::node::{Node, Pace};
use crate::plan::Plan;
use crate::random::Random;
use crate::scenario::Scenario;
use crate::scene::Scene;

mod clock;
mod crash;
mod settling;
mod shutdown;
mod step;

pub(crate) use step::{Step, StepKind};

/// A node and its clients, of one seed.
#[derive(Debug)]
pub(crate) struct World {
    scenario: Scenario,
    node: Node,
    clients: Vec<Client>,
    hostiles: Vec<Hostile>,
    scene: Scene,
    long_pauses: u32,
}

impl World {
    pub(crate) fn new(seed: u64, traced: bool) -> Self {
        let mut random = Random::new(seed);
        let scenario = Scenario::new(&mut random);
        let mut scene = Scene::new(seed, &scenario, traced);
        let node = Node::new(&scenario, &mut scene);
        let personas = scenario.personas.iter().enumerate();
        let clients = personas.map(|(n, persona)| Client::new(ClientNumber(n), persona.clone()));
        let clients: Vec<_> = clients.collect();
        let hostiles = clients.len()..clients.len() + scenario.hostiles;
        let hostiles =
            hostiles.map(|number| Hostile::new(ClientNumber(number), &scenario, &mut scene.random));
        let hostiles: Vec<_> = hostiles.collect();
        scene.trace(|| format!("{scenario:?}"));
        Self { scenario, node, clients, hostiles, scene, long_pauses: 0 }
    }

    /// Lets things happen as planned, then lets everything come to rest or shuts the node down, and judges. Ends at the first
    /// violation.
    pub(crate) fn run(&mut self, plan: &Plan) -> Option<Violation> {
        while self.scene.event < plan.events && self.violation().is_none() {
            self.scene.begin_event();
            let step = self.next_step();
            if plan.has(self.scene.event, step) {
                self.take(step);
            }
        }
        if self.scenario.ends_by_shutdown {
            if self.violation().is_none() {
                self.shut_down();
            }
        } else {
            if self.violation().is_none() {
                self.settle();
            }
            if self.violation().is_none() {
                self.desert();
            }
        }
        self.note_counters();
        self.violation()
    }

    /// How many clients there are, and how many of those who break rules.
    pub(crate) fn parties(&self) -> (usize, usize) {
        (self.clients.len(), self.hostiles.len())
    }

    pub(crate) fn event(&self) -> u64 {
        self.scene.event
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

    fn take(&mut self, step: Step) {
        let workers = self.node.workers();
        match step {
            Step::Turn => {
                let worker = self.scene.random.below(workers);
                self.node.turn(worker, Pace::Some, &mut self.scene);
            }
            Step::Direct => {
                let worker = self.scene.random.below(workers);
                self.node.direct(worker, Pace::Some, &mut self.scene);
            }
            Step::Client(client) => {
                for _ in 0..self.scene.random.between(1, 3) {
                    self.clients[client].act(workers, &mut self.scene);
                }
            }
            Step::Hostile(hostile) => self.hostiles[hostile].act(workers, &mut self.scene),
            Step::PassTime => self.pass_time(),
            Step::Answer => self.node.answer_a_question(Pace::Some, &mut self.scene),
            Step::Store => self.node.store_some(Pace::Some, &mut self.scene),
            Step::BreakConnection(client) => {
                self.clients[client].break_connection(&mut self.scene);
            }
            Step::TakeOver(client) if self.clients[client].is_connected() => {
                self.clients[client].dial(workers, &mut self.scene);
            }
            Step::TakeOver(_) => {}
            Step::HoldQueue => self.node.hold_a_queue(&mut self.scene),
            Step::Notice => self.notice_a_vanished_client(),
            Step::Crash => self.crash(),
            // By a clock that has jumped, nobody knows how long sessions have been left.
            Step::Restart if self.scene.ledger.has_jumped_since(0) => {}
            Step::Restart => self.node.restart(&self.scenario, &mut self.scene),
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
