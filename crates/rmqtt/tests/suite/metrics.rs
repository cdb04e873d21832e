//! Every counter and every statistic that operators know moves when its cause happens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rmqtt::hook::{
    Answer, AuthResult, Client, ConnectInfo, Exchange, Handler, Point, PublishAcl, PublishView,
    Subscribe, SubscribeAcl, Verdict,
};
use rmqtt::stats::StatValue;
use rmqtt::{Anonymous, Driver, ListenerPolicy};
use rmqtt_test::{Connect, Publish, RawClient, Version, Will};

use crate::broker::{Broker, drivers, open_policy};

/// The names of one kind in the list of what exists and does not act yet.
fn pending(kind: &str) -> BTreeSet<String> {
    let table: toml::Table = include_str!("../../../../docs/pending.toml").parse().unwrap();
    let entries = table[kind].as_array().unwrap().iter();
    entries.map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

struct Rules;

impl Handler for Rules {
    fn client_authenticate(
        &self,
        connect: &Arc<ConnectInfo>,
        _exchange: &Exchange,
        _so_far: Option<&AuthResult>,
    ) -> Answer<AuthResult> {
        match connect.username.as_deref() {
            // Long enough for a turn to end.
            Some("slow") => Answer::later(async {
                tokio::time::sleep(Duration::from_millis(5)).await;
                Verdict::Pass
            }),
            Some("undecided") => Answer::later(std::future::pending()),
            Some("wrong") => Verdict::Stop(AuthResult::BadUsernameOrPassword).into(),
            _ => Answer::pass(),
        }
    }

    fn client_subscribe_check_acl(
        &self,
        _client: &Arc<Client>,
        subscribe: &Subscribe<'_>,
    ) -> Answer<SubscribeAcl> {
        match subscribe.filter {
            "secret" => Verdict::Stop(SubscribeAcl::deny()).into(),
            _ => Answer::pass(),
        }
    }

    fn message_publish_check_acl(
        &self,
        _client: &Arc<Client>,
        publish: &PublishView<'_>,
    ) -> Answer<PublishAcl> {
        match publish.topic() {
            "secret" => Verdict::Stop(PublishAcl::deny()).into(),
            _ => Answer::pass(),
        }
    }
}

fn start(driver: Driver, policy: ListenerPolicy) -> Broker {
    let points =
        [Point::ClientAuthenticate, Point::ClientSubscribeCheckAcl, Point::MessagePublishCheckAcl];
    Broker::start_hooked(driver, policy, &points, Rules)
}

fn counters(broker: &Broker) -> BTreeMap<&'static str, u64> {
    let mut all = BTreeMap::new();
    broker.counters().for_each(&mut |name, value| {
        all.insert(name, value);
    });
    all
}

fn stats(broker: &Broker) -> BTreeMap<&'static str, u64> {
    let mut all = BTreeMap::new();
    broker.context().stats().for_each(&mut |name, value| {
        if let StatValue::Count(count) = value {
            all.insert(name, count);
        }
    });
    all
}

/// Waits until the counters are as they should be; the broker's turn may not be over yet.
fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn client(broker: &Broker, name: &str) -> RawClient {
    RawClient::connected(broker.address(), &Connect::new(Version::V5, name))
}

#[test]
fn every_counter_moves() {
    for driver in drivers() {
        let mut policy = open_policy();
        policy.handshake_timeout_ms = 200;
        policy.queue.messages_max = 1;
        let broker = start(driver, policy);
        // Nobody, somebody wrong, somebody with a keep-alive that is not taken.
        let mut silent = RawClient::open(broker.address(), Version::V5);
        silent.expect_close();
        let mut refused = RawClient::open(broker.address(), Version::V5);
        refused.send(&Connect::new(Version::V5, "c").user_name("wrong"));
        refused.expect_connect_refused(&[0x86]);

        let mut receiver = client(&broker, "receiver");
        assert_eq!(receiver.subscribe("secret", 0), 0x87);
        assert_eq!(receiver.subscribe("t", 2), 2);
        receiver.subscribe("gone", 0);
        receiver.unsubscribe("gone");
        let mut publisher = client(&broker, "publisher");
        assert_eq!(publisher.publish("secret", 1, "m"), 0x87);
        assert_eq!(publisher.publish("nobody", 1, "m"), 0x10);
        publisher.publish("t", 1, "m");
        receiver.expect_message("t", "m");
        publisher.publish_with(Publish::new("kept", "m").qos(1).retain());
        receiver.subscribe("kept", 1);
        receiver.expect_message("kept", "m");
        // Sent twice, taken once.
        publisher.send(&Publish::new("t", "twice").qos(2).id(7));
        publisher.expect_pubrec(7);
        publisher.send(&Publish::new("t", "twice").qos(2).id(7).dup());
        publisher.expect_pubrec(7);
        receiver.expect_message("t", "twice");
        // A Will with receivers and one without.
        for topic in ["t", "nobody"] {
            let connect = Connect::new(Version::V5, "will").will(Will::new(topic, "w").qos(1));
            RawClient::connected(broker.address(), &connect).abort();
        }
        receiver.expect_message("t", "w");
        // One message too many for a session that is away, which then comes back.
        let away = Connect::persistent(Version::V5, "away");
        let mut sleeper = RawClient::connected(broker.address(), &away);
        sleeper.subscribe("sleep", 1);
        sleeper.abort();
        wait_until("the sleeper sleeps", || counters(&broker)["client.disconnected"] >= 3);
        publisher.publish("sleep", 1, "1");
        publisher.publish("sleep", 1, "2");
        RawClient::connected(broker.address(), &away).leave();

        let pending = pending("metric");
        wait_until("every counter", || {
            let moved = counters(&broker);
            moved.iter().all(|(name, value)| {
                *value > 0
                    || pending.contains(*name)
                    || NEEDS_A_CLOSED_LISTENER.contains(name)
                    || NEEDS_A_BUSY_LISTENER.contains(name)
            })
        });
        for (name, value) in counters(&broker) {
            assert!(value == 0 || !pending.contains(name), "{name} is {value}");
        }
    }
}

const NEEDS_A_CLOSED_LISTENER: [&str; 1] = ["client.auth.anonymous.error"];
const NEEDS_A_BUSY_LISTENER: [&str; 1] = ["client.connack.unavailable.error"];

#[test]
fn refusals_without_credentials_and_without_room_are_counted() {
    for driver in drivers() {
        let policy = ListenerPolicy { anonymous: Anonymous::Never, ..open_policy() };
        let broker = start(driver, policy);
        let mut client = RawClient::open(broker.address(), Version::V5);
        client.send(&Connect::new(Version::V5, "c"));
        client.expect_connect_refused(&[0x87]);
        assert_eq!(counters(&broker)["client.auth.anonymous.error"], 1);
        assert_eq!(counters(&broker)["client.connack.auth.error"], 1);
        drop(broker);

        let policy = ListenerPolicy { handshakes_max: 0, ..open_policy() };
        let broker = start(driver, policy);
        for refused in 1..=3 {
            let mut client = RawClient::open(broker.address(), Version::V5);
            client.send(&Connect::new(Version::V5, "c"));
            client.expect_connect_refused(&[0x88]);
            assert_eq!(counters(&broker)["client.connack.unavailable.error"], refused);
            assert_eq!(counters(&broker)["client.connack.error"], refused);
        }
        // Once they leaked: a listener that was full a few times was full for ever.
        wait_until("no handshake is left", || stats(&broker)["handshakings.count"] == 0);
    }
}

#[test]
fn counters_count_what_happened_and_nothing_else() {
    for driver in drivers() {
        let broker = start(driver, open_policy());
        let mut receiver = client(&broker, "receiver");
        receiver.subscribe("t", 1);
        let mut publisher = client(&broker, "publisher");
        for number in 0..10 {
            publisher.publish("t", u8::from(number % 2 == 0), "m");
            receiver.expect_message("t", "m");
        }
        receiver.ping();
        let counted = counters(&broker);
        for (name, expected) in [
            ("client.connect", 2),
            ("client.connack", 2),
            ("client.connack.error", 0),
            ("client.connected", 2),
            ("client.disconnected", 0),
            ("session.created", 2),
            ("session.resumed", 0),
            ("session.subscribed", 1),
            ("messages.publish", 10),
            ("messages.publish.custom", 10),
            ("messages.delivered", 10),
            ("messages.acked", 5),
            ("messages.nonsubscribed", 0),
            ("messages.dropped", 0),
        ] {
            assert_eq!(counted[name], expected, "{name}");
        }
    }
}

#[test]
fn every_statistic_rises_and_falls_and_its_maximum_stays() {
    for driver in drivers() {
        let mut policy = open_policy();
        policy.features.delayed_publish = true;
        let broker = start(driver, policy);
        let away = Connect::persistent(Version::V5, "away");
        let mut receiver = RawClient::connected(broker.address(), &away);
        receiver.subscribe("t", 1);
        receiver.subscribe("$share/g/t", 1);
        let slow = Connect::new(Version::V5, "publisher").user_name("slow");
        let mut publisher = RawClient::connected(broker.address(), &slow);
        publisher.publish_with(Publish::new("kept", "m").qos(1).retain());
        publisher.publish("$delayed/3600/t", 1, "later");
        publisher.send(&Publish::new("t", "in flight both ways").qos(2).id(9));
        publisher.expect_pubrec(9);
        let at_most = |count: u64| move |seen: u64| seen <= count;
        wait_until("messages in flight", || {
            let stats = stats(&broker);
            stats["out_inflights.count"] >= 1 && stats["in_inflights.count"] == 1
        });
        receiver.abort();
        wait_until("the receiver is away", || stats(&broker)["connections.count"] == 1);
        publisher.publish("t", 1, "waits");
        wait_until("a message waits", || stats(&broker)["message_queues.count"] >= 1);

        let seen = stats(&broker);
        for (name, expected) in [
            ("sessions.count", 2),
            ("connections.max", 2),
            ("subscriptions.count", 2),
            ("subscriptions_shared.count", 1),
            ("retaineds.count", 1),
            ("delayed_publishs.count", 1),
            ("topics.count", 1),
            ("routes.count", 1),
        ] {
            assert_eq!(seen[name], expected, "{name}");
        }
        let pending = pending("stat");
        for (name, value) in &seen {
            let Some(name) = name.strip_suffix(".max") else { continue };
            assert_eq!(pending.contains(name), *value == 0, "{name}.max is {value}");
        }

        publisher.send_bytes(&[0x62, 2, 0, 9]);
        publisher.expect_pubcomp(9);
        publisher.publish_with(Publish::new("kept", "").qos(1).retain());
        RawClient::connected(broker.address(), &Connect::new(Version::V5, "away")).leave();
        publisher.leave();
        wait_until("everything is gone but what is delayed", || {
            let now = stats(&broker);
            now.iter().all(|(name, value)| {
                !name.ends_with(".count")
                    || at_most(u64::from(*name == "delayed_publishs.count"))(*value)
            })
        });
        assert_eq!(stats(&broker)["connections.max"], seen["connections.max"]);
    }
}

#[test]
fn handshakes_are_counted_while_they_last_and_per_second() {
    for driver in drivers() {
        let broker = start(driver, open_policy());
        let rate = || broker.context().stats().handshakings_rate;
        assert_eq!(stats(&broker)["handshakings_active.count"], 0);
        let mut undecided = RawClient::open(broker.address(), Version::V5);
        undecided.send(&Connect::new(Version::V5, "undecided").user_name("undecided"));
        wait_until("a handshake lasts", || stats(&broker)["handshakings_active.count"] == 1);
        assert_eq!(stats(&broker)["handshakings.count"], 1);
        wait_until("it is one of a second, or of several", || rate() > 0.0);
        assert!(rate() <= 1.0);
    }
}
