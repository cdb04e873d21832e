//! The levels of a text, taken as far as a walk gets.

use super::Trie;
use super::interner::LevelId;
use super::node::Kin;
use crate::levels::split_first;

/// How many levels a cursor remembers without allocating.
const INLINE: usize = 24;

/// Splits a text and looks its levels up, each once and only when a walk reaches it: a walk that
/// comes back to a level finds it resolved.
pub(crate) struct Cursor<'t> {
    text: &'t [u8],
    /// The levels before this one are resolved.
    reached: usize,
    inline: [Step; INLINE],
    /// The steps after the first [`INLINE`]. Allocated only when the trie holds paths as deep.
    deeper: Vec<Step>,
}

#[derive(Clone, Copy, Default)]
struct Step {
    /// Where the level begins in the text, or beyond its end when there is no such level.
    start: usize,
    level: Option<LevelId>,
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let inline = [Step::default(); INLINE];
        Self { text: text.as_bytes(), reached: 0, inline, deeper: Vec::new() }
    }

    /// What follows the first `depth` levels; `None` when the text has no more levels. The walk
    /// has asked for each of the levels before.
    pub(crate) fn rest(&self, depth: usize) -> Option<&'t [u8]> {
        self.text.get(self.step(depth).start..)
    }

    /// The level after the first `depth` levels, if there is one and `trie` knows it.
    pub(crate) fn level<K: Kin>(&mut self, depth: usize, trie: &Trie<K>) -> Option<LevelId> {
        if depth < self.reached {
            return self.step(depth).level;
        }
        let (level, _) = split_first(self.rest(depth)?);
        let id = trie.level(level);
        let step = self.step_mut(depth);
        step.level = id;
        let next = Step { start: step.start + level.len() + 1, level: None };
        match self.inline.get_mut(depth + 1) {
            Some(slot) => *slot = next,
            None => self.deeper.push(next),
        }
        self.reached += 1;
        id
    }

    fn step(&self, depth: usize) -> &Step {
        match self.inline.get(depth) {
            Some(step) => step,
            None => &self.deeper[depth - INLINE],
        }
    }

    fn step_mut(&mut self, depth: usize) -> &mut Step {
        match self.inline.get_mut(depth) {
            Some(step) => step,
            None => &mut self.deeper[depth - INLINE],
        }
    }
}
