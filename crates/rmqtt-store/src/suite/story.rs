use rmqtt_codec::{PacketId, QoS, RetainHandling, SubscriptionOptions};
use rmqtt_message::{
    MessageId, MessageRef, ReceiversBuf, Record, RecordBatch, Sender, SenderKind, SessionId,
    WillRecord,
};

/// Generates records, the same ones for the same seed. Few sessions, topics and packet ids, so that
/// the records meet; some are about things that do not exist.
#[derive(Debug)]
pub struct Story {
    random: u64,
    messages: u64,
    payload: Vec<u8>,
    receivers: ReceiversBuf,
}

impl Story {
    /// The story of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { random: seed, messages: 0, payload: Vec::new(), receivers: ReceiversBuf::default() }
    }

    /// Adds the next so many records to `batch`.
    pub fn tell(&mut self, records: usize, batch: &mut RecordBatch) {
        for _ in 0..records {
            match self.below(20) {
                0..=5 => self.enqueue(batch),
                6 => self.store_message(batch),
                7 => self.subscribe(batch),
                8 => self.set_will(batch),
                9 | 10 => self.open(batch),
                _ => batch.push(&self.small_record()),
            }
        }
    }

    fn open(&mut self, batch: &mut RecordBatch) {
        let session = self.session();
        batch.push(&Record::SessionOpened {
            session,
            client_id: CLIENTS[self.below(CLIENTS.len())],
            epoch: self.number(),
            expiry_interval_s: self.number() as u32,
            wall_ms: self.number(),
        });
    }

    fn enqueue(&mut self, batch: &mut RecordBatch) {
        self.receivers.clear();
        for _ in 0..1 + self.below(3) {
            let session = self.session();
            let ids = [self.number() as u32, 7, u32::MAX];
            let ids_len = self.below(ids.len() + 1);
            let (qos, retain) = (self.qos(), self.flag());
            self.receivers.push(session, qos, retain, &ids[..ids_len]);
        }
        self.new_payload();
        let message = self.new_message();
        let message = MessageRef { payload: &self.payload, ..message };
        batch.push(&Record::Enqueued { message, receivers: self.receivers.as_receivers() });
    }

    fn store_message(&mut self, batch: &mut RecordBatch) {
        self.new_payload();
        let due_wall_ms = self.number();
        let is_retained = self.flag();
        let message = self.new_message();
        let message = MessageRef { payload: &self.payload, ..message };
        batch.push(&match is_retained {
            true => Record::Retained { message },
            false => Record::Delayed { message, due_wall_ms },
        });
    }

    fn subscribe(&mut self, batch: &mut RecordBatch) {
        let session = self.session();
        batch.push(&Record::Subscribed {
            session,
            filter: self.topic(),
            share: self.share(),
            limit: self.flag().then(|| self.number() as u32),
            options: SubscriptionOptions {
                qos: self.qos(),
                no_local: self.flag(),
                retain_as_published: self.flag(),
                retain_handling: match self.below(3) {
                    0 => RetainHandling::SendAtSubscribe,
                    1 => RetainHandling::SendIfNew,
                    _ => RetainHandling::DoNotSend,
                },
            },
            subscription_id: self.flag().then(|| self.number() as u32),
        });
    }

    fn set_will(&mut self, batch: &mut RecordBatch) {
        self.new_payload();
        let session = self.session();
        let will = WillRecord {
            topic: self.topic(),
            properties: PROPERTIES,
            payload: &[],
            qos: self.qos(),
            retain: self.flag(),
            delay_interval_s: self.number() as u32,
            message_expiry_interval_s: self.flag().then(|| self.number() as u32),
        };
        let will = WillRecord { payload: &self.payload, ..will };
        batch.push(&Record::WillSet { session, will });
    }

    fn small_record(&mut self) -> Record<'static> {
        let (session, packet_id, message) =
            (self.session(), self.packet_id(), self.known_message());
        match self.below(16) {
            0..=4 => Record::Sent { session, packet_id, message },
            5 | 6 => Record::ReleaseOwed { session, packet_id },
            7 | 8 => Record::Acknowledged { session, packet_id },
            9 => Record::Dequeued { session, message },
            10 => Record::Received { session, packet_id },
            11 => Record::Released { session, packet_id },
            12 => Record::Unsubscribed { session, filter: self.topic(), share: self.share() },
            13 => match self.below(3) {
                0 => Record::SessionEnded { session },
                _ => Record::SessionDetached {
                    session,
                    expiry_interval_s: self.number() as u32,
                    wall_ms: self.number(),
                },
            },
            14 => match self.flag() {
                true => Record::RetainedRemoved { topic: self.topic() },
                false => Record::DelayedDone { message },
            },
            _ => Record::WillCleared { session },
        }
    }

    fn new_message(&mut self) -> MessageRef<'static> {
        self.messages += 1;
        let published_wall_ms = self.number();
        MessageRef {
            id: message_id(self.messages),
            publisher: self.session(),
            sender: if self.flag() {
                Sender { kind: SenderKind::Will, details: b"\0\x01\0c" }
            } else {
                Sender::default()
            },
            qos: self.qos(),
            retain: self.flag(),
            published_wall_ms,
            expires_wall_ms: self
                .flag()
                .then(|| published_wall_ms.saturating_add(self.number() >> 1)),
            expiry_is_published: self.flag(),
            topic: self.topic(),
            properties: if self.flag() { PROPERTIES } else { &[] },
            payload: &[],
        }
    }

    fn new_payload(&mut self) {
        let len = if self.below(10) == 0 { self.below(5_000) } else { self.below(20) };
        let byte = self.below(256) as u8;
        self.payload.clear();
        self.payload.resize(len, byte);
    }

    /// One of the latest messages.
    fn known_message(&mut self) -> MessageId {
        let back = self.below(8) as u64;
        message_id(self.messages.saturating_sub(back))
    }

    fn session(&mut self) -> SessionId {
        // The last one needs all its bytes.
        [SessionId(1), SessionId(2), SessionId(3), SessionId(u64::MAX)][self.below(4)]
    }

    fn packet_id(&mut self) -> PacketId {
        let ids = [PacketId::MIN, PacketId::new(200).unwrap_or(PacketId::MAX), PacketId::MAX];
        ids[self.below(3)]
    }

    fn topic(&mut self) -> &'static str {
        TOPICS[self.below(TOPICS.len())]
    }

    fn share(&mut self) -> Option<&'static str> {
        [None, None, Some("g"), Some("ü")][self.below(4)]
    }

    fn qos(&mut self) -> QoS {
        [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][self.below(3)]
    }

    fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    /// A number of any magnitude, below the largest.
    fn number(&mut self) -> u64 {
        let bits = self.below(64);
        self.next() & ((1 << bits) - 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn next(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let product = u128::from(self.random) * u128::from(self.random ^ 0xD6E8_FEB8_6659_FD93);
        (product >> 64) as u64 ^ product as u64
    }
}

fn message_id(seq: u64) -> MessageId {
    MessageId { node: 1, incarnation: 3, seq }
}

const CLIENTS: [&str; 3] = ["", "client", "ü/with/slashes"];
const TOPICS: [&str; 4] = ["a", "a/b", "sensors/+/temperature/#", "ü"];
/// Content Type "x", as in a PUBLISH.
const PROPERTIES: &[u8] = &[3, 0, 1, b'x'];
