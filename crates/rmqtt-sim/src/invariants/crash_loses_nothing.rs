use rmqtt_codec::QoS;
use rmqtt_message::Message;
use rmqtt_store::{SavedSession, SavedState};

use super::{Crash, Invariant, at_least_once};
use crate::client::Promised;
use crate::ledger::{
    ClientNumber, Ledger, MessageFacts, MessageNumber, SubscriptionFacts, SubscriptionNumber,
};
use crate::scenario::Scenario;
use crate::topics;

/// What a client was promised by an acknowledgement, and has not given back by one, is in the store:
///
/// | promised by | what |
/// |---|---|
/// | CONNACK | the session with its expiry, once for a client; its Will `[MQTT-3.1.2-7]` |
/// | SUBACK, UNSUBACK | the subscription, as it was granted; that it is gone |
/// | PUBACK, PUBREC | the message, for each subscriber that has not acknowledged it; as the retained one; until its time has come |
/// | PUBREC | that the packet id is taken |
/// | PUBLISH with QoS 2 | that the message is in flight with its packet id, so that it is not sent as another one |
/// | PUBCOMP, PUBREL | that the message need not be sent again; that it is the client's to complete |
///
/// And nothing of it would happen again that is over: a Will that was published.
///
/// Not judged:
///
/// * What ends something while the store fails: PUBCOMP, and UNSUBACK before MQTT 5, have no code for
///   "not stored". Nor that a message was sent: clients have theirs although the disk is full.
/// * The Will of a session that ends with its connection: nothing is stored of such a session.
#[derive(Debug)]
pub(super) struct CrashLosesNothing {
    store_fails: bool,
    /// Messages are dropped by a policy, and nobody sees which.
    drops_are_unknown: bool,
}

impl CrashLosesNothing {
    pub(super) fn new(scenario: &Scenario) -> Self {
        Self {
            store_fails: scenario.store_fails(),
            drops_are_unknown: scenario.drops_happen() && !scenario.has_observers,
        }
    }

    fn check_session(
        &self,
        ledger: &Ledger,
        promised: &Promised,
        saved: &SavedSession,
    ) -> Result<(), String> {
        let client = promised.client;
        if let Some(connected) = &promised.connected
            && !self.store_fails
        {
            if saved.detached_wall_ms.is_some() {
                return Err(format!("{client:?} is connected, and its expiry runs"));
            }
            if saved.expiry_interval_s != promised.expiry_s {
                return Err(format!("{client:?} has another expiry"));
            }
            let will = saved.will.as_ref().and_then(|will| number(ledger, &will.payload));
            if will != connected.will {
                return Err(format!("{client:?} has left {:?}, and not {will:?}", connected.will));
            }
        }
        for packet_id in &promised.received {
            if !saved.received.contains(packet_id) {
                return Err(format!("{client:?} has a PUBREC for {packet_id:?}"));
            }
        }
        for (packet_id, message) in &promised.taken {
            // One that a new connection is too small for is given up.
            let is_in_flight = saved.inflight.iter().any(|sent| sent.packet_id == *packet_id);
            if !self.store_fails && !is_in_flight && is_queued(ledger, saved, *message) {
                return Err(format!("{client:?} would get the message of {packet_id:?} again"));
            }
        }
        for packet_id in &promised.released {
            let is_owed = |sent: &rmqtt_store::SavedInflight| {
                sent.packet_id == *packet_id && sent.message.is_none()
            };
            if !self.store_fails && !saved.inflight.iter().any(is_owed) {
                return Err(format!("{client:?} has a PUBREL for {packet_id:?}"));
            }
        }
        self.check_subscriptions(ledger, promised, saved)
    }

    fn check_subscriptions(
        &self,
        ledger: &Ledger,
        promised: &Promised,
        saved: &SavedSession,
    ) -> Result<(), String> {
        let session = promised.session;
        let own = ledger.subscriptions().filter(|(_, facts)| facts.session == session);
        for (number, facts) in own {
            let is_last = !ledger.subscriptions().any(|(later, other)| {
                later > number && other.session == session && other.filter == facts.filter
            });
            let found = saved.subscriptions.iter().find(|saved| is_same(saved, facts));
            if facts.made.is_some() && facts.withdrawn.is_none() {
                let Some(found) = found else {
                    return Err(format!("{session:?} is subscribed to {}", facts.filter));
                };
                let is_equal = found.options.qos == facts.qos
                    && found.options.no_local == facts.no_local
                    && found.subscription_id == facts.identifier
                    && found.limit.map(|limit| limit as usize) == topics::limit(facts.filter);
                if is_last && !is_equal {
                    return Err(format!("{session:?} has other options for {}", facts.filter));
                }
            }
            if is_last && facts.ended.is_some() && found.is_some() && !self.store_fails {
                return Err(format!("{session:?} is not subscribed to {}", facts.filter));
            }
        }
        Ok(())
    }

    fn check_messages(&self, ledger: &Ledger, crash: &Crash<'_>) -> Result<(), String> {
        if self.drops_are_unknown {
            return Ok(());
        }
        for (message, facts) in ledger.messages() {
            let Some(acknowledged) = facts.acknowledged else { continue };
            // A Will is published when its connection ends, which promises nobody anything, but in the end it
            // has to be.
            let is_early = facts.publisher.is_none() && !crash.wills_are_out;
            if facts.qos == QoS::AtMostOnce || facts.expires() || is_early {
                continue;
            }
            let mut delayed = crash.saved.delayed.values();
            if delayed.any(|delayed| number_of(ledger, &delayed.message) == Some(message)) {
                continue;
            }
            let matching = ledger.subscriptions().filter(|(_, s)| s.matches(facts.topic));
            let matching: Vec<_> = matching.collect();
            if topics::is_shared(facts.topic) {
                check_group(ledger, crash, (message, facts), &matching)?;
                continue;
            }
            for (_, subscription) in matching {
                let session = subscription.session;
                let Some(promised) = crash.promised.iter().find(|p| p.session == session) else {
                    continue;
                };
                let is_owed = at_least_once::is_promised(ledger, facts, acknowledged, subscription)
                    && !ledger.is_confirmed(message, session)
                    && !ledger.was_dropped(message, promised.client);
                if is_owed
                    && let Some(saved) = session_of(crash.saved, promised.client)
                    && !holds(ledger, saved, message)
                {
                    return Err(format!("{session:?} loses {message:?}"));
                }
            }
        }
        Ok(())
    }
}

impl Invariant for CrashLosesNothing {
    fn name(&self) -> &'static str {
        "crash_loses_nothing"
    }

    fn check_crash(&mut self, ledger: &Ledger, crash: &Crash<'_>) -> Result<(), String> {
        for client in &crash.clients {
            let sessions = sessions_of(crash.saved, *client).count();
            if sessions > 1 && !self.store_fails {
                return Err(format!("{client:?} has {sessions} sessions"));
            }
        }
        for promised in &crash.promised {
            let Some(saved) = session_of(crash.saved, promised.client) else {
                if sessions_of(crash.saved, promised.client).next().is_some() {
                    continue;
                }
                return Err(format!("{:?} loses its {:?}", promised.client, promised.session));
            };
            self.check_session(ledger, promised, saved)?;
        }
        if crash.is_whole && !self.store_fails {
            check_wills(ledger, crash)?;
        }
        check_retained(ledger, crash.saved)?;
        self.check_messages(ledger, crash)
    }
}

/// Of a shared group whose members are all there to stay, one has the message, or has had it.
fn check_group(
    ledger: &Ledger,
    crash: &Crash<'_>,
    (message, facts): (MessageNumber, &MessageFacts),
    members: &[(SubscriptionNumber, &SubscriptionFacts)],
) -> Result<(), String> {
    let is_steady = |member: &&SubscriptionFacts| {
        member.made.is_some_and(|made| made < facts.sent)
            && member.withdrawn.is_none()
            && member.qos > QoS::AtMostOnce
            && ledger.session(member.session).may_have_ended.is_none()
            && !(facts.is_large && ledger.session(member.session).limits_packets)
            && crash.promised.iter().any(|promised| promised.session == member.session)
    };
    let members: Vec<_> = members.iter().map(|(_, member)| *member).collect();
    if members.is_empty() || !members.iter().all(is_steady) || ledger.was_dropped_by_any(message) {
        return Ok(());
    }
    let is_confirmed = members.iter().any(|m| ledger.is_confirmed(message, m.session));
    let is_held = crash.saved.sessions.values().any(|saved| holds(ledger, saved, message));
    if is_confirmed || is_held {
        return Ok(());
    }
    Err(format!("the group of {} loses {message:?}", facts.topic))
}

/// No session has a Will left that was published or taken back.
fn check_wills(ledger: &Ledger, crash: &Crash<'_>) -> Result<(), String> {
    for client in &crash.clients {
        for saved in sessions_of(crash.saved, *client) {
            let will = saved.will.as_ref().and_then(|will| number(ledger, &will.payload));
            let Some(will) = will else { continue };
            let is_out = ledger.receivers(will).next().is_some();
            if is_out || ledger.message(will).is_discarded {
                return Err(format!("{client:?} would have {will:?} published again"));
            }
        }
    }
    Ok(())
}

/// No retained message is an older one than what was acknowledged.
fn check_retained(ledger: &Ledger, saved: &SavedState) -> Result<(), String> {
    for topic in topics::RETAINED {
        let writes = super::retained_is_last_write::writes(ledger, topic);
        let kept = saved.retained.get(topic);
        let kept_number = kept.and_then(|message| number_of(ledger, message));
        let now = u64::MAX;
        let is_stored = writes.iter().any(|write| write.is_stored_by(now));
        match kept_number {
            None if is_stored => return Err(format!("{topic} has no retained message")),
            Some(kept)
                if writes.iter().any(|w| w.number == kept && w.is_replaced(&writes, now)) =>
            {
                return Err(format!("{topic} has {kept:?}, which had been replaced"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn sessions_of(saved: &SavedState, client: ClientNumber) -> impl Iterator<Item = &SavedSession> {
    let client_id = client.client_id();
    saved.sessions.values().filter(move |session| *session.client_id == *client_id)
}

/// The client's session, if there is only one: where the store fails, it may not have heard of an end.
fn session_of(saved: &SavedState, client: ClientNumber) -> Option<&SavedSession> {
    let mut sessions = sessions_of(saved, client);
    sessions.next().filter(|_| sessions.next().is_none())
}

fn is_same(saved: &rmqtt_store::SavedSubscription, facts: &SubscriptionFacts) -> bool {
    let share = topics::shared(facts.filter).map(|(share, _)| share);
    *saved.filter == *topics::bare(facts.filter) && saved.share.as_deref() == share
}

fn is_queued(ledger: &Ledger, saved: &SavedSession, message: MessageNumber) -> bool {
    saved.queue.iter().any(|queued| number_of(ledger, &queued.message) == Some(message))
}

/// Whether the message waits for the session, or is on its way to it.
fn holds(ledger: &Ledger, saved: &SavedSession, message: MessageNumber) -> bool {
    let inflight = saved.inflight.iter().filter_map(|sent| sent.message.as_ref());
    let mut held = saved.queue.iter().chain(inflight);
    held.any(|held| number_of(ledger, &held.message) == Some(message))
}

fn number_of(ledger: &Ledger, message: &Message) -> Option<MessageNumber> {
    number(ledger, message.view().payload)
}

fn number(ledger: &Ledger, payload: &[u8]) -> Option<MessageNumber> {
    ledger.known(u32::from_be_bytes(*payload.first_chunk()?))
}
