//! Credentials judged by somebody outside the engine, over real sockets.

use std::sync::Arc;

use rmqtt::hook::{
    Answer, AuthResult, ConnectInfo, Exchange, Handler, Point, UserPropertiesBuf, Verdict,
};
use rmqtt::{Anonymous, Driver, ListenerPolicy};
use rmqtt_test::request::{PINGREQ, Request};
use rmqtt_test::{
    Auth, Connect, Disconnect, Packet, Property, Publish, RawClient, Subscribe, Version,
};

use crate::broker::{Broker, drivers, open_policy};
use crate::quiet_panic::panic_quietly;

/// Knows one password, and a method that asks for the double of a number.
struct Judge;

impl Handler for Judge {
    fn client_connect(
        &self,
        connect: &Arc<ConnectInfo>,
        _so_far: &UserPropertiesBuf,
    ) -> Answer<UserPropertiesBuf> {
        let mut properties = UserPropertiesBuf::new();
        properties.push("greets", &connect.client_id).unwrap();
        Verdict::Proceed(properties).into()
    }

    fn client_authenticate(
        &self,
        connect: &Arc<ConnectInfo>,
        exchange: &Exchange,
        _so_far: Option<&AuthResult>,
    ) -> Answer<AuthResult> {
        let (connect, exchange) = (Arc::clone(connect), exchange.clone());
        Answer::later(async move {
            // The answer never comes in the turn that asked.
            tokio::task::yield_now().await;
            match exchange.method.as_deref() {
                None => judge_password(&connect),
                Some("double") => judge_double(&exchange),
                Some(_) => Verdict::Pass,
            }
        })
    }
}

fn judge_password(connect: &ConnectInfo) -> Verdict<AuthResult> {
    match (connect.username.as_deref(), connect.password.as_deref()) {
        (None, _) => Verdict::Pass,
        (Some("panic"), _) => panic_quietly(),
        (Some("user"), Some(b"secret")) => Verdict::Stop(AuthResult::allow()),
        _ => Verdict::Stop(AuthResult::BadUsernameOrPassword),
    }
}

fn judge_double(exchange: &Exchange) -> Verdict<AuthResult> {
    let allow = |data: &[u8]| AuthResult::Allow { superuser: false, data: Some(data.into()) };
    let proceed = |data: &[u8]| AuthResult::Continue(Some(data.into()));
    Verdict::Stop(match (exchange.step, exchange.data.as_deref(), exchange.again) {
        (0, Some(b"start"), true) => proceed(b"50"),
        (0, Some(b"start"), false) => proceed(b"21"),
        (1, Some(b"42"), false) => allow(b"welcome"),
        (1, Some(b"100"), true) => allow(b"still you"),
        (1, Some(b"101"), true) => AuthResult::BadUsernameOrPassword,
        _ => AuthResult::NotAuthorized,
    })
}

fn start(driver: Driver) -> Broker {
    let policy = ListenerPolicy { anonymous: Anonymous::Never, ..open_policy() };
    Broker::start_hooked(driver, policy, &[Point::ClientConnect, Point::ClientAuthenticate], Judge)
}

fn connect_by_double() -> Connect {
    Connect::new(Version::V5, "calculates")
        .property(Property::AuthenticationMethod("double".to_owned()))
        .property(Property::AuthenticationData(b"start".to_vec()))
}

fn auth(reason: u8, data: &[u8]) -> Auth {
    Auth::new(reason)
        .property(Property::AuthenticationMethod("double".to_owned()))
        .property(Property::AuthenticationData(data.to_vec()))
}

fn expect_auth(client: &mut RawClient, reason: u8, data: &[u8]) {
    match client.next_packet() {
        Some(Packet::Auth(auth)) => {
            assert_eq!(auth.reason, reason);
            assert_eq!(auth.properties.authentication_method().as_deref(), Some("double"));
            assert_eq!(auth.properties.authentication_data().as_deref(), Some(data));
        }
        other => panic!("AUTH expected, not {other:?}"),
    }
}

fn connected_by_double(broker: &Broker) -> RawClient {
    let mut client = RawClient::open(broker.address(), Version::V5);
    client.send(&connect_by_double());
    expect_auth(&mut client, 0x18, b"21");
    client.send(&auth(0x18, b"42"));
    match client.next_packet() {
        Some(Packet::ConnAck(connack)) => {
            assert_eq!(connack.code, 0);
            // [MQTT-4.12.0-5]
            let method = connack.properties.authentication_method();
            assert_eq!(method.as_deref(), Some("double"));
            let data = connack.properties.authentication_data();
            assert_eq!(data.as_deref(), Some(&b"welcome"[..]));
            // Once they were lost where authentication took more than one step.
            let greeting = ("greets".to_owned(), "calculates".to_owned());
            assert_eq!(connack.properties.user_properties(), [greeting]);
        }
        other => panic!("CONNACK expected, not {other:?}"),
    }
    client
}

#[test]
fn a_password_is_judged_in_every_version() {
    for driver in drivers() {
        let broker = start(driver);
        for (version, code) in [(Version::V31, 4), (Version::V311, 4), (Version::V5, 0x86)] {
            let connect = Connect::new(version, "client").user_name("user");
            RawClient::connected(broker.address(), &connect.clone().password("secret")).leave();
            let mut client = RawClient::open(broker.address(), version);
            client.send(&connect.password("guess"));
            client.expect_connect_refused(&[code]);
        }
    }
}

#[test]
fn who_brings_no_credentials_is_judged_by_the_listener() {
    for driver in drivers() {
        let broker = start(driver);
        let mut client = RawClient::open(broker.address(), Version::V5);
        client.send(&Connect::new(Version::V5, "nobody"));
        client.expect_connect_refused(&[0x87]);
    }
}

#[test]
fn a_handler_that_panics_refuses() {
    for driver in drivers() {
        let broker = start(driver);
        let mut client = RawClient::open(broker.address(), Version::V5);
        client.send(&Connect::new(Version::V5, "unlucky").user_name("panic").password(""));
        client.expect_connect_refused(&[0x88]);
        let connect = Connect::new(Version::V5, "lucky").user_name("user").password("secret");
        RawClient::connected(broker.address(), &connect).leave();
    }
}

/// Once the epoll driver lost the PUBLISH now and then: it came while the link waited, so that its
/// event was switched off, and the answer switched it on again in the same turn. For epoll the socket
/// had been in its ready list all the time, which made no edge, and nobody looked again.
#[test]
fn what_is_sent_behind_connect_waits_for_the_judgement() {
    for driver in drivers() {
        let broker = start(driver);
        let connect = Connect::new(Version::V311, "eager").user_name("user").password("secret");
        let mut subscriber = RawClient::connected(broker.address(), &connect);
        subscriber.subscribe("t", 0);
        for number in 0..20 {
            let connect =
                Connect::new(Version::V311, "sender").user_name("user").password("secret");
            let mut sender = RawClient::open(broker.address(), Version::V311);
            sender.send(&connect);
            sender.send(&Publish::new("t", number.to_string()));
            subscriber.expect_message("t", &number.to_string());
            sender.leave();
        }
    }
}

#[test]
fn an_exchange_of_auth_packets_leads_to_a_connection() {
    for driver in drivers() {
        let broker = start(driver);
        let mut client = connected_by_double(&broker);
        client.ping();
        client.leave();
    }
}

#[test]
fn a_wrong_answer_in_the_exchange_is_refused() {
    for driver in drivers() {
        let broker = start(driver);
        let mut client = RawClient::open(broker.address(), Version::V5);
        client.send(&connect_by_double());
        expect_auth(&mut client, 0x18, b"21");
        client.send(&auth(0x18, b"43"));
        client.expect_connect_refused(&[0x87]);
    }
}

#[test]
fn an_unknown_method_is_refused() {
    for driver in drivers() {
        let broker = start(driver);
        let mut client = RawClient::open(broker.address(), Version::V5);
        let method = Property::AuthenticationMethod("triple".to_owned());
        client.send(&Connect::new(Version::V5, "client").property(method));
        client.expect_connect_refused(&[0x8C]);
    }
}

#[test]
fn a_connected_client_authenticates_again_while_messages_flow() {
    for driver in drivers() {
        let broker = start(driver);
        let mut client = connected_by_double(&broker);
        client.subscribe("t", 1);
        client.send(&auth(0x19, b"start"));
        expect_auth(&mut client, 0x18, b"50");
        assert_eq!(client.publish("t", 1, "meanwhile"), 0);
        client.take();
        client.send(&auth(0x18, b"100"));
        expect_auth(&mut client, 0x00, b"still you");
        client.ping();
        client.leave();
    }
}

#[test]
fn a_client_that_fails_to_authenticate_again_is_disconnected() {
    for driver in drivers() {
        let broker = start(driver);
        let mut client = connected_by_double(&broker);
        client.send(&auth(0x19, b"start"));
        expect_auth(&mut client, 0x18, b"50");
        client.send(&auth(0x18, b"99"));
        client.expect_refusal(&[0x87]);

        // DISCONNECT has no code for a bad password [MQTT-3.14.2-1].
        let mut client = connected_by_double(&broker);
        client.send(&auth(0x19, b"start"));
        expect_auth(&mut client, 0x18, b"50");
        client.send(&auth(0x18, b"101"));
        client.expect_refusal(&[0x87]);
    }
}

/// [MQTT-4.12.0-3], [MQTT-4.12.0-5]
#[test]
fn only_auth_that_continues_with_the_method_goes_on_with_the_exchange() {
    let wrong_method = Auth::new(0x18)
        .property(Property::AuthenticationMethod("triple".to_owned()))
        .property(Property::AuthenticationData(b"42".to_vec()));
    for driver in drivers() {
        let broker = start(driver);
        for (answer, code) in
            [(auth(0x00, b"42"), 0x82), (auth(0x19, b"42"), 0x82), (wrong_method.clone(), 0x8C)]
        {
            let mut client = RawClient::open(broker.address(), Version::V5);
            client.send(&connect_by_double());
            expect_auth(&mut client, 0x18, b"21");
            client.send(&answer);
            client.expect_connect_refused(&[code]);
        }
    }
}

/// [MQTT-3.1.2-30]
#[test]
fn nothing_but_auth_is_heard_during_the_exchange() {
    for driver in drivers() {
        let broker = start(driver);
        let connect = Connect::new(Version::V5, "watches").user_name("user").password("secret");
        let mut watcher = RawClient::connected(broker.address(), &connect);
        watcher.subscribe("t", 1);
        let publish = Publish::new("t", "too early").qos(1).id(1).bytes(Version::V5);
        let subscribe = Subscribe::new().id(1).filter("t", 0).bytes(Version::V5);
        for packet in [publish, subscribe, PINGREQ.to_vec()] {
            let mut client = RawClient::open(broker.address(), Version::V5);
            client.send(&connect_by_double());
            expect_auth(&mut client, 0x18, b"21");
            client.send_bytes(&packet);
            client.expect_connect_refused(&[0x82]);
        }
        watcher.publish("t", 1, "sentinel");
        watcher.expect_message("t", "sentinel");
    }
}

/// [MQTT-3.1.2-30]
#[test]
fn a_client_may_leave_during_the_exchange() {
    for driver in drivers() {
        let broker = start(driver);
        let mut client = RawClient::open(broker.address(), Version::V5);
        client.send(&connect_by_double());
        expect_auth(&mut client, 0x18, b"21");
        client.send(&Disconnect::new(0));
        client.expect_close();
    }
}

/// [MQTT-4.12.1-1]
#[test]
fn a_client_that_authenticates_again_by_another_method_is_disconnected() {
    for driver in drivers() {
        let broker = start(driver);
        let mut client = connected_by_double(&broker);
        let method = Property::AuthenticationMethod("triple".to_owned());
        client.send(&Auth::new(0x19).property(method));
        client.expect_refusal(&[0x82]);
    }
}

/// What may be left out is left out, and what may not is a reason to refuse: [MQTT-3.15.2-2],
/// [MQTT-3.15.2-3], [MQTT-3.1.2-24].
#[test]
fn auth_is_never_larger_than_the_client_allows() {
    for driver in drivers() {
        let broker = start(driver);
        // AUTH is type and length, reason code, property length, the method with 3 bytes before it
        // and the data with 3 bytes before them.
        let size = 2 + 1 + 1 + 3 + 6 + 3 + 2;
        let limited = |size| connect_by_double().property(Property::MaximumPacketSize(size));
        let mut client = RawClient::open(broker.address(), Version::V5);
        client.begin(&limited(size));
        expect_auth(&mut client, 0x18, b"21");
        client.send(&auth(0x18, b"43"));
        client.expect_connect_refused(&[0x87]);

        let mut client = RawClient::open(broker.address(), Version::V5);
        client.begin(&limited(size - 1));
        client.expect_connect_refused(&[0x95]);
    }
}

/// [MQTT-3.1.2-24]
#[test]
fn auth_of_a_connected_client_is_never_larger_than_it_allows() {
    for driver in drivers() {
        let broker = start(driver);
        let mut client = RawClient::open(broker.address(), Version::V5);
        // The data of the last AUTH are longer than those of the ones before.
        client.begin(&connect_by_double().property(Property::MaximumPacketSize(24)));
        expect_auth(&mut client, 0x18, b"21");
        client.send(&auth(0x18, b"42"));
        match client.next_packet() {
            Some(Packet::ConnAck(connack)) => assert_eq!(connack.code, 0),
            other => panic!("CONNACK expected, not {other:?}"),
        }
        client.send(&auth(0x19, b"start"));
        expect_auth(&mut client, 0x18, b"50");
        client.send(&auth(0x18, b"100"));
        client.expect_refusal(&[0x95]);
    }
}
