use std::collections::{HashMap, HashSet};

use rmqtt_codec::QoS;
use rmqtt_topic::{Features, SubscriptionFilter, matches, parse_delayed};

/// What all clients have said so far: nothing else may come out of the broker.
#[derive(Default)]
pub(super) struct World {
    /// By client identifier: every filter that it ever asked for, without its prefix.
    asked: HashMap<String, Vec<(String, QoS)>>,
    /// Topic and payload of everything that was published, Wills included.
    published: HashSet<(String, Vec<u8>)>,
}

impl World {
    /// A client asks for what matches `text`.
    pub(super) fn asks(&mut self, client_id: &str, text: &str, qos: QoS) {
        let asked = self.asked.entry(client_id.to_owned()).or_default();
        // A prefix may mean something to this listener, or be a part of the filter.
        for features in
            [Features { shared: true, limit: true }, Features { shared: false, limit: false }]
        {
            if let Ok(subscription) = SubscriptionFilter::parse(text, features) {
                asked.push((subscription.filter.to_owned(), qos));
            }
        }
    }

    /// A client has its identifier from the broker from now on.
    pub(super) fn renames(&mut self, before: &str, client_id: &str) {
        let asked = self.asked.get(before).cloned().unwrap_or_default();
        self.asked.insert(client_id.to_owned(), asked);
    }

    /// Somebody publishes, now or later.
    pub(super) fn publishes(&mut self, topic: &str, payload: &[u8]) {
        self.published.insert((topic.to_owned(), payload.to_vec()));
        if let Some(Ok(delayed)) = parse_delayed(topic) {
            self.published.insert((delayed.topic.to_owned(), payload.to_vec()));
        }
    }

    /// What a client receives was published, and it asked for that.
    pub(super) fn check_delivery(&self, client_id: &str, topic: &str, payload: &[u8], qos: QoS) {
        let message = (topic.to_owned(), payload.to_vec());
        assert!(self.published.contains(&message), "nobody published {message:?}");
        let asked = self.asked.get(client_id);
        let mut fitting =
            asked.into_iter().flatten().filter(|(filter, _)| matches(filter, topic)).peekable();
        assert!(fitting.peek().is_some(), "{client_id:?} did not ask for {topic:?}");
        assert!(
            fitting.any(|(_, asked)| qos <= *asked),
            "{client_id:?} asked for less than {qos:?}"
        );
    }
}
