//! The task of one connection.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use rmqtt_broker::{LinkId, LinkLoss};
use rmqtt_message::Now;
use rmqtt_net::Slot;
use tokio::io::{Interest, Ready};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::Core;
use crate::driver::{is_temporary, linger};

/// A connection, shared by its task and the worker's table.
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    /// Its place among the listener's connections; given away with the socket.
    pub(super) slot: RefCell<Option<Slot>>,
    pub(super) phase: Cell<Phase>,
    /// The socket was full; room is waited for.
    pub(super) writing: Cell<bool>,
    /// Something was written that its peer may still have to read.
    pub(super) answered: Cell<bool>,
    /// Something has changed that the task has to look at.
    pub(super) changed: Notify,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The engine has a link for it.
    Open,
    /// The engine has closed it; its peer may still read.
    Lingering,
    /// It is no more this worker's.
    Gone,
}

impl Connection {
    pub(super) fn set_phase(&self, phase: Phase) {
        self.phase.set(phase);
        self.changed.notify_one();
    }
}

/// Serves a connection until it is gone.
pub(super) async fn serve(core: Rc<RefCell<Core>>, link: LinkId, connection: Rc<Connection>) {
    while connection.phase.get() == Phase::Open {
        let Some(interest) = interest(&core, link, &connection) else {
            connection.changed.notified().await;
            continue;
        };
        let ready = tokio::select! {
            ready = connection.stream.ready(interest) => ready,
            () = connection.changed.notified() => continue,
        };
        // An error of `ready` is the runtime's, not the connection's: reading tells.
        on_ready(&core, link, &connection, ready.unwrap_or(Ready::READABLE));
        // The turn runs before this socket is read again.
        tokio::task::yield_now().await;
    }
    if connection.phase.get() == Phase::Lingering {
        let longest = Duration::from_millis(linger::TIME_MAX_MS);
        let _ = tokio::time::timeout(longest, discard_input(&core, &connection)).await;
        let core = &mut *core.borrow_mut();
        core.sockets.lingering_ended(&connection);
        core.wake_turn();
    }
}

fn interest(core: &RefCell<Core>, link: LinkId, connection: &Connection) -> Option<Interest> {
    match (core.borrow().may_read(link), connection.writing.get()) {
        (true, true) => Some(Interest::READABLE | Interest::WRITABLE),
        (true, false) => Some(Interest::READABLE),
        (false, true) => Some(Interest::WRITABLE),
        (false, false) => None,
    }
}

/// Feeds the engine with what the socket has, and lets the turn run if anything came of it.
fn on_ready(core: &RefCell<Core>, link: LinkId, connection: &Connection, ready: Ready) {
    if connection.phase.get() != Phase::Open {
        // Its number may be another connection's already.
        return;
    }
    let core = &mut *core.borrow_mut();
    let now = core.turn.now();
    core.turn.begin();
    let mut active = false;
    if ready.is_writable() && connection.writing.replace(false) {
        core.turn.flush_link(link, &mut core.sockets, now);
        active = true;
    }
    if ready.is_readable() && connection.phase.get() == Phase::Open && core.may_read(link) {
        active |= read(core, link, connection, now);
    }
    if active {
        core.wake_turn();
    }
}

/// Reads once. `false`: there was nothing to read.
fn read(core: &mut Core, link: LinkId, connection: &Connection, now: Now) -> bool {
    let loss = match connection.stream.try_read(&mut core.buffer) {
        Ok(0) => LinkLoss::Eof,
        Ok(bytes) => {
            core.turn.worker.receive(link, &core.buffer[..bytes], now);
            core.turn.flush_if_much(&mut core.sockets, now);
            return true;
        }
        Err(error) if is_temporary(&error) => return false,
        Err(_) => LinkLoss::Error,
    };
    core.sockets.forget(link);
    core.turn.worker.link_lost(link, loss, now);
    true
}

/// Reads until the peer ends, too much has come, or the connection has to give way to others.
async fn discard_input(core: &RefCell<Core>, connection: &Connection) {
    let mut discarded = 0;
    while connection.phase.get() == Phase::Lingering && discarded < linger::BYTES_MAX {
        tokio::select! {
            _ = connection.stream.readable() => {}
            () = connection.changed.notified() => continue,
        }
        match connection.stream.try_read(&mut core.borrow_mut().buffer) {
            Ok(0) => return,
            Ok(bytes) => discarded += bytes,
            Err(error) if is_temporary(&error) => {}
            Err(_) => return,
        }
    }
}
