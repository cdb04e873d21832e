//! rumqttc: an independent client in Rust, which speaks MQTT 5.

use std::collections::VecDeque;
use std::time::Duration;

use rmqtt_test::{Case, broker_test};
use rumqttc::{
    Client, Connection, Event, LastWill, LastWillProperties, MqttOptions, Outgoing, Packet,
    Publish, PublishOptions, PublishProperties, QoS, SubscribeReasonCode,
};

const PATIENCE: Duration = Duration::from_secs(15);
const EVERY_QOS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];

/// A client whose connection is driven while something is awaited.
struct Peer {
    client: Client,
    connection: Connection,
    session_present: bool,
    received: VecDeque<Publish>,
}

impl Peer {
    fn join(options: MqttOptions) -> Self {
        let (client, connection) = Client::builder(options).capacity(100).build();
        let received = VecDeque::new();
        let mut peer = Self { client, connection, session_present: false, received };
        peer.session_present = peer.wait(|event| match event {
            Event::Incoming(Packet::ConnAck(connack)) => Some(connack.session_present),
            _ => None,
        });
        peer
    }

    /// Drives the connection up to the event that `wanted` accepts; messages are kept.
    fn wait<T>(&mut self, wanted: impl Fn(&Event) -> Option<T>) -> T {
        loop {
            let event = self.connection.recv_timeout(PATIENCE);
            let event = event.expect("an event before the deadline").expect("no error");
            if let Event::Incoming(Packet::Publish(publish)) = &event {
                self.received.push_back(publish.clone());
            }
            if let Some(found) = wanted(&event) {
                return found;
            }
        }
    }

    /// Lets the client notice that its connection was cut and connect again.
    fn reconnect(&mut self) {
        let mut is_cut = false;
        loop {
            match self.connection.recv_timeout(PATIENCE).expect("an event before the deadline") {
                Err(_) => is_cut = true,
                Ok(Event::Incoming(Packet::ConnAck(connack))) if is_cut => {
                    self.session_present = connack.session_present;
                    return;
                }
                Ok(_) => {}
            }
        }
    }

    fn subscribe(&mut self, filter: &str, qos: QoS) {
        self.client.subscribe(filter, qos).expect("it is queued");
        let codes = self.wait(|event| match event {
            Event::Incoming(Packet::SubAck(suback)) => Some(suback.return_codes.clone()),
            _ => None,
        });
        assert_eq!(codes, [SubscribeReasonCode::Success(qos)]);
    }

    fn publish(&mut self, topic: &str, payload: &str, options: PublishOptions, qos: QoS) {
        self.client.publish(topic, payload, options).expect("it is queued");
        self.wait(|event| match (qos, event) {
            (QoS::AtMostOnce, Event::Outgoing(Outgoing::Publish(_)))
            | (QoS::AtLeastOnce, Event::Incoming(Packet::PubAck(_)))
            | (QoS::ExactlyOnce, Event::Incoming(Packet::PubComp(_))) => Some(()),
            _ => None,
        });
    }

    fn send(&mut self, topic: &str, payload: &str, qos: QoS) {
        self.publish(topic, payload, PublishOptions::new(qos), qos);
    }

    fn send_with(&mut self, topic: &str, payload: &str, properties: PublishProperties) {
        let options = PublishOptions::new(QoS::AtLeastOnce).properties(properties);
        self.publish(topic, payload, options, QoS::AtLeastOnce);
    }

    /// The next message must be this one.
    fn receive(&mut self, topic: &str, payload: &str) -> Publish {
        while self.received.is_empty() {
            self.wait(|event| matches!(event, Event::Incoming(_)).then_some(()));
        }
        let publish = self.received.pop_front().expect("a message was just received");
        assert_eq!(
            (&publish.topic[..], &publish.payload[..]),
            (topic.as_bytes(), payload.as_bytes())
        );
        publish
    }

    /// Sends what is still to be acknowledged, then closes without DISCONNECT.
    fn vanish(self) {
        drop(self.connection);
    }

    fn leave(mut self) {
        self.client.disconnect().expect("it is queued");
        self.wait(|event| matches!(event, Event::Outgoing(Outgoing::Disconnect)).then_some(()));
    }
}

fn options(case: &Case, name: &str) -> MqttOptions {
    let address = case.broker().address();
    let mut options =
        MqttOptions::new(case.client_id(name), (address.ip().to_string(), address.port()));
    options.set_clean_start(true);
    options
}

fn persistent(case: &Case, name: &str) -> MqttOptions {
    let mut options = options(case, name);
    options.set_clean_start(false).set_session_expiry_interval(Some(300));
    options
}

#[broker_test(v5)]
fn rumqttc_exchanges_messages_of_every_qos(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = Peer::join(options(case, "sub"));
    subscriber.subscribe(&topic, QoS::ExactlyOnce);
    let mut publisher = Peer::join(options(case, "pub"));
    for qos in EVERY_QOS {
        for number in 0..20 {
            publisher.send(&topic, &number.to_string(), qos);
        }
        for number in 0..20 {
            assert_eq!(subscriber.receive(&topic, &number.to_string()).qos, qos);
        }
    }
}

#[broker_test(v5)]
fn rumqttc_receives_a_retained_message(case: &Case) {
    let topic = case.topic("t");
    let mut publisher = Peer::join(options(case, "pub"));
    let qos = QoS::AtLeastOnce;
    publisher.publish(&topic, "kept", PublishOptions::new(qos).retained(), qos);
    let mut subscriber = Peer::join(options(case, "sub"));
    subscriber.subscribe(&topic, qos);
    assert!(subscriber.receive(&topic, "kept").retain);
}

#[broker_test(v5)]
fn rumqttc_leaves_its_will_and_delays_it(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = Peer::join(options(case, "watch"));
    watcher.subscribe(&topic, QoS::AtLeastOnce);
    let with_will = |name: &str, delay_s: u32| {
        let properties = LastWillProperties {
            delay_interval: Some(delay_s),
            payload_format_indicator: None,
            message_expiry_interval: None,
            content_type: None,
            response_topic: None,
            correlation_data: None,
            user_properties: Vec::new(),
        };
        let will = LastWill::new(topic.as_str(), name, QoS::AtLeastOnce, false, Some(properties));
        let mut options = persistent(case, name);
        options.set_last_will(will);
        options
    };
    Peer::join(with_will("slow", 4)).vanish();
    Peer::join(with_will("fast", 2)).vanish();
    Peer::join(with_will("never", 0)).leave();
    Peer::join(options(case, "pub")).send(&topic, "first", QoS::AtLeastOnce);
    watcher.receive(&topic, "first");
    watcher.receive(&topic, "fast");
    watcher.receive(&topic, "slow");
}

#[broker_test(v5)]
fn rumqttc_resumes_its_session_with_queued_messages(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = Peer::join(persistent(case, "sub"));
    assert!(!subscriber.session_present);
    subscriber.subscribe(&topic, QoS::AtLeastOnce);
    // The client resumes only a session that it remembers itself: another connection with its
    // identifier cuts its own.
    case.persistent("sub").leave();
    let mut publisher = Peer::join(options(case, "pub"));
    for number in 0..20 {
        publisher.send(&topic, &number.to_string(), QoS::AtLeastOnce);
    }
    subscriber.reconnect();
    assert!(subscriber.session_present);
    for number in 0..20 {
        subscriber.receive(&topic, &number.to_string());
    }
}

#[broker_test(v5)]
fn rumqttc_shares_a_subscription(case: &Case) {
    let topic = case.topic("t");
    let mut members = [Peer::join(options(case, "m0")), Peer::join(options(case, "m1"))];
    for (number, member) in members.iter_mut().enumerate() {
        member.subscribe(&format!("$share/group/{topic}"), QoS::AtLeastOnce);
        member.subscribe(&case.topic(&format!("end/{number}")), QoS::AtLeastOnce);
    }
    let mut publisher = Peer::join(options(case, "pub"));
    for number in 0..20 {
        publisher.send(&topic, &number.to_string(), QoS::AtLeastOnce);
    }
    let mut count = 0;
    for (number, member) in members.iter_mut().enumerate() {
        publisher.send(&case.topic(&format!("end/{number}")), "end", QoS::AtLeastOnce);
        while !member.received.iter().any(|publish| &publish.payload[..] == b"end") {
            member.wait(|event| matches!(event, Event::Incoming(_)).then_some(()));
        }
        count += member.received.len() - 1;
    }
    assert_eq!(count, 20);
}

#[broker_test(v5)]
fn rumqttc_uses_topic_aliases_and_expiry(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber = Peer::join(options(case, "sub"));
    subscriber.subscribe(&topic, QoS::AtLeastOnce);
    let mut publisher = Peer::join(options(case, "pub"));
    let properties = || PublishProperties {
        topic_alias: Some(1),
        message_expiry_interval: Some(600),
        ..PublishProperties::default()
    };
    publisher.send_with(&topic, "named", properties());
    publisher.send_with("", "aliased", properties());
    for payload in ["named", "aliased"] {
        let properties = subscriber.receive(&topic, payload).properties.expect("it has some");
        assert!(properties.message_expiry_interval.is_some_and(|left| left <= 600));
    }
}
