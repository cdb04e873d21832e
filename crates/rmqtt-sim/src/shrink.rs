use crate::invariants::Violation;
use crate::plan::Plan;
use crate::run::run_plan;
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
    let whole = Plan::whole(events);
    let first = run_plan(seed, &whole, false);
    let is_same = |found: &Option<Violation>| {
        found.as_ref().is_some_and(|found| found.invariant == violation.invariant)
    };
    if !is_same(&first.violation) {
        return None;
    }
    let fails = |plan: &Plan| is_same(&run_plan(seed, plan, false).violation);
    let mut search = Search { fails, best: whole, runs: 1 };
    search.cut_the_end(first.failed_at);
    search.leave_out_clients(first.clients, first.hostiles);
    search.leave_out_kinds();
    search.skip_events();
    let outcome = run_plan(seed, &search.best, true);
    Some(Shrunk {
        violation: outcome.violation?,
        events: search.best.events - search.best.skipped.len() as u64,
        runs: search.runs,
        trace: outcome.trace,
    })
}

#[derive(Debug)]
struct Search<F> {
    /// Whether what is planned still goes wrong in the same way.
    fails: F,
    /// The smallest plan so far that does.
    best: Plan,
    runs: u64,
}

impl<F: FnMut(&Plan) -> bool> Search<F> {
    /// Keeps the plan if it fails, too.
    fn try_plan(&mut self, change: impl FnOnce(&mut Plan)) -> bool {
        if self.runs >= RUNS_MAX {
            return false;
        }
        self.runs += 1;
        let mut plan = self.best.clone();
        change(&mut plan);
        let fails = (self.fails)(&plan);
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

    fn leave_out_clients(&mut self, clients: usize, hostiles: usize) {
        for client in 0..clients {
            self.try_plan(|plan| {
                plan.clients_left_out.insert(client);
            });
        }
        for hostile in 0..hostiles {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_what_the_failure_needs() {
        let needed = [17, 40, 333];
        let fails = |plan: &Plan| {
            plan.events >= 333
                && needed.iter().all(|event| !plan.skipped.contains(event))
                && !plan.clients_left_out.contains(&3)
                && !plan.kinds_left_out.contains(&StepKind::Turn)
        };
        let mut search = Search { fails, best: Plan::whole(1_000), runs: 0 };
        search.cut_the_end(900);
        assert_eq!(search.best.events, 333);
        search.leave_out_clients(5, 2);
        assert_eq!(search.best.clients_left_out, [0, 1, 2, 4].into());
        assert_eq!(search.best.hostiles_left_out, [0, 1].into());
        search.leave_out_kinds();
        assert_eq!(search.best.kinds_left_out.len(), StepKind::ALL.len() - 1);
        search.skip_events();
        let left = (1..=333).filter(|event| !search.best.skipped.contains(event));
        assert_eq!(left.collect::<Vec<_>>(), needed);
    }

    #[test]
    fn a_search_comes_to_its_end() {
        let fails = |plan: &Plan| plan.skipped.is_empty();
        let mut search = Search { fails, best: Plan::whole(20_000), runs: 0 };
        search.skip_events();
        assert_eq!(search.runs, RUNS_MAX);
    }
}
