use core::num::NonZero;
use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;

use crate::coverage::Coverage;
use crate::invariants::Violation;
use crate::plan::Plan;
use crate::world::World;

/// How a seed is run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Things that happen before everything comes to rest.
    pub events: u64,
    /// Whether a trace is written.
    pub traced: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { events: 4_000, traced: false }
    }
}

/// What a run has shown.
#[derive(Debug)]
pub struct Outcome {
    /// What must not happen, if it did.
    pub violation: Option<Violation>,
    /// What has happened.
    pub coverage: Coverage,
    /// One line for each event, if it was asked for.
    pub trace: Vec<String>,
    /// The last event, those of coming to rest counted too.
    pub(crate) failed_at: u64,
    pub(crate) clients: usize,
    pub(crate) hostiles: usize,
}

/// Runs one seed. The same seed and events give the same outcome, whenever and wherever they run.
#[must_use]
pub fn run_seed(seed: u64, options: Options) -> Outcome {
    run_plan(seed, &Plan::whole(options.events), options.traced)
}

/// Runs many seeds, on as many threads as there are processors. `on_outcome` hears of them in their order.
pub fn run_seeds(seeds: Range<u64>, options: Options, on_outcome: &mut dyn FnMut(u64, Outcome)) {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicU64::new(seeds.start);
    let (sender, receiver) = mpsc::sync_channel(AHEAD_MAX);
    thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, next, end) = (sender.clone(), &next, seeds.end);
            scope.spawn(move || {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end || sender.send((seed, run_seed(seed, options))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut due = seeds.start;
        for (seed, outcome) in receiver {
            early.insert(seed, outcome);
            while let Some(outcome) = early.remove(&due) {
                on_outcome(due, outcome);
                due += 1;
            }
        }
    });
}

/// Outcomes that wait to be heard of.
const AHEAD_MAX: usize = 64;

pub(crate) fn run_plan(seed: u64, plan: &Plan, traced: bool) -> Outcome {
    let mut world = World::new(seed, traced);
    let run = catch_unwind(AssertUnwindSafe(|| world.run(plan)));
    let violation = run.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Some(Violation { invariant: "nothing_panics", what: text.unwrap_or_default() })
    });
    let (clients, hostiles) = world.parties();
    Outcome {
        violation,
        coverage: world.coverage().clone(),
        trace: world.take_trace(),
        failed_at: world.event(),
        clients,
        hostiles,
    }
}
