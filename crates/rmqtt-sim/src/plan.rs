use std::collections::BTreeSet;

use crate::world::{Step, StepKind};

/// What of a seed's run happens: all of it, or what is left when a failure is made small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Events before everything comes to rest.
    pub(crate) events: u64,
    /// Events in which nothing happens.
    pub(crate) skipped: BTreeSet<u64>,
    /// What never happens.
    pub(crate) kinds_left_out: BTreeSet<StepKind>,
    /// Clients that never do anything.
    pub(crate) clients_left_out: BTreeSet<usize>,
    /// Clients that break rules, and never do anything.
    pub(crate) hostiles_left_out: BTreeSet<usize>,
}

impl Plan {
    pub(crate) fn whole(events: u64) -> Self {
        Self {
            events,
            skipped: BTreeSet::new(),
            kinds_left_out: BTreeSet::new(),
            clients_left_out: BTreeSet::new(),
            hostiles_left_out: BTreeSet::new(),
        }
    }

    pub(crate) fn has(&self, event: u64, step: Step) -> bool {
        let is_absent = match step {
            Step::Client(client) | Step::BreakConnection(client) | Step::TakeOver(client) => {
                self.clients_left_out.contains(&client)
            }
            Step::Hostile(hostile) => self.hostiles_left_out.contains(&hostile),
            _ => false,
        };
        !is_absent && !self.skipped.contains(&event) && !self.kinds_left_out.contains(&step.kind())
    }
}
