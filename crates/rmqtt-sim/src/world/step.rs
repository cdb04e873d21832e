use super::World;

/// One thing that happens. What exactly, is decided by the chances of its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A worker has a turn.
    Turn,
    /// The directory takes requests.
    Direct,
    /// A client does something.
    Client(usize),
    /// A client that breaks rules does something.
    Hostile(usize),
    /// Time passes.
    PassTime,
    /// A question that was put off is answered.
    Answer,
    /// The store works.
    Store,
    /// A client's connection ends badly.
    BreakConnection(usize),
    /// A client connects although it is connected.
    TakeOver(usize),
    /// A queue between two threads stands still.
    HoldQueue,
    /// The broker's system finds out that a client is gone.
    Notice,
    /// What if the node were lost now?
    Crash,
    /// The node is lost, and begins again.
    Restart,
}

/// A [`Step`], whoever does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum StepKind {
    Turn,
    Direct,
    Client,
    Hostile,
    PassTime,
    Answer,
    Store,
    BreakConnection,
    TakeOver,
    HoldQueue,
    Notice,
    Crash,
    Restart,
}

impl StepKind {
    pub(crate) const ALL: [Self; 13] = [
        Self::Turn,
        Self::Direct,
        Self::Client,
        Self::Hostile,
        Self::PassTime,
        Self::Answer,
        Self::Store,
        Self::BreakConnection,
        Self::TakeOver,
        Self::HoldQueue,
        Self::Notice,
        Self::Crash,
        Self::Restart,
    ];
}

impl Step {
    pub(crate) fn kind(self) -> StepKind {
        match self {
            Self::Turn => StepKind::Turn,
            Self::Direct => StepKind::Direct,
            Self::Client(_) => StepKind::Client,
            Self::Hostile(_) => StepKind::Hostile,
            Self::PassTime => StepKind::PassTime,
            Self::Answer => StepKind::Answer,
            Self::Store => StepKind::Store,
            Self::BreakConnection(_) => StepKind::BreakConnection,
            Self::TakeOver(_) => StepKind::TakeOver,
            Self::HoldQueue => StepKind::HoldQueue,
            Self::Notice => StepKind::Notice,
            Self::Crash => StepKind::Crash,
            Self::Restart => StepKind::Restart,
        }
    }
}

impl World {
    /// What this event brings.
    pub(super) fn next_step(&mut self) -> Step {
        let hostiles = self.hostiles.len() as u64;
        let crashes = u64::from(self.scenario.store.is_some());
        let weights = [30, 15, 48, 4, 3, 5, self.scenario.faults / 2, 5 * hostiles, crashes];
        let random = &mut self.scene.random;
        match random.weighted(&weights) {
            0 => Step::Turn,
            1 => Step::Direct,
            2 => Step::Client(random.below(self.clients.len())),
            3 => Step::PassTime,
            4 => Step::Answer,
            5 => Step::Store,
            6 => self.next_fault(),
            7 => Step::Hostile(random.below(self.hostiles.len())),
            _ if self.scenario.restarts && random.chance(20) => Step::Restart,
            _ => Step::Crash,
        }
    }

    fn next_fault(&mut self) -> Step {
        let random = &mut self.scene.random;
        let client = random.below(self.clients.len());
        match random.below(10) {
            0..5 => Step::BreakConnection(client),
            5..7 => Step::TakeOver(client),
            7..9 => Step::HoldQueue,
            _ => Step::Notice,
        }
    }
}
