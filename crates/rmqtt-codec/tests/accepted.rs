//! What is accepted although it looks unusual, and how it is read.

mod support;

use rmqtt_codec::ProtocolVersion::{self, V5, V31, V311};
use rmqtt_codec::{
    Ack, Auth, ConnAck, Connect, DecodeError, Disconnect, Packet, PacketId, PublishProperties, QoS,
    ReasonCode, RetainHandling, SubscribeFilter, SubscriptionOptions, UserPropertiesBuf,
    split_frame,
};
use support::{decode, packet};

#[track_caller]
fn accepted(first_byte: u8, content: &str, version: ProtocolVersion, check: impl Fn(Packet<'_>)) {
    check(decode(&packet(first_byte, content), version).expect("an accepted packet"));
}

#[track_caller]
fn connect(content: &str, check: impl Fn(Connect<'_>)) {
    // The version of the connection does not matter: CONNECT names its own.
    for version in [V31, V311, V5] {
        accepted(0x10, content, version, |packet| match packet {
            Packet::Connect(connect) => check(connect),
            other => panic!("{other:?}"),
        });
    }
}

#[test]
fn a_connect_names_its_version() {
    connect("'MQIsdp' 03 02 003C 'c'", |connect| {
        assert_eq!(connect, Connect { keep_alive_s: 60, ..Connect::new(V31, "c") });
    });
    connect("'MQTT' 04 00 0000 'c'", |connect| {
        assert_eq!(connect, Connect { clean_start: false, ..Connect::new(V311, "c") });
    });
    connect("'MQTT' 05 02 0000 00 ''", |connect| assert_eq!(connect, Connect::new(V5, "")));
}

#[test]
fn a_connect_of_3_1_may_leave_out_flagged_credentials_and_sets_unused_bits() {
    connect("'MQIsdp' 03 C2 003C 'c'", |connect| {
        assert_eq!((connect.username, connect.password), (None, None));
    });
    connect("'MQIsdp' 03 C2 003C 'c' 'u'", |connect| {
        assert_eq!((connect.username, connect.password), (Some("u"), None));
    });
    connect("'MQIsdp' 03 3B 003C 'c'", |connect| assert_eq!(connect.will, None));
}

#[test]
fn a_password_stands_alone_in_5_0() {
    connect("'MQTT' 05 42 0000 00 'c' 'p'", |connect| {
        assert_eq!((connect.username, connect.password), (None, Some(&b"p"[..])));
    });
}

#[test]
fn a_byte_order_mark_stays_in_the_string() {
    connect("'MQTT' 04 02 0000 0003 EFBBBF", |connect| assert_eq!(connect.client_id, "\u{FEFF}"));
}

#[test]
fn noncharacters_and_control_characters_are_text() {
    connect("'MQTT' 04 02 0000 0004 01 EFBFBF", |connect| {
        assert_eq!(connect.client_id, "\u{1}\u{FFFF}");
    });
}

#[test]
fn a_will_has_all_its_parts() {
    connect("'MQTT' 05 36 0000 00 'c' [18 00000005 02 00000007 26 '' ''] 'w' 'm'", |connect| {
        let will = connect.will.unwrap();
        assert_eq!((will.qos, will.retain), (QoS::ExactlyOnce, true));
        assert_eq!((will.topic, will.payload), ("w", &b"m"[..]));
        assert_eq!(will.delay_interval_s, 5);
        assert_eq!(will.properties.message_expiry_interval_s, Some(7));
        let user_properties: Vec<_> = will.properties.user_properties.iter().collect();
        assert_eq!(user_properties, [("", "")]);
    });
}

#[test]
fn every_property_of_connect_and_connack_is_read() {
    let properties = "11 00000001 21 0002 27 00000003 22 0004 19 01 17 00 15 'm' 16 'd' 26 'n' 'v'";
    connect(&format!("'MQTT' 05 02 0000 [{properties}] 'c'"), |connect| {
        assert_eq!(connect.session_expiry_interval_s, Some(1));
        assert_eq!(connect.receive_maximum, Some(2));
        assert_eq!(connect.maximum_packet_size, Some(3));
        assert_eq!(connect.topic_alias_maximum, Some(4));
        assert_eq!(connect.request_response_information, Some(true));
        assert_eq!(connect.request_problem_information, Some(false));
        assert_eq!(connect.authentication_method, Some("m"));
        assert_eq!(connect.authentication_data, Some(&b"d"[..]));
        assert_eq!(connect.user_properties.get("n"), Some("v"));
    });
    let properties = "11 00000001 21 0002 24 01 25 00 27 00000003 12 'i' 22 0004 1F 'r' 26 'n' 'v' \
                      28 00 29 01 2A 00 13 0005 1A 'f' 1C 's' 15 'm' 16 'd'";
    accepted(0x20, &format!("01 00 [{properties}]"), V5, |packet| {
        let Packet::ConnAck(connack) = packet else { panic!("{packet:?}") };
        assert_eq!(connack.user_properties.get("n"), Some("v"));
        let expected = ConnAck {
            session_present: true,
            reason_code: ReasonCode::Success,
            session_expiry_interval_s: Some(1),
            receive_maximum: Some(2),
            maximum_qos: Some(QoS::AtLeastOnce),
            retain_available: Some(false),
            maximum_packet_size: Some(3),
            assigned_client_id: Some("i"),
            topic_alias_maximum: Some(4),
            reason_string: Some("r"),
            user_properties: connack.user_properties,
            wildcard_subscription_available: Some(false),
            subscription_ids_available: Some(true),
            shared_subscription_available: Some(false),
            server_keep_alive_s: Some(5),
            response_information: Some("f"),
            server_reference: Some("s"),
            authentication_method: Some("m"),
            authentication_data: Some(b"d"),
        };
        assert_eq!(connack, expected);
    });
}

#[test]
fn a_connack_of_3_x_has_the_codes_of_5_0() {
    for (code, reason_code) in [
        ("00", ReasonCode::Success),
        ("01", ReasonCode::UnsupportedProtocolVersion),
        ("02", ReasonCode::ClientIdentifierNotValid),
        ("03", ReasonCode::ServerUnavailable),
        ("04", ReasonCode::BadUserNameOrPassword),
        ("05", ReasonCode::NotAuthorized),
    ] {
        accepted(0x20, &format!("00 {code}"), V311, |packet| {
            assert_eq!(packet, Packet::ConnAck(ConnAck::new(reason_code)));
        });
        // MQTT 3.1 has nothing in the first byte.
        accepted(0x20, &format!("FF {code}"), V31, |packet| {
            assert_eq!(packet, Packet::ConnAck(ConnAck::new(reason_code)));
        });
    }
}

#[test]
fn every_short_form_of_5_0_is_read() {
    let id = PacketId::new(7).unwrap();
    for (content, reason_code) in [
        ("0007", ReasonCode::Success),
        ("0007 10", ReasonCode::NoMatchingSubscribers),
        ("0007 10 00", ReasonCode::NoMatchingSubscribers),
    ] {
        let ack = Ack { reason_code, ..Ack::new(id) };
        accepted(0x40, content, V5, |packet| assert_eq!(packet, Packet::PubAck(ack)));
    }
    for (content, reason_code) in [
        ("", ReasonCode::Success),
        ("8E", ReasonCode::SessionTakenOver),
        ("04 00", ReasonCode::DisconnectWithWill),
    ] {
        accepted(0xE0, content, V5, |packet| {
            assert_eq!(packet, Packet::Disconnect(Disconnect::new(reason_code)));
        });
    }
    accepted(0xF0, "", V5, |packet| {
        assert_eq!(packet, Packet::Auth(Auth::new(ReasonCode::Success)));
    });
}

#[test]
fn repeated_packets_of_3_1_are_read() {
    accepted(0x6A, "0007", V31, |packet| assert!(matches!(packet, Packet::PubRel(_))));
    accepted(0x8A, "0007 'a' 01", V31, |packet| assert!(matches!(packet, Packet::Subscribe(_))));
    accepted(0xAA, "0007 'a'", V31, |packet| assert!(matches!(packet, Packet::Unsubscribe(_))));
    accepted(0x38, "'a'", V31, |packet| assert!(matches!(packet, Packet::Publish(_))));
}

#[test]
fn an_empty_topic_has_an_alias() {
    accepted(0x30, "'' [23 FFFF] 70", V5, |packet| {
        let Packet::Publish(publish) = packet else { panic!("{packet:?}") };
        assert_eq!((publish.topic, publish.payload), ("", &b"p"[..]));
        assert_eq!(publish.properties.topic_alias, Some(0xFFFF));
    });
}

#[test]
fn repeatable_properties_keep_their_order_wherever_they_lie() {
    let block = "26 'a' '1' 0B 01 26 'b' '2' 01 01 0B 8001 26 'a' '3'";
    accepted(0x32, &format!("'t' 0001 [{block}]"), V5, |packet| {
        let Packet::Publish(publish) = packet else { panic!("{packet:?}") };
        let properties: PublishProperties<'_> = publish.properties;
        let user_properties: Vec<_> = properties.user_properties.iter().collect();
        assert_eq!(user_properties, [("a", "1"), ("b", "2"), ("a", "3")]);
        assert_eq!(properties.user_properties.get("a"), Some("1"));
        let ids: Vec<_> = properties.subscription_ids.iter().collect();
        assert_eq!(ids, [1, 128]);
        assert_eq!(properties.payload_format_utf8, Some(true));
        // Written without what lies between, and therefore shorter than the range they lie in.
        let mut encoded = Vec::new();
        publish.encode(V5, &mut encoded).expect("a decoded packet");
        assert_eq!(decode(&encoded, V5), Ok(packet));
        let kept = UserPropertiesBuf::from(properties.user_properties);
        assert_eq!(kept.as_ref(), properties.user_properties);
    });
}

#[test]
fn subscription_options_are_read_bit_by_bit() {
    accepted(0x82, "0001 00 'a' 00 'b' 1D 'c' 22", V5, |packet| {
        let Packet::Subscribe(subscribe) = packet else { panic!("{packet:?}") };
        let filters: Vec<_> = subscribe.filters.iter().collect();
        let expected = [
            SubscribeFilter { filter: "a", options: SubscriptionOptions::default() },
            SubscribeFilter {
                filter: "b",
                options: SubscriptionOptions {
                    qos: QoS::AtLeastOnce,
                    no_local: true,
                    retain_as_published: true,
                    retain_handling: RetainHandling::SendIfNew,
                },
            },
            SubscribeFilter {
                filter: "c",
                options: SubscriptionOptions {
                    retain_handling: RetainHandling::DoNotSend,
                    ..SubscriptionOptions::new(QoS::ExactlyOnce)
                },
            },
        ];
        assert_eq!(filters, expected);
        assert_eq!(subscribe.filters.iter().count(), 3, "iterable again");
    });
}

#[test]
fn a_payload_is_checked_against_its_format_on_demand() {
    let check = |content: &str| {
        let input = packet(0x30, content);
        match decode(&input, V5).unwrap() {
            Packet::Publish(publish) => publish.check_payload_format(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(check("'a' 02 01 01 C3A4"), Ok(()));
    assert_eq!(check("'a' 02 01 00 FF"), Ok(()));
    assert_eq!(check("'a' 00 FF"), Ok(()));
    assert_eq!(check("'a' 02 01 01 FF"), Err(DecodeError::PayloadFormatInvalid));
}

#[test]
fn the_largest_packet_that_the_receiver_accepts_is_cut_out_of_the_stream() {
    let mut input = packet(0x30, "'a' 0102030405060708");
    let size = u32::try_from(input.len()).unwrap();
    input.extend_from_slice(&[0xC0, 0x00]);
    assert_eq!(split_frame(&input, size - 1), Err(DecodeError::PacketTooLarge));
    let frame = split_frame(&input, size).unwrap().unwrap();
    assert_eq!(frame.wire_len, size as usize);
    let rest = &input[frame.wire_len..];
    let frame = split_frame(rest, size).unwrap().unwrap();
    assert_eq!(Packet::decode(&frame, V311), Ok(Packet::PingReq));
}
