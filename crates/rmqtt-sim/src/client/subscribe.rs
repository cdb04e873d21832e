use rmqtt_codec::{
    Filters, QoS, RetainHandling, SubAck, Subscribe, SubscribeFilter, SubscriptionOptions,
    UnsubAck, Unsubscribe, UnsubscribeFilters, UserProperties,
};

use super::Client;
use crate::coverage::Happening;
use crate::ledger::SubscriptionFacts;
use crate::observation::{Ask, Observation};
use crate::scene::Scene;
use crate::topics;

impl Client {
    pub(super) fn subscribe(&mut self, scene: &mut Scene) {
        let filter = topics::any_filter(scene.terms.takes_limits, &mut scene.random);
        let is_shared = topics::shared(filter).is_some();
        if is_shared && !self.is_five() && scene.random.chance(50) {
            return;
        }
        let qos = scene.random.pick(&[
            QoS::AtMostOnce,
            QoS::AtLeastOnce,
            QoS::AtLeastOnce,
            QoS::ExactlyOnce,
            QoS::ExactlyOnce,
        ]);
        let qos = qos.min(scene.terms.qos_max);
        let mut options = SubscriptionOptions::new(qos);
        let mut identifier = None;
        if self.is_five() {
            // The same for all subscriptions of a client, so that one never loses what it had.
            options.no_local = self.number.0 % 4 == 1 && !is_shared;
            options.retain_handling = scene.random.pick(&[
                RetainHandling::SendAtSubscribe,
                RetainHandling::SendAtSubscribe,
                RetainHandling::SendIfNew,
                RetainHandling::DoNotSend,
            ]);
            identifier = scene.random.chance(70).then(|| scene.ledger.next_identifier());
        }
        let packet_id = self.free_packet_id();
        let (Some(connection), Some(session)) = (&mut self.connection, &mut self.session) else {
            return;
        };
        let subscription = scene.ledger.ask_subscription(SubscriptionFacts {
            session: session.number,
            filter,
            qos,
            no_local: options.no_local,
            identifier,
            wants_retained: options.retain_handling == RetainHandling::SendAtSubscribe,
            asked: 0,
            made: None,
            withdrawn: None,
            ended: None,
        });
        connection.subscribing.insert(packet_id.get(), subscription);
        if !session.filters.contains(&filter) {
            session.filters.push(filter);
        }
        let filters = [SubscribeFilter { filter, options }];
        let subscribe = Subscribe {
            packet_id,
            subscription_id: identifier,
            user_properties: UserProperties::EMPTY,
            filters: Filters::new(&filters),
        };
        let mut packet = Vec::new();
        subscribe.encode(self.persona.version, &mut packet).expect("a valid SUBSCRIBE");
        let number = session.number;
        scene.trace(|| format!("{number:?} subscribes to {filter} with {qos:?} {packet_id:?}"));
        self.send(&packet, scene);
        self.ask(Ask::Subscribe, packet_id, scene);
    }

    pub(super) fn unsubscribe(&mut self, scene: &mut Scene) {
        let packet_id = self.free_packet_id();
        let (Some(connection), Some(session)) = (&mut self.connection, &mut self.session) else {
            return;
        };
        // One whose SUBSCRIBE is still open would come to life after its end.
        if session.filters.is_empty() || !connection.subscribing.is_empty() {
            return;
        }
        let place = scene.random.below(session.filters.len());
        let filter = session.filters.swap_remove(place);
        scene.ledger.withdraw_subscription(session.number, filter);
        connection.unsubscribing.insert(packet_id.get(), filter);
        let filters = [filter];
        let unsubscribe = Unsubscribe {
            packet_id,
            user_properties: UserProperties::EMPTY,
            filters: UnsubscribeFilters::new(&filters),
        };
        let mut packet = Vec::new();
        unsubscribe.encode(self.persona.version, &mut packet).expect("a valid UNSUBSCRIBE");
        let number = session.number;
        scene.trace(|| format!("{number:?} unsubscribes from {filter} {packet_id:?}"));
        self.send(&packet, scene);
        self.ask(Ask::Unsubscribe, packet_id, scene);
    }

    pub(super) fn on_suback(&mut self, suback: &SubAck<'_>, scene: &mut Scene) {
        self.answered(Ask::Subscribe, suback.packet_id, scene);
        let Some(connection) = &mut self.connection else {
            return;
        };
        let Some(subscription) = connection.subscribing.remove(&suback.packet_id.get()) else {
            return;
        };
        let is_made = suback.reason_codes.iter().all(|code| !code.is_error());
        let (number, id) = (self.number, suback.packet_id);
        scene.trace(|| format!("{number:?} gets SUBACK {id:?}, made: {is_made}"));
        if is_made {
            scene.note(Happening::Subscribed);
            scene.ledger.make_subscription(subscription);
            scene.observe(&Observation::Subscribed { subscription });
        } else {
            scene.note(Happening::SubscriptionRefused);
        }
    }

    pub(super) fn on_unsuback(&mut self, unsuback: &UnsubAck<'_>, scene: &mut Scene) {
        self.answered(Ask::Unsubscribe, unsuback.packet_id, scene);
        let (Some(connection), Some(session)) = (&mut self.connection, &self.session) else {
            return;
        };
        let Some(filter) = connection.unsubscribing.remove(&unsuback.packet_id.get()) else {
            return;
        };
        // Subscribed again meanwhile: there is no telling from here which came last.
        if session.filters.contains(&filter) {
            return;
        }
        // With the store failing, it may be there again after a restart.
        if unsuback.reason_codes.iter().any(|code| code.is_error()) {
            return;
        }
        scene.note(Happening::Unsubscribed);
        scene.ledger.end_subscription(session.number, filter);
    }
}
