//! What deciders are shown, and what they answer.

use std::fmt;
use std::pin::Pin;

use rmqtt_broker::hook::{PublicationRef, Publish};
use rmqtt_codec::{PublishProperties, QoS, ReasonCode, UserProperties};
use rmqtt_message::{MessageRef, SenderKind};

/// An answer that is worked out.
pub type Future<T> = Pin<Box<dyn std::future::Future<Output = T> + Send + 'static>>;

/// What a decider says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict<T> {
    /// Nothing: what was said before stands, and the next decider is asked.
    Pass,
    /// This, unless a later decider says otherwise.
    Proceed(T),
    /// This, and nobody else is asked.
    Stop(T),
}

/// When a decider says it.
pub enum Answer<T> {
    /// Now.
    Now(Verdict<T>),
    /// When this is worked out, on the runtime on which the context was built.
    Later(Future<Verdict<T>>),
}

impl<T> Answer<T> {
    /// Nothing to say.
    #[must_use]
    pub fn pass() -> Self {
        Self::Now(Verdict::Pass)
    }

    /// The answer that `work` gives.
    pub fn later(work: impl std::future::Future<Output = Verdict<T>> + Send + 'static) -> Self {
        Self::Later(Box::pin(work))
    }
}

impl<T> From<Verdict<T>> for Answer<T> {
    fn from(verdict: Verdict<T>) -> Self {
        Self::Now(verdict)
    }
}

impl<T: fmt::Debug> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(verdict) => f.debug_tuple("Now").field(verdict).finish(),
            Self::Later(_) => f.write_str("Later(..)"),
        }
    }
}

/// Whether a client is who it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthResult {
    /// It is.
    Allow {
        /// Access rules do not hold for it.
        superuser: bool,
        /// For CONNACK or the last AUTH of enhanced authentication.
        data: Option<Box<[u8]>>,
    },
    /// The method of enhanced authentication needs another packet of the client.
    Continue(Option<Box<[u8]>>),
    /// Nothing is known of it: the listener's rule for such clients decides, unless somebody else
    /// knows.
    NotFound,
    /// The user name or the password is wrong (0x86, MQTT 3.x: 4).
    BadUsernameOrPassword,
    /// It is not welcome (0x87, MQTT 3.x: 5).
    NotAuthorized,
    /// No, with a code that CONNACK may carry, or, for a client that authenticates anew, DISCONNECT.
    Refuse(ReasonCode),
}

impl AuthResult {
    /// An ordinary client that is who it says.
    #[must_use]
    pub fn allow() -> Self {
        Self::Allow { superuser: false, data: None }
    }
}

/// A subscription that a client wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribe<'s> {
    /// The filter, as it is so far, without a `$share`, `$limit` or `$exclusive` prefix.
    pub filter: &'s str,
    /// The group of a shared subscription.
    pub share: Option<&'s str>,
    /// The highest number of subscribers of the filter.
    pub limit: Option<u32>,
    /// The QoS that will be granted.
    pub qos: QoS,
    /// The identifier that the client gave it.
    pub subscription_id: Option<u32>,
}

/// A subscription that a client wants no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsubscribe<'s> {
    /// The filter, as it is so far, without a prefix.
    pub filter: &'s str,
    /// The group of a shared subscription.
    pub share: Option<&'s str>,
}

/// Whether a subscription is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscribeAcl {
    /// Yes, with this QoS at most.
    Allow(QoS),
    /// No, with this code, which SUBACK may carry. (MQTT 3.x has 0x80 for all of them.)
    Deny(ReasonCode),
}

impl SubscribeAcl {
    /// No: not authorized.
    #[must_use]
    pub fn deny() -> Self {
        Self::Deny(ReasonCode::NotAuthorized)
    }
}

/// Whether a message is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishAcl {
    /// Yes.
    Allow,
    /// No.
    Deny {
        /// A code that PUBACK and PUBREC of MQTT 5 may carry, and with `disconnect` also DISCONNECT.
        /// (3.x gets an ordinary acknowledgement.)
        code: ReasonCode,
        /// Whether the client's connection is closed.
        disconnect: bool,
    },
}

impl PublishAcl {
    /// No: not authorized. The connection stays.
    #[must_use]
    pub fn deny() -> Self {
        Self::Deny { code: ReasonCode::NotAuthorized, disconnect: false }
    }
}

/// A publication as it is so far: the client's, or what an earlier decider has made of it.
#[derive(Clone, Copy, Debug)]
pub struct PublishView<'p> {
    original: PublicationRef<'p>,
    changed: Option<&'p Publish>,
}

impl<'p> PublishView<'p> {
    pub(super) fn new(original: PublicationRef<'p>, changed: Option<&'p Publish>) -> Self {
        Self { original, changed }
    }

    /// The message as the client sent it.
    #[must_use]
    pub fn original(&self) -> &'p MessageRef<'p> {
        self.original.message
    }

    /// What sent it: a client, or the Will of one.
    #[must_use]
    pub fn sender(&self) -> SenderKind {
        self.original.message.sender.kind
    }

    /// The topic name.
    #[must_use]
    pub fn topic(&self) -> &'p str {
        self.changed.map_or(self.original.message.topic, |changed| &changed.topic)
    }

    /// The QoS.
    #[must_use]
    pub fn qos(&self) -> QoS {
        self.changed.map_or(self.original.message.qos, |changed| changed.qos)
    }

    /// The RETAIN flag.
    #[must_use]
    pub fn retain(&self) -> bool {
        self.changed.map_or(self.original.message.retain, |changed| changed.retain)
    }

    /// The application's bytes.
    #[must_use]
    pub fn payload(&self) -> &'p [u8] {
        self.changed.map_or(self.original.message.payload, |changed| &changed.payload)
    }

    /// From `$delayed/…`: when it is published, seconds from now.
    #[must_use]
    pub fn delay_s(&self) -> Option<u32> {
        self.changed.map_or(self.original.delay_s, |changed| changed.delay_s)
    }

    /// The properties that are handed on.
    #[must_use]
    pub fn properties(&self) -> PublishProperties<'p> {
        let encoded = match self.changed {
            None => self.original.message.properties,
            Some(changed) => changed.encoded_properties(),
        };
        // They come from a decoded packet, or were encoded here.
        PublishProperties::from_forwarded(encoded).unwrap_or_default()
    }

    /// The User Properties.
    #[must_use]
    pub fn user_properties(&self) -> UserProperties<'p> {
        self.properties().user_properties
    }

    /// A copy to change.
    #[must_use]
    pub fn to_publish(&self) -> Publish {
        match self.changed {
            Some(changed) => changed.clone(),
            None => Publish::of(self.original.message, self.original.delay_s),
        }
    }
}
