use rmqtt_message::SenderKind;

use crate::load::Load;

/// Messages counted by the kind of their sender.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BySender([u64; SenderKind::ALL.len()]);

impl BySender {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Those of senders of this kind.
    #[must_use]
    pub fn of(&self, kind: SenderKind) -> u64 {
        self.0[kind as usize]
    }

    pub(crate) fn count(&mut self, kind: SenderKind) {
        self.0[kind as usize] += 1;
    }

    fn add(&mut self, other: &Self) {
        for (mine, others) in self.0.iter_mut().zip(other.0) {
            *mine += others;
        }
    }
}

/// Declares the counters: plain ones, and those by sender. A name in quotes is the one by which
/// operators know the counter; a counter by sender has that name, and the same with each kind behind
/// it.
macro_rules! counters {
    (
        plain { $( $(#[$plain_doc:meta])* $plain:ident $(= $plain_name:literal)?, )* }
        by_sender { $( $(#[$by_doc:meta])* $by:ident = $by_name:literal, )* }
    ) => {
        /// What a worker has seen, as plain integers of its own; a reader sums those of all workers.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct Counters {
            $( $(#[$plain_doc])* pub $plain: u64, )*
            $( $(#[$by_doc])* pub $by: BySender, )*
        }

        impl Counters {
            /// Adds another worker's.
            pub fn add(&mut self, other: &Self) {
                $( self.$plain += other.$plain; )*
                $( self.$by.add(&other.$by); )*
            }

            /// Calls `each` with the name and the value of every counter that operators know.
            pub fn for_each(&self, each: &mut dyn FnMut(&'static str, u64)) {
                $( $( each($plain_name, self.$plain); )? )*
                $(
                    each($by_name, self.$by.total());
                    each(concat!($by_name, ".custom"), self.$by.of(SenderKind::Client));
                    each(concat!($by_name, ".admin"), self.$by.of(SenderKind::Admin));
                    each(concat!($by_name, ".lastwill"), self.$by.of(SenderKind::Will));
                    each(concat!($by_name, ".system"), self.$by.of(SenderKind::System));
                    each(concat!($by_name, ".bridge"), self.$by.of(SenderKind::Bridge));
                )*
            }
        }
    };
}

counters! {
    plain {
        /// Clients whose credentials were judged.
        client_authenticate = "client.authenticate",
        /// Clients admitted without accepted credentials.
        client_auth_anonymous = "client.auth.anonymous",
        /// Clients refused since nobody has accepted their credentials.
        client_auth_anonymous_error = "client.auth.anonymous.error",
        /// Connections whose handshake took too long.
        client_handshaking_timeout = "client.handshaking.timeout",
        /// CONNECT packets.
        client_connect = "client.connect",
        /// CONNACK packets.
        client_connack = "client.connack",
        /// CONNACK packets that refuse credentials.
        client_connack_auth_error = "client.connack.auth.error",
        /// CONNACK packets that say that the broker is not available.
        client_connack_unavailable_error = "client.connack.unavailable.error",
        /// All CONNACK packets that refuse.
        client_connack_error = "client.connack.error",
        /// Clients that got a session.
        client_connected = "client.connected",
        /// Clients that had a session, and whose connection has ended.
        client_disconnected = "client.disconnected",
        /// Subscriptions that were judged by access rules.
        client_subscribe_check_acl = "client.subscribe.check.acl",
        /// Publications that were judged by access rules.
        client_publish_check_acl = "client.publish.check.acl",
        /// Subscriptions that clients wanted.
        client_subscribe = "client.subscribe",
        /// Subscriptions that clients wanted no longer.
        client_unsubscribe = "client.unsubscribe",
        /// Subscriptions that were refused.
        client_subscribe_error = "client.subscribe.error",
        /// Subscriptions that were refused by access rules.
        client_subscribe_auth_error = "client.subscribe.auth.error",
        /// Publications that were refused by access rules.
        client_publish_auth_error = "client.publish.auth.error",
        /// Publications that were not taken.
        client_publish_error = "client.publish.error",
        /// QoS 2 publications that had been taken before.
        client_publish_duplicate = "client.publish.duplicate",
        /// Subscriptions made.
        session_subscribed = "session.subscribed",
        /// Subscriptions ended by clients.
        session_unsubscribed = "session.unsubscribed",
        /// Sessions begun.
        session_created = "session.created",
        /// Sessions that went on with another connection.
        session_resumed = "session.resumed",
        /// Sessions ended.
        session_terminated = "session.terminated",
        /// Messages sent with RETAIN 1.
        messages_delivered_retain = "messages.delivered.retain",
        /// Messages acknowledged that were sent with RETAIN 1.
        messages_acked_retain = "messages.acked.retain",
        /// Messages dropped, for any reason.
        messages_dropped = "messages.dropped",
        /// Links accepted.
        links_opened,
        /// Links ended, for any reason.
        links_closed,
        /// Links that the peer has closed without saying goodbye.
        links_ended_by_peer,
        /// Links that broke.
        links_broken,
        /// CONNECTs refused, or never understood.
        connects_refused,
        /// Silent or half-sent links closed to make room.
        links_shed,
        /// Messages put into sessions' queues.
        messages_queued,
        /// Dropped: the expiry has passed.
        dropped_expired,
        /// Dropped: QoS 0 towards a slow reader.
        dropped_slow_reader,
        /// Dropped: the session's queue was full.
        dropped_queue_full,
        /// Dropped: larger than the client takes.
        dropped_too_large,
        /// Dropped: still waiting when its session ended.
        dropped_session_ended,
        /// Dropped: every member of the shared group had just ended its session.
        dropped_no_member,
        /// Dropped: the publication was refused.
        dropped_refused,
        /// Publishers paused for a receiver's queue.
        publishers_paused,
        /// Deliveries to sessions that had ended meanwhile.
        stale_deliveries,
    }
    by_sender {
        /// Messages that were taken to be routed.
        messages_publish = "messages.publish",
        /// Messages put into clients' output.
        messages_delivered = "messages.delivered",
        /// Messages that clients have acknowledged.
        messages_acked = "messages.acked",
        /// Messages that nobody was subscribed to.
        messages_nonsubscribed = "messages.nonsubscribed",
    }
}

/// What a worker has at present.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Connected clients.
    pub connections: u64,
    /// Sessions, connected or not.
    pub sessions: u64,
    /// CONNECTs being judged.
    pub handshakings: u64,
    /// Messages in sessions' queues.
    pub message_queues: u64,
    /// Messages sent and not acknowledged by clients.
    pub out_inflights: u64,
    /// Messages of clients not acknowledged to the end.
    pub in_inflights: u64,
}

impl Gauges {
    /// A session's load has changed.
    pub(crate) fn change(&mut self, from: Load, to: Load) {
        let change = |gauge: &mut u64, from: u64, to: u64| {
            *gauge = (*gauge + to).saturating_sub(from);
        };
        change(&mut self.message_queues, from.queued.into(), to.queued.into());
        change(&mut self.out_inflights, from.out_inflight.into(), to.out_inflight.into());
        change(&mut self.in_inflights, from.in_inflight.into(), to.in_inflight.into());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_stands_once_and_sums_are_sums() {
        let mut counters = Counters::default();
        counters.messages_publish.count(SenderKind::Will);
        counters.messages_publish.count(SenderKind::Client);
        let mut sum = counters;
        sum.add(&counters);
        let mut names = BTreeSet::new();
        sum.for_each(&mut |name, value| {
            assert!(names.insert(name), "{name} stands twice");
            let expected = match name {
                "messages.publish" => 4,
                "messages.publish.lastwill" | "messages.publish.custom" => 2,
                _ => 0,
            };
            assert_eq!(value, expected, "{name}");
        });
        assert_eq!(names.len(), 52);
    }
}
