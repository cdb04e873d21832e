use rmqtt_codec::{Ack, AckType, Frame, Packet, ProtocolVersion, encode_ack_short, split_frame};

/// What was read is written, and read again as the same; it never takes more bytes than it came
/// with, so that a client cannot make the broker send more than it was sent.
pub(super) fn check(frame: &Frame<'_>, packet: &Packet<'_>, version: ProtocolVersion) {
    let written = write(packet, version);
    assert!(written.len() <= frame.wire_len, "{packet:?} has grown");
    let again = split_frame(&written, u32::MAX).expect("what was written is a packet");
    let again = again.expect("all of it was written");
    assert_eq!(again.wire_len, written.len());
    let read = Packet::decode(&again, version).expect("what was written can be read");
    assert_eq!(read, *packet, "what is written is read as the same");
    assert_eq!(read.packet_type(), frame.packet_type);
    assert_eq!(write(&read, version), written, "there is one way to write a packet");
    check_short(packet, version, &written);
}

/// An acknowledgement that says nothing but its identifier has a shorter way out.
fn check_short(packet: &Packet<'_>, version: ProtocolVersion, written: &[u8]) {
    let (ack_type, ack) = match packet {
        Packet::PubAck(ack) => (AckType::PubAck, ack),
        Packet::PubRec(ack) => (AckType::PubRec, ack),
        Packet::PubRel(ack) => (AckType::PubRel, ack),
        Packet::PubComp(ack) => (AckType::PubComp, ack),
        _ => return,
    };
    if *ack == Ack::new(ack.packet_id) {
        let mut short = Vec::new();
        encode_ack_short(ack_type, ack.packet_id, &mut short);
        assert_eq!(short, written, "{version}");
    }
}

fn write(packet: &Packet<'_>, version: ProtocolVersion) -> Vec<u8> {
    let mut out = vec![0xEE];
    packet.encode(version, &mut out).expect("what was read can be written");
    assert_eq!(out[0], 0xEE, "writing appends");
    out.split_off(1)
}
