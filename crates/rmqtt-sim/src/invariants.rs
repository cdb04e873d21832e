//! What has to be true in every run, one file each.

use core::fmt;

use crate::ledger::Ledger;
use crate::observation::Observation;

mod acknowledgements_are_answers;
mod at_least_once;
mod at_rest;
mod exactly_once;
mod memory_bounded;
mod order_per_publisher_and_receiver;
mod packet_id_unique;
mod session_is_kept;
mod single_owner_per_client_id;
mod window_respected;

/// Something that must not happen.
pub(crate) trait Invariant: fmt::Debug {
    /// As in a report; the name of its file.
    fn name(&self) -> &'static str;

    /// Judges what has just happened.
    ///
    /// # Errors
    /// What is wrong with it.
    fn check(&mut self, observation: &Observation, ledger: &Ledger) -> Result<(), String> {
        let _ = (observation, ledger);
        Ok(())
    }

    /// Judges the whole run, when every client that can be reached has been, and nothing is under
    /// way any more.
    ///
    /// # Errors
    /// What is wrong with it.
    fn check_end(&mut self, ledger: &Ledger, rest: &Rest) -> Result<(), String> {
        let _ = (ledger, rest);
        Ok(())
    }
}

/// What is left when a run has come to rest.
#[derive(Debug, Default)]
pub(crate) struct Rest {
    /// Messages that the workers have counted as dropped, by a policy that says so.
    pub(crate) dropped: u64,
    /// Why the run did not come to rest.
    pub(crate) unsettled: Vec<String>,
}

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its name.
    pub invariant: &'static str,
    /// What has happened.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.what)
    }
}

/// All invariants, and the first one that was violated.
#[derive(Debug)]
pub(crate) struct Invariants {
    all: Vec<Box<dyn Invariant>>,
    violation: Option<Violation>,
}

impl Invariants {
    pub(crate) fn new() -> Self {
        Self {
            all: vec![
                Box::<at_least_once::AtLeastOnce>::default(),
                Box::<exactly_once::ExactlyOnce>::default(),
                Box::<order_per_publisher_and_receiver::OrderPerPublisherAndReceiver>::default(),
                Box::<packet_id_unique::PacketIdUnique>::default(),
                Box::<window_respected::WindowRespected>::default(),
                Box::<single_owner_per_client_id::SingleOwnerPerClientId>::default(),
                Box::<memory_bounded::MemoryBounded>::default(),
                Box::<acknowledgements_are_answers::AcknowledgementsAreAnswers>::default(),
                Box::<session_is_kept::SessionIsKept>::default(),
                Box::<at_rest::AtRest>::default(),
            ],
            violation: None,
        }
    }

    pub(crate) fn check(&mut self, observation: &Observation, ledger: &Ledger) {
        for invariant in &mut self.all {
            if let Err(what) = invariant.check(observation, ledger) {
                let invariant = invariant.name();
                self.violation.get_or_insert(Violation { invariant, what });
            }
        }
    }

    pub(crate) fn check_end(&mut self, ledger: &Ledger, rest: &Rest) {
        for invariant in &mut self.all {
            if let Err(what) = invariant.check_end(ledger, rest) {
                let invariant = invariant.name();
                self.violation.get_or_insert(Violation { invariant, what });
            }
        }
    }

    pub(crate) fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }
}
