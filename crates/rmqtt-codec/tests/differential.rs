//! Two other implementations of the protocol, `mqtt-proto` and `mqtt-protocol-core`, read what we
//! write, write what we read, and refuse what we refuse, but for the named differences.

#[path = "differential/core.rs"]
mod core;
#[path = "differential/differences.rs"]
mod differences;
#[path = "differential/fields.rs"]
mod fields;
mod generate;
#[path = "differential/ours.rs"]
mod ours;
#[path = "differential/proto.rs"]
mod proto;
mod support;

use differences::{DIFFERENCES, Library};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use rmqtt_codec::{PacketType, ProtocolVersion};

#[test]
fn what_we_write_is_read_there_and_what_they_write_is_read_here() {
    let mut runner = runner();
    let result = runner.run(&generate::versioned_packet(), |(version, packet)| {
        let mut input = Vec::new();
        packet.encode(version, &mut input).unwrap();
        check(Library::Proto, &input, version)?;
        check(Library::Core, &input, version)
    });
    result.unwrap();
}

#[test]
fn what_is_refused_here_is_refused_there_and_the_other_way_round() {
    let changes =
        proptest::collection::vec((any::<Index>(), prop_oneof![any::<u8>(), 0..4_u8]), 1..3);
    let flags = proptest::option::weighted(0.1, 0..16_u8);
    let mut runner = runner();
    let packets = (generate::versioned_packet(), changes, flags);
    let result = runner.run(&packets, |((version, packet), changes, flags)| {
        let mut input = Vec::new();
        packet.encode(version, &mut input).unwrap();
        let header_len = 1 + input.iter().skip(1).position(|byte| *byte < 0x80).unwrap() + 1;
        let body = &mut input[header_len..];
        if !body.is_empty() {
            for (at, value) in changes {
                body[at.index(body.len())] = value;
            }
        }
        if packet.packet_type() == PacketType::Publish || flags.is_none() {
            input[0] = input[0] & 0xF0 | flags.unwrap_or(input[0] & 0x0F);
            check(Library::Core, &input, version)?;
        }
        input[0] = input[0] & 0xF0 | flags.unwrap_or(input[0] & 0x0F);
        check(Library::Proto, &input, version)
    });
    result.unwrap();
}

#[test]
fn every_named_difference_is_real() {
    for difference in DIFFERENCES {
        let (first_byte, content) = difference.example;
        let input = support::packet(first_byte, content);
        let ours = support::decode(&input, difference.version);
        let name = format!("{:?} {} ({})", difference.library, difference.what, difference.why);
        assert!((difference.applies)(&input, &ours, difference.version), "{name}: {ours:?}");
        let disagreement = disagreement(difference.library, &input, difference.version);
        assert!(disagreement.is_some(), "{name} no longer");
    }
}

/// The same cases in every run, because a rare disagreement that is not named yet should not
/// surprise those who changed something else. `PROPTEST_CASES` asks for more.
fn runner() -> TestRunner {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let config = ProptestConfig { cases: config.cases.max(3000), ..config };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

fn check(library: Library, input: &[u8], version: ProtocolVersion) -> Result<(), TestCaseError> {
    let Some(disagreement) = disagreement(library, input, version) else {
        return Ok(());
    };
    let ours = support::decode(input, version);
    let is_named = DIFFERENCES.iter().any(|difference| {
        difference.library == library && (difference.applies)(input, &ours, version)
    });
    prop_assert!(is_named, "{library:?} {version} {input:02x?}: {disagreement}, ours {ours:?}");
    Ok(())
}

/// What the library makes differently of the packet, if anything.
fn disagreement(library: Library, input: &[u8], version: ProtocolVersion) -> Option<String> {
    let theirs = match library {
        Library::Proto => proto::decode(input, version),
        // The library does not know MQTT 3.1.
        Library::Core if version == ProtocolVersion::V31 => return None,
        Library::Core => core::decode(input, version),
    };
    match (support::decode(input, version), theirs) {
        (Err(_), None) => None,
        (Ok(_), None) => Some("only we accept".to_owned()),
        (Err(_), Some(_)) => Some("only they accept".to_owned()),
        (Ok(packet), Some((fields, written))) => {
            let expected = ours::fields(&packet, version);
            if fields != expected {
                return Some(format!("they read {fields:?}"));
            }
            match support::decode(&written, version) {
                Ok(again) if ours::fields(&again, version) == expected => None,
                again => Some(format!("they write {written:02x?}, which is {again:?}")),
            }
        }
    }
}
