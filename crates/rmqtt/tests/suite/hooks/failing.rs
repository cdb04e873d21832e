//! Deciders that do not decide.

use std::sync::Arc;
use std::time::Duration;

use rmqtt::Driver;
use rmqtt::hook::{
    Answer, AuthResult, Client, ConnectInfo, Exchange, Handler, MessageRef, Point, Publish,
    PublishAcl, PublishView, Subscribe, SubscribeAcl, Verdict,
};
use rmqtt_test::{Connect, RawClient, Version};

use crate::broker::{Broker, drivers, open_policy};

/// How a handler fails.
#[derive(Clone, Copy, Debug)]
enum Failure {
    PanicsAtOnce,
    PanicsLater,
    NeverAnswers,
}

const FAILURES: [Failure; 3] = [Failure::PanicsAtOnce, Failure::PanicsLater, Failure::NeverAnswers];

struct Failing(Failure);

impl Failing {
    fn fail<T: Send + 'static>(&self) -> Answer<T> {
        match self.0 {
            Failure::PanicsAtOnce => panic!("at once"),
            Failure::PanicsLater => Answer::later(async { panic!("later") }),
            Failure::NeverAnswers => Answer::later(std::future::pending()),
        }
    }
}

impl Handler for Failing {
    fn client_authenticate(
        &self,
        _connect: &Arc<ConnectInfo>,
        _exchange: &Exchange,
        _so_far: Option<&AuthResult>,
    ) -> Answer<AuthResult> {
        self.fail()
    }

    fn client_connected(&self, _client: &Arc<Client>, _session_present: bool) {
        panic!("an observer")
    }

    fn client_subscribe(
        &self,
        _client: &Arc<Client>,
        _subscribe: &Subscribe<'_>,
    ) -> Answer<String> {
        self.fail()
    }

    fn client_subscribe_check_acl(
        &self,
        _client: &Arc<Client>,
        _subscribe: &Subscribe<'_>,
    ) -> Answer<SubscribeAcl> {
        self.fail()
    }

    fn message_publish(
        &self,
        _client: &Arc<Client>,
        _publish: &PublishView<'_>,
    ) -> Answer<Publish> {
        self.fail()
    }

    fn message_publish_check_acl(
        &self,
        _client: &Arc<Client>,
        _publish: &PublishView<'_>,
    ) -> Answer<PublishAcl> {
        self.fail()
    }

    fn message_delivered(
        &self,
        _client: &Arc<Client>,
        _message: &MessageRef<'_>,
    ) -> Verdict<Publish> {
        panic!("while a message is sent")
    }
}

fn start(driver: Driver, failure: Failure, points: &[Point]) -> Broker {
    let broker = Broker::start_hooked(driver, open_policy(), points, Failing(failure));
    broker.context().hooks().set_deadline(Duration::from_millis(50));
    broker
}

fn each(points: &[Point], test: impl Fn(&Broker)) {
    for driver in drivers() {
        for failure in FAILURES {
            test(&start(driver, failure, points));
        }
    }
}

fn client(broker: &Broker) -> RawClient {
    RawClient::connected(broker.address(), &Connect::new(Version::V5, "c"))
}

#[test]
fn authentication_fails_closed() {
    each(&[Point::ClientAuthenticate], |broker| {
        let mut client = RawClient::open(broker.address(), Version::V5);
        client.send(&Connect::new(Version::V5, "c"));
        client.expect_connect_refused(&[0x88]);
    });
}

#[test]
fn access_rules_fail_closed() {
    each(&[Point::ClientSubscribeCheckAcl, Point::MessagePublishCheckAcl], |broker| {
        let mut client = client(broker);
        assert_eq!(client.subscribe("t", 1), 0x87);
        assert_eq!(client.publish("t", 1, "m"), 0x87);
    });
}

#[test]
fn who_changes_things_fails_open_and_observers_change_nothing() {
    let points = [
        Point::ClientConnected,
        Point::ClientSubscribe,
        Point::MessagePublish,
        Point::MessageDelivered,
    ];
    each(&points, |broker| {
        let mut client = client(broker);
        assert_eq!(client.subscribe("t", 1), 1);
        assert_eq!(client.publish("t", 1, "m"), 0);
        client.expect_message("t", "m");
    });
}
