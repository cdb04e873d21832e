//! Every text once.

use super::chains::Chains;
use super::id::Id;
use super::keys::Keys;
use super::slab::{Linked, Slab};

/// Names an interned text: a level, or several with their separators (a node's tail).
pub(crate) type LevelId = Id<Level>;

/// The level `+`, interned for ever.
pub(crate) const PLUS: LevelId = LevelId::from_index(0);
/// The level `#`, interned for ever.
pub(crate) const HASH: LevelId = LevelId::from_index(1);

/// Texts, each kept once and counted: a text goes when its last user releases it.
pub(crate) struct Interner {
    levels: Slab<Level>,
    chains: Chains<Level>,
    keys: Keys,
}

impl Interner {
    pub(crate) fn new(keys: Keys) -> Self {
        let mut interner = Self { levels: Slab::new(), chains: Chains::new(), keys };
        assert_eq!(interner.acquire(b"+"), PLUS);
        assert_eq!(interner.acquire(b"#"), HASH);
        interner
    }

    /// The id of `text`, which counts one user more.
    pub(crate) fn acquire(&mut self, text: &[u8]) -> LevelId {
        if let Some(id) = self.find(text) {
            self.levels[id].users += 1;
            return id;
        }
        let id = self.levels.insert(Level { text: Text::new(text), users: 1, link: None });
        let keys = &self.keys;
        self.chains.insert(&mut self.levels, id, |level| keys.hash_text(level.text.as_bytes()));
        id
    }

    /// Counts one user of `id` less.
    pub(crate) fn release(&mut self, id: LevelId) {
        let level = &mut self.levels[id];
        level.users -= 1;
        if level.users == 0 {
            let hash = self.keys.hash_text(level.text.as_bytes());
            self.chains.remove(&mut self.levels, id, hash);
            self.levels.release(id);
        }
    }

    pub(crate) fn find(&self, text: &[u8]) -> Option<LevelId> {
        let hash = self.keys.hash_text(text);
        self.chains.find(&self.levels, hash, |level| level.text.as_bytes() == text)
    }

    pub(crate) fn text(&self, id: LevelId) -> &[u8] {
        self.levels[id].text.as_bytes()
    }

    /// How many texts have users, `+` and `#` not counted.
    pub(crate) const fn len(&self) -> usize {
        self.levels.len() - 2
    }
}

/// An interned text.
#[derive(Default)]
pub(crate) struct Level {
    text: Text,
    users: u32,
    link: Option<LevelId>,
}

const _: () = assert!(size_of::<Level>() == 32);

impl Linked for Level {
    fn link(&self) -> Option<LevelId> {
        self.link
    }

    fn set_link(&mut self, link: Option<LevelId>) {
        self.link = link;
    }

    fn clear(&mut self) {
        self.text = Text::default();
    }
}

/// The longest text that fits beside its length into what a boxed slice with its tag takes.
const SHORT_MAX: usize = 22;

enum Text {
    Short { len: u8, bytes: [u8; SHORT_MAX] },
    Long(Box<[u8]>),
}

impl Text {
    fn new(text: &[u8]) -> Self {
        match u8::try_from(text.len()) {
            Ok(len) if text.len() <= SHORT_MAX => {
                let mut bytes = [0; SHORT_MAX];
                bytes[..text.len()].copy_from_slice(text);
                Self::Short { len, bytes }
            }
            _ => Self::Long(text.into()),
        }
    }

    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Short { len, bytes } => &bytes[..usize::from(*len)],
            Self::Long(text) => text,
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::new(b"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_until_its_last_user_releases_it() {
        let mut interner = Interner::new(Keys::with_seed(1));
        for text in ["", "a", &"x".repeat(SHORT_MAX), &"x".repeat(SHORT_MAX + 1)] {
            let text = text.as_bytes();
            assert_eq!(interner.find(text), None);
            let id = interner.acquire(text);
            assert_eq!(interner.acquire(text), id);
            assert_eq!(interner.text(id), text);
            interner.release(id);
            assert_eq!(interner.find(text), Some(id));
            interner.release(id);
            assert_eq!(interner.find(text), None);
            assert_eq!(interner.len(), 0);
        }
    }

    #[test]
    fn the_wildcards_are_always_there() {
        let mut interner = Interner::new(Keys::random());
        assert_eq!(interner.len(), 0);
        assert_eq!(interner.acquire(b"+"), PLUS);
        interner.release(PLUS);
        assert_eq!(interner.find(b"+"), Some(PLUS));
        assert_eq!(interner.find(b"#"), Some(HASH));
    }
}
