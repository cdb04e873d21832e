use super::{Asked, Node, Pace};
use crate::coverage::Happening;
use crate::observation::Observation;
use crate::scene::Scene;

impl Node {
    /// The directory takes requests of one worker, and does what is due.
    pub(crate) fn direct(&mut self, worker: usize, pace: Pace, scene: &mut Scene) {
        let is_due = |at: u64| at <= scene.now.mono_ms;
        if self.directory.next_deadline().is_some_and(is_due) {
            self.directory.advance(scene.now, &mut self.replies);
            self.send_replies();
        }
        let fronts = self.desks.iter().filter_map(|desk| desk.requests.front_stamp());
        let oldest = fronts.min();
        let number = pace.share(self.desks[worker].requests.ready(scene.event), scene);
        for _ in 0..number {
            let Some((stamp, asked)) = self.desks[worker].requests.things.pop_front() else {
                return;
            };
            if oldest.is_some_and(|oldest| oldest < stamp) {
                scene.note(Happening::RequestOvertaken);
            }
            let Asked { request, claimant } = asked;
            scene.trace(|| format!("directory takes of worker {worker} {request:?}"));
            if let Some(wire) = claimant {
                scene.network.claim(wire);
                let wire = scene.network.wire(wire);
                if wire.ends_session {
                    let client = wire.client;
                    scene.observe(&Observation::Restarted { client });
                }
            }
            self.directory.handle(request, scene.now, &mut self.replies);
            self.send_replies();
        }
    }

    fn send_replies(&mut self) {
        for (worker, reply) in core::mem::take(&mut self.replies) {
            let stamp = self.stamp();
            self.desks[usize::from(worker)].replies.things.push_back((stamp, reply));
        }
    }
}
