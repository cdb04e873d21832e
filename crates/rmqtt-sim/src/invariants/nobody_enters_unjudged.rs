use std::collections::BTreeMap;

use super::Invariant;
use crate::ledger::{ClientNumber, Ledger};
use crate::observation::Observation;

/// Where there is an authenticator, each CONNECT that is accepted has been admitted by it.
#[derive(Debug)]
pub(super) struct NobodyEntersUnjudged {
    has_authenticator: bool,
    admitted: BTreeMap<ClientNumber, u32>,
}

impl NobodyEntersUnjudged {
    pub(super) fn new(has_authenticator: bool) -> Self {
        Self { has_authenticator, admitted: BTreeMap::new() }
    }
}

impl Invariant for NobodyEntersUnjudged {
    fn name(&self) -> &'static str {
        "nobody_enters_unjudged"
    }

    fn check(&mut self, observation: &Observation, _ledger: &Ledger) -> Result<(), String> {
        match *observation {
            Observation::Admitted { client } => *self.admitted.entry(client).or_default() += 1,
            Observation::Accepted { client, .. } if self.has_authenticator => {
                let admitted = self.admitted.entry(client).or_default();
                if *admitted == 0 {
                    return Err(format!("{client:?} is accepted"));
                }
                *admitted -= 1;
            }
            _ => {}
        }
        Ok(())
    }
}
