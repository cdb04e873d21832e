use rmqtt_codec::ReasonCode;
use rmqtt_session::{UnsubscribeRequest, UnwantedSubscription};

use super::Directory;
use crate::request::{Reply, Subject};
use crate::route_table::GroupId;

impl Directory {
    pub(super) fn on_unsubscribe(&mut self, to: Subject, request: UnsubscribeRequest) -> Reply {
        let codes = request.filters.iter().map(|unwanted| match unwanted {
            Ok(unwanted) if self.unsubscribe_one(to, unwanted) => ReasonCode::Success,
            Ok(_) => ReasonCode::NoSubscriptionExisted,
            Err(code) => *code,
        });
        let codes = codes.collect();
        Reply::Unsubscribed { caller: to.asker, request, codes }
    }

    fn unsubscribe_one(&mut self, to: Subject, unwanted: &UnwantedSubscription) -> bool {
        let entry = self.sessions.get_mut(to.session.0 as usize).and_then(Option::as_mut);
        let Some(entry) = entry.filter(|entry| entry.card.address == to.asker.address) else {
            return false;
        };
        let mut table = self.routes.write();
        let Some(subscription) = table.find(&unwanted.filter, unwanted.share.as_deref()) else {
            return false;
        };
        if !entry.let_go(subscription) {
            return false;
        }
        let (filter, group) = subscription;
        let is_wildcard = table.is_wildcard(filter);
        table.remove(filter, group, to.session);
        self.subscriptions_shared -= usize::from(group != GroupId::NONE);
        self.routes.changed(&unwanted.filter, is_wildcard);
        true
    }
}
