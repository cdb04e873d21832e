//! One task per connection on the worker's tokio runtime: the driver for every system.
//!
//! A connection's task waits for its socket and feeds the engine; it then wakes the worker's turn,
//! which runs once for all connections that were ready. Nothing is borrowed over an `await`.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::Poll;

use rmqtt_broker::LinkId;

use crate::turn::Turn;
use crate::wake_timer::WakeTimer;
use sockets::PortableSockets;

mod connection;
mod sockets;

/// Bytes read from a socket at a time, into a buffer that all sockets of the worker share.
const READ_BYTES: usize = 64 << 10;

/// A worker, shared by its turn and the tasks of its connections.
struct Core {
    turn: Turn,
    sockets: PortableSockets,
    buffer: Box<[u8]>,
}

/// Runs a worker until it is told to stop. Has to be polled inside a `LocalSet`.
///
/// # Errors
/// None so far: what the system refuses, it refuses to single connections.
pub(crate) async fn run(turn: Turn) -> io::Result<()> {
    let node = Arc::clone(&turn.node);
    let inbox = node.inbox(turn.index());
    let core = Rc::new_cyclic(|core| {
        RefCell::new(Core {
            turn,
            sockets: PortableSockets::new(Weak::clone(core)),
            buffer: vec![0; READ_BYTES].into_boxed_slice(),
        })
    });
    let mut woken = pin!(inbox.wake_signal().notified());
    let mut timer = WakeTimer::new(node.clock);
    while !core.borrow().turn.is_stopped() {
        timer.set(core.borrow().turn.next_deadline());
        poll_fn(|context| {
            let mut ready = timer.poll(context).is_ready();
            if woken.as_mut().poll(context).is_ready() {
                woken.set(inbox.wake_signal().notified());
                ready = true;
            }
            if ready { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        core.borrow_mut().run_turn();
    }
    Ok(())
}

impl Core {
    fn run_turn(&mut self) {
        let was_blocked = self.turn.is_blocked();
        let now = self.turn.now();
        self.turn.begin();
        if self.turn.run(&mut self.sockets, now) {
            self.wake_turn();
        }
        if was_blocked && !self.turn.is_blocked() {
            self.sockets.wake_all();
        }
    }

    /// May the link's socket be read now?
    fn may_read(&self, link: LinkId) -> bool {
        !self.turn.is_blocked() && self.turn.worker.wants_read(link)
    }

    /// Lets the turn run once all connections that are ready now have been heard.
    fn wake_turn(&self) {
        self.turn.node.inbox(self.turn.index()).wake_signal().notify_one();
    }
}
