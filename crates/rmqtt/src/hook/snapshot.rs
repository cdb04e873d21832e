//! The handlers of one moment.

use std::sync::Arc;

use rmqtt_broker::hook::{Point, Points};

use super::complaint::{Complaint, Complaints};
use super::held::Held;

/// Which handlers are called at which point. Never changed: a new one takes its place.
#[derive(Default)]
pub(super) struct Snapshot {
    pub(super) points: Points,
    /// By point, in the order of the calls.
    chains: [Vec<Entry>; Point::ALL.len()],
}

/// A handler at a point.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) handler: Held,
    pub(super) priority: u32,
    /// Whose it is, for the log.
    pub(super) owner: Arc<str>,
    /// The lines about it.
    pub(super) complaints: Arc<Complaints>,
}

impl Entry {
    /// Tells the operator what the handler has done at this point.
    pub(super) fn complain(&self, point: Point, complaint: Complaint) {
        self.complaints.log(&self.owner, point, complaint);
    }
}

impl Snapshot {
    /// `entries` in the order of their registration.
    pub(super) fn new(entries: impl Iterator<Item = (Point, Entry)>) -> Self {
        let mut chains = <[Vec<Entry>; Point::ALL.len()]>::default();
        let mut points = Points::NONE;
        for (point, entry) in entries {
            points = points | Points::of(&[point]);
            chains[point as usize].push(entry);
        }
        for chain in &mut chains {
            // Stable: among equal ones the order of registration stands.
            chain.sort_by_key(|entry| std::cmp::Reverse(entry.priority));
        }
        Self { points, chains }
    }

    pub(super) fn at(&self, point: Point) -> &[Entry] {
        &self.chains[point as usize]
    }
}
