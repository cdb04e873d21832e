use crate::publish_head::{self, Lengths};
use crate::{EncodeError, PacketId, ProtocolVersion, PublishBody, PublishHead};

/// A PUBLISH that is encoded once and appended for many receivers, which differ in packet
/// identifier and DUP flag only.
///
/// Reusable: filling it again keeps its memory.
#[derive(Clone, Debug, Default)]
pub struct PublishTemplate {
    bytes: Vec<u8>,
    /// Where in `bytes` the packet identifier is; 0 when there is none.
    packet_id_at: usize,
}

/// The DUP flag in the first byte.
const DUP: u8 = 0b1000;

impl PublishTemplate {
    /// A template that holds nothing and appends nothing.
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), packet_id_at: 0 }
    }

    /// Encodes a message, in place of the one before. With QoS above 0 the head has any packet
    /// identifier; the one of each receiver replaces it.
    ///
    /// # Errors
    ///
    /// As [`crate::encode_publish`]; the template holds nothing then.
    pub fn fill(
        &mut self,
        version: ProtocolVersion,
        head: &PublishHead<'_>,
        body: &PublishBody<'_>,
    ) -> Result<(), EncodeError> {
        self.bytes.clear();
        self.packet_id_at = 0;
        let lengths = Lengths::of(version, head, body);
        publish_head::check(version, head, body, lengths)?;
        publish_head::put(version, head, body, lengths, &mut self.bytes);
        if head.packet_id.is_some() {
            let header_len = self.bytes.len() - lengths.remaining;
            let topic_len = publish_head::topic_on_wire(version, head, body).len();
            self.packet_id_at = header_len + 2 + topic_len;
        }
        Ok(())
    }

    /// Appends the message for one receiver: one copy, and the packet identifier and the DUP flag
    /// changed in it. With QoS 0 neither exists and both arguments are disregarded; with QoS
    /// above 0 and no identifier that of the head is used.
    #[inline]
    pub fn append_to(&self, out: &mut Vec<u8>, packet_id: Option<PacketId>, dup: bool) {
        let start = out.len();
        out.extend_from_slice(&self.bytes);
        if self.packet_id_at == 0 {
            return;
        }
        let Some(packet) = out.get_mut(start..) else {
            return;
        };
        if dup && let Some(first) = packet.first_mut() {
            *first |= DUP;
        }
        if let Some(packet_id) = packet_id
            && let Some(slot) = packet.get_mut(self.packet_id_at..self.packet_id_at + 2)
        {
            slot.copy_from_slice(&packet_id.get().to_be_bytes());
        }
    }

    /// The length of the packet, in bytes.
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing was filled in.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}
