use rmqtt_broker::{Batch, Overload};

use super::Node;
use crate::coverage::Happening;
use crate::network::Place;
use crate::scene::Scene;

/// How much of what is there a turn takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Some of it, by chance.
    Some,
    /// All.
    All,
}

impl Pace {
    /// How many of `there` are taken.
    pub(super) fn share(self, there: usize, scene: &mut Scene) -> usize {
        match self {
            Self::All => there,
            Self::Some => scene.random.below(there + 1),
        }
    }

    pub(super) fn takes(self, percent: u64, scene: &mut Scene) -> bool {
        self == Self::All || scene.random.chance(percent)
    }
}

impl Node {
    /// One turn of a worker, in the order of a driver: sockets, answers, other workers' batches, links
    /// that move here, new links, time; then its outputs.
    pub(crate) fn turn(&mut self, worker: usize, pace: Pace, scene: &mut Scene) {
        self.desks[worker].worker.begin_turn(Overload::default());
        self.read_links(worker, pace, scene);
        if scene.random.chance(10) {
            self.flush_early(worker, scene);
        }
        self.take_replies(worker, pace, scene);
        self.take_completions(worker, pace, scene);
        self.take_batches(worker, pace, scene);
        self.take_links(worker, pace, scene);
        self.accept_links(worker, pace, scene);
        let desk = &mut self.desks[worker];
        let is_due = |at: u64| at <= scene.now.mono_ms;
        if desk.worker.next_deadline().is_some_and(is_due) && pace.takes(70, scene) {
            desk.worker.advance(scene.now);
        }
        self.take_outputs(worker, scene);
        self.measure(worker, scene);
    }

    fn take_replies(&mut self, worker: usize, pace: Pace, scene: &mut Scene) {
        let fronts = self.desks.iter().filter_map(|desk| desk.replies.front_stamp());
        let oldest = fronts.min();
        let desk = &mut self.desks[worker];
        let number = pace.share(desk.replies.ready(scene.event), scene);
        for _ in 0..number {
            let Some((stamp, reply)) = desk.replies.things.pop_front() else {
                return;
            };
            if oldest.is_some_and(|oldest| oldest < stamp) {
                scene.note(Happening::ReplyOvertaken);
            }
            scene.trace(|| format!("worker {worker} takes {reply:?}"));
            desk.replied = stamp;
            desk.worker.handle_reply(reply, scene.now);
        }
    }

    /// Batches arrive joined, as in an inbox to which all workers append.
    fn take_batches(&mut self, worker: usize, pace: Pace, scene: &mut Scene) {
        let desk = &mut self.desks[worker];
        let mut inbox = Batch::default();
        let mut joined = 0;
        let oldest = desk.mailboxes.iter().filter_map(|mail| mail.front_batch()).min();
        let senders = desk.mailboxes.len();
        let first = scene.random.below(senders);
        for step in 0..senders {
            let sender = (first + step) % senders;
            let mailbox = &mut desk.mailboxes[sender];
            if mailbox.held_until > scene.event {
                continue;
            }
            for _ in 0..pace.share(mailbox.batches(), scene) {
                let Some((stamp, mut batch)) = mailbox.pop_batch() else {
                    break;
                };
                if oldest.is_some_and(|oldest| oldest < stamp) {
                    scene.note(Happening::BatchOvertaken);
                }
                if mailbox.has_link_before(stamp) {
                    scene.note(Happening::HandoffOvertaken);
                }
                scene.trace(|| format!("worker {worker} takes a batch of worker {sender}"));
                inbox.append(&mut batch);
                joined += 1;
            }
        }
        if joined > 1 {
            scene.note(Happening::BatchesJoined);
        }
        if !inbox.is_empty() {
            desk.worker.handle_batch(&mut inbox, scene.now);
        }
    }

    fn take_links(&mut self, worker: usize, pace: Pace, scene: &mut Scene) {
        let desk = &mut self.desks[worker];
        let pending_reply = desk.replies.front_stamp();
        for mailbox in &mut desk.mailboxes {
            if mailbox.held_until > scene.event || !pace.takes(60, scene) {
                continue;
            }
            while let Some(moving) = mailbox.pop_link(pending_reply) {
                let link = desk.worker.adopt_link(*moving.handoff, scene.now);
                scene.note(Happening::LinkMoved);
                scene.trace(|| format!("worker {worker} adopts {:?} as {link:?}", moving.wire));
                desk.links.insert(link, moving.wire);
                let wire = scene.network.wire_mut(moving.wire);
                wire.place = Place::At { worker, link };
                wire.watched = true;
            }
        }
    }

    fn accept_links(&mut self, worker: usize, pace: Pace, scene: &mut Scene) {
        for number in scene.network.dialling_to(worker) {
            if !pace.takes(70, scene) {
                continue;
            }
            let peer = ([127, 0, 0, 1], 1883).into();
            let desk = &mut self.desks[worker];
            let link = desk.worker.open_link(&self.policy, peer, scene.now);
            scene.trace(|| format!("worker {worker} accepts {number:?} as {link:?}"));
            desk.links.insert(link, number);
            scene.network.wire_mut(number).place = Place::At { worker, link };
        }
    }
}
