use std::collections::BTreeMap;

use rmqtt_codec::QoS;

use super::Invariant;
use crate::ledger::{Ledger, MessageNumber, SessionNumber};
use crate::observation::Observation;
use crate::topics;

/// What one session publishes comes to one other session in the order of its publishing, within a QoS
/// `[MQTT-4.6.0-6]`. Repetitions do not count, nor do shared subscriptions.
#[derive(Debug)]
pub(super) struct OrderPerPublisherAndReceiver {
    drops_happen: bool,
    latest: BTreeMap<Stream, (u64, MessageNumber)>,
}

impl OrderPerPublisherAndReceiver {
    /// `drops_happen`: queues are so short that messages are dropped.
    pub(super) fn new(drops_happen: bool) -> Self {
        Self { drops_happen, latest: BTreeMap::new() }
    }

    /// A message that its publisher has repeated comes late to who was not subscribed when it was
    /// routed first, or lost it then.
    fn counts(&self, message: MessageNumber, session: SessionNumber, ledger: &Ledger) -> bool {
        let facts = ledger.message(message);
        let may_be_lost = self.drops_happen || facts.expires() || facts.is_large;
        !may_be_lost
            && ledger.subscriptions().any(|(_, subscription)| {
                subscription.session == session
                    && subscription.matches(facts.topic)
                    && subscription.qos > QoS::AtMostOnce
                    && subscription.withdrawn.is_none()
                    && subscription.made.is_some_and(|made| made < facts.sent)
            })
    }
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
        let Observation::Delivered { session, message, qos, times: 1, .. } = *observation else {
            return Ok(());
        };
        let facts = ledger.message(message);
        let Some(publisher) = facts.publisher else {
            return Ok(());
        };
        if facts.is_haunted
            || facts.delay_s.is_some()
            || topics::is_shared(facts.topic)
            || (facts.repeated && !self.counts(message, session, ledger))
        {
            return Ok(());
        }
        let stream = Stream { publisher, receiver: session, published: facts.qos, received: qos };
        let latest = self.latest.insert(stream, (facts.order, message));
        match latest {
            Some((order, earlier)) if order > facts.order => Err(format!(
                "{session:?} sees {message:?} of {publisher:?} after the later {earlier:?}"
            )),
            _ => Ok(()),
        }
    }
}
