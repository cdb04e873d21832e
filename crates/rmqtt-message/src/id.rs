use core::fmt;

/// Names one session for as long as it lives, across connections and restarts of the broker.
///
/// Zero is never given to a session: it stands for the broker itself as a publisher.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SessionId(pub u64);

impl SessionId {
    /// The publisher of messages that no client sent.
    pub const BROKER: Self = Self(0);
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "session {}", self.0)
    }
}

/// Names one message for ever: which node took it, in which of its lives, and its number there.
///
/// Replaying a record that carries a `MessageId` is idempotent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MessageId {
    /// The node that accepted the message.
    pub node: u64,
    /// That node's life: a number that grows with each start of the process.
    pub incarnation: u64,
    /// The message's number within that life.
    pub seq: u64,
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "message {}.{}.{}", self.node, self.incarnation, self.seq)
    }
}
