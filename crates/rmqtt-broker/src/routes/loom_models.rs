//! The directory changes the routes while workers remember what they read of them.

use std::sync::Arc;

use loom::thread;
use rmqtt_codec::{QoS, SubscriptionOptions};
use rmqtt_message::SessionId;

use super::*;
use crate::address::Address;
use crate::memo::Memo;
use crate::session_card::{SessionCard, SessionRef};
use crate::subscribers::Subscriber;

/// Runs `model` in every order of what two workers and the directory do.
fn subscribing(filter: &'static str, is_wildcard: bool) {
    loom::model(move || {
        let routes = loom::sync::Arc::new(Routes::new(1, 7));
        let session = routes.write().add_session(card());
        let worker = {
            let routes = loom::sync::Arc::clone(&routes);
            thread::spawn(move || {
                let mut memo = Memo::default();
                // Remembered before, while or after it changes.
                let first = receivers(&mut memo, &routes);
                let second = receivers(&mut memo, &routes);
                assert!(first <= second, "what was there is not gone");
                memo
            })
        };
        subscribe(&routes, session, filter, is_wildcard);
        // From here on the subscription was promised: SUBACK may leave.
        let mut memo = worker.join().expect("no panic");
        assert_eq!(receivers(&mut memo, &routes), 1, "what is remembered is not older");
    });
}

#[test]
fn a_worker_that_remembers_a_topic_sees_a_subscription_once_it_is_promised() {
    subscribing("a/b", false);
}

#[test]
fn a_worker_that_remembers_a_topic_sees_a_wildcard_once_it_is_promised() {
    subscribing("a/+", true);
}

fn subscribe(routes: &Routes, session: SessionRef, filter: &str, is_wildcard: bool) {
    let mut table = routes.write();
    let options = SubscriptionOptions::new(QoS::AtMostOnce);
    table.insert(filter, None, Subscriber::new(session, None, options));
    routes.changed(filter, is_wildcard);
}

fn receivers(memo: &mut Memo, routes: &Routes) -> usize {
    let hash = routes.hash("a/b");
    usize::from(!memo.matched("a/b", hash, routes).is_empty())
}

fn card() -> Arc<SessionCard> {
    let address = Address { worker: 0, slot: 0, epoch: 0 };
    Arc::new(SessionCard::new(SessionId(1), "client".into(), address, false))
}
