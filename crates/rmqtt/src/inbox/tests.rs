use std::sync::Arc;

use rmqtt_broker::{
    Directory, DirectoryConfig, LinkId, Origin, Replies, Routes, Worker, WorkerConfig,
};
use rmqtt_codec::{
    Connect, Filters, Packet, PacketId, ProtocolVersion, Publish, QoS, ReasonCode, Subscribe,
    SubscribeFilter, SubscriptionOptions,
};
use rmqtt_message::{MessageId, MessageRef, Now, Sender, SessionId};
use rmqtt_session::{Anonymous, ListenerPolicy};
use tokio::sync::oneshot::error::TryRecvError;

use super::*;

const NOW: Now = Now { mono_ms: 1_000, wall_ms: 1_700_000_000_000 };

/// The answer to a subscription has its retained messages. What was published after it had been
/// made, and came from another worker, was delivered before them, and looked like the older.
#[test]
fn answers_and_deliveries_keep_the_order_of_their_arrival() {
    let inbox = Inbox::new(usize::MAX);
    let mut sender = Publisher::new();
    inbox.put(|mail| mail.push_reply(reply()));
    assert!(inbox.try_append(&mut sender.batch(), 0));
    assert!(inbox.try_append(&mut sender.batch(), 0));
    inbox.put_without_wake(|mail| mail.push_reply(reply()));
    assert!(inbox.try_append(&mut sender.batch(), 0));
    let mut mail = Mail::default();
    inbox.take(&mut mail, &mut Vec::new());
    let kinds: Vec<&str> = mail
        .letters
        .iter()
        .map(|letter| match letter {
            Letter::Reply(_) => "answer",
            Letter::Batch(_) => "deliveries",
        })
        .collect();
    assert_eq!(kinds, ["answer", "deliveries", "answer", "deliveries"]);
}

#[test]
fn deliveries_beyond_the_bound_are_refused_until_the_inbox_was_emptied() {
    let inbox = Inbox::new(0);
    let mut sender = Publisher::new();
    assert!(inbox.try_append(&mut sender.batch(), 0), "the largest batch fits at some time");
    inbox.put(|mail| mail.push_reply(reply()));
    let mut second = sender.batch();
    assert!(!inbox.try_append(&mut second, 7));
    assert!(!second.is_empty(), "it is untouched");
    let (mut mail, mut refused) = (Mail::default(), Vec::new());
    inbox.take(&mut mail, &mut refused);
    assert_eq!(refused, [7]);
    mail.letters.clear();
    assert!(inbox.try_append(&mut second, 7));
    refused.clear();
    inbox.take(&mut mail, &mut refused);
    assert_eq!((mail.letters.len(), refused.len()), (1, 0));
}

#[test]
fn the_inbox_of_a_worker_that_has_ended_keeps_nothing() {
    let inbox = Inbox::new(0);
    let mut sender = Publisher::new();
    assert!(inbox.try_append(&mut sender.batch(), 0));
    let (waiting, mut answer) = oneshot::channel();
    inbox.put(|mail| mail.errands.push(Errand::Count(waiting)));
    let mut refused = sender.batch();
    assert!(!inbox.try_append(&mut refused, 7));

    assert_eq!(inbox.close(), [7], "who was refused may try again");
    assert_eq!(answer.try_recv(), Err(TryRecvError::Closed), "nobody answers what waited");
    assert!(inbox.try_append(&mut refused, 7));
    assert!(refused.is_empty());
    let (late, mut answer) = oneshot::channel();
    inbox.put(|mail| mail.errands.push(Errand::Count(late)));
    assert_eq!(answer.try_recv(), Err(TryRecvError::Closed), "nor what comes later");
    inbox.put_without_wake(|mail| mail.push_reply(reply()));
    let mut mail = Mail::default();
    inbox.take(&mut mail, &mut Vec::new());
    assert!(mail.letters.is_empty() && mail.errands.is_empty());
}

fn reply() -> Reply {
    let message = MessageRef {
        id: MessageId::default(),
        publisher: SessionId::BROKER,
        sender: Sender::default(),
        qos: QoS::AtMostOnce,
        retain: false,
        published_wall_ms: NOW.wall_ms,
        expires_wall_ms: None,
        expiry_is_published: false,
        topic: "t",
        properties: &[],
        payload: &[],
    };
    let message = message.to_message(&mut Vec::new());
    let waits = Err((message, ReasonCode::QuotaExceeded));
    Reply::Delayed { origin: Origin::Broker { worker: 0 }, waits }
}

/// A worker whose client publishes to a subscriber of another worker.
struct Publisher {
    workers: [Worker; 2],
    directory: Directory,
    publisher: LinkId,
}

impl Publisher {
    fn new() -> Self {
        let routes = Arc::new(Routes::new(2, 1));
        let worker = |index| {
            let config = WorkerConfig { index, workers: 2, ..WorkerConfig::single() };
            Worker::new(config, Arc::clone(&routes), NOW)
        };
        let directory = Directory::new(DirectoryConfig::default(), Arc::clone(&routes));
        let workers = [worker(0), worker(1)];
        let mut sender = Self { workers, directory, publisher: LinkId(0) };
        sender.publisher = sender.connect(0, "publisher");
        let subscriber = sender.connect(1, "subscriber");
        let options = SubscriptionOptions::new(QoS::AtMostOnce);
        let filters = [SubscribeFilter { filter: "a", options }];
        let subscribe = Subscribe {
            packet_id: PacketId::new(1).unwrap(),
            subscription_id: None,
            user_properties: Default::default(),
            filters: Filters::new(&filters),
        };
        sender.send(1, subscriber, &Packet::Subscribe(subscribe));
        sender
    }

    /// What one message comes to.
    fn batch(&mut self) -> Batch {
        let publish = Publish {
            dup: false,
            qos: QoS::AtMostOnce,
            retain: false,
            topic: "a",
            packet_id: None,
            properties: Default::default(),
            payload: b"payload",
        };
        self.send(0, self.publisher, &Packet::Publish(publish));
        let batch = std::mem::take(self.workers[0].batch_for(1));
        assert!(batch.bytes() > 0);
        batch
    }

    fn connect(&mut self, worker: usize, client_id: &str) -> LinkId {
        let policy = ListenerPolicy { anonymous: Anonymous::Always, ..ListenerPolicy::default() };
        let peer = "127.0.0.1:5000".parse().unwrap();
        let link = self.workers[worker].open_link(&Arc::new(policy), peer, NOW);
        self.send(worker, link, &Packet::Connect(Connect::new(ProtocolVersion::V5, client_id)));
        link
    }

    fn send(&mut self, worker: usize, link: LinkId, packet: &Packet<'_>) {
        let mut bytes = Vec::new();
        packet.encode(ProtocolVersion::V5, &mut bytes).unwrap();
        self.workers[worker].receive(link, &bytes, NOW);
        let mut replies = Replies::new();
        for request in std::mem::take(self.workers[worker].requests()) {
            self.directory.handle(request, NOW, &mut replies);
        }
        for (to, reply) in replies {
            self.workers[usize::from(to)].handle_reply(reply, NOW);
        }
    }
}
