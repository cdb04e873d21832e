//! The sockets of a worker, by link id.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use rmqtt_broker::LinkId;
use rmqtt_message::Now;
use rmqtt_net::Slot;
use rustix::event::epoll::{self, EventData, EventFlags};

use super::lingering::Lingering;
use super::token::Token;
use crate::driver::link_table::LinkTable;
use crate::driver::{Sockets, Written, is_temporary};
use crate::link::Link;

/// Sockets that epoll watches.
pub(super) struct EpollSockets {
    epoll: Rc<OwnedFd>,
    table: LinkTable<Entry>,
    pub(super) lingering: Lingering,
    now: Now,
    /// What is waited for was changed in this turn.
    changed: bool,
}

/// The parts of a [`Link`] side by side, which leaves no gap between them: 16 bytes per connection.
struct Entry {
    stream: TcpStream,
    slot: Slot,
    /// Input is waited for.
    reading: bool,
    /// Room is waited for.
    waiting: bool,
    /// There was no room at the last write.
    full: bool,
    /// Something was written that its peer may still have to read.
    answered: bool,
}

impl EpollSockets {
    pub(super) fn new(epoll: Rc<OwnedFd>) -> Self {
        let lingering = Lingering::new(Rc::clone(&epoll));
        Self { epoll, table: LinkTable::new(), lingering, now: Now::default(), changed: false }
    }

    pub(super) fn begin_turn(&mut self, now: Now) {
        self.now = now;
    }

    /// Must the sockets be looked at again, since what is waited for was changed?
    pub(super) fn end_turn(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// The time of the turn.
    pub(super) fn now(&self) -> Now {
        self.now
    }

    pub(super) fn is_known(&self, link: LinkId) -> bool {
        self.table.get(link).is_some()
    }

    pub(super) fn read(&mut self, link: LinkId, buffer: &mut [u8]) -> io::Result<usize> {
        let entry = self.table.get(link).expect("only known links are read");
        (&entry.stream).read(buffer)
    }

    /// The socket takes bytes again. `false` for a stranger.
    pub(super) fn take_writable(&mut self, link: LinkId) -> bool {
        let Some(entry) = self.table.get_mut(link) else {
            return false;
        };
        entry.full = false;
        true
    }

    /// After a write: room is waited for only where there was too little.
    pub(super) fn stop_waiting_for_room(&mut self, link: LinkId) {
        self.watch(link, |entry| entry.waiting = entry.full);
    }

    /// The engine does not want this link's bytes now; they stay in the socket.
    pub(super) fn stop_reading(&mut self, link: LinkId) {
        self.watch(link, |entry| entry.reading = false);
    }

    /// Changes what is waited for; the system is told only of a difference.
    fn watch(&mut self, link: LinkId, change: impl FnOnce(&mut Entry)) {
        let Some(entry) = self.table.get_mut(link) else {
            return;
        };
        let before = entry.events();
        change(entry);
        let after = entry.events();
        if before == after {
            return;
        }
        // Changing a registration allocates nothing, so it fails for a stranger only.
        let token = EventData::new_u64(Token::Link(link).to_u64());
        let changed = epoll::modify(&self.epoll, &entry.stream, token, after);
        debug_assert!(changed.is_ok(), "{changed:?}");
        self.changed = true;
    }
}

impl Sockets for EpollSockets {
    fn insert(&mut self, link: LinkId, socket: Link) -> bool {
        let Link { stream, slot } = socket;
        let entry =
            Entry { stream, slot, reading: true, waiting: false, full: false, answered: false };
        let token = EventData::new_u64(Token::Link(link).to_u64());
        if let Err(errno) = epoll::add(&self.epoll, &entry.stream, token, entry.events()) {
            tracing::warn!("a connection cannot be watched: {errno}");
            return false;
        }
        self.table.insert(link, entry);
        true
    }

    fn remove(&mut self, link: LinkId) -> Option<Link> {
        let entry = self.table.take(link)?;
        // Whoever gets the socket may keep it open, so that closing would not take it out.
        let _ = epoll::delete(&self.epoll, &entry.stream);
        Some(entry.into_link())
    }

    fn close(&mut self, link: LinkId, last: &[u8]) {
        let Some(entry) = self.table.take(link) else {
            return;
        };
        if last.is_empty() && !entry.answered {
            return;
        }
        match (&entry.stream).write(last) {
            Err(error) if !is_temporary(&error) => {}
            Ok(_) | Err(_) => {
                self.lingering.add(entry.into_link(), self.now);
                self.changed = true;
            }
        }
    }

    fn write(&mut self, link: LinkId, bytes: &[u8]) -> Written {
        let Some(entry) = self.table.get_mut(link).filter(|entry| !entry.full) else {
            return Written::Bytes(0);
        };
        entry.answered = true;
        let written = match (&entry.stream).write(bytes) {
            Ok(written) => written,
            Err(error) if is_temporary(&error) => 0,
            Err(_) => {
                self.remove(link);
                return Written::Lost;
            }
        };
        if written < bytes.len() {
            entry.full = true;
            self.watch(link, |entry| entry.waiting = true);
        }
        Written::Bytes(written)
    }

    fn resume(&mut self, link: LinkId) {
        self.watch(link, |entry| entry.reading = true);
    }

    fn is_lingering(&self) -> bool {
        !self.lingering.is_empty()
    }
}

impl Entry {
    fn into_link(self) -> Link {
        Link { stream: self.stream, slot: self.slot }
    }

    /// What epoll is told to wait for.
    fn events(&self) -> EventFlags {
        let mut events = EventFlags::empty();
        if self.reading {
            events |= EventFlags::IN | EventFlags::RDHUP;
        }
        if self.waiting {
            events |= EventFlags::OUT;
        }
        events
    }
}
