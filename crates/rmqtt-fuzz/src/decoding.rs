//! Bytes as packets: whole streams, cut anywhere.
//!
//! The first bytes of an input say which version, which largest packet and where the stream is cut;
//! the others are the stream.

use rmqtt_codec::ProtocolVersion;

use crate::input::Input;

mod forwarding;
mod round_trip;
mod stream;

use stream::{Cuts, Reading};

/// Largest packets, bytes: one that some packets of an input exceed, and one that none does.
const PACKET_SIZES_MAX: [u32; 3] = [u32::MAX, 64, 8];

/// A stream of MQTT 3.1 or 3.1.1.
///
/// # Panics
/// When something does not hold.
pub fn version_3(input: &[u8]) {
    let mut input = Input::new(input);
    let version = input.one_of(&[ProtocolVersion::V311, ProtocolVersion::V31]);
    check(version, input);
}

/// A stream of MQTT 5.0.
///
/// # Panics
/// When something does not hold.
pub fn version_5(input: &[u8]) {
    check(ProtocolVersion::V5, Input::new(input));
}

fn check(version: ProtocolVersion, mut input: Input<'_>) {
    let packet_size_max = input.one_of(&PACKET_SIZES_MAX);
    let cuts = Cuts::new(input.number());
    let stream = input.rest();
    let whole = Reading::of(stream, version, packet_size_max);
    let cut = Reading::of_pieces(stream, cuts, version, packet_size_max);
    assert_eq!(whole, cut, "a stream is the same packets, however it is cut");
    stream::for_each_packet(stream, version, packet_size_max, |frame, packet| {
        round_trip::check(frame, packet, version);
        forwarding::check(packet, version);
    });
}
