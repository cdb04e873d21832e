use std::collections::BTreeSet;

use rmqtt_codec::QoS;

use super::{Invariant, Settled};
use crate::ledger::{
    Ledger, MessageFacts, MessageNumber, Moment, SessionNumber, SubscriptionFacts,
    SubscriptionNumber,
};
use crate::observation::Observation;
use crate::topics;

/// A subscription gets the retained message of a topic, and none that a later one has replaced: if a
/// retained message was acknowledged before SUBSCRIBE was sent, it comes, or a later one
/// `[MQTT-3.3.1-5]`, `[MQTT-3.3.1-6]`.
///
/// Judged where it can be told which subscription a retained message answers: by its identifier, or
/// because it is the only one of its session that matches the topic.
#[derive(Debug)]
pub(super) struct RetainedIsLastWrite {
    drops_happen: bool,
    received: BTreeSet<(SubscriptionNumber, &'static str)>,
}

/// A message with RETAIN 1 and what is known of its being stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Write<'l> {
    pub(super) number: MessageNumber,
    facts: &'l MessageFacts,
    /// By then it was stored.
    stored: Option<Moment>,
}

impl Write<'_> {
    /// Whether it had certainly been stored by `moment`.
    pub(super) fn is_stored_by(&self, moment: Moment) -> bool {
        self.facts.acknowledged.is_some_and(|acknowledged| acknowledged < moment)
    }

    /// Whether another message had certainly been stored in place of this one by `moment`.
    pub(super) fn is_replaced(&self, writes: &[Self], moment: Moment) -> bool {
        writes.iter().any(|later| {
            let is_later = self.stored.is_some_and(|stored| stored < later.facts.sent);
            is_later && later.is_stored_by(moment)
        })
    }
}

impl RetainedIsLastWrite {
    /// `drops_happen`: queues are so short that messages are dropped.
    pub(super) fn new(drops_happen: bool) -> Self {
        Self { drops_happen, received: BTreeSet::new() }
    }

    fn check_received(
        &self,
        ledger: &Ledger,
        writes: &[Write<'_>],
        (number, subscription): (SubscriptionNumber, &SubscriptionFacts),
        topic: &'static str,
    ) -> Result<(), String> {
        let session = subscription.session;
        let Some(made) = subscription.made else {
            return Ok(());
        };
        let is_owed = subscription.matches(topic)
            && topics::shared(subscription.filter).is_none()
            && subscription.qos > QoS::AtMostOnce
            && subscription.wants_retained
            && subscription.withdrawn.is_none()
            && ledger.session(session).may_have_ended.is_none();
        if !is_owed || self.received.contains(&(number, topic)) {
            return Ok(());
        }
        let can_be_told =
            subscription.identifier.is_some() || matching(ledger, session, topic).nth(1).is_none();
        // What may have been the retained message when the subscription was made.
        let mut current = writes.iter().filter(|write| {
            write.facts.sent < made && !write.is_replaced(writes, subscription.asked)
        });
        let may_be_dropped = |write: &Write<'_>| {
            write.facts.qos == QoS::AtMostOnce || write.facts.expires() || write.facts.is_large
        };
        let stored = writes.iter().find(|write| write.is_stored_by(subscription.asked));
        match stored {
            Some(write) if can_be_told && !current.any(may_be_dropped) => Err(format!(
                "{session:?} does not get the retained {:?}, nor a later one",
                write.number
            )),
            _ => Ok(()),
        }
    }
}

impl Invariant for RetainedIsLastWrite {
    fn name(&self) -> &'static str {
        "retained_is_last_write"
    }

    fn check(&mut self, observation: &Observation, ledger: &Ledger) -> Result<(), String> {
        let Observation::DeliveredRetained { session, message, identifier } = *observation else {
            return Ok(());
        };
        let topic = ledger.message(message).topic;
        let mut matching = matching(ledger, session, topic);
        let answered = match identifier {
            Some(_) => matching.find(|(_, subscription)| subscription.identifier == identifier),
            None => matching.next().filter(|_| matching.next().is_none()),
        };
        let Some((number, subscription)) = answered else {
            return Ok(());
        };
        self.received.insert((number, topic));
        let writes = writes(ledger, topic);
        let is_old = writes
            .iter()
            .any(|write| write.number == message && write.is_replaced(&writes, subscription.asked));
        if is_old {
            return Err(format!("{session:?} gets {message:?}, which had been replaced"));
        }
        Ok(())
    }

    fn check_settled(&mut self, ledger: &Ledger, _settled: &Settled) -> Result<(), String> {
        if self.drops_happen {
            return Ok(());
        }
        for topic in topics::RETAINED {
            let writes = writes(ledger, topic);
            for subscription in ledger.subscriptions() {
                self.check_received(ledger, &writes, subscription, topic)?;
            }
        }
        Ok(())
    }
}

/// The subscriptions of a session that match a topic.
fn matching<'l>(
    ledger: &'l Ledger,
    session: SessionNumber,
    topic: &'static str,
) -> impl Iterator<Item = (SubscriptionNumber, &'l SubscriptionFacts)> {
    ledger.subscriptions().filter(move |(_, s)| s.session == session && s.matches(topic))
}

/// What was published to a topic with RETAIN 1.
pub(super) fn writes<'l>(ledger: &'l Ledger, topic: &'static str) -> Vec<Write<'l>> {
    let retained = ledger.messages().filter(|(_, facts)| facts.retain && facts.topic == topic);
    retained
        .map(|(number, facts)| Write { number, facts, stored: stored_by(ledger, facts) })
        .collect()
}

/// When a message was stored at the latest: its own acknowledgement says it, or that of something
/// that its publisher has sent later.
fn stored_by(ledger: &Ledger, facts: &MessageFacts) -> Option<Moment> {
    if facts.is_haunted {
        return None;
    }
    let later = ledger.messages().filter(|(_, later)| {
        later.publisher == facts.publisher
            && later.order > facts.order
            && !later.repeated
            && !facts.repeated
    });
    let acknowledged = later.filter_map(|(_, later)| later.acknowledged);
    acknowledged.chain(facts.acknowledged).min()
}
