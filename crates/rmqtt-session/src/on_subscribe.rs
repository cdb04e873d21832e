use rmqtt_codec::{Frame, QoS, ReasonCode, Subscribe, SubscribeFilter, SubscriptionOptions};
use rmqtt_topic::{SubscriptionFilter, SubscriptionFilterError, SubscriptionKind};

use crate::action::{Action, SubscribeRequest, WantedSubscription};
use crate::close_cause::CloseCause;
use crate::session::Session;

impl Session {
    pub(crate) fn on_subscribe(
        &mut self,
        frame: &Frame<'_>,
    ) -> Result<Action<'static>, CloseCause> {
        let subscribe = Subscribe::decode(frame, self.version).map_err(CloseCause::Undecodable)?;
        let wanted = subscribe.filters.iter().map(|filter| self.judge(filter));
        Ok(Action::Subscribe(SubscribeRequest {
            packet_id: subscribe.packet_id,
            subscription_id: subscribe.subscription_id,
            wanted: wanted.collect::<Result<_, CloseCause>>()?,
        }))
    }

    pub(crate) fn prefix_features(&self) -> rmqtt_topic::Features {
        rmqtt_topic::Features {
            shared: self.policy.offers_shared_subscriptions(),
            limit: self.policy.features.limit_subscriptions,
        }
    }

    /// Judges one filter. The outer error ends the connection, the inner one only this subscription.
    fn judge(
        &self,
        wanted: SubscribeFilter<'_>,
    ) -> Result<Result<WantedSubscription, ReasonCode>, CloseCause> {
        let parsed = match SubscriptionFilter::parse(wanted.filter, self.prefix_features()) {
            Ok(parsed) => parsed,
            Err(error) => return Ok(Err(refusal(&error))),
        };
        let (share, limit) = match parsed.kind {
            SubscriptionKind::Plain => (None, None),
            SubscriptionKind::Limited { max } => (None, Some(max)),
            SubscriptionKind::Shared { group } => {
                if wanted.options.no_local {
                    return Err(CloseCause::NoLocalOnShared);
                }
                (Some(group.into()), None)
            }
        };
        let levels_max = self.policy.topic_levels_max;
        if levels_max > 0 && rmqtt_topic::level_count(parsed.filter) > levels_max {
            return Ok(Err(ReasonCode::TopicFilterInvalid));
        }
        let options = SubscriptionOptions {
            // [MQTT-3.8.4-8]: the QoS granted may be lower.
            qos: self.granted_qos(wanted.options.qos),
            ..wanted.options
        };
        Ok(Ok(WantedSubscription { filter: parsed.filter.into(), share, limit, options }))
    }

    fn granted_qos(&self, asked: QoS) -> QoS {
        asked.min(self.policy.qos_max)
    }
}

pub(crate) fn refusal(error: &SubscriptionFilterError) -> ReasonCode {
    match error {
        SubscriptionFilterError::SharedNotSupported => ReasonCode::SharedSubscriptionsNotSupported,
        _ => ReasonCode::TopicFilterInvalid,
    }
}
