use rmqtt_codec::QoS;

use super::{Moment, SessionNumber};
use crate::topics;

/// One SUBSCRIBE for one filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SubscriptionNumber(pub(crate) usize);

/// What its client knows of a subscription.
#[derive(Debug)]
pub(crate) struct SubscriptionFacts {
    pub(crate) session: SessionNumber,
    /// With the prefix of a shared subscription.
    pub(crate) filter: &'static str,
    pub(crate) qos: QoS,
    pub(crate) no_local: bool,
    /// Names it in what it brings, in MQTT 5; no two have the same.
    pub(crate) identifier: Option<u32>,
    /// It gets the retained messages that there are.
    pub(crate) wants_retained: bool,
    /// SUBSCRIBE was sent: it may exist.
    pub(crate) asked: Moment,
    /// SUBACK has come: it exists.
    pub(crate) made: Option<Moment>,
    /// UNSUBSCRIBE was sent: it may have ended.
    pub(crate) withdrawn: Option<Moment>,
    /// UNSUBACK has come: it has ended.
    pub(crate) ended: Option<Moment>,
}

impl SubscriptionFacts {
    pub(crate) fn matches(&self, topic: &str) -> bool {
        rmqtt_topic::matches(topics::bare(self.filter), topic)
    }
}
