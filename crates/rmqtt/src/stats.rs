//! What the node has at present, and the most that it had since its start.

use std::sync::atomic::{AtomicI64, Ordering};

use rmqtt_broker::{DirectoryCounts, Gauges};
use rmqtt_message::Now;

use rate::Rate;

mod rate;
mod system;

pub use system::SystemStats;

/// One of the [`Stats`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// At present.
    pub count: u64,
    /// The most since the start of the broker.
    pub max: u64,
}

/// A number as operators read it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StatValue {
    /// So many.
    Count(u64),
    /// So many per second.
    Rate(f64),
    /// An object without a member: it would have one for each of what this node has none of.
    Empty,
}

macro_rules! stats {
    ($( $(#[$doc:meta])* $field:ident, )*) => {
        /// What the node has at present.
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub struct Stats {
            $( $(#[$doc])* pub $field: Stat, )*
            /// CONNECTs per second, the mean of the last five seconds.
            pub handshakings_rate: f64,
        }

        impl Stats {
            /// Calls `each` with the name and the value of every number that operators know:
            /// `NAME.count`, then `NAME.max`, then those that have no maximum.
            pub fn for_each(&self, each: &mut dyn FnMut(&'static str, StatValue)) {
                $(
                    each(concat!(stringify!($field), ".count"), StatValue::Count(self.$field.count));
                    each(concat!(stringify!($field), ".max"), StatValue::Count(self.$field.max));
                )*
                // A CONNECT waits for no place to be judged in: each of them is active.
                each("handshakings_active.count", StatValue::Count(self.handshakings.count));
                each("handshakings_rate", StatValue::Rate(self.handshakings_rate));
            }
        }

        /// The numbers as the workers and the directory write them, once per turn at most.
        #[derive(Debug, Default)]
        pub(crate) struct Gauged {
            $( $field: Gauge, )*
            connects: Rate,
        }

        impl Gauged {
            pub(crate) fn read(&self, now: Now) -> Stats {
                Stats {
                    $( $field: self.$field.read(), )*
                    handshakings_rate: self.connects.read(now),
                }
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

    /// So many CONNECTs have come.
    pub(crate) fn note_connects(&self, connects: u64, now: Now) {
        self.connects.note(connects, now);
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
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// What operators know from RMQTT, with `.count` and `.max` each.
    const WITH_MAXIMUM: [&str; 16] = [
        "handshakings",
        "connections",
        "sessions",
        "subscriptions",
        "subscriptions_shared",
        "retaineds",
        "message_queues",
        "out_inflights",
        "in_inflights",
        "forwards",
        "message_storages",
        "delayed_publishs",
        "topics",
        "routes",
        "grpc_server_actives",
        "grpc_clients_actives",
    ];

    /// The same, without.
    const WITHOUT_MAXIMUM: [&str; 4] =
        ["handshakings_active.count", "handshakings_rate", "execs_actives", "grpc_message_rates"];

    fn at(mono_ms: u64) -> Now {
        Now { mono_ms, wall_ms: 0 }
    }

    fn values(stats: &Stats) -> BTreeMap<&'static str, StatValue> {
        let mut values = BTreeMap::new();
        stats.for_each(&mut |name, value| {
            assert_eq!(values.insert(name, value), None, "{name} stands twice");
        });
        values
    }

    #[test]
    fn every_name_that_operators_know_is_there_and_no_other() {
        let mut names: BTreeSet<&str> = values(&Stats::default()).into_keys().collect();
        SystemStats::default().for_each(&mut |name, _| {
            assert!(names.insert(name), "{name} stands twice");
        });
        let ends = WITH_MAXIMUM.iter().flat_map(|name| [".count", ".max"].map(|end| (name, end)));
        let with_maximum: Vec<String> = ends.map(|(name, end)| format!("{name}{end}")).collect();
        let known = with_maximum.iter().map(String::as_str).chain(WITHOUT_MAXIMUM);
        assert_eq!(names, known.collect());
    }

    #[test]
    fn the_most_is_remembered_and_what_several_workers_have_is_summed() {
        let gauged = Gauged::default();
        let nothing = Gauges::default();
        let three = Gauges { connections: 3, ..nothing };
        let four = Gauges { connections: 4, handshakings: 2, ..nothing };
        gauged.worker_changed(&nothing, &three);
        gauged.worker_changed(&nothing, &four);
        gauged.worker_changed(&three, &nothing);
        gauged.note_connects(3, at(0));
        let read = gauged.read(at(1_000));
        assert_eq!(read.connections, Stat { count: 4, max: 7 });
        let values = values(&read);
        for (name, expected) in [
            ("connections.count", StatValue::Count(4)),
            ("connections.max", StatValue::Count(7)),
            ("handshakings.count", StatValue::Count(2)),
            ("handshakings_active.count", StatValue::Count(2)),
            ("handshakings_rate", StatValue::Rate(3.0)),
        ] {
            assert_eq!(values[name], expected, "{name}");
        }
    }
}
