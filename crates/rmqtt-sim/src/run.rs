use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::coverage::Coverage;
use crate::invariants::Violation;
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
        Self { events: 2_000, traced: false }
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
}

/// Runs one seed. The same seed and events give the same outcome, whenever and wherever they run.
#[must_use]
pub fn run_seed(seed: u64, options: Options) -> Outcome {
    let mut world = World::new(seed, options.traced);
    let run = catch_unwind(AssertUnwindSafe(|| world.run(options.events)));
    let violation = run.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Some(Violation { invariant: "nothing_panics", what: text.unwrap_or_default() })
    });
    Outcome { violation, coverage: world.coverage().clone(), trace: world.take_trace() }
}
