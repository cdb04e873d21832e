use super::Node;
use crate::observation::Observation;
use crate::scene::Scene;

/// The largest packet that a client of the simulation sends, bytes, with room to spare.
const PACKET_BYTES_MAX: usize = 400;

impl Node {
    /// Looks at what a worker holds for its clients.
    pub(super) fn measure(&self, worker: usize, scene: &mut Scene) {
        let desk = &self.desks[worker];
        let limits = &self.policy.queue;
        let (restored_messages, restored_bytes) = self.restored_max;
        let (messages, bytes) = desk.worker.largest_queue();
        scene.observe(&Observation::Held {
            what: "messages in a queue",
            amount: messages,
            amount_max: limits.messages_max.max(restored_messages),
        });
        scene.observe(&Observation::Held {
            what: "bytes in a queue",
            amount: bytes,
            amount_max: limits.bytes_max.max(restored_bytes),
        });
        for (link, wire) in &desk.links {
            // What one read may leave, behind the beginning of a packet.
            let wire = scene.network.wire(*wire);
            let packet_bytes = match wire.keeps_rules {
                true => PACKET_BYTES_MAX,
                false => self.policy.packet_size_max as usize,
            };
            let amount_max = wire.largest_read + packet_bytes;
            let amount = desk.worker.input_bytes(*link);
            scene.observe(&Observation::Held { what: "bytes of input", amount, amount_max });
        }
    }
}
