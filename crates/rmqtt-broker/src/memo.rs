use std::sync::Arc;

use hashbrown::HashTable;

use crate::matched::{Match, MatchBuilder};
use crate::routes::{Generation, Routes};

/// A worker's memory of who gets which topic, so that most messages read neither the route table nor
/// its lock.
///
/// It holds two generations of entries: when the younger is full it becomes the older, and the older
/// is forgotten; what is still in use moves back to the younger.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    young: HashTable<Remembered>,
    old: HashTable<Remembered>,
    young_weight: usize,
    builder: MatchBuilder,
}

#[derive(Debug)]
struct Remembered {
    topic: Box<str>,
    hash: u64,
    generation: Generation,
    matched: Arc<Match>,
}

/// Bounds of each half.
const TOPICS_MAX: usize = 32 * 1024;
const WEIGHT_MAX: usize = 1024 * 1024;

impl Memo {
    /// Who gets `topic` now.
    pub(crate) fn matched(&mut self, topic: &str, hash: u64, routes: &Routes) -> &Arc<Match> {
        let generation = routes.generation(hash);
        let is_it = |r: &Remembered| r.hash == hash && *r.topic == *topic;
        let known = self.young.find(hash, is_it).is_some_and(|r| r.generation == generation);
        if !known {
            self.learn(topic, hash, routes, generation);
        }
        let remembered = self.young.find(hash, is_it).expect("there since before, or just learned");
        &remembered.matched
    }

    #[cold]
    fn learn(&mut self, topic: &str, hash: u64, routes: &Routes, generation: Generation) {
        let is_it = |r: &Remembered| r.hash == hash && *r.topic == *topic;
        if let Ok(place) = self.young.find_entry(hash, is_it) {
            let (stale, _) = place.remove();
            self.young_weight -= stale.matched.weight();
        }
        let old = self.old.find_entry(hash, is_it).ok().map(|place| place.remove().0);
        let fresh = old.filter(|old| old.generation == generation).unwrap_or_else(|| {
            let (matched, generation) = routes.matching(topic, hash, &mut self.builder);
            Remembered { topic: topic.into(), hash, generation, matched: Arc::new(matched) }
        });
        if self.young.len() >= TOPICS_MAX || self.young_weight >= WEIGHT_MAX {
            self.old = core::mem::take(&mut self.young);
            self.young_weight = 0;
        }
        self.young_weight += fresh.matched.weight();
        self.young.insert_unique(hash, fresh, |r| r.hash);
    }
}
