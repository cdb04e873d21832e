use std::sync::Arc;

use rmqtt_codec::QoS;
use rmqtt_message::SessionId;

use crate::session_card::SessionCard;
use crate::subscribers::Subscriber;

/// Who gets the messages of one topic: worked out once, then used for every message until a
/// subscription changes. Overlapping subscriptions of a session are one receiver
/// `[MQTT-3.3.4-2]`, `[MQTT-3.3.4-3]`.
#[derive(Debug, Default)]
pub struct Match {
    /// Grouped by worker.
    receivers: Box<[Receiver]>,
    /// Where each worker's receivers end.
    ends: Box<[u32]>,
    subscription_ids: Box<[u32]>,
    /// For sessions that have No Local on some of the matching subscriptions only: what they get of
    /// their own messages. Sorted by session.
    of_own: Box<[Receiver]>,
    pub(crate) shares: Box<[Share]>,
    keeps: bool,
}

/// One session that gets a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receiver {
    pub(crate) slot: u32,
    pub(crate) epoch: u32,
    pub(crate) session: SessionId,
    ids_start: u32,
    ids_len: u16,
    /// The highest QoS granted by the matching subscriptions.
    pub(crate) qos: QoS,
    flags: u8,
}

/// Every matching subscription has No Local.
const NO_LOCAL: u8 = 1;
/// Some have; see `of_own`.
const PARTLY_NO_LOCAL: u8 = 2;
const RETAIN_AS_PUBLISHED: u8 = 4;
const PERSISTENT: u8 = 8;

/// A shared group whose filter matches: one member gets each message.
#[derive(Debug)]
pub(crate) struct Share {
    pub(crate) group: GroupKey,
    pub(crate) topic_hash: u64,
    pub(crate) members: Box<[ShareMember]>,
}

/// Names a shared group while it has members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GroupKey(pub u64);

#[derive(Debug)]
pub(crate) struct ShareMember {
    pub(crate) receiver: Receiver,
    pub(crate) card: Arc<SessionCard>,
}

impl Receiver {
    pub(crate) fn retain_as_published(self) -> bool {
        self.flags & RETAIN_AS_PUBLISHED != 0
    }

    pub(crate) fn is_persistent(self) -> bool {
        self.flags & PERSISTENT != 0
    }
}

impl Match {
    /// The receivers on one worker.
    pub(crate) fn receivers_on(&self, worker: u16) -> &[Receiver] {
        let worker = usize::from(worker);
        let start = if worker == 0 { 0 } else { self.ends[worker - 1] as usize };
        &self.receivers[start..self.ends[worker] as usize]
    }

    /// All receivers.
    pub(crate) fn receivers(&self) -> &[Receiver] {
        &self.receivers
    }

    /// The subscription identifiers that a receiver is sent.
    pub(crate) fn subscription_ids(&self, receiver: &Receiver) -> &[u32] {
        let start = receiver.ids_start as usize;
        &self.subscription_ids[start..start + usize::from(receiver.ids_len)]
    }

    /// How `receiver` gets a message of `publisher`; `None`: not at all.
    pub(crate) fn as_received<'m>(
        &'m self,
        receiver: &'m Receiver,
        publisher: SessionId,
    ) -> Option<&'m Receiver> {
        if receiver.session != publisher || receiver.flags & (NO_LOCAL | PARTLY_NO_LOCAL) == 0 {
            return Some(receiver);
        }
        // [MQTT-3.8.3-3]
        let place = self.of_own.binary_search_by_key(&receiver.session, |own| own.session);
        place.ok().map(|place| &self.of_own[place])
    }

    /// Whether nobody gets the message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.receivers.is_empty() && self.shares.is_empty()
    }

    /// Whether some receiver has to keep QoS 1 and 2 messages, so that an owned copy is worth making
    /// before the message goes to other workers.
    pub(crate) fn keeps(&self) -> bool {
        self.keeps
    }

    /// Receivers and members, for bounding what is remembered.
    pub(crate) fn weight(&self) -> usize {
        self.receivers.len() + self.shares.iter().map(|share| share.members.len()).sum::<usize>()
    }
}

/// Collects the matching subscriptions of one topic into a [`Match`]. Reused.
#[derive(Debug, Default)]
pub(crate) struct MatchBuilder {
    hits: Vec<(Arc<SessionCard>, Subscriber)>,
    receivers: Vec<(u16, Receiver)>,
    subscription_ids: Vec<u32>,
    of_own: Vec<Receiver>,
    shares: Vec<Share>,
}

impl MatchBuilder {
    pub(crate) fn add(&mut self, card: &Arc<SessionCard>, subscriber: Subscriber) {
        self.hits.push((Arc::clone(card), subscriber));
    }

    pub(crate) fn add_share<'c>(
        &mut self,
        group: GroupKey,
        topic_hash: u64,
        members: impl Iterator<Item = (&'c Arc<SessionCard>, Subscriber)>,
    ) {
        let members = members.map(|(card, subscriber)| {
            let receiver = self.receiver(&[(Arc::clone(card), subscriber)], 0);
            ShareMember { receiver, card: Arc::clone(card) }
        });
        let members: Box<[_]> = members.collect::<Vec<_>>().into();
        self.shares.push(Share { group, topic_hash, members });
    }

    pub(crate) fn finish(&mut self, workers: u16) -> Match {
        let mut hits = core::mem::take(&mut self.hits);
        hits.sort_by_key(|(card, _)| card.id);
        for of_one in hits.chunk_by(|a, b| a.0.id == b.0.id) {
            self.add_receiver(of_one);
        }
        hits.clear();
        self.hits = hits;
        // Stable, so receivers of one worker stay in the order of their sessions.
        self.receivers.sort_by_key(|(worker, _)| *worker);
        let mut ends = vec![0_u32; usize::from(workers)];
        for (worker, _) in &self.receivers {
            ends[usize::from(*worker)] += 1;
        }
        let mut end = 0;
        for count in &mut ends {
            end += *count;
            *count = end;
        }
        let receivers: Box<[_]> = self.receivers.drain(..).map(|(_, receiver)| receiver).collect();
        let of_shares = self.shares.iter().flat_map(|share| &share.members);
        let keeps = receivers
            .iter()
            .chain(of_shares.map(|member| &member.receiver))
            .any(|receiver| receiver.is_persistent() && receiver.qos > QoS::AtMostOnce);
        Match {
            receivers,
            ends: ends.into(),
            subscription_ids: self.subscription_ids.drain(..).collect(),
            of_own: self.of_own.drain(..).collect(),
            shares: self.shares.drain(..).collect(),
            keeps,
        }
    }

    fn add_receiver(&mut self, of_one: &[(Arc<SessionCard>, Subscriber)]) {
        let no_local = of_one.iter().filter(|(_, subscriber)| subscriber.no_local()).count();
        let flags = match no_local {
            0 => 0,
            all if all == of_one.len() => NO_LOCAL,
            _ => PARTLY_NO_LOCAL,
        };
        let receiver = self.receiver(of_one, flags);
        self.receivers.push((of_one[0].0.address.worker, receiver));
        if flags == PARTLY_NO_LOCAL {
            let others: Vec<_> =
                of_one.iter().filter(|(_, subscriber)| !subscriber.no_local()).cloned().collect();
            let own = self.receiver(&others, 0);
            self.of_own.push(own);
        }
    }

    fn receiver(&mut self, of_one: &[(Arc<SessionCard>, Subscriber)], mut flags: u8) -> Receiver {
        let card = &of_one[0].0;
        let subscribers = || of_one.iter().map(|(_, subscriber)| *subscriber);
        if subscribers().any(Subscriber::retain_as_published) {
            flags |= RETAIN_AS_PUBLISHED;
        }
        if card.is_persistent() {
            flags |= PERSISTENT;
        }
        let ids_start = self.subscription_ids.len();
        let ids = subscribers().map(|s| s.subscription_id).filter(|&id| id != 0);
        // A client with more matching identifiers than fit is sent the first ones.
        self.subscription_ids.extend(ids.take(usize::from(u16::MAX)));
        let ids_len = self.subscription_ids.len() - ids_start;
        Receiver {
            slot: card.address.slot,
            epoch: card.address.epoch,
            session: card.id,
            ids_start: u32::try_from(ids_start).expect("fewer identifiers than 32 bits count"),
            ids_len: u16::try_from(ids_len).expect("taken from at most 65,535"),
            qos: subscribers().map(Subscriber::qos).max().unwrap_or_default(),
            flags,
        }
    }
}
