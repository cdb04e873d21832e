//! Closed connections whose peers may still have to read why.
//!
//! A socket that is closed while input waits in it sends a reset, which can throw away what its peer
//! has not read yet: the DISCONNECT with the reason. So the broker ends its own direction only, and
//! discards input until the peer ends, too much has come, or time is up.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Read};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use rmqtt_message::Now;
use rustix::event::epoll::{self, EventData, EventFlags};

use super::token::Token;
use crate::driver::linger;
use crate::link::Link;

/// The lingering sockets of a worker.
pub(super) struct Lingering {
    epoll: Rc<OwnedFd>,
    sockets: HashMap<u32, Lingerer>,
    /// All of them, and some that are gone, oldest first. Each waits equally long.
    order: VecDeque<(u64, u32)>,
    next_id: u32,
}

struct Lingerer {
    link: Link,
    discarded: usize,
}

impl Lingering {
    pub(super) fn new(epoll: Rc<OwnedFd>) -> Self {
        Self { epoll, sockets: HashMap::new(), order: VecDeque::new(), next_id: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sockets.is_empty()
    }

    /// Takes a socket that epoll watches already.
    pub(super) fn add(&mut self, link: Link, now: Now) {
        if link.stream.shutdown(Shutdown::Write).is_err() {
            return;
        }
        if self.sockets.len() >= linger::COUNT_MAX {
            self.close_oldest();
        }
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        let token = EventData::new_u64(Token::Lingering(id).to_u64());
        if epoll::modify(&self.epoll, &link.stream, token, EventFlags::IN).is_ok() {
            self.sockets.insert(id, Lingerer { link, discarded: 0 });
            self.order.push_back((now.mono_ms.saturating_add(linger::TIME_MAX_MS), id));
        }
    }

    /// Discards what has come. `true`: there may be more.
    pub(super) fn on_readable(&mut self, id: u32, buffer: &mut [u8]) -> bool {
        let Some(lingerer) = self.sockets.get_mut(&id) else {
            return false;
        };
        match (&lingerer.link.stream).read(buffer) {
            Ok(bytes) if bytes > 0 && lingerer.discarded + bytes < linger::BYTES_MAX => {
                lingerer.discarded += bytes;
                true
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => false,
            Ok(_) | Err(_) => {
                self.sockets.remove(&id);
                false
            }
        }
    }

    /// When the next one has waited long enough.
    pub(super) fn next_deadline(&self) -> Option<u64> {
        self.order.front().map(|(deadline, _)| *deadline)
    }

    pub(super) fn close_due(&mut self, now: Now) {
        while let Some((deadline, id)) = self.order.front().copied() {
            if deadline > now.mono_ms && self.sockets.contains_key(&id) {
                return;
            }
            self.order.pop_front();
            self.sockets.remove(&id);
        }
    }

    fn close_oldest(&mut self) {
        while let Some((_, id)) = self.order.pop_front() {
            if self.sockets.remove(&id).is_some() {
                return;
            }
        }
    }
}
