use rmqtt_codec::QoS;

use super::{Moment, SessionNumber};

/// A message, as its payload names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MessageNumber(pub(crate) u32);

/// What its publisher knows of a message.
#[derive(Debug)]
pub(crate) struct MessageFacts {
    pub(crate) topic: &'static str,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    /// `None`: a Will.
    pub(crate) publisher: Option<SessionNumber>,
    /// Its place among the messages of its publisher.
    pub(crate) order: u64,
    /// It may expire before it arrives.
    pub(crate) expires: bool,
    /// Larger than what a client with a Maximum Packet Size takes.
    pub(crate) is_large: bool,
    /// Its publisher has sent it more than once.
    pub(crate) repeated: bool,
    /// Bytes of it may be read later than those of a later connection.
    pub(crate) is_haunted: bool,
    pub(crate) sent: Moment,
    pub(crate) acknowledged: Option<Moment>,
}
