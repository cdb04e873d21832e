//! The sockets of a worker, by link id.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::rc::Rc;

use rmqtt_broker::LinkId;
use rmqtt_message::Now;
use rustix::event::epoll::{self, EventData, EventFlags};

use super::lingering::Lingering;
use super::token::Token;
use crate::driver::{Sockets, Written};
use crate::link::Link;

/// Sockets that epoll watches.
pub(super) struct EpollSockets {
    epoll: Rc<OwnedFd>,
    table: Vec<Option<Entry>>,
    pub(super) lingering: Lingering,
    now: Now,
}

struct Entry {
    link: Link,
    /// Input is waited for.
    reading: bool,
    /// The socket was full; room is waited for.
    writing: bool,
}

impl EpollSockets {
    pub(super) fn new(epoll: Rc<OwnedFd>) -> Self {
        let lingering = Lingering::new(Rc::clone(&epoll));
        Self {
            epoll,
            table: Vec::new(),
            lingering,
            now: Now::default(),
        }
    }

    pub(super) fn begin_turn(&mut self, now: Now) {
        self.now = now;
    }

    /// The time of the turn.
    pub(super) fn now(&self) -> Now {
        self.now
    }

    pub(super) fn is_known(&self, link: LinkId) -> bool {
        self.entry(link).is_some()
    }

    pub(super) fn read(&mut self, link: LinkId, buffer: &mut [u8]) -> io::Result<usize> {
        let entry = self.entry(link).expect("only known links are read");
        (&entry.link.stream).read(buffer)
    }

    /// The socket takes bytes again, and is no longer watched for that. `false` for a stranger.
    pub(super) fn take_writable(&mut self, link: LinkId) -> bool {
        self.watch(link, |entry| entry.writing = false)
    }

    /// The engine does not want this link's bytes now; they stay in the socket.
    pub(super) fn stop_reading(&mut self, link: LinkId) {
        self.watch(link, |entry| entry.reading = false);
    }

    fn entry(&self, link: LinkId) -> Option<&Entry> {
        self.table.get(index(link))?.as_ref()
    }

    /// Changes what is waited for; the system is told only of a difference.
    fn watch(&mut self, link: LinkId, change: impl FnOnce(&mut Entry)) -> bool {
        let Some(entry) = self.table.get_mut(index(link)).and_then(Option::as_mut) else {
            return false;
        };
        let before = entry.interest();
        change(entry);
        let after = entry.interest();
        if before != after {
            // Changing a registration allocates nothing, so it fails for a stranger only.
            let token = EventData::new_u64(Token::Link(link).to_u64());
            let changed = epoll::modify(&self.epoll, &entry.link.stream, token, after);
            debug_assert!(changed.is_ok(), "{changed:?}");
        }
        true
    }
}

impl Sockets for EpollSockets {
    fn insert(&mut self, link: LinkId, socket: Link) -> bool {
        let entry = Entry {
            link: socket,
            reading: true,
            writing: false,
        };
        let token = EventData::new_u64(Token::Link(link).to_u64());
        if let Err(errno) = epoll::add(&self.epoll, &entry.link.stream, token, entry.interest()) {
            tracing::warn!("a connection cannot be watched: {errno}");
            return false;
        }
        if self.table.len() <= index(link) {
            self.table.resize_with(index(link) + 1, || None);
        }
        let place = &mut self.table[index(link)];
        debug_assert!(place.is_none(), "{link:?} is taken");
        *place = Some(entry);
        true
    }

    fn remove(&mut self, link: LinkId) -> Option<Link> {
        let entry = self.table.get_mut(index(link))?.take()?;
        // Whoever gets the socket may keep it open, so that closing would not take it out.
        let _ = epoll::delete(&self.epoll, &entry.link.stream);
        Some(entry.link)
    }

    fn close(&mut self, link: LinkId, rest: &[u8]) {
        let Some(entry) = self.table.get_mut(index(link)).and_then(Option::take) else {
            return;
        };
        match (&entry.link.stream).write(rest) {
            Err(error) if !is_temporary(&error) => {}
            Ok(_) | Err(_) => self.lingering.add(entry.link, self.now),
        }
    }

    fn write(&mut self, link: LinkId, bytes: &[u8]) -> Written {
        let Some(entry) = self.entry(link) else {
            return Written::Bytes(0);
        };
        if entry.writing {
            return Written::Bytes(0);
        }
        match (&entry.link.stream).write(bytes) {
            Ok(written) if written == bytes.len() => Written::Bytes(written),
            Ok(written) => {
                self.watch(link, |entry| entry.writing = true);
                Written::Bytes(written)
            }
            Err(error) if is_temporary(&error) => {
                self.watch(link, |entry| entry.writing = true);
                Written::Bytes(0)
            }
            Err(_) => {
                self.remove(link);
                Written::Lost
            }
        }
    }

    fn resume(&mut self, link: LinkId) {
        self.watch(link, |entry| entry.reading = true);
    }

    fn is_lingering(&self) -> bool {
        !self.lingering.is_empty()
    }
}

impl Entry {
    fn interest(&self) -> EventFlags {
        let mut flags = EventFlags::empty();
        if self.reading {
            flags |= EventFlags::IN | EventFlags::RDHUP;
        }
        if self.writing {
            flags |= EventFlags::OUT;
        }
        flags
    }
}

fn index(LinkId(link): LinkId) -> usize {
    link as usize
}

fn is_temporary(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}
