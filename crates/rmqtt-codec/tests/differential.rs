//! Two other implementations of the protocol, `mqtt-proto` and `mqtt-protocol-core`, read what we
//! write, write what we read, and refuse what we refuse, but for the named differences.

#[path = "differential/core.rs"]
mod core;
#[path = "differential/fields.rs"]
mod fields;
mod generate;
#[path = "differential/ours.rs"]
mod ours;
#[path = "differential/proto.rs"]
mod proto;

use fields::Fields;
use proptest::prelude::*;
use rmqtt_codec::{DecodeError, Packet, ProtocolVersion, split_frame};

type Decode = fn(&[u8], ProtocolVersion) -> Option<(Fields, Vec<u8>)>;

fn decode(input: &[u8], version: ProtocolVersion) -> Result<Packet<'_>, DecodeError> {
    let frame = split_frame(input, u32::MAX)?.expect("a whole packet");
    Packet::decode(&frame, version)
}

#[test]
fn survey() {
    use proptest::strategy::{Strategy, ValueTree};
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = (
        generate::versioned_packet(),
        proptest::collection::vec(
            (
                any::<prop::sample::Index>(),
                prop_oneof![any::<u8>(), 0..4u8, 0..0x30u8],
            ),
            0..3,
        ),
        any::<u8>(),
    );
    let mut seen = std::collections::BTreeMap::<String, (usize, String)>::new();
    for _ in 0..200_000 {
        let ((version, packet), changes, _) = strategy.new_tree(&mut runner).unwrap().current();
        let mut input = Vec::new();
        packet.encode(version, &mut input).unwrap();
        let header_len = 1 + input.iter().skip(1).position(|byte| *byte < 0x80).unwrap() + 1;
        for (at, value) in &changes {
            if input.len() > header_len {
                let at = header_len + at.index(input.len() - header_len);
                input[at] = *value;
            }
        }
        let ours = decode(&input, version);
        for (name, theirs) in [("proto", proto::decode as Decode), ("core", core::decode)] {
            if name == "core" && version == ProtocolVersion::V31 {
                continue;
            }
            let theirs = std::panic::catch_unwind(|| theirs(&input, version));
            let kind = packet.packet_type();
            let v = if version == ProtocolVersion::V5 {
                "5"
            } else {
                "3"
            };
            let key = match (&ours, theirs) {
                (_, Err(_)) => format!("{name} {v} {kind} PANIC"),
                (Ok(_), Ok(None)) => format!("{name} {v} {kind} only ours accepts"),
                (Err(error), Ok(Some(_))) => {
                    format!("{name} {v} {kind} only theirs accepts: {error:?}")
                }
                (Err(_), Ok(None)) => continue,
                (Ok(packet), Ok(Some((fields, bytes)))) => {
                    let expected = ours::fields(packet, version);
                    if expected != fields {
                        format!("{name} {v} {kind} fields differ {}", changes.len())
                    } else {
                        match decode(&bytes, version) {
                            Ok(again) if ours::fields(&again, version) == fields => continue,
                            Ok(_) => format!("{name} {v} {kind} theirs decodes differently"),
                            Err(error) => {
                                format!("{name} {v} {kind} theirs does not decode here {error:?}")
                            }
                        }
                    }
                }
            };
            let entry = seen.entry(key).or_insert((0, format!("{input:02x?}")));
            entry.0 += 1;
            if input.len() * 4 < entry.1.len() {
                entry.1 = format!("{input:02x?}");
            }
        }
    }
    for (key, (count, example)) in seen {
        println!(
            "{count:6} {key}\n       {}",
            &example[..example.len().min(400)]
        );
    }
}
