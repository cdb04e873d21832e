use rmqtt_codec::QoS;

use super::{Invariant, Settled};
use crate::ledger::{Ledger, MessageFacts, MessageNumber};
use crate::topics;

/// A message comes to one member of a shared group `[MQTT-4.8.2-4]`. Only what a member leaves behind
/// when its session ends may go to another one, and of QoS 2 not even that `[MQTT-4.8.2-5]`.
#[derive(Debug)]
pub(super) struct SharedGroupOneReceiver {
    store_fails: bool,
}

impl SharedGroupOneReceiver {
    pub(super) fn new(store_fails: bool) -> Self {
        Self { store_fails }
    }

    /// A repeated QoS 1 message is a new one for the group, and so is one that was not stored.
    fn may_be_routed_twice(&self, facts: &MessageFacts) -> bool {
        let is_taken_again = self.store_fails || facts.qos < QoS::ExactlyOnce;
        facts.is_haunted || (facts.repeated && is_taken_again)
    }
}

impl Invariant for SharedGroupOneReceiver {
    fn name(&self) -> &'static str {
        "shared_group_one_receiver"
    }

    fn check_settled(&mut self, ledger: &Ledger, _settled: &Settled) -> Result<(), String> {
        for (message, facts) in ledger.messages() {
            if topics::is_shared(facts.topic) && !self.may_be_routed_twice(facts) {
                check_receivers(ledger, message)?;
            }
        }
        Ok(())
    }
}

fn check_receivers(ledger: &Ledger, message: MessageNumber) -> Result<(), String> {
    let lasting = |session: &_| ledger.session(*session).may_have_ended.is_none();
    let mut lasting = ledger.receivers(message).filter(lasting);
    match (lasting.next(), lasting.next()) {
        (Some(one), Some(other)) => Err(format!("{message:?} comes to {one:?} and {other:?}")),
        _ => Ok(()),
    }
}
