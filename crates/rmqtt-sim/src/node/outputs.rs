use rmqtt_broker::{Batch, LinkCommand, LinkId, Request};
use rmqtt_codec::{ConnAck, PacketType, ProtocolVersion, split_frame};

use super::mail::MovingLink;
use super::{Asked, Node};
use crate::coverage::Happening;
use crate::network::{Place, WireNumber};
use crate::observation::Observation;
use crate::scene::Scene;

/// What a link's output may hold beyond twice its high-water mark: the answer to the packet that went
/// over it, or a message that was let through below it.
const OUTPUT_SLACK_BYTES: usize = 1_500;

impl Node {
    /// Takes the outputs of a worker until there are none.
    pub(super) fn take_outputs(&mut self, worker: usize, scene: &mut Scene) {
        self.write_where_there_is_room(worker, scene);
        loop {
            self.take_requests(worker);
            self.submit_records(worker, scene);
            self.take_outgoing_batches(worker);
            while let Some(command) = self.desks[worker].worker.next_command() {
                self.obey(worker, command, scene);
            }
            let Some(link) = self.desks[worker].worker.next_dirty() else {
                let worker = &mut self.desks[worker].worker;
                if worker.requests().is_empty() && worker.records().is_empty() {
                    self.note_seen(scene);
                    return;
                }
                continue;
            };
            if let Some(&wire) = self.desks[worker].links.get(&link) {
                self.write(worker, link, wire, scene);
            }
        }
    }

    /// What a driver does between two sockets when there is very much to write: records, batches, output.
    pub(super) fn flush_early(&mut self, worker: usize, scene: &mut Scene) {
        self.submit_records(worker, scene);
        self.take_outgoing_batches(worker);
        while let Some(link) = self.desks[worker].worker.next_dirty() {
            if let Some(&wire) = self.desks[worker].links.get(&link) {
                scene.note(Happening::FlushedEarly);
                self.write(worker, link, wire, scene);
            }
        }
    }

    fn take_requests(&mut self, worker: usize) {
        let requests = core::mem::take(self.desks[worker].worker.requests());
        for request in requests {
            let stamp = self.stamp();
            let desk = &mut self.desks[worker];
            let claimant = match &request {
                Request::Claim(claim) => desk.links.get(&claim.token.link).copied(),
                _ => None,
            };
            desk.requests.things.push_back((stamp, Asked { request, claimant }));
        }
    }

    fn take_outgoing_batches(&mut self, worker: usize) {
        for other in 0..self.desks.len() {
            let to = u16::try_from(other).expect("few workers");
            let batch = self.desks[worker].worker.batch_for(to);
            if !batch.is_empty() {
                let mut sent = Batch::default();
                sent.append(batch);
                let stamp = self.stamp();
                self.desks[other].mailboxes[worker].push_batch(stamp, sent);
            }
        }
    }

    fn obey(&mut self, worker: usize, command: LinkCommand, scene: &mut Scene) {
        match command {
            LinkCommand::Close { link, last } => {
                let Some(number) = self.desks[worker].links.remove(&link) else {
                    return;
                };
                scene.trace(|| format!("worker {worker} closes {number:?}"));
                scene.note(Happening::ClosedByBroker);
                let wire = scene.network.wire_mut(number);
                let bytes = last.len().min(wire.room());
                wire.down.extend(&last[..bytes]);
                wire.is_cut_short = bytes < last.len();
                wire.down_ended = true;
                scene.detach(number);
            }
            LinkCommand::Move { link, to, handoff } => {
                let Some(wire) = self.desks[worker].links.remove(&link) else {
                    return;
                };
                scene.trace(|| format!("worker {worker} hands {wire:?} to worker {to}"));
                let place = scene.network.wire_mut(wire);
                place.place = Place::Moving;
                place.wants_room = false;
                let stamp = self.stamp();
                let after_reply = self.desks[worker].replied;
                self.desks[usize::from(to)].mailboxes[worker].push_link(MovingLink {
                    wire,
                    handoff,
                    after_reply,
                    stamp,
                });
            }
            LinkCommand::Resume { link } => {
                if let Some(&number) = self.desks[worker].links.get(&link) {
                    let wire = scene.network.wire_mut(number);
                    if !wire.watched {
                        wire.watched = true;
                        scene.note(Happening::ReadingResumed);
                    }
                }
            }
        }
    }

    fn write_where_there_is_room(&mut self, worker: usize, scene: &mut Scene) {
        let links: Vec<_> = self.desks[worker].links.iter().map(|(l, w)| (*l, *w)).collect();
        for (link, number) in links {
            let wire = scene.network.wire_mut(number);
            if wire.wants_room && wire.room() > 0 {
                wire.wants_room = false;
                self.write(worker, link, number, scene);
            }
        }
    }

    fn write(&mut self, worker: usize, link: LinkId, number: WireNumber, scene: &mut Scene) {
        let desk = &mut self.desks[worker];
        let output = desk.worker.output(link);
        scene.observe(&Observation::Held {
            what: "bytes of output",
            amount: output.len(),
            amount_max: 2 * self.policy.output_high_water + OUTPUT_SLACK_BYTES,
        });
        let wire = scene.network.wire_mut(number);
        let bytes = output.len().min(wire.room());
        let accepted = wire.greeting.as_mut().is_some_and(|greeting| {
            greeting.extend_from_slice(&output[..bytes]);
            is_acceptance(greeting)
        });
        let is_short = bytes < output.len();
        wire.down.extend(&output[..bytes]);
        wire.wants_room = is_short;
        if bytes > 0 {
            desk.worker.wrote(link, bytes, scene.now);
            scene.trace(|| format!("worker {worker} writes {bytes} bytes to {number:?}"));
        }
        if is_short {
            scene.note(Happening::ShortWrite);
        }
        if accepted {
            let wire = scene.network.wire_mut(number);
            wire.greeting = None;
            let client = wire.client;
            scene.observe(&Observation::Accepted { wire: number, client });
        }
    }
}

/// Whether these bytes begin with a CONNACK that says success. Its first two fields are the same in
/// every version.
fn is_acceptance(greeting: &[u8]) -> bool {
    let Ok(Some(frame)) = split_frame(greeting, u32::MAX) else {
        return false;
    };
    let versions = [ProtocolVersion::V311, ProtocolVersion::V5];
    frame.packet_type == PacketType::ConnAck
        && versions.iter().any(|version| {
            ConnAck::decode(&frame, *version).is_ok_and(|connack| !connack.reason_code.is_error())
        })
}
