use rmqtt_codec::{PacketId, QoS, ReasonCode, SubscriptionOptions};

use rmqtt_message::{Message, SenderKind};

use crate::authentication::Exchange;

/// What a packet of the client asks of the broker.
#[derive(Debug)]
pub enum Action<'a> {
    /// Nothing: the session has answered itself.
    Nothing,
    /// Route this message; then [`crate::Session::acknowledge_publish`].
    Publish(Publication<'a>),
    /// A publish that the broker does not take, for this reason, answered already.
    Refused(Publication<'a>, ReasonCode),
    /// A QoS 2 message that was taken before, answered already.
    Repeated,
    /// The client has released a QoS 2 message; then [`crate::Session::acknowledge_release`].
    Release {
        /// Its packet id.
        packet_id: PacketId,
        /// Whether the id was known.
        known: bool,
    },
    /// The client has taken a QoS 2 message; then [`crate::Session::release`].
    Received {
        /// Its packet id.
        packet_id: PacketId,
        /// Whether the id was in flight.
        known: bool,
        /// The message, if this is the first time that the client says so.
        receipt: Option<Receipt>,
    },
    /// The client has done with a message; then [`crate::Session::refill`].
    Acknowledged {
        /// Its packet id.
        packet_id: PacketId,
        /// The message, if the client has said only now that it has it.
        receipt: Option<Receipt>,
    },
    /// Subscribe; then [`crate::Session::acknowledge_subscribe`].
    Subscribe(SubscribeRequest),
    /// Unsubscribe; then [`crate::Session::acknowledge_unsubscribe`].
    Unsubscribe(UnsubscribeRequest),
    /// The client says goodbye. Its Will is discarded with `Success` only `[MQTT-3.14.4-3]`.
    Disconnect {
        /// The reason that it gives.
        code: ReasonCode,
    },
    /// Somebody has to judge the client anew; then [`crate::Session::handle_answer`].
    Authenticate(Box<Exchange>),
}

/// A message that the client has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The message, where it was kept.
    pub message: Option<Message>,
    /// The kind of its sender.
    pub sender: SenderKind,
    /// The RETAIN flag with which it was sent.
    pub retain: bool,
}

/// A message that the client publishes. It lies in the input, or in the [`Scratch`].
#[derive(Debug, Clone, Copy)]
pub struct Publication<'a> {
    /// The topic name, its alias resolved.
    pub topic: &'a str,
    /// From `$delayed/{seconds}/…`: when to publish it.
    pub delay_s: Option<u32>,
    /// The properties to hand on, encoded.
    pub properties: &'a [u8],
    /// The application's bytes.
    pub payload: &'a [u8],
    /// The QoS.
    pub qos: QoS,
    /// The RETAIN flag.
    pub retain: bool,
    /// The publisher's Message Expiry Interval, seconds.
    pub message_expiry_interval_s: Option<u32>,
    /// What has to be acknowledged.
    pub packet_id: Option<PacketId>,
}

/// Working room for one packet, reused so that a message costs no allocation.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) topic: String,
    pub(crate) properties: Vec<u8>,
}

/// A SUBSCRIBE whose filters have been judged one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscribeRequest {
    /// Names the SUBACK.
    pub packet_id: PacketId,
    /// The Subscription Identifier for all filters.
    pub subscription_id: Option<u32>,
    /// One for each filter of the packet, in its order `[MQTT-3.9.3-1]`.
    pub wanted: Vec<Result<WantedSubscription, ReasonCode>>,
}

/// One subscription that may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedSubscription {
    /// The filter without a `$share`, `$limit` or `$exclusive` prefix.
    pub filter: Box<str>,
    /// The group of a shared subscription.
    pub share: Option<Box<str>>,
    /// The highest number of subscribers of the filter.
    pub limit: Option<u32>,
    /// The options, with the QoS that is granted.
    pub options: SubscriptionOptions,
}

/// An UNSUBSCRIBE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsubscribeRequest {
    /// Names the UNSUBACK.
    pub packet_id: PacketId,
    /// One for each filter of the packet, in its order `[MQTT-3.11.3-1]`: the filter and the group of
    /// a shared subscription, or why there can be no such subscription.
    pub filters: Vec<Result<UnwantedSubscription, ReasonCode>>,
}

/// One subscription to remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnwantedSubscription {
    /// The filter without a prefix.
    pub filter: Box<str>,
    /// The group of a shared subscription.
    pub share: Option<Box<str>>,
}
