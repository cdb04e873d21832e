use std::collections::BTreeMap;

use rmqtt_codec::QoS;

use super::Invariant;
use crate::ledger::{Ledger, MessageNumber, SessionNumber};
use crate::observation::Observation;
use crate::topics;

/// A message published and received with QoS 2 is seen once by the receiver's application; of a shared
/// group, by one member.
#[derive(Debug)]
pub(super) struct ExactlyOnce {
    store_fails: bool,
    /// Who has had a message for a shared group.
    of_groups: BTreeMap<MessageNumber, SessionNumber>,
}

impl ExactlyOnce {
    pub(super) fn new(store_fails: bool) -> Self {
        Self { store_fails, of_groups: BTreeMap::new() }
    }
}

impl Invariant for ExactlyOnce {
    fn name(&self) -> &'static str {
        "exactly_once"
    }

    fn check(&mut self, observation: &Observation, ledger: &Ledger) -> Result<(), String> {
        let Observation::Delivered { session, message, qos: QoS::ExactlyOnce, times, .. } =
            *observation
        else {
            return Ok(());
        };
        let facts = ledger.message(message);
        // What was not stored is refused, which MQTT 3.x cannot say: its repetition is a new message.
        if facts.is_haunted || (facts.repeated && self.store_fails) {
            return Ok(());
        }
        if times > 1 {
            return Err(format!("{session:?} sees {message:?} {times} times"));
        }
        if topics::is_shared(facts.topic)
            && let Some(other) = self.of_groups.insert(message, session)
        {
            return Err(format!("{message:?} comes to {other:?} and {session:?} of its group"));
        }
        Ok(())
    }
}
