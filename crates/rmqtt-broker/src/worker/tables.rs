use core::net::SocketAddr;
use std::collections::VecDeque;
use std::sync::Arc;

use hashbrown::HashMap;
use rmqtt_message::{MessageRef, Now, ReceiversBuf, RecordBatch};
use rmqtt_session::{
    CloseCause, Delivered, Delivery, Handshake, Journal, Keep, ListenerPolicy, Room, Shapes, Watch,
};

use super::handshake_deadlines::HandshakeDeadlines;
use super::handshakes::Handshakes;
use super::held::Held;
use super::judging::Judging;
use super::link::{Link, LinkState, NOT_PAUSED};
use super::seat::Seat;
use super::waiter::{Early, Waiter};
use super::watching::Watching;
use super::{LinkCommand, Overload};
use crate::address::{Address, LinkId, LinkToken};
use crate::batch::Batch;
use crate::counters::{Counters, Gauges};
use crate::hook::{Client, DroppedReason, Event, Hooks, Point, Points};
use crate::request::Request;
use crate::slots::Slots;
use crate::strategy::Chooser;
use crate::wheel::Wheel;

/// The worker's links and sessions with all that a message touches on its way to them, and the
/// worker's outputs.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) worker: u16,
    pub(super) workers: u16,
    pub(super) links: Slots<Link>,
    pub(super) seats: Slots<Seat>,
    pub(super) wheel: Wheel<Timer>,
    /// When links have to have their session.
    pub(super) deadlines: HandshakeDeadlines,
    pub(super) chooser: Chooser,
    pub(super) shapes: Shapes,
    /// Working room for owned copies of messages.
    pub(super) copy: Vec<u8>,
    /// What has to outlive the process, of this turn.
    pub(super) records: RecordBatch,
    pub(super) keeps_records: bool,
    /// Working room.
    pub(super) receivers: ReceiversBuf,
    /// Who waits for the records of this turn.
    pub(super) waiters: Vec<Waiter>,
    /// Who waits for those of earlier turns, by the number of the batch.
    pub(super) submitted: VecDeque<(u64, Vec<Waiter>)>,
    /// What came for sessions that have yet to begin, in order.
    pub(super) early: Vec<(Address, Early)>,
    pub(super) requests: Vec<Request>,
    pub(super) hooks: Box<dyn Hooks>,
    /// Where somebody listens, in this turn.
    pub(super) points: Points,
    /// Questions to hooks that are not answered.
    pub(super) judging: Judging,
    /// Working room for what messages say of their sender.
    pub(super) sender: Vec<u8>,
    pub(super) overload: Overload,
    pub(super) batches: Vec<Batch>,
    commands: VecDeque<LinkCommand>,
    dirty: VecDeque<LinkId>,
    pub(super) output_bytes: usize,
    /// The output of few links that waits for the store.
    held: HashMap<LinkId, Held, foldhash::fast::RandomState>,
    /// What was just written to a link has to wait for the records that go with it.
    holds_output: bool,
    /// Links whose CONNECT is being judged.
    pub(super) handshakes: Handshakes,
    /// Sessions whose connection has to go since something found no room: a message for the client in
    /// its queue, or a message of the client.
    pub(super) overflowed: Vec<(Address, CloseCause)>,
    /// Publishers whose receiver has drained.
    pub(super) resumed: Vec<Address>,
    pub(super) refused_anonymous: Option<(Arc<ListenerPolicy>, SocketAddr)>,
    pub(super) counters: Counters,
    pub(super) gauges: Gauges,
    spare_buffers: Vec<Vec<u8>>,
}

/// What the wheel wakes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Timer {
    Link(LinkToken),
    Session { slot: u32, epoch: u32 },
}

/// A session with all that writing to its client needs. What was written has to be told to
/// [`Tables::note_output`].
pub(super) struct Desk<'t> {
    pub(super) seat: &'t mut Seat,
    pub(super) output: Option<Output<'t>>,
    pub(super) shapes: &'t mut Shapes,
    pub(super) journal: Journal<'t>,
    pub(super) counters: &'t mut Counters,
    pub(super) hooks: &'t mut dyn Hooks,
    pub(super) points: Points,
}

impl Desk<'_> {
    /// Gives the session a message.
    pub(super) fn deliver(
        self,
        delivery: &Delivery<'_>,
        keep: &mut Keep<'_>,
        client: Option<&Arc<Client>>,
        now: Now,
    ) -> Delivered {
        let Self { seat, output, shapes, journal, counters, hooks, points } = self;
        let mut watching = Watching { counters, hooks, points, client };
        let watch = client.is_some().then_some(&mut watching as &mut dyn Watch);
        let mut room = Room { keep, shapes, journal, watch };
        let out = output.map(|output| output.out);
        seat.session.deliver(delivery, &mut room, out, now)
    }
}

/// The output of a session's link.
pub(super) struct Output<'t> {
    pub(super) link: LinkId,
    /// Its length before anything is written.
    pub(super) before: usize,
    pub(super) out: &'t mut Vec<u8>,
}

/// A session is looked at after so long even if nothing is due, milliseconds. Rarely enough to cost
/// nothing, and often enough that many short sessions do not fill the wheel.
const LOOK_AGAIN_MS: u64 = 300_000;

/// Empty buffers kept for links that get output next.
const SPARE_BUFFERS_MAX: usize = 1024;
/// A larger buffer is given back to the allocator instead.
const SPARE_BUFFER_BYTES_MAX: usize = 64 * 1024;

impl Tables {
    pub(super) fn new(
        worker: u16,
        workers: u16,
        keeps_records: bool,
        chooser: Chooser,
        wheel: Wheel<Timer>,
        hooks: Box<dyn Hooks>,
    ) -> Self {
        Self {
            worker,
            workers,
            links: Slots::new(),
            seats: Slots::new(),
            wheel,
            deadlines: HandshakeDeadlines::default(),
            chooser,
            shapes: Shapes::default(),
            copy: Vec::new(),
            records: RecordBatch::default(),
            keeps_records,
            receivers: ReceiversBuf::default(),
            waiters: Vec::new(),
            submitted: VecDeque::new(),
            early: Vec::new(),
            requests: Vec::new(),
            hooks,
            points: Points::NONE,
            judging: Judging::default(),
            sender: Vec::new(),
            overload: Overload::default(),
            batches: (0..workers).map(|_| Batch::default()).collect(),
            commands: VecDeque::new(),
            dirty: VecDeque::new(),
            output_bytes: 0,
            held: HashMap::default(),
            holds_output: false,
            handshakes: Handshakes::default(),
            overflowed: Vec::new(),
            resumed: Vec::new(),
            refused_anonymous: None,
            counters: Counters::default(),
            gauges: Gauges::default(),
            spare_buffers: Vec::new(),
        }
    }

    pub(super) fn open_link(
        &mut self,
        policy: &Arc<ListenerPolicy>,
        peer: SocketAddr,
        now: Now,
    ) -> LinkToken {
        let handshake = Handshake::new(Arc::clone(policy), peer);
        let token = self.insert_link(Link {
            state: LinkState::Handshake(Box::new(handshake)),
            policy: Arc::clone(policy),
            peer: peer.into(),
            input: Vec::new(),
            out: Vec::new(),
            written: 0,
            dirty: false,
            heard: false,
            waits: false,
            paused_until_ms: NOT_PAUSED,
        });
        self.counters.links_opened += 1;
        self.deadlines.enter(token, policy.handshake_timeout_ms, now.mono_ms);
        token
    }

    pub(super) fn insert_link(&mut self, link: Link) -> LinkToken {
        let (number, epoch) = self.links.insert(link);
        LinkToken { worker: self.worker, link: LinkId(number), epoch }
    }

    pub(super) fn token(&self, link: LinkId) -> LinkToken {
        LinkToken { worker: self.worker, link, epoch: self.links.epoch(link.0) }
    }

    pub(super) fn is_open(&self, token: LinkToken) -> bool {
        token.worker == self.worker && self.links.is_at(token.link.0, token.epoch)
    }

    /// Forgets deadlines of links that are not waiting for their session any more.
    pub(super) fn tidy_deadlines(&mut self) {
        let Self { deadlines, links, .. } = self;
        deadlines.tidy(|token| {
            let link = links.get(token.link.0).filter(|_| links.is_at(token.link.0, token.epoch));
            link.is_some_and(|link| !matches!(link.state, LinkState::Online(_)))
        });
    }

    /// Lets `write` append to the link's output, and takes note of what it has written.
    pub(super) fn write<R>(
        &mut self,
        link: LinkId,
        write: impl FnOnce(&mut Vec<u8>) -> R,
    ) -> Option<R> {
        let place = self.links.get_mut(link.0)?;
        prepare(place, &mut self.spare_buffers);
        let before = place.out.len();
        let result = write(&mut place.out);
        self.note_output(link, before);
        Some(result)
    }

    /// The link's output has grown from `before` bytes.
    pub(super) fn note_output(&mut self, link: LinkId, before: usize) {
        let Some(place) = self.links.get_mut(link.0) else {
            return;
        };
        let grown = place.out.len() - before;
        let holds = core::mem::take(&mut self.holds_output);
        if grown > 0 {
            if holds && self.held.entry(link).or_default().hold(before) {
                let epoch = self.links.epoch(link.0);
                self.waiters.push(Waiter::Output(LinkToken { worker: self.worker, link, epoch }));
            }
            let Some(place) = self.links.get_mut(link.0) else { return };
            self.output_bytes += grown;
            if !place.dirty {
                place.dirty = true;
                self.dirty.push_back(link);
            }
        } else if place.out.is_empty() {
            // Nothing came of it: an idle link keeps no buffer.
            recycle(core::mem::take(&mut place.out), &mut self.spare_buffers);
        }
    }

    /// A session with all that writing to its client needs.
    pub(super) fn desk(&mut self, slot: u32, epoch: u32) -> Option<Desk<'_>> {
        let seat = self.seats.get_mut_at(slot, epoch)?;
        let output = seat.link.and_then(|link| {
            let place = self.links.get_mut(link.0)?;
            prepare(place, &mut self.spare_buffers);
            let before = place.out.len();
            Some(Output { link, before, out: &mut place.out })
        });
        let journal = if self.keeps_records {
            Journal::new(&mut self.records, &mut self.holds_output)
        } else {
            Journal::nowhere()
        };
        Some(Desk {
            seat,
            output,
            shapes: &mut self.shapes,
            journal,
            counters: &mut self.counters,
            hooks: &mut *self.hooks,
            points: self.points,
        })
    }

    /// What has waited for the oldest batch of records may leave.
    pub(super) fn release_output(&mut self, token: LinkToken) {
        if !self.is_open(token) {
            return;
        }
        let link = token.link;
        if let Some(held) = self.held.get_mut(&link) {
            held.release();
            if held.is_empty() {
                self.held.remove(&link);
            }
        }
        let has_output = !self.output(link).is_empty();
        if let Some(place) = self.links.get_mut(link.0)
            && has_output
            && !place.dirty
        {
            place.dirty = true;
            self.dirty.push_back(link);
        }
    }

    /// The records that output of this link waits for are on their way.
    pub(super) fn close_mark(&mut self, token: LinkToken) {
        if self.is_open(token)
            && let Some(held) = self.held.get_mut(&token.link)
        {
            held.close();
        }
    }

    /// Forgets what the store has not let through.
    pub(super) fn discard_held(&mut self, link: LinkId) {
        let end = self.held.remove(&link).and_then(|held| held.end());
        if let (Some(place), Some(end)) = (self.links.get_mut(link.0), end) {
            self.output_bytes -= place.out.len() - end;
            place.out.truncate(end);
        }
    }

    pub(super) fn next_dirty(&mut self) -> Option<LinkId> {
        while let Some(link) = self.dirty.pop_front() {
            // A closed link's number may stand here; its successor is not dirty, or stands here too.
            if let Some(place) = self.links.get_mut(link.0)
                && place.dirty
            {
                place.dirty = false;
                return Some(link);
            }
        }
        None
    }

    pub(super) fn output(&self, link: LinkId) -> &[u8] {
        let Some(place) = self.links.get(link.0) else { return &[] };
        let end =
            if self.held.is_empty() { None } else { self.held.get(&link).and_then(Held::end) };
        &place.out[place.written..end.unwrap_or(place.out.len())]
    }

    /// The socket took `bytes`; gives how many are left.
    pub(super) fn take_output(&mut self, link: LinkId, bytes: usize) -> usize {
        let Some(place) = self.links.get_mut(link.0) else {
            return 0;
        };
        place.written += bytes;
        debug_assert!(place.written <= place.out.len(), "no more than there was");
        self.output_bytes -= bytes;
        let left = place.pending();
        if left == 0 {
            place.written = 0;
            recycle(core::mem::take(&mut place.out), &mut self.spare_buffers);
        } else if place.written > left {
            place.out.drain(..place.written);
            if let Some(held) = self.held.get_mut(&link) {
                held.move_up(place.written);
            }
            place.written = 0;
        }
        left
    }

    pub(super) fn wants_read(&self, link: LinkId) -> bool {
        let Some(place) = self.links.get(link.0) else {
            return false;
        };
        if place.waits
            || place.paused_until_ms != NOT_PAUSED
            || place.pending() >= 2 * place.policy.output_high_water
        {
            return false;
        }
        match &place.state {
            LinkState::Handshake(handshake) => handshake.wants_input(),
            LinkState::Claiming(_) | LinkState::Leaving => false,
            LinkState::Online(slot) => {
                self.seats.get(*slot).is_some_and(|seat| seat.session.wants_input())
            }
        }
    }

    pub(super) fn resume(&mut self, link: LinkId) {
        self.commands.push_back(LinkCommand::Resume { link });
    }

    /// Takes a link out of the table; `command` says what happens to its socket. The number is free
    /// once the driver has taken the command.
    pub(super) fn remove_link(
        &mut self,
        link: LinkId,
        command: impl FnOnce(&mut Link) -> LinkCommand,
    ) -> Option<Link> {
        let mut removed = self.links.vacate(link.0)?;
        self.output_bytes -= removed.pending();
        let held = self.held.remove(&link).and_then(|held| held.end());
        removed.out.truncate(held.unwrap_or(removed.out.len()));
        self.counters.links_closed += 1;
        removed.out.drain(..removed.written);
        removed.written = 0;
        self.commands.push_back(command(&mut removed));
        Some(removed)
    }

    /// Takes a link out of the table whose socket is gone already.
    pub(super) fn forget_link(&mut self, link: LinkId) -> Option<Link> {
        let removed = self.links.remove(link.0)?;
        self.held.remove(&link);
        self.output_bytes -= removed.pending();
        self.counters.links_closed += 1;
        Some(removed)
    }

    pub(super) fn next_command(&mut self) -> Option<LinkCommand> {
        let command = self.commands.pop_front()?;
        if let LinkCommand::Close { link, .. } | LinkCommand::Move { link, .. } = &command {
            self.links.release(link.0);
        }
        Some(command)
    }

    /// A buffer for input that has to wait.
    pub(super) fn buffer(&mut self) -> Vec<u8> {
        self.spare_buffers.pop().unwrap_or_default()
    }

    pub(super) fn recycle(&mut self, buffer: Vec<u8>) {
        recycle(buffer, &mut self.spare_buffers);
    }

    pub(super) fn arm_link(&mut self, token: LinkToken, deadline_ms: u64) {
        self.wheel.insert(deadline_ms, Timer::Link(token));
    }

    /// Sees to it that the wheel looks at the session no later than its next deadline. Whatever
    /// happens to the session meanwhile, it looks once; and it looks within [`LOOK_AGAIN_MS`], so that
    /// what is left of sessions that have ended is soon gone.
    pub(super) fn arm_session(&mut self, slot: u32) {
        let epoch = self.seats.epoch(slot);
        let Some(seat) = self.seats.get_mut(slot) else {
            return;
        };
        let Some(deadline) = seat.session.next_deadline() else {
            return;
        };
        let deadline = deadline.min(self.wheel.reached_ms().saturating_add(LOOK_AGAIN_MS));
        if deadline < seat.armed_ms {
            seat.armed_ms = deadline;
            self.wheel.insert(deadline, Timer::Session { slot, epoch });
        }
    }

    /// As [`Tables::arm_session`], after a message was sent that may have to be sent again.
    pub(super) fn arm_retry(&mut self, slot: u32, now: Now) {
        let Some(seat) = self.seats.get(slot) else { return };
        let retry_ms = seat.session.retry_ms();
        if retry_ms > 0 && seat.armed_ms > now.mono_ms + retry_ms {
            self.arm_session(slot);
        }
    }

    pub(super) fn largest_queue(&self) -> (usize, usize) {
        let seats = self.seats.numbers().into_iter().filter_map(|number| self.seats.get(number));
        seats.fold((0, 0), |(messages, bytes), seat| {
            let session = &seat.session;
            (messages.max(session.queue_len()), bytes.max(session.queue_bytes()))
        })
    }

    /// The client of a session as hooks see it.
    pub(super) fn client(&mut self, slot: u32) -> Option<Arc<Client>> {
        self.seats.get_mut(slot).map(Seat::client)
    }

    /// The same, if a hook wants to see it at one of `points`.
    pub(super) fn client_at(&mut self, slot: u32, points: Points) -> Option<Arc<Client>> {
        if self.points.intersects(points) { self.client(slot) } else { None }
    }

    /// A message is dropped before any session had it.
    pub(super) fn drop_message(
        &mut self,
        client: Option<&Arc<Client>>,
        message: &MessageRef<'_>,
        reason: DroppedReason,
    ) {
        self.counters.messages_dropped += 1;
        if self.points.contains(Point::MessageDropped) {
            self.hooks.observe(&Event::MessageDropped { client, message, reason });
        }
    }

    /// Brings the gauges up to date with a session that something was done to.
    pub(super) fn weigh(&mut self, slot: u32) {
        let Some(seat) = self.seats.get_mut(slot) else { return };
        let load = seat.load();
        if load != seat.counted {
            let counted = core::mem::replace(&mut seat.counted, load);
            self.gauges.change(counted, load);
        }
    }

    /// Lets a session send what may go: after an acknowledgement, a reconnect, or when the socket
    /// has room again.
    pub(super) fn refill(&mut self, slot: u32, now: Now) {
        let client = self.client_at(slot, Points::DELIVERY);
        let epoch = self.seats.epoch(slot);
        let Some(Desk { seat, output, mut journal, counters, hooks, points, .. }) =
            self.desk(slot, epoch)
        else {
            return;
        };
        let Some(Output { link, before, out }) = output else { return };
        let mut watch = Watching { counters, hooks, points, client: client.as_ref() };
        seat.session.refill(out, &mut journal, now, &mut watch);
        let sent = out.len() > before;
        let is_held_back = seat.session.is_held_back();
        self.note_output(link, before);
        self.weigh(slot);
        if sent {
            self.resume_publishers(slot);
            self.arm_retry(slot, now);
        }
        if is_held_back {
            self.arm_session(slot);
        }
    }
}

fn prepare(link: &mut Link, spare: &mut Vec<Vec<u8>>) {
    if link.out.capacity() == 0
        && let Some(buffer) = spare.pop()
    {
        link.out = buffer;
    }
}

fn recycle(mut buffer: Vec<u8>, spare: &mut Vec<Vec<u8>>) {
    let capacity = buffer.capacity();
    if capacity > 0 && capacity <= SPARE_BUFFER_BYTES_MAX && spare.len() < SPARE_BUFFERS_MAX {
        buffer.clear();
        spare.push(buffer);
    }
}
