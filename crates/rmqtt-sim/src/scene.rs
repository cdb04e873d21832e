use rmqtt_message::Now;

use crate::coverage::{Coverage, Happening};
use crate::invariants::{Crash, Invariants, Settled};
use crate::ledger::Ledger;
use crate::network::{Network, WireNumber};
use crate::observation::Observation;
use crate::random::Random;
use crate::scenario::{Scenario, Terms};

/// What broker and clients have in common: the time, the network, chance, and whoever is watching.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) now: Now,
    /// Events so far.
    pub(crate) event: u64,
    seed: u64,
    pub(crate) random: Random,
    pub(crate) terms: Terms,
    pub(crate) network: Network,
    pub(crate) ledger: Ledger,
    pub(crate) coverage: Coverage,
    invariants: Invariants,
    trace: Option<Vec<String>>,
}

impl Scene {
    pub(crate) fn new(seed: u64, scenario: &Scenario, traced: bool) -> Self {
        // Away from 0, so that time can go back.
        let now = Now { mono_ms: 1_000_000, wall_ms: 1_700_000_000_000 };
        let mut ledger = Ledger::default();
        ledger.pass_to(now);
        Self {
            now,
            event: 0,
            seed,
            random: Random::of_event(seed, 0),
            terms: scenario.terms,
            network: Network::default(),
            ledger,
            coverage: Coverage::default(),
            invariants: Invariants::new(scenario),
            trace: traced.then(Vec::new),
        }
    }

    pub(crate) fn begin_event(&mut self) {
        self.event += 1;
        self.random = Random::of_event(self.seed, self.event);
    }

    pub(crate) fn observe(&mut self, observation: &Observation) {
        self.invariants.check(observation, &self.ledger);
    }

    /// Time passes, on both clocks.
    pub(crate) fn pass(&mut self, ms: u64) {
        self.now = self.now.plus_ms(ms);
        self.ledger.pass_to(self.now);
    }

    pub(crate) fn note(&mut self, happening: Happening) {
        self.coverage.note(happening);
    }

    pub(crate) fn trace(&mut self, text: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            let line = format!("{:>5} {:>9} {}", self.event, self.now.mono_ms, text());
            trace.push(line);
        }
    }

    pub(crate) fn take_trace(&mut self) -> Vec<String> {
        self.trace.take().unwrap_or_default()
    }

    pub(crate) fn invariants(&self) -> &Invariants {
        &self.invariants
    }

    pub(crate) fn check_settled(&mut self, settled: &Settled) {
        self.invariants.check_settled(&self.ledger, settled);
    }

    pub(crate) fn check_crash(&mut self, crash: &Crash<'_>) {
        self.invariants.check_crash(&self.ledger, crash);
    }

    pub(crate) fn check_deserted(&mut self, leftovers: &[String]) {
        self.invariants.check_deserted(leftovers);
    }

    /// The broker is lost, and the wire with it. A Will is published when the session is restored, if
    /// there is one to restore.
    pub(crate) fn lose_wire(&mut self, wire: WireNumber) {
        let place = self.network.wire_mut(wire);
        place.down_ended = true;
        place.is_cut_short = true;
        place.is_lost = true;
        if !place.is_persistent {
            place.will = None;
        }
        self.detach(wire);
    }

    /// The broker has closed the wire, or been told that it is lost.
    pub(crate) fn detach(&mut self, wire: WireNumber) {
        let mono_ms = self.now.mono_ms;
        let place = self.network.wire_mut(wire);
        place.place = crate::network::Place::Nowhere;
        place.wants_room = false;
        place.detached_mono_ms = Some(mono_ms);
        if let Some(will) = place.will
            && place.greeting.is_none()
            && !place.says_goodbye
            && !will.is_delayed
        {
            self.ledger.publish_will(will.message);
        }
        self.observe(&Observation::Detached { wire });
    }
}
