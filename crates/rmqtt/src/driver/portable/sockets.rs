//! The connections of a worker, by link id.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::Shutdown;
use std::rc::{Rc, Weak};

use rmqtt_broker::LinkId;
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::Core;
use super::connection::{Connection, Phase, serve};
use crate::driver::link_table::LinkTable;
use crate::driver::{Sockets, Written, is_temporary, linger};
use crate::link::Link;

/// Connections that have a task each.
pub(super) struct PortableSockets {
    core: Weak<RefCell<Core>>,
    table: LinkTable<Rc<Connection>>,
    /// Lingering connections, and some that have ended, oldest first.
    lingering: VecDeque<Weak<Connection>>,
    lingering_count: usize,
}

impl PortableSockets {
    pub(super) fn new(core: Weak<RefCell<Core>>) -> Self {
        Self { core, table: LinkTable::new(), lingering: VecDeque::new(), lingering_count: 0 }
    }

    /// Drops the table's share of a connection that its task has found gone.
    pub(super) fn forget(&mut self, link: LinkId) {
        if let Some(connection) = self.table.take(link) {
            connection.set_phase(Phase::Gone);
        }
    }

    /// Makes every connection look at what has changed.
    pub(super) fn wake_all(&self) {
        for connection in self.table.values() {
            connection.changed.notify_one();
        }
    }

    /// The task of a lingering connection ends. One that had to give way is not counted any more.
    pub(super) fn lingering_ended(&mut self, connection: &Connection) {
        if connection.phase.replace(Phase::Gone) == Phase::Lingering {
            self.lingering_count -= 1;
        }
    }

    fn linger(&mut self, connection: &Rc<Connection>) {
        if SockRef::from(&connection.stream).shutdown(Shutdown::Write).is_err() {
            connection.set_phase(Phase::Gone);
            return;
        }
        while let Some(oldest) = self.lingering.front() {
            match oldest.upgrade().filter(|oldest| oldest.phase.get() == Phase::Lingering) {
                Some(_) if self.lingering_count < linger::COUNT_MAX => break,
                Some(oldest) => {
                    oldest.set_phase(Phase::Gone);
                    self.lingering_count -= 1;
                }
                None => {}
            }
            self.lingering.pop_front();
        }
        self.lingering_count += 1;
        self.lingering.push_back(Rc::downgrade(connection));
        connection.set_phase(Phase::Lingering);
    }
}

impl Sockets for PortableSockets {
    fn insert(&mut self, link: LinkId, socket: Link) -> bool {
        let stream = match TcpStream::from_std(socket.stream) {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!("a connection cannot be watched: {error}");
                return false;
            }
        };
        let core = self.core.upgrade().expect("a turn runs only while its core lives");
        let connection = Rc::new(Connection {
            stream,
            slot: RefCell::new(Some(socket.slot)),
            phase: Cell::new(Phase::Open),
            writing: Cell::new(false),
            answered: Cell::new(false),
            changed: Notify::new(),
        });
        self.table.insert(link, Rc::clone(&connection));
        tokio::task::spawn_local(serve(core, link, connection));
        true
    }

    fn remove(&mut self, link: LinkId) -> Option<Link> {
        let connection = self.table.take(link)?;
        connection.set_phase(Phase::Gone);
        // The task still waits on its own descriptor; it closes that one when it ends.
        let stream = SockRef::from(&connection.stream).try_clone();
        let slot = connection.slot.take();
        match (stream, slot) {
            (Ok(stream), Some(slot)) => Some(Link { stream: stream.into(), slot }),
            (Err(error), _) => {
                tracing::warn!("a connection cannot be handed to its session's worker: {error}");
                None
            }
            (Ok(_), None) => None,
        }
    }

    fn close(&mut self, link: LinkId, last: &[u8]) {
        let Some(connection) = self.table.take(link) else {
            return;
        };
        if last.is_empty() && !connection.answered.get() {
            connection.set_phase(Phase::Gone);
            return;
        }
        match connection.stream.try_write(last) {
            Err(error) if !is_temporary(&error) => connection.set_phase(Phase::Gone),
            Ok(_) | Err(_) => self.linger(&connection),
        }
    }

    fn write(&mut self, link: LinkId, bytes: &[u8]) -> Written {
        let Some(connection) = self.table.get(link) else {
            return Written::Bytes(0);
        };
        if connection.writing.get() {
            return Written::Bytes(0);
        }
        connection.answered.set(true);
        let written = match connection.stream.try_write(bytes) {
            Ok(written) => written,
            Err(error) if is_temporary(&error) => 0,
            Err(_) => {
                self.forget(link);
                return Written::Lost;
            }
        };
        if written < bytes.len() {
            connection.writing.set(true);
            connection.changed.notify_one();
        }
        Written::Bytes(written)
    }

    fn resume(&mut self, link: LinkId) {
        if let Some(connection) = self.table.get(link) {
            connection.changed.notify_one();
        }
    }

    fn is_lingering(&self) -> bool {
        self.lingering_count > 0
    }
}
