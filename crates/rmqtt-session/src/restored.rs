//! A session from an earlier life of the process.

use std::sync::Arc;

use rmqtt_codec::{PacketId, ProtocolVersion, QoS};
use rmqtt_message::{Message, Now, SessionId};

use crate::keep_alive::KeepAlive;
use crate::policy::ListenerPolicy;
use crate::session::{Login, Session};
use crate::will::Will;

/// What a store gives back of a session. It has no connection.
#[derive(Debug)]
pub struct Restored {
    /// Its name.
    pub id: SessionId,
    /// The terms that hold for it until its client comes back.
    pub policy: Arc<ListenerPolicy>,
    /// The version of its last connection.
    pub version: ProtocolVersion,
    /// The keep-alive of its last connection, seconds.
    pub keep_alive_s: u16,
    /// The user name of its last connection.
    pub username: Option<Box<str>>,
    /// Session Expiry Interval, seconds; `u32::MAX`: for ever.
    pub expiry_interval_s: u32,
    /// How long ago its connection ended, milliseconds.
    pub offline_ms: u64,
    /// Packet ids of the client's QoS 2 messages that it has not released.
    pub received: Vec<PacketId>,
    /// What was sent and not acknowledged, in the order of the first sending.
    pub inflight: Vec<RestoredInflight>,
    /// What waits, the oldest first; of QoS 1 and 2.
    pub queue: Vec<RestoredMessage>,
    /// The Will that is still to be published.
    pub will: Option<Box<Will>>,
}

/// A packet id that the client has not acknowledged.
#[derive(Debug)]
pub struct RestoredInflight {
    /// The packet id.
    pub packet_id: PacketId,
    /// The message; `None`: only its release is owed.
    pub message: Option<RestoredMessage>,
}

/// A message with what is its receiver's own.
#[derive(Debug, Clone)]
pub struct RestoredMessage {
    /// The message.
    pub message: Message,
    /// The QoS for this receiver.
    pub qos: QoS,
    /// The RETAIN flag for this receiver.
    pub retain: bool,
    /// The identifiers of its subscriptions that matched.
    pub subscription_ids: Box<[u32]>,
}

impl Session {
    /// A session as it was, without its connection.
    #[must_use]
    pub fn restore(restored: Restored, now: Now) -> Self {
        let Restored { policy, keep_alive_s, username, .. } = restored;
        let keep_alive = KeepAlive::new(keep_alive_s, policy.keep_alive_backoff, now);
        let mut session = Self::unconnected(restored.id, policy, restored.version, keep_alive);
        session.keep_alive_s = keep_alive_s;
        session.expiry_interval_s = restored.expiry_interval_s;
        session.expire_since(now, restored.offline_ms);
        session.will = restored.will;
        session.login = username.map(|username| Box::new(Login::of_user(username)));
        for packet_id in restored.received {
            session.inbound.on_publish(QoS::ExactlyOnce, packet_id);
        }
        session.inbound.begin_connection();
        session.inflight.restore(restored.inflight, now);
        if !restored.queue.is_empty() {
            let outbox = session.outbox.get_or_insert_default();
            restored.queue.into_iter().for_each(|message| outbox.restore(message));
        }
        session
    }
}

#[cfg(test)]
mod tests {
    use rmqtt_message::{MessageId, MessageRef, Sender};

    use super::*;

    const NOW: Now = Now { mono_ms: 5_000, wall_ms: 1_700_000_000_000 };

    fn message(seq: u64, qos: QoS) -> RestoredMessage {
        let message = MessageRef {
            id: MessageId { node: 1, incarnation: 1, seq },
            publisher: SessionId(1),
            sender: Sender::default(),
            qos,
            retain: false,
            published_wall_ms: 0,
            expires_wall_ms: None,
            expiry_is_published: false,
            topic: "t",
            properties: &[],
            payload: b"m",
        };
        let message = message.to_message(&mut Vec::new());
        RestoredMessage { message, qos, retain: false, subscription_ids: Box::default() }
    }

    fn restored() -> Restored {
        Restored {
            id: SessionId(7),
            policy: Arc::default(),
            version: ProtocolVersion::V5,
            keep_alive_s: 60,
            username: None,
            expiry_interval_s: 100,
            offline_ms: 30_000,
            received: Vec::new(),
            inflight: Vec::new(),
            queue: Vec::new(),
            will: None,
        }
    }

    fn id(id: u16) -> PacketId {
        PacketId::new(id).unwrap()
    }

    #[test]
    fn its_time_runs_on_from_the_end_of_its_connection() {
        let mut session = Session::restore(restored(), NOW);
        assert!(!session.is_online());
        assert_eq!(session.next_deadline(), Some(NOW.mono_ms + 70_000));
        assert!(!session.handle_timeout(NOW.plus_ms(69_999)).over);
        assert!(session.handle_timeout(NOW.plus_ms(70_000)).over);
    }

    #[test]
    fn one_whose_time_has_passed_is_over_at_once() {
        let mut session = Session::restore(Restored { offline_ms: 10_000_000, ..restored() }, NOW);
        assert!(session.next_deadline().is_some_and(|at| at <= NOW.mono_ms));
        assert!(session.handle_timeout(NOW).over);
    }

    #[test]
    fn one_that_never_ends_does_not() {
        let never = Restored { expiry_interval_s: u32::MAX, offline_ms: u64::MAX, ..restored() };
        assert_eq!(Session::restore(never, NOW).next_deadline(), None);
    }

    #[test]
    fn messages_are_where_they_were() {
        let inflight = [(9, Some(QoS::AtLeastOnce)), (10, None), (11, Some(QoS::ExactlyOnce))];
        let inflight = inflight.map(|(packet_id, qos)| RestoredInflight {
            packet_id: id(packet_id),
            message: qos.map(|qos| message(u64::from(packet_id), qos)),
        });
        let queue = vec![message(20, QoS::AtLeastOnce), message(21, QoS::ExactlyOnce)];
        let restored = Restored { inflight: inflight.into(), queue, ..restored() };
        let session = Session::restore(restored, NOW);
        assert_eq!(session.inflight_len(), 3);
        assert_eq!(session.queue_len(), 2);
        let seqs: Vec<u64> = session.inflight_messages().map(|m| m.id().seq).collect();
        assert_eq!(seqs, [9, 11]);
    }

    #[test]
    fn a_repetition_of_what_was_received_before_is_known() {
        let mut session = Session::restore(Restored { received: vec![id(3)], ..restored() }, NOW);
        assert_eq!(session.inbound_len(), 0, "a connection begins with its whole window");
        assert!(session.inbound.on_pubrel(id(3)));
    }
}
