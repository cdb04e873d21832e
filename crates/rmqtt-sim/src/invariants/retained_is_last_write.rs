use std::collections::BTreeSet;

use rmqtt_codec::QoS;

use super::{Invariant, Settled};
use crate::ledger::{Ledger, MessageFacts, MessageNumber, SessionNumber, SubscriptionFacts};
use crate::observation::Observation;
use crate::topics;

/// A subscription gets the retained message of a topic, and none that a later one has replaced: if a
/// retained message was acknowledged before SUBSCRIBE was sent, it comes, or a later one
/// `[MQTT-3.3.1-5]`, `[MQTT-3.3.1-6]`.
///
/// Judged where a session has one subscription that matches the topic; with more there is no telling
/// which of them a message answers.
#[derive(Debug)]
pub(super) struct RetainedIsLastWrite {
    drops_happen: bool,
    received: BTreeSet<(SessionNumber, &'static str)>,
}

impl RetainedIsLastWrite {
    pub(super) fn new(drops_happen: bool) -> Self {
        Self { drops_happen, received: BTreeSet::new() }
    }
}

impl Invariant for RetainedIsLastWrite {
    fn name(&self) -> &'static str {
        "retained_is_last_write"
    }

    fn check(&mut self, observation: &Observation, ledger: &Ledger) -> Result<(), String> {
        let Observation::DeliveredRetained { session, message } = *observation else {
            return Ok(());
        };
        let facts = ledger.message(message);
        self.received.insert((session, facts.topic));
        let Some(subscription) = only_subscription(ledger, session, facts.topic) else {
            return Ok(());
        };
        let later = acknowledged_before(ledger, facts.topic, subscription.asked);
        match later.into_iter().find(|(_, later)| has_replaced(later, facts)) {
            Some((later, _)) => {
                Err(format!("{session:?} gets {message:?}, which {later:?} replaced"))
            }
            None => Ok(()),
        }
    }

    fn check_settled(&mut self, ledger: &Ledger, _settled: &Settled) -> Result<(), String> {
        if self.drops_happen {
            return Ok(());
        }
        for topic in topics::RETAINED {
            let retained = ledger.messages().filter(|(_, m)| m.retain && m.topic == topic);
            // Those may be gone, or dropped.
            if retained
                .into_iter()
                .any(|(_, m)| m.qos == QoS::AtMostOnce || m.expires || m.is_large)
            {
                continue;
            }
            for session in ledger.subscriptions().iter().map(|subscription| subscription.session) {
                self.check_received(ledger, session, topic)?;
            }
        }
        Ok(())
    }
}

impl RetainedIsLastWrite {
    fn check_received(
        &self,
        ledger: &Ledger,
        session: SessionNumber,
        topic: &'static str,
    ) -> Result<(), String> {
        let Some(subscription) = only_subscription(ledger, session, topic) else {
            return Ok(());
        };
        let is_owed = subscription.qos > QoS::AtMostOnce
            && subscription.wants_retained
            && subscription.made.is_some()
            && subscription.withdrawn.is_none()
            && ledger.session(session).may_have_ended.is_none();
        let mut before = acknowledged_before(ledger, topic, subscription.asked);
        match before.next() {
            Some((message, _)) if is_owed && !self.received.contains(&(session, topic)) => {
                Err(format!("{session:?} does not get the retained {message:?}, nor a later one"))
            }
            _ => Ok(()),
        }
    }
}

/// The subscription of the session that matches the topic, if there is just one.
fn only_subscription<'l>(
    ledger: &'l Ledger,
    session: SessionNumber,
    topic: &str,
) -> Option<&'l SubscriptionFacts> {
    let all = ledger.subscriptions().iter();
    let mut matching = all.filter(|s| s.session == session && s.matches(topic));
    let only = matching.next()?;
    matching.next().is_none().then_some(only)
}

fn acknowledged_before<'l>(
    ledger: &'l Ledger,
    topic: &'static str,
    moment: u64,
) -> impl Iterator<Item = (MessageNumber, &'l MessageFacts)> {
    ledger.messages().filter(move |(_, message)| {
        message.retain
            && message.topic == topic
            && message.acknowledged.is_some_and(|acknowledged| acknowledged < moment)
    })
}

/// Whether `later` was stored after `earlier`, in whatever order things have happened in the broker.
fn has_replaced(later: &MessageFacts, earlier: &MessageFacts) -> bool {
    let follows = earlier.acknowledged.is_some_and(|acknowledged| acknowledged < later.sent)
        || (earlier.publisher == later.publisher
            && earlier.order < later.order
            && !earlier.repeated);
    follows && !earlier.is_haunted
}
