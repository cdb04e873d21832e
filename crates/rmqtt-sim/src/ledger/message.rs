use rmqtt_codec::QoS;
use rmqtt_message::Now;

use super::{ClientNumber, Moment, SessionNumber};

/// A message, as its payload names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MessageNumber(pub(crate) u32);

/// What its publisher knows of a message.
#[derive(Debug)]
pub(crate) struct MessageFacts {
    pub(crate) topic: &'static str,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) client: ClientNumber,
    /// `None`: a Will.
    pub(crate) publisher: Option<SessionNumber>,
    /// Its place among the messages of its publisher.
    pub(crate) order: u64,
    /// From the moment the broker takes it until it is routed, seconds.
    pub(crate) delay_s: Option<u32>,
    /// From the moment the broker takes it, or it is routed, to its expiry, seconds.
    pub(crate) expiry_s: Option<u32>,
    /// Larger than what a client with a Maximum Packet Size takes.
    pub(crate) is_large: bool,
    /// Its publisher has sent it more than once.
    pub(crate) repeated: bool,
    /// It is a Will that its client has taken back.
    pub(crate) is_discarded: bool,
    /// Bytes of it may be read later than those of a later connection.
    pub(crate) is_haunted: bool,
    pub(crate) sent: Moment,
    pub(crate) acknowledged: Option<Moment>,
    /// When it was sent, by the broker's clocks.
    pub(crate) sent_at: Now,
    /// When it was acknowledged, Unix milliseconds of the broker's clock.
    pub(crate) acknowledged_wall_ms: Option<u64>,
}

impl MessageFacts {
    /// Whether it may expire before it arrives.
    pub(crate) fn expires(&self) -> bool {
        self.expiry_s.is_some()
    }

    /// Whether its acknowledgement says that it is routed.
    pub(crate) fn is_routed_when_acknowledged(&self) -> bool {
        self.publisher.is_some() && self.delay_s.is_none()
    }

    /// What is sent at once, with the defaults of everything that becomes known later.
    pub(crate) fn new(client: ClientNumber, topic: &'static str, qos: QoS) -> Self {
        Self {
            topic,
            qos,
            retain: false,
            client,
            publisher: None,
            order: 0,
            delay_s: None,
            expiry_s: None,
            repeated: false,
            is_large: false,
            is_discarded: false,
            is_haunted: false,
            sent: 0,
            acknowledged: None,
            sent_at: Now { mono_ms: 0, wall_ms: 0 },
            acknowledged_wall_ms: None,
        }
    }
}
