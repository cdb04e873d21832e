use std::ops::ControlFlow;

use rmqtt_codec::{QoS, ReasonCode, RetainHandling};
use rmqtt_message::Now;
use rmqtt_session::{SubscribeRequest, WantedSubscription};

use super::Directory;
use crate::request::{Reply, RetainedDelivery, Subject};
use crate::route_table::GroupId;
use crate::subscribers::Subscriber;

impl Directory {
    /// Makes the subscriptions and collects the retained messages for them, in one step.
    pub(super) fn on_subscribe(
        &mut self,
        to: Subject,
        request: SubscribeRequest,
        subscriptions_max: usize,
        now: Now,
    ) -> Reply {
        let mut retained = Vec::new();
        let subscription_id = request.subscription_id;
        let codes = request.wanted.iter().map(|wanted| {
            let wanted = match wanted {
                Ok(wanted) => wanted,
                Err(code) => return *code,
            };
            let replaced = match self.subscribe_one(to, wanted, subscription_id, subscriptions_max)
            {
                Ok(replaced) => replaced,
                Err(code) => return code,
            };
            if sends_retained(wanted, replaced) {
                self.collect_retained(wanted, subscription_id, now, &mut retained);
            }
            granted(wanted.options.qos)
        });
        let codes = codes.collect();
        Reply::Subscribed { caller: to.asker, request, codes, retained }
    }

    /// Gives whether the session had this subscription before.
    fn subscribe_one(
        &mut self,
        to: Subject,
        wanted: &WantedSubscription,
        subscription_id: Option<u32>,
        subscriptions_max: usize,
    ) -> Result<bool, ReasonCode> {
        let share = wanted.share.as_deref();
        let entry = self.sessions.get_mut(to.session.0 as usize).and_then(Option::as_mut);
        let Some(entry) = entry.filter(|entry| entry.card.address == to.asker.address) else {
            return Err(ReasonCode::UnspecifiedError);
        };
        let mut table = self.routes.write();
        let known =
            table.find(&wanted.filter, share).is_some_and(|subscription| entry.holds(subscription));
        if !known && subscriptions_max > 0 && entry.subscription_count() >= subscriptions_max {
            return Err(ReasonCode::QuotaExceeded);
        }
        if let Some(limit) = wanted.limit
            && table.others(&wanted.filter, to.session) >= limit as usize
        {
            return Err(ReasonCode::QuotaExceeded);
        }
        let subscriber = Subscriber::new(to.session, subscription_id, wanted.options);
        let inserted = table.insert(&wanted.filter, share, subscriber);
        self.routes.changed(&wanted.filter, table.is_wildcard(inserted.filter));
        entry.hold((inserted.filter, inserted.group));
        if !inserted.replaced && inserted.group != GroupId::NONE {
            self.subscriptions_shared += 1;
        }
        Ok(inserted.replaced)
    }

    fn collect_retained(
        &self,
        wanted: &WantedSubscription,
        subscription_id: Option<u32>,
        now: Now,
        retained: &mut Vec<RetainedDelivery>,
    ) {
        self.retained.for_each_match(&wanted.filter, now, &mut |message| {
            retained.push(RetainedDelivery {
                message: message.clone(),
                qos: wanted.options.qos.min(message.qos()),
                subscription_id,
            });
            ControlFlow::Continue(())
        });
    }
}

/// `[MQTT-3.3.1-9]`, `[MQTT-3.3.1-10]`, `[MQTT-3.3.1-11]`; a shared subscription gets none.
fn sends_retained(wanted: &WantedSubscription, replaced: bool) -> bool {
    wanted.share.is_none()
        && match wanted.options.retain_handling {
            RetainHandling::SendAtSubscribe => true,
            RetainHandling::SendIfNew => !replaced,
            RetainHandling::DoNotSend => false,
        }
}

fn granted(qos: QoS) -> ReasonCode {
    match qos {
        QoS::AtMostOnce => ReasonCode::GRANTED_QOS_0,
        QoS::AtLeastOnce => ReasonCode::GrantedQoS1,
        QoS::ExactlyOnce => ReasonCode::GrantedQoS2,
    }
}
