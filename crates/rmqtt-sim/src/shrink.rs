use crate::invariants::Violation;
use crate::plan::Plan;
use crate::run::{Outcome, run_plan};
use crate::world::StepKind;

/// Runs that are spent on making one failure small.
const RUNS_MAX: u64 = 4_000;

/// A failure with little around it.
#[derive(Debug)]
pub struct Shrunk {
    /// What still happens in it; of the same invariant as before, if not in the same words.
    pub violation: Violation,
    /// Events that are left.
    pub events: u64,
    /// Runs that it took.
    pub runs: u64,
    /// One line for each thing that happens.
    pub trace: Vec<String>,
}

/// Leaves out what a failure does not need: the events after it, clients, kinds of steps, and then
/// events, many at a time and in the end each by itself. `None`: it does not happen again.
#[must_use]
pub fn shrink(seed: u64, events: u64, violation: &Violation) -> Option<Shrunk> {
    let mut search =
        Search { seed, invariant: violation.invariant, best: Plan::whole(events), runs: 0 };
    let first = search.run(&search.best.clone())?;
    search.cut_the_end(first.failed_at);
    search.leave_out_clients(&first);
    search.leave_out_kinds();
    search.skip_events();
    let outcome = run_plan(seed, &search.best, true);
    let skipped = search.best.skipped.len() as u64;
    Some(Shrunk {
        violation: outcome.violation?,
        events: search.best.events - skipped,
        runs: search.runs,
        trace: outcome.trace,
    })
}

#[derive(Debug)]
struct Search {
    seed: u64,
    invariant: &'static str,
    /// The smallest so far that fails.
    best: Plan,
    runs: u64,
}

impl Search {
    /// The outcome, if the same invariant is violated.
    fn run(&mut self, plan: &Plan) -> Option<Outcome> {
        self.runs += 1;
        let outcome = run_plan(self.seed, plan, false);
        let is_same = outcome.violation.as_ref().is_some_and(|v| v.invariant == self.invariant);
        is_same.then_some(outcome)
    }

    /// Keeps the plan if it fails, too.
    fn try_plan(&mut self, change: impl FnOnce(&mut Plan)) -> bool {
        if self.runs >= RUNS_MAX {
            return false;
        }
        let mut plan = self.best.clone();
        change(&mut plan);
        let fails = self.run(&plan).is_some();
        if fails {
            self.best = plan;
        }
        fails
    }

    fn cut_the_end(&mut self, failed_at: u64) {
        if failed_at < self.best.events {
            self.try_plan(|plan| plan.events = failed_at);
        }
        // Where it fails only when everything comes to rest, fewer events may do.
        let mut too_few = 0;
        while too_few + 1 < self.best.events && self.runs < RUNS_MAX {
            let events = too_few.midpoint(self.best.events);
            if !self.try_plan(|plan| plan.events = events) {
                too_few = events;
            }
        }
    }

    fn leave_out_clients(&mut self, first: &Outcome) {
        for client in 0..first.clients {
            self.try_plan(|plan| {
                plan.clients_left_out.insert(client);
            });
        }
        for hostile in 0..first.hostiles {
            self.try_plan(|plan| {
                plan.hostiles_left_out.insert(hostile);
            });
        }
    }

    fn leave_out_kinds(&mut self) {
        for kind in StepKind::ALL {
            self.try_plan(|plan| {
                plan.kinds_left_out.insert(kind);
            });
        }
    }

    fn skip_events(&mut self) {
        let mut size = self.best.events.div_ceil(2).max(1);
        loop {
            let is_in = |event: &u64| !self.best.skipped.contains(event);
            let left: Vec<u64> = (1..=self.best.events).filter(is_in).collect();
            let mut has_shrunk = false;
            // From the end: what comes later needs what came earlier.
            for some in left.rchunks(usize::try_from(size).unwrap_or(usize::MAX)) {
                has_shrunk |= self.try_plan(|plan| plan.skipped.extend(some));
            }
            if size == 1 && !has_shrunk || self.runs >= RUNS_MAX {
                return;
            }
            size = size.div_ceil(2);
        }
    }
}
