//! What the node has at present, and the most that it had since its start.

use std::sync::atomic::{AtomicI64, Ordering};

use rmqtt_broker::{DirectoryCounts, Gauges};

/// One of the [`Stats`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// At present.
    pub count: u64,
    /// The most since the start of the broker.
    pub max: u64,
}

macro_rules! stats {
    ($( $(#[$doc:meta])* $field:ident, )*) => {
        /// What the node has at present.
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub struct Stats {
            $( $(#[$doc])* pub $field: Stat, )*
        }

        impl Stats {
            /// Calls `each` with the name and the value of every number that operators know:
            /// `NAME.count`, then `NAME.max`.
            pub fn for_each(&self, each: &mut dyn FnMut(&'static str, u64)) {
                $(
                    each(concat!(stringify!($field), ".count"), self.$field.count);
                    each(concat!(stringify!($field), ".max"), self.$field.max);
                )*
            }
        }

        /// The numbers as the workers and the directory write them, once per turn at most.
        #[derive(Debug, Default)]
        pub(crate) struct Gauged {
            $( $field: Gauge, )*
        }

        impl Gauged {
            pub(crate) fn read(&self) -> Stats {
                Stats { $( $field: self.$field.read(), )* }
            }
        }
    };
}

stats! {
    /// CONNECTs being judged.
    handshakings,
    /// Connected clients.
    connections,
    /// Sessions, connected or not.
    sessions,
    /// Subscriptions, shared ones included.
    subscriptions,
    /// Shared subscriptions.
    subscriptions_shared,
    /// Retained messages.
    retaineds,
    /// Messages in the queues of sessions.
    message_queues,
    /// Messages sent and not acknowledged by clients.
    out_inflights,
    /// Messages of clients not acknowledged to the end.
    in_inflights,
    /// Messages under way to other nodes.
    forwards,
    /// Messages in the message storage.
    message_storages,
    /// Messages that wait for their time.
    delayed_publishs,
    /// Filters with subscribers.
    topics,
    /// Filters with subscribers, counted for each node that has some.
    routes,
}

#[derive(Debug, Default)]
struct Gauge {
    count: AtomicI64,
    max: AtomicI64,
}

impl Gauge {
    fn change(&self, from: u64, to: u64) {
        if from != to {
            let change = to.cast_signed().wrapping_sub(from.cast_signed());
            let count = self.count.fetch_add(change, Ordering::Relaxed).wrapping_add(change);
            self.max.fetch_max(count, Ordering::Relaxed);
        }
    }

    fn set(&self, count: usize) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        if self.count.swap(count, Ordering::Relaxed) != count {
            self.max.fetch_max(count, Ordering::Relaxed);
        }
    }

    fn read(&self) -> Stat {
        let read = |value: &AtomicI64| u64::try_from(value.load(Ordering::Relaxed)).unwrap_or(0);
        Stat { count: read(&self.count), max: read(&self.max) }
    }
}

impl Gauged {
    pub(crate) fn worker_changed(&self, before: &Gauges, now: &Gauges) {
        self.handshakings.change(before.handshakings, now.handshakings);
        self.connections.change(before.connections, now.connections);
        self.sessions.change(before.sessions, now.sessions);
        self.message_queues.change(before.message_queues, now.message_queues);
        self.out_inflights.change(before.out_inflights, now.out_inflights);
        self.in_inflights.change(before.in_inflights, now.in_inflights);
    }

    pub(crate) fn directory_changed(&self, counts: &DirectoryCounts) {
        self.subscriptions.set(counts.subscriptions);
        self.subscriptions_shared.set(counts.subscriptions_shared);
        self.retaineds.set(counts.retained);
        self.delayed_publishs.set(counts.delayed);
        self.topics.set(counts.filters);
        // There is one node.
        self.routes.set(counts.filters);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_is_remembered_and_what_several_workers_have_is_summed() {
        let gauged = Gauged::default();
        let nothing = Gauges::default();
        let three = Gauges { connections: 3, ..nothing };
        let four = Gauges { connections: 4, ..nothing };
        gauged.worker_changed(&nothing, &three);
        gauged.worker_changed(&nothing, &four);
        gauged.worker_changed(&three, &nothing);
        let mut seen = Vec::new();
        gauged.read().for_each(&mut |name, value| seen.push((name, value)));
        assert_eq!(gauged.read().connections, Stat { count: 4, max: 7 });
        assert!(seen.contains(&("connections.count", 4)) && seen.contains(&("connections.max", 7)));
        assert_eq!(seen.len(), 28);
    }
}
