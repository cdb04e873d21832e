use std::collections::VecDeque;

use crate::address::LinkToken;

/// Links without a CONNECT, in the order in which they came: those that have not sent a byte, and
/// those that have sent a part. Each kind has its own bound, so neither takes the other's place or
/// that of clients which connect.
#[derive(Debug, Default)]
pub(super) struct WaitingRoom {
    silent: Queue,
    unfinished: Queue,
}

#[derive(Debug, Default)]
struct Queue {
    /// Links that have left are skipped when they come to the front.
    links: VecDeque<LinkToken>,
    waiting: usize,
}

impl WaitingRoom {
    pub(super) fn enter_silent(&mut self, link: LinkToken) {
        self.silent.enter(link);
    }

    /// Its first bytes have come.
    pub(super) fn heard(&mut self, link: LinkToken) {
        self.silent.leave();
        self.unfinished.enter(link);
    }

    /// It leaves, with a CONNECT or for ever. `heard`: which kind it was.
    pub(super) fn leave(&mut self, heard: bool) {
        if heard { self.unfinished.leave() } else { self.silent.leave() }
    }

    /// A link over the bound of its kind, oldest first. `is_there` says whether a link is still in
    /// the room, and has been heard.
    pub(super) fn over_bound(
        &mut self,
        silent_max: usize,
        unfinished_max: usize,
        is_there: impl Fn(LinkToken, bool) -> bool,
    ) -> Option<LinkToken> {
        if self.silent.waiting > silent_max {
            return self.silent.oldest(|link| is_there(link, false));
        }
        if self.unfinished.waiting > unfinished_max {
            return self.unfinished.oldest(|link| is_there(link, true));
        }
        None
    }

    /// The link that has been silent longest, or else unfinished longest.
    pub(super) fn oldest(
        &mut self,
        is_there: impl Fn(LinkToken, bool) -> bool,
    ) -> Option<LinkToken> {
        self.silent
            .oldest(|link| is_there(link, false))
            .or_else(|| self.unfinished.oldest(|link| is_there(link, true)))
    }
}

impl Queue {
    fn enter(&mut self, link: LinkToken) {
        self.links.push_back(link);
        self.waiting += 1;
    }

    fn leave(&mut self) {
        debug_assert!(self.waiting > 0, "who leaves has entered");
        self.waiting = self.waiting.saturating_sub(1);
        if self.waiting == 0 {
            self.links.clear();
            self.links.shrink_to(64);
        }
    }

    /// The oldest link that is still there. It stays counted until it leaves.
    fn oldest(&mut self, is_there: impl Fn(LinkToken) -> bool) -> Option<LinkToken> {
        while let Some(link) = self.links.pop_front() {
            if is_there(link) {
                return Some(link);
            }
        }
        None
    }
}
