//! One level-triggered epoll per worker, inside the worker's tokio runtime.
//!
//! The epoll's own descriptor is all that tokio sees of the sockets. Tokio is told edges: that
//! something became ready. What stays ready makes no edge, so it is remembered in `more`, and the
//! next look does not wait: a full read buffer, a full list of events, the end of a stream behind
//! its last bytes, and a socket whose events were asked for anew while it was in epoll's ready list
//! (where a level-triggered socket stays until the next look).

use std::future::{Future, poll_fn};
use std::io;
use std::os::fd::OwnedFd;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use rmqtt_broker::{LinkId, LinkLoss};
use rmqtt_message::Now;
use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, Event, EventFlags};
use rustix::io::Errno;
use tokio::io::unix::AsyncFd;

use crate::driver::Sockets;
use crate::turn::Turn;
use crate::wake_timer::WakeTimer;
use sockets::EpollSockets;
use token::Token;

mod lingering;
mod sockets;
mod token;
mod watched;

/// Runs a worker until it is told to stop.
///
/// # Errors
/// The system has no epoll to give, or refuses to wait on it.
pub(crate) async fn run(turn: Turn) -> io::Result<()> {
    EpollDriver::new(turn)?.run().await
}

/// Events taken at a time.
const EVENTS_MAX: usize = 1_024;
/// Bytes read from a socket at a time, into a buffer that all sockets of the worker share.
const READ_BYTES: usize = 64 << 10;
/// While a batch has nowhere to go the readable sockets are left alone; those that wait to be written
/// are looked at this often.
const BLOCKED_WAIT_MS: u64 = 1;
const NO_WAIT: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
/// Events after which a read tells what is the matter.
const INPUT: EventFlags = EventFlags::IN.union(EventFlags::HUP).union(EventFlags::ERR);

struct EpollDriver {
    turn: Turn,
    sockets: EpollSockets,
    epoll: AsyncFd<Rc<OwnedFd>>,
    events: Vec<Event>,
    buffer: Box<[u8]>,
    /// Something may be ready that makes no further edge.
    more: bool,
}

impl EpollDriver {
    fn new(turn: Turn) -> io::Result<Self> {
        let epoll = Rc::new(epoll::create(epoll::CreateFlags::CLOEXEC)?);
        Ok(Self {
            turn,
            sockets: EpollSockets::new(Rc::clone(&epoll)),
            epoll: watched::watch(epoll)?,
            events: Vec::with_capacity(EVENTS_MAX),
            buffer: vec![0; READ_BYTES].into_boxed_slice(),
            more: false,
        })
    }

    async fn run(mut self) -> io::Result<()> {
        let node = Arc::clone(&self.turn.node);
        let inbox = node.inbox(self.turn.index());
        let mut woken = pin!(inbox.wake_signal().notified());
        let mut timer = WakeTimer::new(node.clock);
        while !self.turn.is_stopped() {
            let blocked = self.turn.is_blocked();
            if self.more && !blocked {
                // Other tasks of this thread, and its timers, have their turn too.
                tokio::task::yield_now().await;
            } else {
                timer.set(self.next_look_mono_ms());
                poll_fn(|context| {
                    let mut ready = timer.poll(context).is_ready();
                    if woken.as_mut().poll(context).is_ready() {
                        woken.set(inbox.wake_signal().notified());
                        ready = true;
                    }
                    if !blocked && let Poll::Ready(guard) = self.epoll.poll_read_ready(context) {
                        guard?.clear_ready();
                        ready = true;
                    }
                    if ready { Poll::Ready(Ok::<(), io::Error>(())) } else { Poll::Pending }
                })
                .await?;
            }
            self.look()?;
        }
        Ok(())
    }

    /// When to look even if nothing happens.
    fn next_look_mono_ms(&self) -> Option<u64> {
        let blocked = self.turn.is_blocked().then(|| self.sockets.now().mono_ms + BLOCKED_WAIT_MS);
        [self.turn.next_deadline(), self.sockets.lingering.next_deadline(), blocked]
            .into_iter()
            .flatten()
            .min()
    }

    /// One turn: what the sockets have, then everything else.
    fn look(&mut self) -> io::Result<()> {
        self.events.clear();
        match epoll::wait(self.epoll.get_ref(), spare_capacity(&mut self.events), Some(&NO_WAIT)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let now = self.turn.now();
        self.turn.begin();
        self.sockets.begin_turn(now);
        self.more = self.events.len() == EVENTS_MAX;
        for index in 0..self.events.len() {
            let event = self.events[index];
            match Token::from_u64(event.data.u64()) {
                Token::Link(link) => self.on_link_event(link, event.flags, now),
                Token::Lingering(id) => {
                    self.more |= self.sockets.lingering.on_readable(id, &mut self.buffer);
                }
            }
        }
        self.sockets.lingering.close_due(now);
        self.more |= self.turn.run(&mut self.sockets, now);
        self.more |= self.sockets.end_turn();
        Ok(())
    }

    fn on_link_event(&mut self, link: LinkId, flags: EventFlags, now: Now) {
        if flags.contains(EventFlags::OUT) && self.sockets.take_writable(link) {
            self.turn.flush_link(link, &mut self.sockets, now);
            self.sockets.stop_waiting_for_room(link);
        }
        if !flags.intersects(INPUT) || !self.sockets.is_known(link) {
            return;
        }
        if self.turn.is_blocked() {
            self.more = true;
        } else if self.turn.worker.wants_read(link) {
            self.read(link, flags, now);
        } else if flags.intersects(EventFlags::HUP | EventFlags::ERR) {
            // Both are reported whether they are wanted or not. The engine may have closed the link
            // in this very turn: then the command to close it is still to be carried out.
            self.turn.carry_out_commands(&mut self.sockets);
            if self.sockets.remove(link).is_some() {
                self.turn.worker.link_lost(link, LinkLoss::Error, now);
            }
        } else {
            self.sockets.stop_reading(link);
        }
    }

    fn read(&mut self, link: LinkId, flags: EventFlags, now: Now) {
        let loss = match self.sockets.read(link, &mut self.buffer) {
            Ok(0) => LinkLoss::Eof,
            Ok(bytes) => {
                self.turn.worker.receive(link, &self.buffer[..bytes], now);
                // The rest of the bytes, or the end behind them, makes no further edge.
                self.more |= bytes == self.buffer.len() || flags.contains(EventFlags::RDHUP);
                self.turn.flush_if_much(&mut self.sockets, now);
                return;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                self.more = true;
                return;
            }
            Err(_) => LinkLoss::Error,
        };
        self.sockets.remove(link);
        self.turn.worker.link_lost(link, loss, now);
    }
}
