use rmqtt_codec::{Frame, Unsubscribe};
use rmqtt_topic::{SubscriptionFilter, SubscriptionKind};

use crate::action::{Action, UnsubscribeRequest, UnwantedSubscription};
use crate::close_cause::CloseCause;
use crate::on_subscribe::refusal;
use crate::session::Session;

impl Session {
    pub(crate) fn on_unsubscribe(
        &mut self,
        frame: &Frame<'_>,
    ) -> Result<Action<'static>, CloseCause> {
        let unsubscribe =
            Unsubscribe::decode(frame, self.version).map_err(CloseCause::Undecodable)?;
        // What was subscribed while shared subscriptions were offered can be ended when they are not.
        let features = rmqtt_topic::Features { shared: true, ..self.prefix_features() };
        let filters = unsubscribe.filters.iter().map(|filter| {
            let parsed =
                SubscriptionFilter::parse(filter, features).map_err(|error| refusal(&error))?;
            let share = match parsed.kind {
                SubscriptionKind::Shared { group } => Some(group.into()),
                SubscriptionKind::Plain | SubscriptionKind::Limited { .. } => None,
            };
            Ok(UnwantedSubscription { filter: parsed.filter.into(), share })
        });
        Ok(Action::Unsubscribe(UnsubscribeRequest {
            packet_id: unsubscribe.packet_id,
            filters: filters.collect(),
        }))
    }
}
