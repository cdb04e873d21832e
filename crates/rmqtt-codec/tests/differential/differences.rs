//! Where the other libraries decide otherwise, and which statement shows who is right.
//!
//! An entry says when it applies, by what this crate makes of the packet, and has an example which
//! proves that it is real.

use rmqtt_codec::DecodeError::{self, *};
use rmqtt_codec::ProtocolVersion::{self, V5, V31, V311};
use rmqtt_codec::{Connect, Packet, PropertyId, ReasonCode};

/// One of the two other libraries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    Proto,
    Core,
}

/// A decision that a library takes differently.
pub(crate) struct Difference {
    pub(crate) library: Library,
    /// What it does.
    pub(crate) what: &'static str,
    /// Why it should not, or why both are allowed.
    pub(crate) why: &'static str,
    /// Whether it may show in this packet, which this crate reads or refuses like that.
    pub(crate) applies: fn(&[u8], &Result<Packet<'_>, DecodeError>, ProtocolVersion) -> bool,
    pub(crate) version: ProtocolVersion,
    /// First byte and content of a packet that shows it.
    pub(crate) example: (u8, &'static str),
}

use Library::{Core, Proto};

pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        library: Proto,
        what: "accepts U+0000 in strings",
        why: "[MQTT-1.5.4-2]",
        applies: |_, ours, _| *ours == Err(TextContainsNull),
        version: V5,
        example: (0x10, "'MQTT' 05 02 0000 00 0001 00"),
    },
    Difference {
        library: Proto,
        what: "accepts DUP with QoS 0",
        why: "[MQTT-3.3.1-2]",
        applies: |_, ours, _| *ours == Err(DupWithoutAcknowledgement),
        version: V311,
        example: (0x38, "'a'"),
    },
    Difference {
        library: Proto,
        what: "accepts an empty topic name",
        why: "[MQTT-4.7.3-1], and section 3.3.2.1 without an alias",
        applies: |_, ours, _| *ours == Err(TopicNameMissing),
        version: V5,
        example: (0x30, "'' 00"),
    },
    Difference {
        library: Proto,
        what: "accepts an empty topic name in a will or as response topic",
        why: "[MQTT-4.7.3-1]",
        applies: |_, ours, _| *ours == Err(TopicNameInvalid),
        version: V311,
        example: (0x10, "'MQTT' 04 06 0000 'c' '' 'm'"),
    },
    Difference {
        library: Proto,
        what: "accepts a session with a refusal",
        why: "[MQTT-3.2.2-6]",
        applies: |_, ours, _| *ours == Err(SessionPresentOnRefusal),
        version: V5,
        example: (0x20, "01 87 00"),
    },
    Difference {
        library: Proto,
        what: "accepts a will retain flag without a will",
        why: "[MQTT-3.1.2-13]",
        applies: |_, ours, _| *ours == Err(WillFlagsWithoutWill),
        version: V311,
        example: (0x10, "'MQTT' 04 22 0000 'c'"),
    },
    Difference {
        library: Proto,
        what: "accepts a password without a user name in MQTT 3.x",
        why: "[MQTT-3.1.1: 3.1.2-22]",
        applies: |_, ours, _| *ours == Err(PasswordWithoutUsername),
        version: V311,
        example: (0x10, "'MQTT' 04 42 0000 'c' 'p'"),
    },
    Difference {
        library: Proto,
        what: "accepts AUTH without a method",
        why: "section 3.15.2.2.2",
        applies: |_, ours, _| *ours == Err(AuthenticationMethodMissing),
        version: V5,
        example: (0xF0, "18 00"),
    },
    Difference {
        library: Proto,
        what: "accepts Authentication Data without a method in CONNACK",
        why: "[MQTT-4.12.0-6]",
        applies: |_, ours, _| *ours == Err(AuthenticationDataWithoutMethod),
        version: V5,
        example: (0x20, "00 00 [16 'd']"),
    },
    Difference {
        library: Proto,
        what: "accepts Receive Maximum 0 in CONNACK",
        why: "section 3.2.2.3.3",
        applies: |_, ours, _| *ours == Err(PropertyValueInvalid(PropertyId::ReceiveMaximum)),
        version: V5,
        example: (0x20, "00 00 [21 0000]"),
    },
    Difference {
        library: Proto,
        what: "accepts Maximum Packet Size 0 in CONNACK",
        why: "section 3.2.2.3.6",
        applies: |_, ours, _| *ours == Err(PropertyValueInvalid(PropertyId::MaximumPacketSize)),
        version: V5,
        example: (0x20, "00 00 [27 00000000]"),
    },
    Difference {
        library: Proto,
        what: "writes 3 for a failed subscription in MQTT 3.x",
        why: "[MQTT-3.1.1: 3.9.3-2]",
        applies: |_, ours, version| {
            matches!(ours, Ok(Packet::SubAck(suback))
                if version < V5 && suback.reason_codes.iter().any(|code| code.is_error()))
        },
        version: V311,
        example: (0x90, "0001 80"),
    },
    Difference {
        library: Proto,
        what: "reads flags of CONNACK in MQTT 3.1",
        why: "the byte is reserved there; in MQTT 3.1.1 it begins to mean something",
        applies: |input, ours, version| {
            matches!(ours, Ok(Packet::ConnAck(_))) && version == V31 && input[2] != 0
        },
        version: V31,
        example: (0x20, "01 00"),
    },
    Difference {
        library: Proto,
        what: "refuses packets that MQTT 3.1 marks as repeated",
        why: "MQTT 3.1 lets the DUP flag be set in PUBREL, SUBSCRIBE and UNSUBSCRIBE",
        applies: |input, ours, version| ours.is_ok() && version == V31 && input[0] & 0x0F == 0x0A,
        version: V31,
        example: (0x6A, "0001"),
    },
    Difference {
        library: Proto,
        what: "refuses reserved and unused connect flags in MQTT 3.1",
        why: "MQTT 3.1 disregards the will's flags without a will, and leaves bit 0 unused",
        applies: |input, ours, _| {
            matches!(ours, Ok(Packet::Connect(connect))
                if connect.version == V31 && has_unused_connect_flags(input))
        },
        version: V31,
        example: (0x10, "'MQIsdp' 03 03 0000 'c'"),
    },
    Difference {
        library: Proto,
        what: "refuses a MQTT 3.1 CONNECT without the credentials that it flags",
        why: "MQTT 3.1 lets the remaining length decide",
        applies: |input, ours, _| {
            matches!(ours, Ok(Packet::Connect(connect))
                if connect.version == V31 && lacks_flagged_credentials(input, connect))
        },
        version: V31,
        example: (0x10, "'MQIsdp' 03 C2 0000 'c' 'u'"),
    },
    Difference {
        library: Proto,
        what: "refuses filters with misplaced wildcards with the whole packet",
        why: "[MQTT-4.7.1-1] [MQTT-4.7.1-2]; 0x8F for the one filter is the session's answer",
        applies: |_, ours, _| match ours {
            Ok(Packet::Subscribe(p)) => p.filters.iter().any(|f| has_misplaced_wildcard(f.filter)),
            Ok(Packet::Unsubscribe(p)) => p.filters.iter().any(has_misplaced_wildcard),
            _ => false,
        },
        version: V311,
        example: (0x82, "0001 'a+' 00"),
    },
    Difference {
        library: Proto,
        what: "refuses more than one Subscription Identifier",
        why: "[MQTT-3.3.4-4]",
        applies: |_, ours, _| {
            matches!(ours, Ok(Packet::Publish(publish))
                if publish.properties.subscription_ids.iter().count() > 1)
        },
        version: V5,
        example: (0x30, "'a' [0B 01 0B 02]"),
    },
    Difference {
        library: Proto,
        what: "refuses payloads that are not what their format says",
        why: "section 3.3.2.3.2 allows the check; here the caller asks for it",
        applies: |_, ours, _| match ours {
            Ok(Packet::Publish(publish)) => publish.check_payload_format().is_err(),
            Ok(Packet::Connect(connect)) => {
                connect.will.is_some_and(|will| will.check_payload_format().is_err())
            }
            _ => false,
        },
        version: V5,
        example: (0x30, "'a' [01 01] FF"),
    },
    Difference {
        library: Proto,
        what: "refuses Bad authentication method in DISCONNECT",
        why: "section 2.4",
        applies: bad_authentication_method,
        version: V5,
        example: (0xE0, "8C"),
    },
    Difference {
        library: Core,
        what: "accepts U+0000 in strings",
        why: "[MQTT-1.5.4-2]",
        applies: |_, ours, _| *ours == Err(TextContainsNull),
        version: V5,
        example: (0x10, "'MQTT' 05 02 0000 00 0001 00"),
    },
    Difference {
        library: Core,
        what: "accepts DUP with QoS 0",
        why: "[MQTT-3.3.1-2]",
        applies: |_, ours, _| *ours == Err(DupWithoutAcknowledgement),
        version: V311,
        example: (0x38, "'a'"),
    },
    Difference {
        library: Core,
        what: "accepts an empty topic name",
        why: "[MQTT-4.7.3-1], and section 3.3.2.1 without an alias",
        applies: |_, ours, _| *ours == Err(TopicNameMissing),
        version: V5,
        example: (0x30, "'' 00"),
    },
    Difference {
        library: Core,
        what: "accepts wildcards in topic names",
        why: "[MQTT-3.3.2-2]",
        applies: |_, ours, _| *ours == Err(TopicNameInvalid),
        version: V5,
        example: (0x30, "'a/#' 00"),
    },
    Difference {
        library: Core,
        what: "accepts reserved flags of CONNACK",
        why: "[MQTT-3.2.2-1]",
        applies: |_, ours, _| *ours == Err(ConnAckFlagReserved),
        version: V5,
        example: (0x20, "02 00 00"),
    },
    Difference {
        library: Core,
        what: "accepts a session with a refusal",
        why: "[MQTT-3.2.2-6]",
        applies: |_, ours, _| *ours == Err(SessionPresentOnRefusal),
        version: V5,
        example: (0x20, "01 87 00"),
    },
    Difference {
        library: Core,
        what: "accepts the reserved connect flag",
        why: "[MQTT-3.1.2-3]",
        applies: |_, ours, _| *ours == Err(ConnectFlagReserved),
        version: V5,
        example: (0x10, "'MQTT' 05 03 0000 00 'c'"),
    },
    Difference {
        library: Core,
        what: "accepts will flags without a will",
        why: "[MQTT-3.1.2-11] [MQTT-3.1.2-13]",
        applies: |_, ours, _| *ours == Err(WillFlagsWithoutWill),
        version: V5,
        example: (0x10, "'MQTT' 05 0A 0000 00 'c'"),
    },
    Difference {
        library: Core,
        what: "accepts QoS 3 of a will",
        why: "[MQTT-3.1.2-12]",
        applies: |_, ours, _| *ours == Err(WillQosInvalid),
        version: V5,
        example: (0x10, "'MQTT' 05 1E 0000 00 'c' 00 'w' 'm'"),
    },
    Difference {
        library: Core,
        what: "accepts packet identifier 0",
        why: "[MQTT-2.2.1-3]",
        applies: |_, ours, _| *ours == Err(PacketIdZero),
        version: V311,
        example: (0xB0, "0000"),
    },
    Difference {
        library: Core,
        what: "accepts options of MQTT 5.0 in MQTT 3.1.1",
        why: "[MQTT-3.1.1: 3.8.3-4]",
        applies: |_, ours, version| *ours == Err(SubscriptionOptionsReserved) && version == V311,
        version: V311,
        example: (0x82, "0001 'a' 04"),
    },
    Difference {
        library: Core,
        what: "accepts Authentication Data without a method in CONNACK",
        why: "[MQTT-4.12.0-6]",
        applies: |_, ours, _| *ours == Err(AuthenticationDataWithoutMethod),
        version: V5,
        example: (0x20, "00 00 [16 'd']"),
    },
    Difference {
        library: Core,
        what: "accepts Subscription Identifiers longer than necessary",
        why: "[MQTT-1.5.5-1]",
        applies: |_, ours, _| *ours == Err(VariableIntegerMalformed),
        version: V5,
        example: (0x30, "'a' [0B 8100]"),
    },
    Difference {
        library: Core,
        what: "refuses a password without a user name in MQTT 5.0",
        why: "section 3.1.2.9",
        applies: |_, ours, version| {
            matches!(ours, Ok(Packet::Connect(connect))
                if version == V5 && connect.password.is_some() && connect.username.is_none())
        },
        version: V5,
        example: (0x10, "'MQTT' 05 42 0000 00 'c' 'p'"),
    },
    Difference {
        library: Core,
        what: "refuses Bad authentication method in DISCONNECT",
        why: "section 2.4",
        applies: bad_authentication_method,
        version: V5,
        example: (0xE0, "8C"),
    },
];

/// Bit 0, or QoS and retain flag of a will that is not there.
fn has_unused_connect_flags(input: &[u8]) -> bool {
    let flags = connect_flags_v31(input);
    flags & 1 != 0 || flags & 0b100 == 0 && flags & 0b11_1000 != 0
}

fn lacks_flagged_credentials(input: &[u8], connect: &Connect<'_>) -> bool {
    let flags = connect_flags_v31(input);
    flags & 0x80 != 0 && connect.username.is_none()
        || flags & 0x40 != 0 && connect.password.is_none()
}

fn connect_flags_v31(input: &[u8]) -> u8 {
    let name_at = input.windows(6).position(|window| window == b"MQIsdp").expect("the name");
    input[name_at + 7]
}

fn has_misplaced_wildcard(filter: &str) -> bool {
    let mut levels = filter.split('/').peekable();
    while let Some(level) = levels.next() {
        let misplaced_plus = level.contains('+') && level != "+";
        let misplaced_hash = level.contains('#') && (level != "#" || levels.peek().is_some());
        if misplaced_plus || misplaced_hash {
            return true;
        }
    }
    false
}

fn bad_authentication_method(
    _: &[u8],
    ours: &Result<Packet<'_>, DecodeError>,
    _: ProtocolVersion,
) -> bool {
    matches!(ours, Ok(Packet::Disconnect(disconnect))
        if disconnect.reason_code == ReasonCode::BadAuthenticationMethod)
}
