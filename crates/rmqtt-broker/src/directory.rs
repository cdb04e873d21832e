use std::sync::Arc;

use hashbrown::{HashSet, HashTable};
use rmqtt_message::{Message, Now, SessionId};
use rmqtt_topic::FilterId;

use crate::delayed::{DelayedLimits, DelayedSchedule};
use crate::matched::{Match, MatchBuilder};
use crate::request::{Origin, Reply, Request};
use crate::retained::{RetainedLimits, RetainedStore, SetOutcome};
use crate::route_table::GroupId;
use crate::routes::Routes;
use crate::session_card::{SessionCard, SessionRef};

mod claim;
mod delay;
mod restore;
mod subscribe;
mod unsubscribe;

/// The one place of a node that decides what all its workers must agree on: which session a client
/// id has, who is subscribed to what, what is retained, what waits for its time.
///
/// It takes one [`Request`] after the other and answers in that order. It knows no links and no
/// bytes.
#[derive(Debug)]
pub struct Directory {
    config: DirectoryConfig,
    routes: Arc<Routes>,
    /// Sessions by client id.
    clients: HashTable<SessionRef>,
    /// By session reference.
    sessions: Vec<Option<Entry>>,
    online_or_kept: usize,
    subscriptions_shared: usize,
    retained: RetainedStore,
    retained_refused: u64,
    swept_mono_ms: u64,
    delayed: DelayedSchedule,
    builder: MatchBuilder,
    filter_text: String,
}

/// The node's limits that the directory keeps.
#[derive(Debug, Clone)]
pub struct DirectoryConfig {
    /// Sessions, connected or not (0: no bound).
    pub sessions_max: usize,
    /// Bounds of the retained messages.
    pub retained: RetainedLimits,
    /// Bounds of the messages that wait for their time.
    pub delayed: DelayedLimits,
    /// What happens to a delayed message that finds no room: published at once, or refused.
    pub delayed_immediate_when_full: bool,
    /// Seed of the hash tables.
    pub seed: u64,
}

impl Default for DirectoryConfig {
    fn default() -> Self {
        Self {
            sessions_max: 0,
            retained: RetainedLimits::default(),
            delayed: DelayedLimits::default(),
            delayed_immediate_when_full: true,
            seed: 0,
        }
    }
}

/// What the directory has at present.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DirectoryCounts {
    /// Subscriptions, shared ones included.
    pub subscriptions: usize,
    /// Shared subscriptions.
    pub subscriptions_shared: usize,
    /// Filters with subscribers.
    pub filters: usize,
    /// Retained messages.
    pub retained: usize,
    /// Messages that wait for their time.
    pub delayed: usize,
}

#[derive(Debug)]
struct Entry {
    card: Arc<SessionCard>,
    /// Many sessions only publish.
    subscriptions: Option<Box<Subscriptions>>,
}

/// What a session is subscribed to.
#[derive(Debug, Default)]
struct Subscriptions {
    held: HashSet<(FilterId, GroupId), foldhash::fast::RandomState>,
}

impl Entry {
    fn holds(&self, subscription: (FilterId, GroupId)) -> bool {
        self.subscriptions.as_ref().is_some_and(|all| all.held.contains(&subscription))
    }

    fn subscription_count(&self) -> usize {
        self.subscriptions.as_ref().map_or(0, |all| all.held.len())
    }

    fn hold(&mut self, subscription: (FilterId, GroupId)) {
        self.subscriptions.get_or_insert_default().held.insert(subscription);
    }

    /// `false`: it was not held.
    fn let_go(&mut self, subscription: (FilterId, GroupId)) -> bool {
        let Some(all) = &mut self.subscriptions else { return false };
        let held = all.held.remove(&subscription);
        if all.held.is_empty() {
            self.subscriptions = None;
        }
        held
    }
}

/// Answers, each with the worker that it is for.
pub type Replies = Vec<(u16, Reply)>;

impl Directory {
    /// An empty directory that writes `routes`.
    #[must_use]
    pub fn new(config: DirectoryConfig, routes: Arc<Routes>) -> Self {
        Self {
            clients: HashTable::new(),
            sessions: Vec::new(),
            online_or_kept: 0,
            subscriptions_shared: 0,
            retained: RetainedStore::new(config.retained, config.seed),
            retained_refused: 0,
            swept_mono_ms: 0,
            delayed: DelayedSchedule::new(config.delayed),
            builder: MatchBuilder::default(),
            filter_text: String::new(),
            config,
            routes,
        }
    }

    /// Takes one request; its answers, if any, go behind `replies`.
    pub fn handle(&mut self, request: Request, now: Now, replies: &mut Replies) {
        match request {
            Request::Claim(claim) => self.on_claim(claim, replies),
            Request::End { session, id } => self.on_end(session, id),
            Request::Subscribe { to, request, subscriptions_max } => {
                let reply = self.on_subscribe(to, request, subscriptions_max, now);
                replies.push((to.asker.address.worker, reply));
            }
            Request::Unsubscribe { to, request } => {
                replies.push((to.asker.address.worker, self.on_unsubscribe(to, request)));
            }
            Request::Retain { message, origin } => {
                replies.push((origin.worker(), self.publish(message, origin, now)));
            }
            Request::Delay { message, delay_s, origin } => {
                replies.push((origin.worker(), self.on_delay(message, delay_s, origin, now)));
            }
        }
    }

    /// Does what is due: publishes delayed messages, lets retained ones expire.
    pub fn advance(&mut self, now: Now, replies: &mut Replies) {
        while let Some(due) = self.delayed.pop_due(now) {
            // The worker that has named it, and has written down that it waits.
            let worker = due.message.id().seq % u64::from(self.routes.workers());
            let worker = u16::try_from(worker).expect("less than the number of workers");
            let reply = self.publish(due.message, Origin::Schedule { worker }, now);
            replies.push((worker, reply));
        }
        if self.swept_mono_ms + SWEEP_MS <= now.mono_ms {
            self.swept_mono_ms = now.mono_ms;
            self.retained.expire(now, SWEEP_MESSAGES_MAX);
        }
    }

    /// When [`Directory::advance`] has something to do, monotonic milliseconds.
    #[must_use]
    pub fn next_deadline(&self) -> Option<u64> {
        let sweep = self.retained.next_expiry_wall_ms().map(|_| self.swept_mono_ms + SWEEP_MS);
        [sweep, self.delayed.next_deadline()].into_iter().flatten().min()
    }

    /// Sessions, connected or not.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.online_or_kept
    }

    /// What it has at present.
    #[must_use]
    pub fn counts(&self) -> DirectoryCounts {
        let table = self.routes.read();
        DirectoryCounts {
            subscriptions: table.subscriptions(),
            subscriptions_shared: self.subscriptions_shared,
            filters: table.filters(),
            retained: self.retained.len(),
            delayed: self.delayed.len(),
        }
    }

    /// Retained messages.
    #[must_use]
    pub fn retained(&self) -> &RetainedStore {
        &self.retained
    }

    /// Holds retained messages to these limits from now on. What is retained already stays.
    pub fn set_retained_limits(&mut self, limits: RetainedLimits) {
        self.retained.set_limits(limits);
    }

    /// Messages with RETAIN 1 that were routed, but over a limit of the retained store.
    #[must_use]
    pub fn retained_refused(&self) -> u64 {
        self.retained_refused
    }

    /// Messages that wait for their time.
    #[must_use]
    pub fn delayed(&self) -> &DelayedSchedule {
        &self.delayed
    }

    /// Stores the message if it is a retained one, and says who gets it, in one step: a subscription
    /// that is made before gets it as it is published, one that is made after gets it as retained,
    /// and none gets it twice.
    fn publish(&mut self, message: Message, origin: Origin, now: Now) -> Reply {
        let matched = Arc::new(self.matching(message.view().topic));
        if message.view().retain {
            match self.retained.set(message.clone(), now) {
                SetOutcome::Stored
                | SetOutcome::Replaced
                | SetOutcome::Removed
                | SetOutcome::NotFound => {}
                SetOutcome::RefusedTooMany
                | SetOutcome::RefusedTooLarge
                | SetOutcome::RefusedFull => self.retained_refused += 1,
            }
        }
        Reply::Route { message, matched, origin }
    }

    fn matching(&mut self, topic: &str) -> Match {
        let hash = self.routes.hash(topic);
        self.routes.matching(topic, hash, &mut self.builder).0
    }

    fn entry(&mut self, session: SessionRef, id: SessionId) -> Option<&mut Entry> {
        let entry = self.sessions.get_mut(session.0 as usize)?.as_mut()?;
        (entry.card.id == id).then_some(entry)
    }
}

const SWEEP_MS: u64 = 1_000;
const SWEEP_MESSAGES_MAX: usize = 10_000;
