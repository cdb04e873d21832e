//! What deciders say is what happens.

use std::sync::Arc;
use std::time::Duration;

use rmqtt::ReasonCode;
use rmqtt::hook::{
    Answer, AuthResult, Client, ConnectInfo, Exchange, Handler, MessageRef, Point, Publish,
    PublishAcl, PublishView, Subscribe, SubscribeAcl, Unsubscribe, UserPropertiesBuf, Verdict,
};
use rmqtt::{Driver, QoS};
use rmqtt_test::{Connect, Packet, Property, Publish as PublishPacket, RawClient, Version, Will};

use crate::broker::{Broker, drivers, open_policy};

/// Decides by what stands in topics and names; `late`: after a while.
#[derive(Clone, Copy)]
struct Decider {
    late: bool,
}

const POINTS: [Point; 10] = [
    Point::ClientConnect,
    Point::ClientAuthenticate,
    Point::ClientConnack,
    Point::ClientKeepalive,
    Point::ClientSubscribe,
    Point::ClientSubscribeCheckAcl,
    Point::ClientUnsubscribe,
    Point::MessagePublish,
    Point::MessagePublishCheckAcl,
    Point::MessageDelivered,
];

impl Decider {
    fn say<T: Send + 'static>(self, verdict: Verdict<T>) -> Answer<T> {
        if !self.late {
            return verdict.into();
        }
        Answer::later(async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            verdict
        })
    }
}

impl Handler for Decider {
    fn client_connect(
        &self,
        _connect: &Arc<ConnectInfo>,
        _so_far: &UserPropertiesBuf,
    ) -> Answer<UserPropertiesBuf> {
        let mut properties = UserPropertiesBuf::new();
        properties.push("house", "ours").unwrap();
        self.say(Verdict::Proceed(properties))
    }

    fn client_authenticate(
        &self,
        connect: &Arc<ConnectInfo>,
        _exchange: &Exchange,
        _so_far: Option<&AuthResult>,
    ) -> Answer<AuthResult> {
        self.say(match &*connect.client_id {
            "root" => Verdict::Stop(AuthResult::Allow { superuser: true, data: None }),
            "nobody" => Verdict::Stop(AuthResult::NotAuthorized),
            _ => Verdict::Pass,
        })
    }

    fn client_connack(&self, connect: &Arc<ConnectInfo>, reason: ReasonCode) -> Answer<ReasonCode> {
        assert_eq!(reason.is_error(), &*connect.client_id == "nobody");
        self.say(match &*connect.client_id {
            "banned" => Verdict::Proceed(ReasonCode::Banned),
            // Who was refused stays so.
            _ => Verdict::Proceed(ReasonCode::Success),
        })
    }

    fn client_keepalive(&self, client: &Arc<Client>, is_ping: bool) -> Answer<ReasonCode> {
        let expired = is_ping && &*client.client_id == "expired";
        self.say(if expired {
            Verdict::Stop(ReasonCode::MaximumConnectTime)
        } else {
            Verdict::Pass
        })
    }

    fn client_subscribe(&self, _client: &Arc<Client>, subscribe: &Subscribe<'_>) -> Answer<String> {
        self.say(match subscribe.filter.strip_prefix("old/") {
            Some(rest) => Verdict::Proceed(format!("new/{rest}")),
            None if subscribe.filter == "broken" => Verdict::Proceed("a/#/b".to_owned()),
            None => Verdict::Pass,
        })
    }

    fn client_subscribe_check_acl(
        &self,
        _client: &Arc<Client>,
        subscribe: &Subscribe<'_>,
    ) -> Answer<SubscribeAcl> {
        self.say(match subscribe.filter {
            "secret" => Verdict::Stop(SubscribeAcl::deny()),
            "once" => Verdict::Stop(SubscribeAcl::Allow(QoS::AtLeastOnce)),
            _ => Verdict::Pass,
        })
    }

    fn client_unsubscribe(
        &self,
        _client: &Arc<Client>,
        unsubscribe: &Unsubscribe<'_>,
    ) -> Answer<String> {
        self.say(match unsubscribe.filter.strip_prefix("old/") {
            Some(rest) => Verdict::Proceed(format!("new/{rest}")),
            None => Verdict::Pass,
        })
    }

    fn message_publish(&self, _client: &Arc<Client>, publish: &PublishView<'_>) -> Answer<Publish> {
        let Some(rest) = publish.topic().strip_prefix("old/") else {
            return self.say(match publish.topic() {
                "broken" => Verdict::Proceed(Publish::new("a/+", QoS::AtMostOnce, "")),
                _ => Verdict::Pass,
            });
        };
        let mut changed = publish.to_publish();
        changed.topic = format!("new/{rest}");
        changed.payload.extend_from_slice(b" (changed)");
        changed.add_user_property("was", publish.topic()).unwrap();
        self.say(Verdict::Proceed(changed))
    }

    fn message_publish_check_acl(
        &self,
        _client: &Arc<Client>,
        publish: &PublishView<'_>,
    ) -> Answer<PublishAcl> {
        self.say(match publish.topic() {
            // Access is checked on the topic that the message is routed by.
            "secret" | "new/secret" => Verdict::Stop(PublishAcl::deny()),
            "deadly" => Verdict::Stop(PublishAcl::Deny {
                code: ReasonCode::NotAuthorized,
                disconnect: true,
            }),
            _ => Verdict::Pass,
        })
    }

    fn message_delivered(
        &self,
        client: &Arc<Client>,
        message: &MessageRef<'_>,
    ) -> Verdict<Publish> {
        if &*client.client_id != "foreigner" {
            return Verdict::Pass;
        }
        let mut translated = Publish::of(message, None);
        translated.payload = b"translated".to_vec();
        Verdict::Proceed(translated)
    }
}

/// Both drivers, and deciders that answer at once and later.
fn each(test: impl Fn(&Broker)) {
    for driver in drivers() {
        for late in [false, true] {
            test(&start(driver, late));
        }
    }
}

fn start(driver: Driver, late: bool) -> Broker {
    Broker::start_hooked(driver, open_policy(), &POINTS, Decider { late })
}

fn client(broker: &Broker, version: Version, name: &str) -> RawClient {
    RawClient::connected(broker.address(), &Connect::new(version, name))
}

#[test]
fn connack_carries_user_properties_and_a_refusal_is_final() {
    each(|broker| {
        let friend = client(broker, Version::V5, "friend");
        let properties = friend.connack().properties.user_properties();
        assert_eq!(properties, [("house".to_owned(), "ours".to_owned())]);
        for (name, code) in [("nobody", 0x87), ("banned", 0x8A)] {
            let mut client = RawClient::open(broker.address(), Version::V5);
            client.send(&Connect::new(Version::V5, name));
            client.expect_connect_refused(&[code]);
        }
    });
}

/// [MQTT-3.2.2-20]
#[test]
fn connack_leaves_out_user_properties_that_a_client_has_no_room_for() {
    each(|broker| {
        for maximum in [5, 20, 35] {
            let mut client = RawClient::open(broker.address(), Version::V5);
            let limit = Property::MaximumPacketSize(maximum);
            let connack = client.connect(&Connect::new(Version::V5, "friend").property(limit));
            assert_eq!(connack.code, 0);
            assert!(connack.properties.user_properties().is_empty());
        }
    });
}

#[test]
fn a_client_can_be_sent_away_when_it_is_heard() {
    each(|broker| {
        let mut client = client(broker, Version::V5, "expired");
        client.subscribe("t", 0);
        client.send_bytes(&[0xC0, 0]);
        loop {
            match client.next_packet() {
                Some(Packet::Disconnect(disconnect)) => {
                    assert_eq!(disconnect.reason, 0xA0);
                    break;
                }
                // The answer to the PINGREQ may come before.
                Some(Packet::PingResp) => {}
                other => panic!("{other:?}"),
            }
        }
    });
}

#[test]
fn filters_are_changed_denied_and_capped() {
    each(|broker| {
        for version in [Version::V311, Version::V5] {
            let denied = if version == Version::V5 { 0x87 } else { 0x80 };
            let invalid = if version == Version::V5 { 0x8F } else { 0x80 };
            let mut client = client(broker, version, "c");
            assert_eq!(client.subscribe("secret", 1), denied);
            assert_eq!(client.subscribe("broken", 1), invalid);
            assert_eq!(client.subscribe("once", 2), 1);
            assert_eq!(client.subscribe("old/t", 0), 0);
            client.publish("new/t", 0, "m");
            client.expect_message("new/t", "m");
            client.unsubscribe("old/t");
            client.publish("new/t", 0, "not for me");
            client.publish("once", 1, "the end");
            client.expect_message("once", "the end");
            client.leave();
        }
    });
}

#[test]
fn publications_are_changed_and_denied_in_every_quality() {
    each(|broker| {
        let mut receiver = client(broker, Version::V5, "receiver");
        receiver.subscribe("#", 2);
        for version in [Version::V311, Version::V5] {
            let is_v5 = version == Version::V5;
            let mut publisher = client(broker, version, "publisher");
            for qos in 0..=2 {
                let denied = if is_v5 && qos > 0 { 0x87 } else { 0 };
                let invalid = if is_v5 && qos > 0 { 0x90 } else { 0 };
                assert_eq!(publisher.publish("secret", qos, "m"), denied);
                assert_eq!(publisher.publish("old/secret", qos, "m"), denied);
                assert_eq!(publisher.publish("broken", qos, "m"), invalid);
                assert_eq!(publisher.publish("old/t", qos, "m"), 0);
                let delivery = receiver.expect_message("new/t", "m (changed)");
                assert_eq!(delivery.qos, qos);
                let was = ("was".to_owned(), "old/t".to_owned());
                assert_eq!(delivery.properties.user_properties(), [was]);
            }
            publisher.leave();
        }
        receiver.expect_nothing();
    });
}

#[test]
fn a_superuser_is_not_asked_for_access() {
    each(|broker| {
        let mut root = client(broker, Version::V5, "root");
        assert_eq!(root.subscribe("secret", 1), 1);
        assert_eq!(root.publish("secret", 1, "m"), 0);
        root.expect_message("secret", "m");
    });
}

#[test]
fn a_denial_can_close_the_connection() {
    each(|broker| {
        let mut publisher = client(broker, Version::V5, "publisher");
        publisher.send(&PublishPacket::new("deadly", "m").qos(1).id(1));
        assert_eq!(publisher.expect_puback(1).reason, 0x87);
        match publisher.next_packet() {
            Some(Packet::Disconnect(disconnect)) => assert_eq!(disconnect.reason, 0x87),
            other => panic!("{other:?}"),
        }
        publisher.expect_close();
    });
}

#[test]
fn packets_stay_in_order_while_a_decider_works_out_its_answer() {
    each(|broker| {
        let mut receiver = client(broker, Version::V311, "receiver");
        receiver.subscribe("#", 1);
        let mut publisher = client(broker, Version::V311, "publisher");
        for number in 1..=50_u16 {
            let topic = if number % 3 == 0 { "old/t" } else { "t" };
            let payload = number.to_string();
            publisher.send(&PublishPacket::new(topic, payload).qos(1).id(number));
        }
        for number in 1..=50 {
            publisher.expect_puback(number);
            let delivery = receiver.expect_delivery();
            let expected =
                if number % 3 == 0 { format!("{number} (changed)") } else { number.to_string() };
            assert_eq!(String::from_utf8_lossy(&delivery.payload), expected);
            receiver.accept(&delivery);
        }
    });
}

#[test]
fn retained_messages_and_wills_are_judged_too() {
    each(|broker| {
        let mut publisher = client(broker, Version::V5, "publisher");
        publisher.publish_with(PublishPacket::new("secret", "kept").qos(1).retain());
        publisher.publish_with(PublishPacket::new("old/kept", "kept").qos(1).retain());
        let mut receiver = client(broker, Version::V5, "receiver");
        receiver.subscribe("#", 0);
        receiver.expect_message("new/kept", "kept (changed)");
        for topic in ["secret", "old/will"] {
            let connect = Connect::new(Version::V5, "will").will(Will::new(topic, "over"));
            RawClient::connected(broker.address(), &connect).abort();
        }
        receiver.expect_message("new/will", "over (changed)");
        receiver.expect_nothing();
    });
}

#[test]
fn a_message_is_changed_for_one_receiver_alone() {
    each(|broker| {
        let mut native = client(broker, Version::V5, "native");
        native.subscribe("t", 1);
        let mut foreigner =
            RawClient::connected(broker.address(), &Connect::persistent(Version::V5, "foreigner"));
        foreigner.subscribe("t", 1);
        native.publish("t", 1, "m");
        native.expect_message("t", "m");
        assert_eq!(foreigner.expect_delivery().text(), "translated");
        foreigner.abort();
        native.publish("t", 1, "waits");
        let connect = Connect::persistent(Version::V5, "foreigner").clean(false);
        let mut foreigner = RawClient::connected(broker.address(), &connect);
        let again = foreigner.expect_message("t", "translated");
        assert!(again.dup);
        foreigner.expect_message("t", "translated");
    });
}

#[test]
fn a_packet_is_judged_to_its_end_by_the_handlers_that_it_began_with() {
    for driver in drivers() {
        let mut broker = start(driver, true);
        let mut receiver = client(&broker, Version::V5, "receiver");
        receiver.subscribe("new/#", 0);
        let mut client = client(&broker, Version::V5, "c");
        for number in 1..=20 {
            // Sent in one piece: the first is being judged, the others wait behind it.
            client.send(&PublishPacket::new("old/secret", "m").qos(1).id(number));
        }
        // The first answer comes while the handlers are still there.
        assert_eq!(client.expect_puback(1).reason, 0x87);
        broker.register().stop();
        let reasons: Vec<u8> = (2..=20).map(|id| client.expect_puback(id).reason).collect();
        // Whoever is judged by both is denied, whoever by none keeps its topic, which nobody wants. One
        // that was changed and then not judged would come to the receiver.
        let denied = reasons.iter().take_while(|reason| **reason == 0x87).count();
        assert!(reasons[denied..].iter().all(|reason| *reason == 0x10), "{reasons:02X?}");
        receiver.expect_nothing();
    }
}
