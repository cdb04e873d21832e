//! What is refused, and what for.

mod support;

use rmqtt_codec::DecodeError::{self, *};
use rmqtt_codec::ProtocolVersion::V5;
use rmqtt_codec::{PropertyId, ProtocolVersion, ReasonCode, split_frame};
use support::{bytes, decode, packet};

#[test]
fn every_line_of_the_table_is_refused_for_its_reason() {
    let mut checked = 0;
    let mut wrong = Vec::new();
    for line in include_str!("malformed.txt").lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let columns: Vec<&str> = line.split(" | ").map(str::trim).collect();
        let [levels, first_bytes, content, expected, _] = columns[..] else { panic!("{line}") };
        for level in levels.split(' ') {
            let version = ProtocolVersion::from_level(level.parse().unwrap()).unwrap();
            for first_byte in bytes(first_bytes) {
                let input = packet(first_byte, content);
                let actual = match decode(&input, version) {
                    Ok(packet) => format!("{packet:?}"),
                    Err(error) => format!("{error:?}"),
                };
                checked += 1;
                if actual != expected {
                    wrong.push(format!("{version}: {actual}: {line}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(checked > 200, "{checked}");
}

/// Table 2-4 of the specification: identifier, a valid value, and the packets that may have it.
const PROPERTIES: &[(u8, &str, &str)] = &[
    (0x01, "01", "PUBLISH will"),
    (0x02, "00000001", "PUBLISH will"),
    (0x03, "'t'", "PUBLISH will"),
    (0x08, "'t'", "PUBLISH will"),
    (0x09, "'d'", "PUBLISH will"),
    (0x0B, "01", "PUBLISH SUBSCRIBE"),
    (0x11, "00000001", "CONNECT CONNACK DISCONNECT"),
    (0x12, "'i'", "CONNACK"),
    (0x13, "0001", "CONNACK"),
    (0x15, "'m'", "CONNECT CONNACK AUTH"),
    (0x16, "'d'", "CONNECT CONNACK AUTH"),
    (0x17, "01", "CONNECT"),
    (0x18, "00000001", "will"),
    (0x19, "01", "CONNECT"),
    (0x1A, "'r'", "CONNACK"),
    (0x1C, "'s'", "CONNACK DISCONNECT"),
    (0x1F, "'r'", "CONNACK PUBACK PUBREC PUBREL PUBCOMP SUBACK UNSUBACK DISCONNECT AUTH"),
    (0x21, "0001", "CONNECT CONNACK"),
    (0x22, "0001", "CONNECT CONNACK"),
    (0x23, "0001", "PUBLISH"),
    (0x24, "01", "CONNACK"),
    (0x25, "01", "CONNACK"),
    (
        0x26,
        "'n' 'v'",
        "CONNECT CONNACK PUBLISH will PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE SUBACK UNSUBSCRIBE \
         UNSUBACK DISCONNECT AUTH",
    ),
    (0x27, "00000001", "CONNECT CONNACK"),
    (0x28, "01", "CONNACK"),
    (0x29, "01", "CONNACK"),
    (0x2A, "01", "CONNACK"),
];

/// The packets that have properties: name, first byte, and the content around the block.
const PACKETS: &[(&str, u8, &str, &str)] = &[
    ("CONNECT", 0x10, "'MQTT' 05 02 003C", "'c'"),
    ("CONNACK", 0x20, "00 00", ""),
    ("PUBLISH", 0x30, "'t'", "70"),
    ("will", 0x10, "'MQTT' 05 06 003C 00 'c'", "'w' 'm'"),
    ("PUBACK", 0x40, "0001 00", ""),
    ("PUBREC", 0x50, "0001 00", ""),
    ("PUBREL", 0x62, "0001 00", ""),
    ("PUBCOMP", 0x70, "0001 00", ""),
    ("SUBSCRIBE", 0x82, "0001", "'f' 00"),
    ("SUBACK", 0x90, "0001", "00"),
    ("UNSUBSCRIBE", 0xA2, "0001", "'f'"),
    ("UNSUBACK", 0xB0, "0001", "00"),
    ("DISCONNECT", 0xE0, "00", ""),
    ("AUTH", 0xF0, "18", ""),
];

#[test]
fn every_property_is_allowed_where_the_specification_says_and_nowhere_else() {
    for &(number, value, allowed_in) in PROPERTIES {
        let id = PropertyId::from_u8(number).unwrap();
        for &(name, first_byte, before, after) in PACKETS {
            let mut block = format!("{number:02X} {value}");
            let is_allowed = allowed_in.split_whitespace().any(|packet| packet == name);
            let actual = with_properties(first_byte, before, &block, after);
            let expected = match (is_allowed, number, name) {
                (false, ..) => Err(PropertyNotAllowed(id)),
                (true, 0x16, "AUTH") => Err(AuthenticationMethodMissing),
                (true, 0x16, _) => Err(AuthenticationDataWithoutMethod),
                (true, 0x1F | 0x26, "AUTH") => Err(AuthenticationMethodMissing),
                (true, ..) => Ok(()),
            };
            assert_eq!(actual, expected, "{id} in {name}");
            if !is_allowed {
                continue;
            }
            block = format!("{block} {block}");
            if name == "AUTH" && number != 0x15 || number == 0x16 {
                block = format!("15 'm' {block}");
            }
            let may_repeat = number == 0x26 || number == 0x0B && name == "PUBLISH";
            let expected = if may_repeat { Ok(()) } else { Err(PropertyRepeated(id)) };
            let actual = with_properties(first_byte, before, &block, after);
            assert_eq!(actual, expected, "{id} twice in {name}");
        }
    }
}

#[test]
fn no_property_exists_beyond_the_table() {
    for number in 0..=u8::MAX {
        let is_known = PROPERTIES.iter().any(|(known, ..)| *known == number);
        assert_eq!(PropertyId::from_u8(number).is_some(), is_known, "{number}");
        if !is_known {
            for &(name, first_byte, before, after) in PACKETS {
                let actual = with_properties(first_byte, before, &format!("{number:02X}"), after);
                assert_eq!(actual, Err(PropertyUnknown), "{number} in {name}");
            }
        }
    }
}

/// What an MQTT 5.0 packet with this property block is refused for.
fn with_properties(
    first_byte: u8,
    before: &str,
    block: &str,
    after: &str,
) -> Result<(), DecodeError> {
    decode(&packet(first_byte, &format!("{before} [{block}] {after}")), V5).map(|_| ())
}

/// Section 2.4 of the specification: which packets may have which reason code.
const REASON_CODES: &[(&str, u8, &str, &str)] = &[
    (
        "CONNACK",
        0x20,
        "00 CODE 00",
        "00 80 81 82 83 84 85 86 87 88 89 8A 8C 90 95 97 99 9A 9B 9C 9D 9F",
    ),
    ("PUBACK", 0x40, "0001 CODE", "00 10 80 83 87 90 91 97 99"),
    ("PUBREC", 0x50, "0001 CODE", "00 10 80 83 87 90 91 97 99"),
    ("PUBREL", 0x62, "0001 CODE", "00 92"),
    ("PUBCOMP", 0x70, "0001 CODE", "00 92"),
    ("SUBACK", 0x90, "0001 00 CODE", "00 01 02 80 83 87 8F 91 97 9E A1 A2"),
    ("UNSUBACK", 0xB0, "0001 00 CODE", "00 11 80 83 87 8F 91"),
    (
        "DISCONNECT",
        0xE0,
        "CODE",
        "00 04 80 81 82 83 87 89 8B 8C 8D 8E 8F 90 93 94 95 96 97 98 99 9A 9B 9C 9D 9E 9F A0 A1 A2",
    ),
    ("AUTH", 0xF0, "CODE [15 'm']", "00 18 19"),
];

#[test]
fn every_reason_code_is_allowed_where_the_specification_says_and_nowhere_else() {
    for &(name, first_byte, content, allowed) in REASON_CODES {
        let allowed = bytes(allowed);
        for code in 0..=u8::MAX {
            let content = content.replace("CODE", &format!("{code:02X}"));
            let actual = decode(&packet(first_byte, &content), V5).map(|_| ());
            let expected = if allowed.contains(&code) { Ok(()) } else { Err(ReasonCodeInvalid) };
            assert_eq!(actual, expected, "{code:02X} in {name}");
        }
    }
}

#[test]
fn a_packet_is_judged_by_its_first_bytes_before_the_rest_arrives() {
    for (input, error) in [
        ("00", PacketTypeReserved),
        ("11", FixedHeaderFlagsInvalid),
        ("36", PublishQosInvalid),
        ("30 8000", VariableIntegerMalformed),
        ("30 FFFFFFFF", VariableIntegerMalformed),
        ("30 0B", PacketTooLarge),
        ("30 FFFFFF7F", PacketTooLarge),
    ] {
        assert_eq!(split_frame(&bytes(input), 12), Err(error), "{input}");
    }
    for input in ["", "30", "30 80", "30 FFFFFF", "30 01", "30 0A 00"] {
        assert_eq!(split_frame(&bytes(input), 12), Ok(None), "{input}");
    }
}

#[test]
fn every_error_has_the_reason_code_that_the_specification_gives() {
    for (error, code) in [
        (PropertyNotAllowed(PropertyId::TopicAlias), ReasonCode::MalformedPacket),
        (PropertyUnknown, ReasonCode::MalformedPacket),
        (TextContainsNull, ReasonCode::MalformedPacket),
        (PublishQosInvalid, ReasonCode::MalformedPacket),
        (WillQosInvalid, ReasonCode::MalformedPacket),
        (ConnectFlagReserved, ReasonCode::MalformedPacket),
        (SubscriptionOptionsReserved, ReasonCode::MalformedPacket),
        (FixedHeaderFlagsInvalid, ReasonCode::MalformedPacket),
        (PropertyRepeated(PropertyId::TopicAlias), ReasonCode::ProtocolError),
        (PropertyValueInvalid(PropertyId::ReceiveMaximum), ReasonCode::ProtocolError),
        (SubscriptionQosInvalid, ReasonCode::ProtocolError),
        (RetainHandlingInvalid, ReasonCode::ProtocolError),
        (TopicFiltersMissing, ReasonCode::ProtocolError),
        (TopicNameMissing, ReasonCode::ProtocolError),
        (AuthenticationDataWithoutMethod, ReasonCode::ProtocolError),
        (UnsupportedProtocolVersion, ReasonCode::UnsupportedProtocolVersion),
        (TopicNameInvalid, ReasonCode::TopicNameInvalid),
        (TopicAliasZero, ReasonCode::TopicAliasInvalid),
        (PacketTooLarge, ReasonCode::PacketTooLarge),
    ] {
        assert_eq!(error.reason_code(), code, "{error}");
    }
}
