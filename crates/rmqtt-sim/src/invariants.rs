//! What has to be true in every run, one file each.

use core::fmt;

use rmqtt_store::SavedState;

use crate::client::Promised;
use crate::ledger::{ClientNumber, Ledger};
use crate::observation::Observation;
use crate::scenario::Scenario;

use crash_loses_nothing::CrashLosesNothing;
use exactly_once::ExactlyOnce;
use nobody_enters_unjudged::NobodyEntersUnjudged;
use not_before_its_time::NotBeforeItsTime;
use order_per_publisher_and_receiver::OrderPerPublisherAndReceiver;
use retained_is_last_write::RetainedIsLastWrite;
use rule_breakers_are_answered::RuleBreakersAreAnswered;
use shared_group_one_receiver::SharedGroupOneReceiver;

mod acknowledgements_are_answers;
mod at_least_once;
mod at_rest;
mod crash_loses_nothing;
mod exactly_once;
mod expiry_honoured;
mod limit_of_subscribers;
mod memory_bounded;
mod no_ack_before_durable;
mod nobody_enters_unjudged;
mod nobody_is_blamed;
mod not_before_its_time;
mod order_per_publisher_and_receiver;
mod packet_id_unique;
mod retained_is_last_write;
mod rule_breakers_are_answered;
mod session_is_kept;
mod shared_group_one_receiver;
mod single_owner_per_client_id;
mod who_is_closed_is_told;
mod will_once;
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

    /// Judges what would be left if the node were lost now.
    ///
    /// # Errors
    /// What is wrong with it.
    fn check_crash(&mut self, ledger: &Ledger, crash: &Crash<'_>) -> Result<(), String> {
        let _ = (ledger, crash);
        Ok(())
    }

    /// Judges the whole run, when all clients that have a session are connected, and have had time.
    ///
    /// # Errors
    /// What is wrong with it.
    fn check_settled(&mut self, ledger: &Ledger, settled: &Settled) -> Result<(), String> {
        let _ = (ledger, settled);
        Ok(())
    }

    /// Judges what is left in the broker when all clients have left for good.
    ///
    /// # Errors
    /// What is wrong with it.
    fn check_deserted(&mut self, leftovers: &[String]) -> Result<(), String> {
        let _ = leftovers;
        Ok(())
    }
}

/// What a lost node leaves, and what its clients know.
#[derive(Debug)]
pub(crate) struct Crash<'c> {
    pub(crate) saved: &'c SavedState,
    /// Nothing of what was written down is lost.
    pub(crate) is_whole: bool,
    /// The node has ended in good order, so that Wills are published.
    pub(crate) wills_are_out: bool,
    /// Of the clients that were promised something.
    pub(crate) promised: Vec<Promised>,
    pub(crate) clients: Vec<ClientNumber>,
}

/// What there is to say when a run has had time to come to rest.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// Messages that the workers have counted as dropped, by a policy that says so; `None`: the ledger
    /// knows which.
    pub(crate) dropped: Option<u64>,
    /// What still waits for something.
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
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let (drops_happen, store_fails) = (scenario.drops_happen(), scenario.store_fails());
        let says_no = scenario.has_authenticator || scenario.has_deciders;
        let may_be_refused = drops_happen || store_fails || says_no;
        Self {
            all: vec![
                Box::<at_least_once::AtLeastOnce>::default(),
                Box::new(RetainedIsLastWrite::new(drops_happen)),
                Box::new(ExactlyOnce::new(store_fails)),
                Box::new(OrderPerPublisherAndReceiver::new(drops_happen)),
                Box::<packet_id_unique::PacketIdUnique>::default(),
                Box::<window_respected::WindowRespected>::default(),
                Box::<single_owner_per_client_id::SingleOwnerPerClientId>::default(),
                Box::<memory_bounded::MemoryBounded>::default(),
                Box::<acknowledgements_are_answers::AcknowledgementsAreAnswers>::default(),
                Box::<session_is_kept::SessionIsKept>::default(),
                Box::<no_ack_before_durable::NoAckBeforeDurable>::default(),
                Box::new(CrashLosesNothing::new(scenario)),
                Box::<limit_of_subscribers::LimitOfSubscribers>::default(),
                Box::new(NobodyEntersUnjudged::new(scenario.has_authenticator)),
                Box::new(NotBeforeItsTime::new(scenario.delays_hold())),
                Box::<nobody_is_blamed::NobodyIsBlamed>::default(),
                Box::<who_is_closed_is_told::WhoIsClosedIsTold>::default(),
                Box::<will_once::WillOnce>::default(),
                Box::<expiry_honoured::ExpiryHonoured>::default(),
                Box::new(SharedGroupOneReceiver::new(store_fails)),
                Box::new(RuleBreakersAreAnswered::new(may_be_refused)),
                Box::<at_rest::AtRest>::default(),
            ],
            violation: None,
        }
    }

    pub(crate) fn check(&mut self, observation: &Observation, ledger: &Ledger) {
        self.check_all(|invariant| invariant.check(observation, ledger));
    }

    pub(crate) fn check_crash(&mut self, ledger: &Ledger, crash: &Crash<'_>) {
        self.check_all(|invariant| invariant.check_crash(ledger, crash));
    }

    pub(crate) fn check_settled(&mut self, ledger: &Ledger, settled: &Settled) {
        self.check_all(|invariant| invariant.check_settled(ledger, settled));
    }

    pub(crate) fn check_deserted(&mut self, leftovers: &[String]) {
        self.check_all(|invariant| invariant.check_deserted(leftovers));
    }

    fn check_all(&mut self, mut check: impl FnMut(&mut dyn Invariant) -> Result<(), String>) {
        for invariant in &mut self.all {
            if let Err(what) = check(&mut **invariant) {
                let invariant = invariant.name();
                self.violation.get_or_insert(Violation { invariant, what });
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn names(&self) -> std::collections::BTreeSet<&'static str> {
        self.all.iter().map(|invariant| invariant.name()).collect()
    }

    pub(crate) fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }
}
