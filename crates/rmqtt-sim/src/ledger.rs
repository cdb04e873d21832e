use std::collections::{BTreeMap, BTreeSet};

use rmqtt_codec::QoS;
use rmqtt_message::Now;

mod message;
mod session;
mod subscription;

pub(crate) use message::{MessageFacts, MessageNumber};
pub(crate) use session::{SessionFacts, SessionNumber};
pub(crate) use subscription::{SubscriptionFacts, SubscriptionNumber};

/// Orders what clients see and do; no two facts have the same moment.
pub(crate) type Moment = u64;

/// A client, which is also its client identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClientNumber(pub(crate) usize);

impl ClientNumber {
    /// The client identifier of a client that keeps the rules.
    pub(crate) fn client_id(self) -> String {
        format!("client-{}", self.0)
    }

    /// The client with this identifier, if it keeps the rules.
    fn of(client_id: &str) -> Option<Self> {
        client_id.strip_prefix("client-")?.parse().ok().map(Self)
    }

    /// The client with this identifier, whatever it does.
    pub(crate) fn of_any(client_id: &str) -> Option<Self> {
        client_id.rsplit('-').next()?.parse().ok().map(Self)
    }
}

/// What the clients know of the whole run: what they published, what they were promised, what they
/// received. Nothing here comes from inside the broker.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    last_moment: Moment,
    messages: Vec<MessageFacts>,
    sessions: Vec<SessionFacts>,
    subscriptions: Vec<SubscriptionFacts>,
    deliveries: BTreeMap<(MessageNumber, SessionNumber), u32>,
    /// Messages that sessions have acknowledged with PUBACK or PUBREC.
    confirmed: BTreeSet<(MessageNumber, SessionNumber)>,
    /// What observers have seen dropped from queues that were full.
    drops: BTreeSet<(MessageNumber, ClientNumber)>,
    /// The broker's clocks.
    now: Now,
    /// When the one of them that is Unix time has jumped.
    jumped: Option<Moment>,
}

impl Ledger {
    pub(crate) fn moment(&mut self) -> Moment {
        self.last_moment += 1;
        self.last_moment
    }

    /// The latest one.
    pub(crate) fn last_moment(&self) -> Moment {
        self.last_moment
    }

    /// Time passes.
    pub(crate) fn pass_to(&mut self, now: Now) {
        self.now = now;
    }

    pub(crate) fn clock_jumps(&mut self) {
        self.jumped = Some(self.moment());
    }

    /// The broker's clocks.
    pub(crate) fn now(&self) -> Now {
        self.now
    }

    /// Whether Unix time has jumped since then, so that intervals say nothing.
    pub(crate) fn has_jumped_since(&self, moment: Moment) -> bool {
        self.jumped.is_some_and(|jumped| jumped > moment)
    }

    /// A message is sent for the first time, or left as a Will.
    pub(crate) fn publish(&mut self, mut facts: MessageFacts) -> MessageNumber {
        facts.sent = self.moment();
        facts.sent_at = self.now;
        let number = MessageNumber(u32::try_from(self.messages.len()).expect("a short run"));
        self.messages.push(facts);
        number
    }

    /// The broker has handled the goodbye of the client that has left this Will.
    pub(crate) fn discard_will(&mut self, will: MessageNumber) {
        self.messages[will.0 as usize].is_discarded = true;
    }

    /// The message is sent again.
    pub(crate) fn repeat(&mut self, message: MessageNumber) {
        self.messages[message.0 as usize].repeated = true;
    }

    /// The message was sent on a connection that was given up before CONNACK.
    pub(crate) fn haunt(&mut self, message: MessageNumber) {
        self.messages[message.0 as usize].is_haunted = true;
    }

    /// The broker has taken the message over.
    pub(crate) fn acknowledge(&mut self, message: MessageNumber) {
        let moment = self.moment();
        let facts = &mut self.messages[message.0 as usize];
        facts.acknowledged = facts.acknowledged.or(Some(moment));
        facts.acknowledged_wall_ms = facts.acknowledged_wall_ms.or(Some(self.now.wall_ms));
    }

    /// The connection that has left a Will has ended without a goodbye: now it is published.
    pub(crate) fn publish_will(&mut self, will: MessageNumber) {
        let moment = self.moment();
        self.messages[will.0 as usize].sent = moment;
        self.acknowledge(will);
    }

    /// `is_endless`: no expiry ends it.
    pub(crate) fn begin_session(
        &mut self,
        client: ClientNumber,
        is_endless: bool,
    ) -> SessionNumber {
        let number = SessionNumber(u32::try_from(self.sessions.len()).expect("a short run"));
        self.sessions.push(SessionFacts::new(client, is_endless));
        number
    }

    /// The session may have ended, or will as soon as the broker gets to know.
    pub(crate) fn session_may_end(&mut self, session: SessionNumber) {
        let moment = self.moment();
        let may_end = &mut self.sessions[session.0 as usize].may_have_ended;
        *may_end = may_end.or(Some(moment));
    }

    /// The session has ended for certain.
    pub(crate) fn session_gone(&mut self, session: SessionNumber) {
        self.session_may_end(session);
        let moment = self.moment();
        let gone = &mut self.sessions[session.0 as usize].gone;
        *gone = gone.or(Some(moment));
    }

    /// The session has had a connection with a Maximum Packet Size, so it may miss large messages.
    pub(crate) fn session_limits_packets(&mut self, session: SessionNumber) {
        self.sessions[session.0 as usize].limits_packets = true;
    }

    /// SUBSCRIBE is sent. An older subscription of the session to the same filter goes on, unless its
    /// QoS may sink to 0.
    pub(crate) fn ask_subscription(&mut self, mut facts: SubscriptionFacts) -> SubscriptionNumber {
        facts.asked = self.moment();
        if facts.qos == QoS::AtMostOnce {
            self.withdraw_subscription(facts.session, facts.filter);
        }
        self.subscriptions.push(facts);
        SubscriptionNumber(self.subscriptions.len() - 1)
    }

    /// An identifier for the next subscription that is asked.
    pub(crate) fn next_identifier(&self) -> u32 {
        u32::try_from(self.subscriptions.len() + 1).expect("a short run")
    }

    /// SUBACK has come.
    pub(crate) fn make_subscription(&mut self, subscription: SubscriptionNumber) {
        let moment = self.moment();
        self.subscriptions[subscription.0].made = Some(moment);
    }

    /// UNSUBSCRIBE is sent.
    pub(crate) fn withdraw_subscription(&mut self, session: SessionNumber, filter: &str) {
        let moment = self.moment();
        for facts in self.of_session(session, filter) {
            facts.withdrawn = facts.withdrawn.or(Some(moment));
        }
    }

    /// UNSUBACK has come.
    pub(crate) fn end_subscription(&mut self, session: SessionNumber, filter: &str) {
        let moment = self.moment();
        for facts in self.of_session(session, filter) {
            facts.ended = facts.ended.or(Some(moment));
        }
    }

    /// The application of a session sees a message that is not a retained copy. Gives how often now.
    pub(crate) fn deliver(&mut self, message: MessageNumber, session: SessionNumber) -> u32 {
        let count = self.deliveries.entry((message, session)).or_default();
        *count += 1;
        *count
    }

    /// A receiver has sent PUBACK or PUBREC.
    pub(crate) fn confirm(&mut self, message: MessageNumber, session: SessionNumber) {
        self.confirmed.insert((message, session));
    }

    pub(crate) fn is_confirmed(&self, message: MessageNumber, session: SessionNumber) -> bool {
        self.confirmed.contains(&(message, session))
    }

    /// A message with this payload has found no room in the queue of a client.
    pub(crate) fn drop_message(&mut self, client_id: &str, payload: Option<[u8; 4]>) {
        let message = payload.and_then(|number| self.known(u32::from_be_bytes(number)));
        let client = ClientNumber::of(client_id);
        self.drops.extend(message.zip(client));
    }

    pub(crate) fn was_dropped(&self, message: MessageNumber, client: ClientNumber) -> bool {
        self.drops.contains(&(message, client))
    }

    /// Whether somebody has lost the message.
    pub(crate) fn was_dropped_by_any(&self, message: MessageNumber) -> bool {
        let all = (message, ClientNumber(0))..=(message, ClientNumber(usize::MAX));
        self.drops.range(all).next().is_some()
    }

    pub(crate) fn was_delivered(&self, message: MessageNumber, session: SessionNumber) -> bool {
        self.deliveries.contains_key(&(message, session))
    }

    /// The sessions that have seen a message.
    pub(crate) fn receivers(
        &self,
        message: MessageNumber,
    ) -> impl Iterator<Item = SessionNumber> + use<'_> {
        let all = (message, SessionNumber(0))..=(message, SessionNumber(u32::MAX));
        self.deliveries.range(all).map(|((_, session), _)| *session)
    }

    pub(crate) fn message(&self, message: MessageNumber) -> &MessageFacts {
        &self.messages[message.0 as usize]
    }

    /// The number that a payload carries, if the message is known.
    pub(crate) fn known(&self, number: u32) -> Option<MessageNumber> {
        ((number as usize) < self.messages.len()).then_some(MessageNumber(number))
    }

    pub(crate) fn messages(&self) -> impl Iterator<Item = (MessageNumber, &MessageFacts)> {
        let numbered = self.messages.iter().enumerate();
        numbered.map(|(n, facts)| (MessageNumber(u32::try_from(n).expect("a short run")), facts))
    }

    pub(crate) fn session(&self, session: SessionNumber) -> &SessionFacts {
        &self.sessions[session.0 as usize]
    }

    pub(crate) fn subscription(&self, subscription: SubscriptionNumber) -> &SubscriptionFacts {
        &self.subscriptions[subscription.0]
    }

    pub(crate) fn subscriptions(
        &self,
    ) -> impl Iterator<Item = (SubscriptionNumber, &SubscriptionFacts)> {
        let numbered = self.subscriptions.iter().enumerate();
        numbered.map(|(number, facts)| (SubscriptionNumber(number), facts))
    }

    fn of_session(
        &mut self,
        session: SessionNumber,
        filter: &str,
    ) -> impl Iterator<Item = &mut SubscriptionFacts> {
        let all = self.subscriptions.iter_mut();
        all.filter(move |facts| facts.session == session && facts.filter == filter)
    }
}
