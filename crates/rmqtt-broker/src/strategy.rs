//! Which member of a shared-subscription group gets a message.
//!
//! [`ShareStrategy`] is the configured rule; [`Chooser`] is what one worker remembers to follow it.
//! A message goes to one session of each matching group (section 4.8.2 of MQTT 5.0); to which one,
//! the specification leaves to the broker.

mod recent;

use core::fmt;
use core::str::FromStr;

use rmqtt_message::SessionId;

use crate::matched::GroupKey;
use recent::RecentMap;

/// The rule by which a group's member is chosen. All of them pass over members that are offline as
/// long as one is online.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ShareStrategy {
    /// Any member, each equally often.
    Random,
    /// The next member of one count that goes on with every message to any group. With one group it
    /// is as [`ShareStrategy::RoundRobinPerGroup`]; with several, a group gets the turns that the
    /// others leave, which is fair only in the long run.
    #[default]
    RoundRobin,
    /// The member after the one that had this group's last message.
    RoundRobinPerGroup,
    /// The member that had this publisher's last message to the group, for as long as it is online.
    Sticky,
    /// The next member on this node; one of another node only if none here is online.
    Local,
    /// The member that the publisher's client identifier falls on: the same one while the
    /// membership stays the same.
    HashClientId,
    /// The member that the topic falls on: the same one while the membership stays the same.
    HashTopic,
}

impl ShareStrategy {
    /// Every strategy, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::Random,
        Self::RoundRobin,
        Self::RoundRobinPerGroup,
        Self::Sticky,
        Self::Local,
        Self::HashClientId,
        Self::HashTopic,
    ];

    /// The name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::RoundRobin => "round_robin",
            Self::RoundRobinPerGroup => "round_robin_per_group",
            Self::Sticky => "sticky",
            Self::Local => "local",
            Self::HashClientId => "hash_clientid",
            Self::HashTopic => "hash_topic",
        }
    }
}

impl fmt::Display for ShareStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ShareStrategy {
    type Err = UnknownStrategy;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|strategy| strategy.name() == name).ok_or(UnknownStrategy)
    }
}

/// A text that names no [`ShareStrategy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownStrategy;

impl fmt::Display for UnknownStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a strategy; known are")?;
        for (index, strategy) in ShareStrategy::ALL.into_iter().enumerate() {
            write!(f, "{} {strategy}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl core::error::Error for UnknownStrategy {}

/// What a choice depends on about one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberFacts {
    /// Who it is: a sticky binding is to the session, not to a place in the list.
    pub session: SessionId,
    /// Whether it can take a message now. A caller that chooses again, because the member turned
    /// out to be gone or full, says `false` for that one.
    pub online: bool,
    /// Whether its session is on this node.
    pub local: bool,
}

/// What a choice depends on about the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareRequest {
    /// The group to choose from.
    pub group: GroupKey,
    /// A hash of the publisher's client identifier, the same on all nodes.
    pub publisher_hash: u64,
    /// A hash of the topic name, the same on all nodes.
    pub topic_hash: u64,
}

/// Follows one [`ShareStrategy`]: a worker's own state, never shared.
///
/// Turns are therefore fair within a worker, and only roughly so across workers.
#[derive(Debug)]
pub struct Chooser {
    strategy: ShareStrategy,
    random: Random,
    /// The node's turn, for the strategies that have one for all groups.
    turn: u64,
    /// The member whose turn is next, of each group that had a message lately.
    group_turns: RecentMap<GroupKey, usize>,
    /// Who gets a publisher's messages to a group.
    bindings: RecentMap<(GroupKey, u64), Binding>,
}

impl Chooser {
    /// A chooser that remembers up to `bindings_max` sticky bindings (at least one), the most
    /// recently used ones. Two choosers with the same seed choose alike.
    #[must_use]
    pub fn new(strategy: ShareStrategy, bindings_max: usize, seed: u64) -> Self {
        Self {
            strategy,
            random: Random(seed),
            turn: 0,
            group_turns: RecentMap::new(GROUP_TURNS_MAX, seed),
            bindings: RecentMap::new(bindings_max, seed),
        }
    }

    /// The index of the member that gets the message; none only if there is no member.
    ///
    /// If no member is online, the first one on this node gets it into its queue, else the first of
    /// all. `members` has to be in the same order each time for the strategies that hash. It looks
    /// at one member, and at one more for each that it has to pass over; it allocates only while it
    /// meets new groups or publishers and has not reached its bounds.
    pub fn choose<M>(
        &mut self,
        request: ShareRequest,
        members: &[M],
        facts: impl Fn(&M) -> MemberFacts,
    ) -> Option<usize> {
        if members.is_empty() {
            return None;
        }
        let group = Group { members, facts };
        let chosen = match self.strategy {
            ShareStrategy::Random => self.at_random(&group),
            ShareStrategy::RoundRobin => self.in_turn(&group, |member| member.online),
            ShareStrategy::RoundRobinPerGroup => self.in_turn_of_group(request.group, &group),
            ShareStrategy::Sticky => self.bound(request, &group),
            ShareStrategy::Local => self
                .in_turn(&group, |member| member.online && member.local)
                .or_else(|| self.in_turn(&group, |member| member.online)),
            ShareStrategy::HashClientId => {
                group.online_from(group.place_of(request.publisher_hash))
            }
            ShareStrategy::HashTopic => group.online_from(group.place_of(request.topic_hash)),
        };
        Some(chosen.unwrap_or_else(|| group.first_offline()))
    }

    /// The number of sticky bindings held.
    #[must_use]
    pub fn bindings(&self) -> usize {
        self.bindings.len()
    }

    fn at_random<M, F: Fn(&M) -> MemberFacts>(&mut self, group: &Group<'_, M, F>) -> Option<usize> {
        // Stepping on from an offline member would favour the one after it, so a few draws come
        // first.
        for _ in 0..RANDOM_DRAWS {
            let place = group.place_of(self.random.next());
            if group.facts_at(place).online {
                return Some(place);
            }
        }
        group.online_from(group.place_of(self.random.next()))
    }

    fn in_turn<M, F: Fn(&M) -> MemberFacts>(
        &mut self,
        group: &Group<'_, M, F>,
        wanted: impl Fn(MemberFacts) -> bool,
    ) -> Option<usize> {
        let from = (self.turn % group.members.len() as u64) as usize;
        let steps = group.steps_from(from, wanted)?;
        self.turn = self.turn.wrapping_add(steps as u64 + 1);
        Some(group.place_after(from, steps))
    }

    fn in_turn_of_group<M, F: Fn(&M) -> MemberFacts>(
        &mut self,
        key: GroupKey,
        group: &Group<'_, M, F>,
    ) -> Option<usize> {
        let next = self.group_turns.get_or_insert(key, 0);
        let chosen = group.online_from(*next % group.members.len())?;
        *next = chosen + 1;
        Some(chosen)
    }

    fn bound<M, F: Fn(&M) -> MemberFacts>(
        &mut self,
        request: ShareRequest,
        group: &Group<'_, M, F>,
    ) -> Option<usize> {
        let key = (request.group, request.publisher_hash);
        if let Some(binding) = self.bindings.get_mut(&key)
            && let Some(place) = group.place_of_session(binding.session, binding.place)
        {
            binding.place = place;
            if group.facts_at(place).online {
                return Some(place);
            }
        }
        // With nobody online there is no new binding: the old member may be the first to return.
        let place = self.in_turn(group, |member| member.online)?;
        let binding = Binding { session: group.facts_at(place).session, place };
        *self.bindings.get_or_insert(key, binding) = binding;
        Some(place)
    }
}

#[derive(Clone, Copy, Debug)]
struct Binding {
    session: SessionId,
    /// Where the session was in the list last time, to find it without searching.
    place: usize,
}

/// The members that one choice is made from; never empty.
struct Group<'a, M, F> {
    members: &'a [M],
    facts: F,
}

impl<M, F: Fn(&M) -> MemberFacts> Group<'_, M, F> {
    fn facts_at(&self, place: usize) -> MemberFacts {
        (self.facts)(&self.members[place])
    }

    /// The place that a hash falls on, each with the same probability.
    fn place_of(&self, hash: u64) -> usize {
        ((u128::from(hash) * self.members.len() as u128) >> 64) as usize
    }

    fn place_of_session(&self, session: SessionId, likely: usize) -> Option<usize> {
        let is_session = |member: &M| (self.facts)(member).session == session;
        if self.members.get(likely).is_some_and(is_session) {
            return Some(likely);
        }
        self.members.iter().position(is_session)
    }

    fn online_from(&self, from: usize) -> Option<usize> {
        let steps = self.steps_from(from, |member| member.online)?;
        Some(self.place_after(from, steps))
    }

    /// How many members after `from`, going round once, the first wanted one stands.
    fn steps_from(&self, from: usize, wanted: impl Fn(MemberFacts) -> bool) -> Option<usize> {
        let (before, after) = self.members.split_at(from);
        after.iter().chain(before).position(|member| wanted((self.facts)(member)))
    }

    fn place_after(&self, from: usize, steps: usize) -> usize {
        let place = from + steps;
        if place < self.members.len() { place } else { place - self.members.len() }
    }

    fn first_offline(&self) -> usize {
        self.members.iter().position(|member| (self.facts)(member).local).unwrap_or(0)
    }
}

/// A small generator of pseudo-random numbers: a counter, mixed by one wide multiplication.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let product = u128::from(self.0) * u128::from(self.0 ^ 0xD6E8_FEB8_6659_FD93);
        (product >> 64) as u64 ^ product as u64
    }
}

/// So many groups keep their turn; one that had no message for long begins again.
const GROUP_TURNS_MAX: usize = 100_000;
/// Draws before stepping on from an offline member.
const RANDOM_DRAWS: usize = 4;

#[cfg(test)]
mod tests;
