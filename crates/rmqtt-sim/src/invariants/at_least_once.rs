use std::collections::BTreeSet;

use rmqtt_codec::QoS;

use super::{Invariant, Settled};
use crate::ledger::{Ledger, MessageFacts, MessageNumber, SubscriptionFacts};
use crate::topics;

/// Every QoS 1 or 2 message that was acknowledged to its publisher has reached every session that was
/// subscribed: SUBACK received before the message was sent, not unsubscribed before it was
/// acknowledged, and the session not over. Of a shared group, one member. What is missing has to be
/// among the drops that the broker counted.
#[derive(Debug, Default)]
pub(super) struct AtLeastOnce;

impl Invariant for AtLeastOnce {
    fn name(&self) -> &'static str {
        "at_least_once"
    }

    fn check_settled(&mut self, ledger: &Ledger, settled: &Settled) -> Result<(), String> {
        let mut missing = BTreeSet::new();
        let drops_are_known = settled.dropped.is_none();
        for (message, facts) in ledger.messages() {
            let Some(acknowledged) = facts.acknowledged else {
                continue;
            };
            if facts.qos == QoS::AtMostOnce || facts.expires() {
                continue;
            }
            let matching = ledger.subscriptions().map(|(_, subscription)| subscription);
            let matching = matching.filter(|subscription| subscription.matches(facts.topic));
            if topics::is_shared(facts.topic) {
                let members: Vec<_> = matching.collect();
                let is_dropped = drops_are_known && ledger.was_dropped_by_any(message);
                if !is_dropped && !group_has_it(ledger, message, facts, &members) {
                    missing.insert(format!("{message:?} is missing in its shared group"));
                }
                continue;
            }
            for subscription in matching {
                let promised = is_promised(ledger, facts, acknowledged, subscription);
                let client = ledger.session(subscription.session).client;
                let is_dropped = drops_are_known && ledger.was_dropped(message, client);
                if promised && !is_dropped && !ledger.was_delivered(message, subscription.session) {
                    missing.insert(format!("{message:?} is missing in {:?}", subscription.session));
                }
            }
        }
        let dropped = settled.dropped.unwrap_or(0);
        if missing.len() as u64 > dropped {
            let missing: Vec<_> = missing.into_iter().collect();
            return Err(format!("{}; the broker counted {dropped} drops", missing.join(", ")));
        }
        Ok(())
    }
}

/// Whether the session of a subscription has to get a message.
pub(super) fn is_promised(
    ledger: &Ledger,
    message: &MessageFacts,
    acknowledged: u64,
    subscription: &SubscriptionFacts,
) -> bool {
    let session = ledger.session(subscription.session);
    let is_own = message.client == session.client;
    // A Will that somebody judges is published when the answer comes, which no client sees; and no client
    // sees when a delay has passed.
    let routed = if message.is_routed_when_acknowledged() { acknowledged } else { u64::MAX };
    subscription.qos > QoS::AtMostOnce
        && subscription.made.is_some_and(|made| made < message.sent)
        && subscription.withdrawn.is_none_or(|withdrawn| withdrawn > routed)
        && session.may_have_ended.is_none()
        && !(session.limits_packets && message.is_large)
        && !(subscription.no_local && is_own)
}

/// A group owes a message only if it has had a member all the time, and none that it lost after the
/// message was sent: one that went may have taken the message with it.
fn group_has_it(
    ledger: &Ledger,
    message: MessageNumber,
    facts: &MessageFacts,
    members: &[&SubscriptionFacts],
) -> bool {
    let mut has_steady_member = false;
    for member in members {
        let session = ledger.session(member.session);
        let was_over =
            [member.ended, session.gone].into_iter().flatten().any(|over| over < facts.sent);
        if was_over {
            continue;
        }
        let may_lose_it = member.withdrawn.is_some()
            || session.may_have_ended.is_some()
            || member.qos == QoS::AtMostOnce
            || (session.limits_packets && facts.is_large);
        if may_lose_it {
            return true;
        }
        has_steady_member |= member.made.is_some_and(|made| made < facts.sent);
    }
    !has_steady_member || ledger.receivers(message).next().is_some()
}
