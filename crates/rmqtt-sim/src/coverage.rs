use core::fmt;

use crate::hostile::Deed;

macro_rules! happenings {
    ($($(#[doc = $doc:literal])* $name:ident,)+) => {
        /// What can happen in a run: faults that are made, and what the engine does in answer.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Happening {
            $($(#[doc = $doc])* $name,)+
        }

        impl Happening {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)+];
        }
    };
}

happenings! {
    // Faults that are made.
    /// A connection ends with its bytes delivered up to any one of them.
    CutAtAnyByte,
    /// A connection is reset: what was under way is lost.
    Reset,
    /// A client vanishes; the broker does not notice.
    HalfOpen,
    /// A client connects although its old connection is still there.
    TakeOver,
    /// A read ends within a packet.
    PacketInPieces,
    /// A socket takes only a part of the output.
    ShortWrite,
    /// A client does not read for a while.
    SlowReader,
    /// Another worker's request is handled before an older one.
    RequestOvertaken,
    /// Another worker gets an answer before an older one is delivered.
    ReplyOvertaken,
    /// A batch is delivered before an older one of another sender.
    BatchOvertaken,
    /// Batches of several turns arrive as one.
    BatchesJoined,
    /// A link that moves is overtaken by a batch that was sent later.
    HandoffOvertaken,
    /// One queue between two threads stands still.
    QueueHeld,
    /// An authenticator answers after other things have happened.
    AuthenticatorLate,
    /// A hook answers after other things have happened.
    DeciderLate,
    /// Credentials are refused.
    AuthenticatorRefused,
    /// The store lets batches wait.
    StoreLate,
    /// A batch of records fails.
    StoreFailed,
    /// A batch of records is not taken.
    StoreRefused,
    /// The node is lost, and begins again.
    Restart,
    /// The node shuts down.
    Shutdown,
    /// Output is written in the middle of a turn.
    FlushedEarly,
    /// The node is lost.
    Crash,
    /// Wall time jumps forward.
    WallForward,
    /// Wall time jumps back.
    WallBack,
    /// Minutes or hours pass.
    LongPause,
    /// A client restarts its session although it could continue it.
    CleanStart,
    /// A client takes its acknowledgement back by ending its connection before it is delivered.
    AnswerLost,
    /// Somebody who is connected is judged anew and refused.
    RefusedAgain,
    /// A client sends behind CONNECT before it has the CONNACK.
    EagerClient,

    // What happens to clients.
    /// MQTT 3.1.1 is accepted.
    AcceptedV311,
    /// MQTT 5 is accepted.
    AcceptedV5,
    /// A session continues.
    SessionContinued,
    /// A session continues on another worker than the one that took the connection.
    LinkMoved,
    /// A session without connection passes its expiry.
    SessionExpired,
    /// A client gets a new session.
    Connected,
    /// A client gets its session back.
    Resumed,
    /// A session begins.
    SessionBegins,
    /// A session ends with its connection.
    SessionEndsWithConnection,
    /// A session ends when its expiry has passed.
    SessionEndsByExpiry,
    /// A session is replaced by a clean start.
    SessionReplaced,
    /// A client says goodbye.
    EndedByGoodbye,
    /// A client says goodbye and wants its Will to be published.
    EndedWithWill,
    /// A client closes its connection without a word.
    EndedByPeer,
    /// A connection breaks.
    EndedBroken,
    /// Closed: bytes that are no packet.
    ClosedUndecodable,
    /// Closed: a packet that may not come.
    ClosedUnexpectedPacket,
    /// Closed: a topic alias out of range.
    ClosedTopicAliasInvalid,
    /// Closed: more messages in flight than granted.
    ClosedReceiveMaximumExceeded,
    /// Closed: a QoS above the maximum.
    ClosedQosNotSupported,
    /// Closed: a retained message where there are none.
    ClosedRetainNotSupported,
    /// Closed: No Local on a shared subscription.
    ClosedNoLocalOnShared,
    /// Closed: a session expiry where CONNECT had none.
    ClosedSessionExpiryRaised,
    /// Closed: silent too long.
    ClosedKeepAliveTimeout,
    /// Closed: another authentication method.
    ClosedAuthenticationMethodChanged,
    /// Closed: an authenticator says no.
    ClosedNotAuthenticated,
    /// Closed: a hook wants it.
    ClosedRejected,
    /// Closed: taken over.
    ClosedTakenOver,
    /// Closed: the broker ends.
    ClosedServerShuttingDown,
    /// Closed: its queue is full.
    ClosedQueueOverflow,
    /// Closed: there was no room for what it sent, and its version cannot say so.
    ClosedNoRoom,
    /// A message waits for a client that is not connected.
    QueuedOffline,
    /// A connection ends with messages unacknowledged.
    LeftInFlight,
    /// A full queue loses its oldest message.
    OverflowDropsOldest,
    /// A full queue refuses a message.
    OverflowDropsNew,
    /// A message is dropped with its receiver's session.
    DroppedSessionEnded,
    /// A shared group has lost its last member.
    DroppedNoMember,
    /// A publication is refused.
    DroppedRefused,
    /// The broker closes a connection.
    ClosedByBroker,
    /// A client is told that it was taken over.
    ToldTakenOver,
    /// A client is told that the broker ends.
    ToldShuttingDown,
    /// A client is told that it was silent too long.
    ToldKeepAlive,
    /// A subscription is made.
    Subscribed,
    /// A subscription is removed.
    Unsubscribed,
    /// A subscription is refused.
    SubscriptionRefused,
    /// A message is published that has to wait.
    Delayed,
    /// Authentication takes another step.
    AuthenticationContinued,
    /// A client is admitted anew.
    AuthenticatedAgain,
    /// A QoS 0 message arrives.
    DeliveredQos0,
    /// A QoS 1 message arrives.
    DeliveredQos1,
    /// A QoS 2 message arrives.
    DeliveredQos2,
    /// A retained message arrives for a new subscription.
    DeliveredRetained,
    /// A message for a shared group arrives.
    DeliveredShared,
    /// A Will arrives.
    DeliveredWill,
    /// A client's goodbye discards its Will.
    WillDiscarded,
    /// A message arrives by its alias.
    DeliveredByAlias,
    /// A message is published by its alias.
    PublishedByAlias,
    /// The broker repeats a PUBLISH.
    RepeatedByBroker,
    /// A client repeats a PUBLISH.
    RepeatedByClient,
    /// A repeated QoS 2 PUBLISH arrives and is not taken again.
    RepetitionRecognised,
    /// The broker repeats a PUBREL.
    ReleaseRepeatedByBroker,
    /// A client repeats a PUBREL.
    ReleaseRepeatedByClient,
    /// As many messages are in flight to a client as it takes.
    WindowFull,
    /// A publisher hears that its message was not stored.
    NotStored,
    /// A publisher hears that nobody is subscribed.
    NobodySubscribed,

    // What happens in workers.
    /// A link is not read for a while.
    ReadingStopped,
    /// A link is read again.
    ReadingResumed,
    /// A publisher is paused for its receiver's queue.
    PublisherPaused,
    /// A message is dropped for a full queue.
    DroppedQueueFull,
    /// A QoS 0 message is dropped for a slow reader.
    DroppedSlowReader,
    /// A message is dropped that is too large for its receiver.
    DroppedTooLarge,
    /// A message is dropped past its expiry.
    DroppedExpired,
    /// A message arrives for a session that has ended.
    StaleDelivery,
}

/// How often each [`Happening`] has happened, in one run or in many.
#[derive(Debug, Clone)]
pub struct Coverage {
    counts: Vec<u64>,
    /// Of each deed against the rules, those of which it is known how they ended.
    deeds: Vec<u64>,
}

impl Default for Coverage {
    fn default() -> Self {
        Self { counts: vec![0; Happening::ALL.len()], deeds: vec![0; Deed::all().count()] }
    }
}

impl Coverage {
    pub(crate) fn note(&mut self, happening: Happening) {
        self.note_many(happening, 1);
    }

    pub(crate) fn note_many(&mut self, happening: Happening, times: u64) {
        self.counts[happening as usize] += times;
    }

    pub(crate) fn note_deed(&mut self, deed: Deed) {
        self.deeds[deed as usize] += 1;
    }

    /// Adds what has happened in another run.
    pub fn add(&mut self, other: &Self) {
        for (count, more) in self.deeds.iter_mut().zip(&other.deeds) {
            *count += more;
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
    }

    /// The names of what has never happened.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let missing = self.entries().filter(|(_, count)| *count == 0);
        missing.map(|(name, _)| name).collect()
    }

    fn entries(&self) -> impl Iterator<Item = (String, u64)> {
        let happenings = Happening::ALL.iter().map(|happening| format!("{happening:?}"));
        let deeds = Deed::all().map(|deed| format!("Hostile{deed:?}"));
        happenings.zip(self.counts.iter().copied()).chain(deeds.zip(self.deeds.iter().copied()))
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, count) in self.entries() {
            writeln!(f, "{name:<30}{count:>10}")?;
        }
        Ok(())
    }
}
