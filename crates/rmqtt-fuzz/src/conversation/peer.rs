use std::collections::VecDeque;

use rmqtt_broker::LinkId;
use rmqtt_codec::{Packet, split_frame};

use super::ledger::Ledger;
use super::world::World;

/// A client's end of a connection.
pub(super) struct Peer {
    /// Where its link is; none when it has no connection.
    pub(super) place: Option<(u16, LinkId)>,
    /// On its way to the broker.
    pub(super) to_broker: VecDeque<u8>,
    /// Come from the broker, not read yet.
    from_broker: Vec<u8>,
    /// It does not read.
    pub(super) is_stalled: bool,
    /// What the socket still takes while nobody reads at its other end.
    room: usize,
    /// The broker has closed the connection.
    pub(super) is_closed_by_broker: bool,
    pub(super) ledger: Ledger,
}

/// What a socket takes while nobody reads at its other end, bytes.
const SOCKET_ROOM: usize = 20;

impl Peer {
    /// A client whose packets may be so many bytes.
    pub(super) fn new(ledger: Ledger) -> Self {
        Self {
            place: None,
            to_broker: VecDeque::new(),
            from_broker: Vec::new(),
            is_stalled: false,
            room: SOCKET_ROOM,
            is_closed_by_broker: false,
            ledger,
        }
    }

    /// Sends bytes, whatever they are.
    pub(super) fn send(&mut self, bytes: &[u8], world: &mut World) {
        self.to_broker.extend(bytes);
        self.ledger.sent(bytes, world);
    }

    pub(super) fn stall(&mut self, is_stalled: bool) {
        self.is_stalled = is_stalled;
        self.room = SOCKET_ROOM;
    }

    /// Takes of the broker's output what the socket has room for; gives how much.
    pub(super) fn take_output(&mut self, output: &[u8]) -> usize {
        let taken = if self.is_stalled { output.len().min(self.room) } else { output.len() };
        self.room -= if self.is_stalled { taken } else { 0 };
        self.from_broker.extend_from_slice(&output[..taken]);
        taken
    }

    /// The broker has closed the connection, after these bytes as far as the socket takes them.
    pub(super) fn closed_by_broker(&mut self, last: &[u8]) {
        self.take_output(last);
        self.place = None;
        self.is_closed_by_broker = true;
    }

    /// Reads what has come, if it reads at all.
    pub(super) fn read(&mut self, world: &mut World) {
        if self.is_stalled {
            return;
        }
        let bytes = std::mem::take(&mut self.from_broker);
        let Some(version) = self.ledger.version() else {
            // Who sends a CONNECT that cannot be read may be answered in the broker's own form.
            assert!(bytes.is_empty() || self.ledger.has_to_end, "nothing comes before CONNECT");
            return;
        };
        let mut rest = &bytes[..];
        while let Some(frame) = split_frame(rest, u32::MAX).expect("the broker sends packets") {
            let packet = Packet::decode(&frame, version);
            let packet = packet.unwrap_or_else(|error| panic!("{error}: {frame:?}"));
            self.ledger.received(&packet, frame.wire_len, world);
            rest = &rest[frame.wire_len..];
        }
        self.from_broker = rest.to_vec();
        // A connection that was closed while its client did not read may end anywhere.
        let is_whole = rest.is_empty() || self.place.is_none();
        assert!(is_whole, "all that was written was read, and ends with a packet");
    }
}
