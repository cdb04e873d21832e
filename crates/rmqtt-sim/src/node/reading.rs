use rmqtt_broker::{LinkId, LinkLoss};

use super::{Node, Pace};
use crate::coverage::Happening;
use crate::network::{UpEnd, WireNumber};
use crate::scene::Scene;

impl Node {
    /// Reads the sockets of a worker that are ready, each once. One that may not be read is not watched
    /// any more until the worker says so.
    pub(super) fn read_links(&mut self, worker: usize, pace: Pace, scene: &mut Scene) {
        let links: Vec<_> = self.desks[worker].links.iter().map(|(l, w)| (*l, *w)).collect();
        for (link, number) in links {
            let wire = scene.network.wire(number);
            if wire.up_end == Some(UpEnd::Reset) {
                // An error is reported, whatever is watched.
                if pace.takes(60, scene) {
                    self.lose_link(worker, link, number, LinkLoss::Error, scene);
                }
                continue;
            }
            if !wire.watched || !wire.is_readable() || !pace.takes(60, scene) {
                continue;
            }
            if !self.desks[worker].worker.wants_read(link) {
                scene.note(Happening::ReadingStopped);
                scene.trace(|| format!("worker {worker} does not read {number:?}"));
                scene.network.wire_mut(number).watched = false;
                continue;
            }
            if scene.network.wire(number).up.is_empty() {
                self.lose_link(worker, link, number, LinkLoss::Eof, scene);
            } else {
                self.read_link(worker, link, number, pace, scene);
            }
        }
    }

    fn read_link(
        &mut self,
        worker: usize,
        link: LinkId,
        number: WireNumber,
        pace: Pace,
        scene: &mut Scene,
    ) {
        let there = scene.network.wire(number).up.len();
        let is_whole = pace == Pace::All || scene.random.chance(60);
        let bytes = if is_whole { there } else { 1 + scene.random.below(there) };
        if bytes < there {
            scene.note(Happening::PacketInPieces);
        }
        let wire = scene.network.wire_mut(number);
        wire.largest_read = wire.largest_read.max(bytes);
        let read: Vec<u8> = wire.up.drain(..bytes).collect();
        scene.trace(|| format!("worker {worker} reads {bytes} of {there} bytes of {number:?}"));
        let worker = &mut self.desks[worker].worker;
        worker.receive(link, &read, scene.now);
        // Nothing is left, so the DISCONNECT has been handled.
        let wire = scene.network.wire(number);
        if wire.says_goodbye
            && wire.up.is_empty()
            && worker.input_bytes(link) == 0
            && let Some(will) = wire.will
        {
            scene.note(Happening::WillDiscarded);
            scene.ledger.discard_will(will.message);
        }
    }

    fn lose_link(
        &mut self,
        worker: usize,
        link: LinkId,
        number: WireNumber,
        loss: LinkLoss,
        scene: &mut Scene,
    ) {
        scene.trace(|| format!("worker {worker} loses {number:?}: {loss:?}"));
        let desk = &mut self.desks[worker];
        desk.links.remove(&link);
        desk.worker.link_lost(link, loss, scene.now);
        scene.detach(number);
    }
}
