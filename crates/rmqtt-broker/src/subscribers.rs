use hashbrown::HashMap;
use rmqtt_codec::{QoS, SubscriptionOptions};

use crate::session_card::SessionRef;

/// One session's subscription to one filter, packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subscriber {
    pub(crate) session: SessionRef,
    /// 0: none.
    pub(crate) subscription_id: u32,
    options: u8,
}

impl Subscriber {
    pub(crate) fn new(
        session: SessionRef,
        subscription_id: Option<u32>,
        options: SubscriptionOptions,
    ) -> Self {
        let options = options.qos.as_u8()
            | u8::from(options.no_local) << 2
            | u8::from(options.retain_as_published) << 3
            | (options.retain_handling as u8) << 4;
        Self { session, subscription_id: subscription_id.unwrap_or(0), options }
    }

    pub(crate) fn qos(self) -> QoS {
        QoS::from_u8(self.options & 0b11).expect("packed from a QoS")
    }

    pub(crate) fn no_local(self) -> bool {
        self.options & 0b100 != 0
    }

    pub(crate) fn retain_as_published(self) -> bool {
        self.options & 0b1000 != 0
    }
}

/// The subscribers of one filter, or the members of one shared group. Most have one; some have all
/// the clients of the broker, so each step is independent of their number.
#[derive(Debug, Default)]
pub(crate) enum Subscribers {
    #[default]
    None,
    One(Subscriber),
    Many(Box<Crowd>),
}

#[derive(Debug, Default)]
pub(crate) struct Crowd {
    subscribers: Vec<Subscriber>,
    /// Built when a search through the list would be long.
    places: HashMap<SessionRef, u32, foldhash::fast::RandomState>,
}

/// Up to here the list is searched from its start.
const SHORT: usize = 16;

impl Subscribers {
    pub(crate) fn as_slice(&self) -> &[Subscriber] {
        match self {
            Self::None => &[],
            Self::One(subscriber) => core::slice::from_ref(subscriber),
            Self::Many(crowd) => &crowd.subscribers,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.as_slice().len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::None)
    }

    pub(crate) fn contains(&self, session: SessionRef) -> bool {
        match self {
            Self::None => false,
            Self::One(subscriber) => subscriber.session == session,
            Self::Many(crowd) => crowd.place(session).is_some(),
        }
    }

    /// Adds, or replaces what the session had `[MQTT-3.8.4-3]`; `true`: it had one.
    pub(crate) fn insert(&mut self, subscriber: Subscriber) -> bool {
        match self {
            Self::None => {
                *self = Self::One(subscriber);
                false
            }
            Self::One(first) if first.session == subscriber.session => {
                *first = subscriber;
                true
            }
            Self::One(first) => {
                let crowd =
                    Crowd { subscribers: vec![*first, subscriber], places: HashMap::default() };
                *self = Self::Many(Box::new(crowd));
                false
            }
            Self::Many(crowd) => crowd.insert(subscriber),
        }
    }

    /// Removes; `false`: the session had none.
    pub(crate) fn remove(&mut self, session: SessionRef) -> bool {
        match self {
            Self::None => false,
            Self::One(subscriber) => {
                let found = subscriber.session == session;
                if found {
                    *self = Self::None;
                }
                found
            }
            Self::Many(crowd) => {
                let found = crowd.remove(session);
                if let [last] = crowd.subscribers[..] {
                    *self = Self::One(last);
                }
                found
            }
        }
    }
}

impl Crowd {
    fn place(&self, session: SessionRef) -> Option<usize> {
        if self.places.is_empty() {
            return self.subscribers.iter().position(|s| s.session == session);
        }
        self.places.get(&session).map(|&place| place as usize)
    }

    fn insert(&mut self, subscriber: Subscriber) -> bool {
        if let Some(place) = self.place(subscriber.session) {
            self.subscribers[place] = subscriber;
            return true;
        }
        self.subscribers.push(subscriber);
        if !self.places.is_empty() {
            self.places.insert(subscriber.session, place_number(self.subscribers.len() - 1));
        } else if self.subscribers.len() > SHORT {
            let places = self.subscribers.iter().enumerate();
            self.places = places.map(|(place, s)| (s.session, place_number(place))).collect();
        }
        false
    }

    fn remove(&mut self, session: SessionRef) -> bool {
        let Some(place) = self.place(session) else {
            return false;
        };
        self.subscribers.swap_remove(place);
        if !self.places.is_empty() {
            self.places.remove(&session);
            if let Some(moved) = self.subscribers.get(place) {
                self.places.insert(moved.session, place_number(place));
            }
            if self.subscribers.len() <= SHORT / 2 {
                self.places = HashMap::default();
            }
        }
        if self.subscribers.capacity() > 4 * self.subscribers.len() {
            self.subscribers.shrink_to(2 * self.subscribers.len());
            self.places.shrink_to_fit();
        }
        true
    }
}

fn place_number(place: usize) -> u32 {
    u32::try_from(place).expect("a session has a 32-bit number, and one place at most")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscriber(session: u32, qos: QoS) -> Subscriber {
        Subscriber::new(SessionRef(session), None, SubscriptionOptions::new(qos))
    }

    #[test]
    fn a_session_is_in_the_list_once_and_found_again_at_any_size() {
        for size in [1, 2, SHORT as u32, 3 * SHORT as u32] {
            let mut subscribers = Subscribers::default();
            for session in 0..size {
                assert!(!subscribers.insert(subscriber(session, QoS::AtMostOnce)));
                assert!(subscribers.insert(subscriber(session, QoS::ExactlyOnce)), "replaced");
            }
            assert_eq!(subscribers.len(), size as usize);
            assert!(subscribers.as_slice().iter().all(|s| s.qos() == QoS::ExactlyOnce));
            for session in 0..size {
                assert!(subscribers.contains(SessionRef(session)));
                assert!(subscribers.remove(SessionRef(session)));
                assert!(!subscribers.remove(SessionRef(session)));
                for rest in session + 1..size {
                    assert!(subscribers.contains(SessionRef(rest)));
                }
            }
            assert!(subscribers.is_empty(), "{size}");
        }
    }
}
