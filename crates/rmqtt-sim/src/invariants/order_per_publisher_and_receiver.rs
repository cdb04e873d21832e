use std::collections::BTreeMap;

use rmqtt_codec::QoS;

use super::Invariant;
use crate::ledger::{Ledger, MessageNumber, SessionNumber};
use crate::observation::Observation;
use crate::topics;

/// What one session publishes comes to one other session in the order of its publishing, within a QoS
/// `[MQTT-4.6.0-6]`. Repetitions do not count, nor do shared subscriptions.
#[derive(Debug, Default)]
pub(super) struct OrderPerPublisherAndReceiver {
    latest: BTreeMap<Stream, (u64, MessageNumber)>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stream {
    publisher: SessionNumber,
    receiver: SessionNumber,
    published: QoS,
    received: QoS,
}

impl Invariant for OrderPerPublisherAndReceiver {
    fn name(&self) -> &'static str {
        "order_per_publisher_and_receiver"
    }

    fn check(&mut self, observation: &Observation, ledger: &Ledger) -> Result<(), String> {
        let Observation::Delivered {
            session,
            message,
            qos,
            times: 1,
        } = *observation
        else {
            return Ok(());
        };
        let facts = ledger.message(message);
        let Some(publisher) = facts.publisher else {
            return Ok(());
        };
        if topics::is_shared(facts.topic) {
            return Ok(());
        }
        let stream = Stream {
            publisher,
            receiver: session,
            published: facts.qos,
            received: qos,
        };
        let latest = self.latest.insert(stream, (facts.order, message));
        match latest {
            Some((order, earlier)) if order > facts.order => Err(format!(
                "{session:?} sees {message:?} of {publisher:?} after the later {earlier:?}"
            )),
            _ => Ok(()),
        }
    }
}
