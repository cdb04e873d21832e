use std::collections::BTreeMap;

use super::Invariant;
use crate::ledger::{ClientNumber, Ledger, Moment, SubscriptionFacts};
use crate::observation::Observation;
use crate::topics;

/// No more sessions are subscribed to `$limit/{n}/…` and `$exclusive/…` at a time than it says. Only such
/// are counted as cannot have ended without their client's knowledge.
#[derive(Debug, Default)]
pub(super) struct LimitOfSubscribers {
    restarted: BTreeMap<ClientNumber, Moment>,
}

impl LimitOfSubscribers {
    fn is_there(&self, ledger: &Ledger, facts: &SubscriptionFacts) -> bool {
        let session = ledger.session(facts.session);
        let restarted = self.restarted.get(&session.client);
        session.is_endless
            && session.may_have_ended.is_none()
            && facts.withdrawn.is_none()
            && facts.made.is_some()
            && restarted.is_none_or(|restarted| *restarted < facts.asked)
    }
}

impl Invariant for LimitOfSubscribers {
    fn name(&self) -> &'static str {
        "limit_of_subscribers"
    }

    fn check(&mut self, observation: &Observation, ledger: &Ledger) -> Result<(), String> {
        match *observation {
            Observation::Restarted { client } => {
                self.restarted.insert(client, ledger.last_moment());
            }
            Observation::Subscribed { subscription } => {
                let filter = ledger.subscription(subscription).filter;
                let of_filter = ledger.subscriptions().filter(|(_, facts)| facts.filter == filter);
                let there = of_filter.filter(|(_, facts)| self.is_there(ledger, facts));
                let mut sessions: Vec<_> = there.map(|(_, facts)| facts.session).collect();
                sessions.sort_unstable();
                sessions.dedup();
                if topics::limit(filter).is_some_and(|limit| sessions.len() > limit) {
                    return Err(format!("{sessions:?} are subscribed to {filter}"));
                }
            }
            _ => {}
        }
        Ok(())
    }
}
