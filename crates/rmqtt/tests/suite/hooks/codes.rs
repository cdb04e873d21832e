//! What deciders say in codes that the packet which would carry them does not know.

use std::sync::Arc;

use rmqtt::ReasonCode;
use rmqtt::hook::{
    Answer, AuthResult, Client, ConnectInfo, Exchange, Handler, Point, PublishAcl, PublishView,
    Subscribe, SubscribeAcl, Verdict,
};
use rmqtt_test::{Auth, Connect, Packet, Property, Publish, RawClient, Version};

use crate::broker::{Broker, drivers, open_policy};
use crate::quiet_panic::panic_quietly;

/// Refuses with the code, in hexadecimal, that stands in the user name or the topic.
struct Refusing;

const POINTS: [Point; 5] = [
    Point::ClientAuthenticate,
    Point::ClientConnack,
    Point::ClientKeepalive,
    Point::ClientSubscribeCheckAcl,
    Point::MessagePublishCheckAcl,
];

fn code(text: &str) -> Option<ReasonCode> {
    ReasonCode::from_u8(u8::from_str_radix(text, 16).ok()?)
}

impl Handler for Refusing {
    fn client_authenticate(
        &self,
        connect: &Arc<ConnectInfo>,
        exchange: &Exchange,
        _so_far: Option<&AuthResult>,
    ) -> Answer<AuthResult> {
        let username = connect.username.as_deref().unwrap_or("");
        if exchange.method.is_some() && !exchange.again {
            return Verdict::Stop(AuthResult::allow()).into();
        }
        match username.split_once(' ') {
            Some(("authenticate", "password")) => {
                Verdict::Stop(AuthResult::BadUsernameOrPassword).into()
            }
            Some(("authenticate", "panic")) => panic_quietly(),
            Some(("authenticate", text)) => {
                Verdict::Stop(AuthResult::Refuse(code(text).unwrap())).into()
            }
            _ => Answer::pass(),
        }
    }

    fn client_connack(
        &self,
        connect: &Arc<ConnectInfo>,
        _reason: ReasonCode,
    ) -> Answer<ReasonCode> {
        match connect.username.as_deref().unwrap_or("").split_once(' ') {
            Some(("connack", text)) => Verdict::Stop(code(text).unwrap()).into(),
            _ => Answer::pass(),
        }
    }

    fn client_keepalive(&self, client: &Arc<Client>, is_ping: bool) -> Answer<ReasonCode> {
        match client.username.as_deref().unwrap_or("").split_once(' ') {
            Some(("keepalive", text)) if is_ping => Verdict::Stop(code(text).unwrap()).into(),
            _ => Answer::pass(),
        }
    }

    fn client_subscribe_check_acl(
        &self,
        _client: &Arc<Client>,
        subscribe: &Subscribe<'_>,
    ) -> Answer<SubscribeAcl> {
        let deny = |code| Verdict::Stop(SubscribeAcl::Deny(code)).into();
        code(subscribe.filter).map_or_else(Answer::pass, deny)
    }

    fn message_publish_check_acl(
        &self,
        _client: &Arc<Client>,
        publish: &PublishView<'_>,
    ) -> Answer<PublishAcl> {
        let disconnect = publish.payload() == b"go";
        let deny = |code| Verdict::Stop(PublishAcl::Deny { code, disconnect }).into();
        code(publish.topic()).map_or_else(Answer::pass, deny)
    }
}

fn each(test: impl Fn(&Broker)) {
    for driver in drivers() {
        test(&Broker::start_hooked(driver, open_policy(), &POINTS, Refusing));
    }
}

fn expect_disconnect(client: &mut RawClient, reason: u8) {
    loop {
        match client.next_packet() {
            Some(Packet::Disconnect(disconnect)) => {
                assert_eq!(disconnect.reason, reason);
                break;
            }
            // The answer to the PINGREQ may come before.
            Some(Packet::PingResp) => {}
            other => panic!("DISCONNECT with 0x{reason:02X} expected, not {other:?}"),
        }
    }
    client.expect_close();
}

/// [MQTT-3.2.2-8]
#[test]
fn connack_carries_codes_of_its_own_and_not_authorized_for_all_others() {
    each(|broker| {
        for (answer, expected) in [
            ("authenticate 8A", 0x8A),
            ("authenticate 9F", 0x9F),
            // Keep Alive timeout, Session taken over, Success.
            ("authenticate 8D", 0x87),
            ("authenticate 8E", 0x87),
            ("authenticate 00", 0x87),
            ("authenticate password", 0x86),
            ("authenticate panic", 0x88),
            ("connack 97", 0x97),
            ("connack 8D", 0x87),
            ("connack 91", 0x87),
        ] {
            let mut client = RawClient::open(broker.address(), Version::V5);
            client.send(&Connect::new(Version::V5, "c").user_name(answer));
            client.expect_connect_refused(&[expected]);
        }
        for (answer, expected) in [("authenticate 8D", 5), ("connack 8D", 5)] {
            let mut client = RawClient::open(broker.address(), Version::V311);
            client.send(&Connect::new(Version::V311, "c").user_name(answer).password("p"));
            client.expect_connect_refused(&[expected]);
        }
    });
}

/// [MQTT-3.14.2-1]
#[test]
fn disconnect_carries_codes_of_its_own_and_not_authorized_for_all_others() {
    each(|broker| {
        for (code, expected) in [("98", 0x98), ("88", 0x87), ("86", 0x87), ("8A", 0x87)] {
            let connect = Connect::new(Version::V5, "c").user_name(format!("keepalive {code}"));
            let mut client = RawClient::connected(broker.address(), &connect);
            client.send_bytes(&[0xC0, 0]);
            expect_disconnect(&mut client, expected);
        }
    });
}

/// A client that authenticates anew is refused by DISCONNECT, which knows fewer codes than CONNACK.
#[test]
fn who_authenticates_anew_is_refused_in_the_words_of_disconnect() {
    each(|broker| {
        for (answer, expected) in [
            ("98", 0x98),
            ("8A", 0x87),
            ("88", 0x87),
            ("password", 0x87),
            // Not asked to its end: server busy.
            ("panic", 0x89),
        ] {
            let connect = Connect::new(Version::V5, "c")
                .user_name(format!("authenticate {answer}"))
                .property(Property::AuthenticationMethod("m".to_owned()));
            let mut client = RawClient::connected(broker.address(), &connect);
            let method = Property::AuthenticationMethod("m".to_owned());
            client.send(&Auth::new(0x19).property(method));
            expect_disconnect(&mut client, expected);
        }
    });
}

/// [MQTT-3.9.3-2]
#[test]
fn suback_carries_codes_of_its_own_and_not_authorized_for_all_others() {
    each(|broker| {
        let mut client = RawClient::connected(broker.address(), &Connect::new(Version::V5, "c"));
        for (code, expected) in [("83", 0x83), ("97", 0x97), ("89", 0x87), ("90", 0x87)] {
            assert_eq!(client.subscribe(code, 1), expected, "{code}");
        }
        assert_eq!(client.subscribe("00", 1), 0x87, "a denial is one");
        client.ping();
    });
}

/// [MQTT-3.4.2-1] [MQTT-3.5.2-1]
#[test]
fn puback_and_pubrec_carry_codes_of_their_own_and_not_authorized_for_all_others() {
    each(|broker| {
        let mut client = RawClient::connected(broker.address(), &Connect::new(Version::V5, "c"));
        for qos in 1..=2 {
            for (code, expected) in [("83", 0x83), ("91", 0x91), ("89", 0x87), ("8F", 0x87)] {
                assert_eq!(client.publish(code, qos, "m"), expected, "{code}");
            }
            assert_eq!(client.publish("00", qos, "m"), 0x87, "a denial is one");
        }
        // Allowed in PUBACK, and not in the DISCONNECT that follows.
        client.send(&Publish::new("91", "go").qos(1).id(1));
        assert_eq!(client.expect_puback(1).reason, 0x87);
        expect_disconnect(&mut client, 0x87);
    });
}
