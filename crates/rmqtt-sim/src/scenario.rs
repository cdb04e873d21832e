use std::sync::Arc;

use rmqtt_broker::{DelayedLimits, DirectoryConfig, ShareStrategy};
use rmqtt_session::{Anonymous, Features, ListenerPolicy, Overflow, QueueLimits};

use crate::random::Random;

mod persona;
mod terms;

pub(crate) use persona::Persona;
pub(crate) use terms::Terms;

/// What one seed plays with, fixed for the whole run.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) workers: u16,
    pub(crate) policy: Arc<ListenerPolicy>,
    /// What clients know of it.
    pub(crate) terms: Terms,
    pub(crate) directory: DirectoryConfig,
    pub(crate) share_strategy: ShareStrategy,
    pub(crate) has_authenticator: bool,
    /// Somebody has a say in publications and subscriptions.
    pub(crate) has_deciders: bool,
    /// Somebody looks on, so that it is known who did not get what.
    pub(crate) has_observers: bool,
    /// Whether records are kept, and how well.
    pub(crate) store: Option<StoreHabits>,
    pub(crate) personas: Vec<Persona>,
    /// Clients that break rules.
    pub(crate) hostiles: usize,
    /// The node is lost now and then, and begins again with what the store has.
    pub(crate) restarts: bool,
    /// The node shuts down in the middle of everything.
    pub(crate) ends_by_shutdown: bool,
    /// How often something goes wrong, against 100 times that it does not.
    pub(crate) faults: u64,
}

/// How the store behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoreHabits {
    /// Some batches fail, or are refused.
    pub(crate) fails: bool,
}

/// What a connection has until its CONNECT is accepted, milliseconds.
pub(crate) const HANDSHAKE_TIMEOUT_MS: u64 = 15_000;
/// A queue of so many messages never fills in a run.
const ENDLESS_MESSAGES: usize = 100_000;

impl Scenario {
    pub(crate) fn new(random: &mut Random) -> Self {
        // With tight bounds messages are dropped, which weakens other invariants: not in every run.
        let is_tight = random.chance(25);
        let terms = Terms::new(random);
        let policy = policy(random, terms, is_tight);
        let has_authenticator = random.chance(30);
        let clients = random.between(4, 9);
        let personas =
            (0..clients).map(|_| Persona::new(&policy, has_authenticator, random)).collect();
        let has_deciders = random.chance(30);
        let store = random.chance(60).then(|| StoreHabits { fails: random.chance(40) });
        // What a hook has not judged yet is lost with the node.
        let is_kept = store.is_some_and(|habits| !habits.fails) && !has_deciders;
        Self {
            workers: u16::try_from(random.between(2, 4)).expect("a small number"),
            policy: Arc::new(policy),
            terms,
            directory: directory(random),
            share_strategy: random.pick(&ShareStrategy::ALL),
            has_authenticator,
            has_deciders,
            store,
            restarts: is_kept && random.chance(60),
            personas,
            has_observers: random.chance(60),
            hostiles: random.weighted(&[40, 35, 25]),
            ends_by_shutdown: random.chance(15),
            faults: random.between(0, 8),
        }
    }

    /// Whether delayed messages always find room.
    pub(crate) fn delays_hold(&self) -> bool {
        self.directory.delayed.max_messages >= ENDLESS_MESSAGES
    }

    pub(crate) fn store_fails(&self) -> bool {
        self.store.is_some_and(|habits| habits.fails)
    }

    /// Whether queues are so short that messages are dropped.
    pub(crate) fn drops_happen(&self) -> bool {
        self.policy.queue.messages_max < ENDLESS_MESSAGES
    }
}

fn directory(random: &mut Random) -> DirectoryConfig {
    let delayed = DelayedLimits {
        // What finds no room is published at once.
        max_messages: random.pick(&[100_000, 100_000, 2]),
        ..DelayedLimits::default()
    };
    DirectoryConfig { seed: random.next(), delayed, ..DirectoryConfig::default() }
}

fn policy(random: &mut Random, terms: Terms, is_tight: bool) -> ListenerPolicy {
    let queue = if is_tight {
        QueueLimits {
            messages_max: random.between(2, 10) as usize,
            bytes_max: random.pick(&[600, 2_000, 1 << 20]),
            overflow: random.pick(&[Overflow::DropOldest, Overflow::DropNew, Overflow::Disconnect]),
        }
    } else {
        QueueLimits {
            // Publishers pause when half of it is in use.
            messages_max: random.pick(&[20, ENDLESS_MESSAGES, ENDLESS_MESSAGES]),
            ..QueueLimits::default()
        }
    };
    ListenerPolicy {
        anonymous: Anonymous::Always,
        handshake_timeout_ms: HANDSHAKE_TIMEOUT_MS,
        handshakes_max: 500,
        packet_size_max: 64 * 1024,
        inflight_max: random.pick(&[1, 2, 3, 8, 32, 256]),
        queue,
        qos_max: terms.qos_max,
        features: Features {
            retain: terms.takes_retained,
            limit_subscriptions: terms.takes_limits,
            delayed_publish: terms.takes_delays,
            ..Features::default()
        },
        output_high_water: random.pick(&[200, 600, 4_000, 1 << 20]),
        topic_aliases_max: random.pick(&[0, 0, 2, 5]),
        session_expiry_s: random.pick(&[5, 60, 7_200]),
        // Only MQTT 3.1.1 is sent something again on a connection that is alive.
        message_retry_ms: random.pick(&[0, 0, 2_000, 20_000]),
        publisher_pause_max_ms: random.pick(&[50, 1_000]),
        ..ListenerPolicy::default()
    }
}
