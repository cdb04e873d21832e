use std::sync::Arc;

use rmqtt_topic::{FilterId, FilterIndex};

use crate::matched::{GroupKey, Match, MatchBuilder};
use crate::session_card::{SessionCard, SessionRef};
use crate::subscribers::{Subscriber, Subscribers};

/// Filters and who subscribed to them. Written by the directory alone.
#[derive(Debug)]
pub(crate) struct RouteTable {
    filters: FilterIndex,
    /// By filter number.
    entries: Vec<Entry>,
    /// By session reference.
    sessions: Vec<Option<Arc<SessionCard>>>,
    free_sessions: Vec<SessionRef>,
    last_group: u32,
    subscriptions: usize,
}

#[derive(Debug, Default)]
struct Entry {
    subscribers: Subscribers,
    /// Few filters have any.
    groups: Option<Box<Groups>>,
}

#[derive(Debug, Default)]
struct Groups {
    list: Vec<Group>,
}

#[derive(Debug)]
struct Group {
    name: Box<str>,
    id: GroupId,
    members: Subscribers,
}

/// A shared group's number; 0 stands for subscriptions that are not shared.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub(crate) struct GroupId(pub(crate) u32);

impl GroupId {
    pub(crate) const NONE: Self = Self(0);
}

/// What a new subscription replaced.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Inserted {
    pub(crate) filter: FilterId,
    pub(crate) group: GroupId,
    pub(crate) replaced: bool,
}

impl RouteTable {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            filters: FilterIndex::with_seed(seed),
            entries: Vec::new(),
            sessions: Vec::new(),
            free_sessions: Vec::new(),
            last_group: 0,
            subscriptions: 0,
        }
    }

    pub(crate) fn add_session(&mut self, card: Arc<SessionCard>) -> SessionRef {
        if let Some(session) = self.free_sessions.pop() {
            self.sessions[session.0 as usize] = Some(card);
            return session;
        }
        let number = u32::try_from(self.sessions.len()).expect("fewer than 2^32 sessions");
        self.sessions.push(Some(card));
        SessionRef(number)
    }

    /// The session has no subscriptions any more.
    pub(crate) fn remove_session(&mut self, session: SessionRef) {
        self.sessions[session.0 as usize] = None;
        self.free_sessions.push(session);
    }

    pub(crate) fn card(&self, session: SessionRef) -> Option<&Arc<SessionCard>> {
        self.sessions.get(session.0 as usize)?.as_ref()
    }

    pub(crate) fn insert(
        &mut self,
        filter: &str,
        share: Option<&str>,
        subscriber: Subscriber,
    ) -> Inserted {
        let (filter, _) = self.filters.insert(filter);
        if self.entries.len() <= filter.index() {
            self.entries.resize_with(filter.index() + 1, Entry::default);
        }
        let entry = &mut self.entries[filter.index()];
        let (group, replaced) = match share {
            None => (GroupId::NONE, entry.subscribers.insert(subscriber)),
            Some(name) => {
                let groups = &mut entry.groups.get_or_insert_default().list;
                let place = groups.iter().position(|group| *group.name == *name);
                let place = place.unwrap_or_else(|| {
                    self.last_group += 1;
                    groups.push(Group {
                        name: name.into(),
                        id: GroupId(self.last_group),
                        members: Subscribers::None,
                    });
                    groups.len() - 1
                });
                (groups[place].id, groups[place].members.insert(subscriber))
            }
        };
        self.subscriptions += usize::from(!replaced);
        Inserted { filter, group, replaced }
    }

    /// The numbers of a filter and of a group on it, where they exist.
    pub(crate) fn find(&self, filter: &str, share: Option<&str>) -> Option<(FilterId, GroupId)> {
        let filter = self.filters.id(filter)?;
        let Some(name) = share else {
            return Some((filter, GroupId::NONE));
        };
        let groups = self.entries[filter.index()].groups.as_ref()?;
        let group = groups.list.iter().find(|group| *group.name == *name)?;
        Some((filter, group.id))
    }

    /// Removes; `false`: there was no such subscription.
    pub(crate) fn remove(&mut self, filter: FilterId, group: GroupId, session: SessionRef) -> bool {
        let entry = &mut self.entries[filter.index()];
        let removed = if group == GroupId::NONE {
            entry.subscribers.remove(session)
        } else {
            entry.remove_member(group, session)
        };
        if entry.subscribers.is_empty() && entry.groups.is_none() {
            self.filters.remove(filter);
        }
        self.subscriptions -= usize::from(removed);
        removed
    }

    /// Subscribers of a filter, members of shared groups among them, other than `session`.
    pub(crate) fn others(&self, filter: &str, session: SessionRef) -> usize {
        let Some(filter) = self.filters.id(filter) else {
            return 0;
        };
        let entry = &self.entries[filter.index()];
        let groups = entry.groups.iter().flat_map(|groups| groups.list.iter());
        let lists = core::iter::once(&entry.subscribers).chain(groups.map(|group| &group.members));
        lists.map(|list| list.len() - usize::from(list.contains(session))).sum()
    }

    pub(crate) fn is_wildcard(&self, filter: FilterId) -> bool {
        self.filters.is_wildcard(filter)
    }

    pub(crate) fn write_filter(&self, filter: FilterId, out: &mut String) {
        self.filters.write_filter(filter, out);
    }

    /// Filters with subscribers.
    pub(crate) fn filters(&self) -> usize {
        self.filters.len()
    }

    pub(crate) fn subscriptions(&self) -> usize {
        self.subscriptions
    }

    pub(crate) fn matching(
        &self,
        topic: &str,
        topic_hash: u64,
        builder: &mut MatchBuilder,
        workers: u16,
    ) -> Match {
        self.filters.for_each_match(topic, &mut |filter| {
            let entry = &self.entries[filter.index()];
            for &subscriber in entry.subscribers.as_slice() {
                if let Some(card) = self.card(subscriber.session) {
                    builder.add(card, subscriber);
                }
            }
            for group in entry.groups.iter().flat_map(|groups| groups.list.iter()) {
                let members = group.members.as_slice().iter();
                let members = members.filter_map(|&subscriber| {
                    self.card(subscriber.session).map(|card| (card, subscriber))
                });
                builder.add_share(GroupKey(u64::from(group.id.0)), topic_hash, members);
            }
        });
        builder.finish(workers)
    }
}

impl Entry {
    fn remove_member(&mut self, group: GroupId, session: SessionRef) -> bool {
        let Some(Groups { list }) = self.groups.as_deref_mut() else {
            return false;
        };
        let Some(place) = list.iter().position(|candidate| candidate.id == group) else {
            return false;
        };
        let removed = list[place].members.remove(session);
        if list[place].members.is_empty() {
            list.swap_remove(place);
        }
        if list.is_empty() {
            self.groups = None;
        }
        removed
    }
}
