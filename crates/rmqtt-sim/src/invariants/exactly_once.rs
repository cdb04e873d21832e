use std::collections::BTreeMap;

use rmqtt_codec::QoS;

use super::Invariant;
use crate::ledger::{Ledger, MessageNumber, SessionNumber};
use crate::observation::Observation;
use crate::topics;

/// A message published and received with QoS 2 is seen once by the receiver's application; of a shared
/// group, by one member.
#[derive(Debug, Default)]
pub(super) struct ExactlyOnce {
    /// Who has had a message for a shared group.
    of_groups: BTreeMap<MessageNumber, SessionNumber>,
}

impl Invariant for ExactlyOnce {
    fn name(&self) -> &'static str {
        "exactly_once"
    }

    fn check(&mut self, observation: &Observation, ledger: &Ledger) -> Result<(), String> {
        let Observation::Delivered {
            session,
            message,
            qos: QoS::ExactlyOnce,
            times,
        } = *observation
        else {
            return Ok(());
        };
        if times > 1 {
            return Err(format!("{session:?} sees {message:?} {times} times"));
        }
        if topics::is_shared(ledger.message(message).topic)
            && let Some(other) = self.of_groups.insert(message, session)
        {
            return Err(format!("{message:?} comes to {other:?} and {session:?} of its group"));
        }
        Ok(())
    }
}
