use std::fmt::{self, Write};

use rmqtt_codec::{DecodeError, Frame, Packet, ProtocolVersion, split_frame};

use crate::allocation::measured;

/// What became of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// Its packets, each as it is written again.
    packets: Vec<Vec<u8>>,
    /// What ended it; `None`: more bytes may come.
    error: Option<DecodeError>,
    /// Bytes of packets that were read.
    used: usize,
}

/// Where a stream is cut: lengths of pieces from a seed.
#[derive(Clone, Copy)]
pub(super) struct Cuts(u32);

impl Reading {
    /// All at once.
    pub(super) fn of(stream: &[u8], version: ProtocolVersion, packet_size_max: u32) -> Self {
        let mut reading = Self { packets: Vec::new(), error: None, used: 0 };
        reading.take(stream, version, packet_size_max);
        reading
    }

    /// Piece by piece: what is no whole packet yet waits for the next piece.
    pub(super) fn of_pieces(
        stream: &[u8],
        mut cuts: Cuts,
        version: ProtocolVersion,
        packet_size_max: u32,
    ) -> Self {
        let mut reading = Self { packets: Vec::new(), error: None, used: 0 };
        let mut come = 0;
        while come < stream.len() && reading.error.is_none() {
            come = stream.len().min(come + cuts.next());
            // A buffer of its own: nothing behind the piece can be seen.
            let waiting = stream[reading.used..come].to_vec();
            reading.take(&waiting, version, packet_size_max);
        }
        reading
    }

    fn take(&mut self, bytes: &[u8], version: ProtocolVersion, packet_size_max: u32) {
        let mut rest = bytes;
        loop {
            match next(rest, version, packet_size_max) {
                Ok(Some((frame, packet))) => {
                    let mut written = Vec::new();
                    packet.encode(version, &mut written).expect("what was read can be written");
                    self.packets.push(written);
                    self.used += frame.wire_len;
                    rest = &rest[frame.wire_len..];
                }
                Ok(None) => return,
                Err(error) => {
                    self.error = Some(error);
                    return;
                }
            }
        }
    }
}

impl Cuts {
    pub(super) fn new(seed: u16) -> Self {
        Self(u32::from(seed))
    }

    /// The length of the next piece: mostly short, so that headers are cut as well.
    fn next(&mut self) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let choice = self.0 >> 24;
        if choice < 200 { 1 + choice as usize % 4 } else { 1 + choice as usize }
    }
}

/// Hands on each packet up to the first that is none.
pub(super) fn for_each_packet(
    stream: &[u8],
    version: ProtocolVersion,
    packet_size_max: u32,
    mut on_packet: impl FnMut(&Frame<'_>, &Packet<'_>),
) {
    let mut rest = stream;
    while let Ok(Some((frame, packet))) = next(rest, version, packet_size_max) {
        on_packet(&frame, &packet);
        rest = &rest[frame.wire_len..];
    }
}

/// The first packet of the bytes. Reading it, and everything that it says, allocates nothing: it is
/// the bytes themselves.
fn next(
    bytes: &[u8],
    version: ProtocolVersion,
    packet_size_max: u32,
) -> Result<Option<(Frame<'_>, Packet<'_>)>, DecodeError> {
    let (result, taken) = measured(|| {
        let Some(frame) = split_frame(bytes, packet_size_max)? else {
            return Ok(None);
        };
        let packet = Packet::decode(&frame, version)?;
        // Properties, filters and codes are read when they are asked for: all are asked for here.
        write!(Nowhere, "{packet:?}").expect("nothing is refused");
        Ok(Some((frame, packet)))
    });
    assert_eq!(taken.allocations, 0, "a packet borrows from its bytes");
    if let Ok(Some((frame, _))) = &result {
        assert!(frame.wire_len <= bytes.len() && frame.wire_len <= packet_size_max as usize);
    }
    result
}

/// Takes any text and keeps none.
struct Nowhere;

impl Write for Nowhere {
    fn write_str(&mut self, _text: &str) -> fmt::Result {
        Ok(())
    }
}
