//! Encoding refuses what decoding would refuse, and leaves the output as it was.

use rmqtt_codec::EncodeError::{self, *};
use rmqtt_codec::ProtocolVersion::{self, V5, V31, V311};
use rmqtt_codec::{
    Ack, Auth, ConnAck, Connect, Disconnect, Filters, Packet, PacketId, PropertyId, Publish,
    PublishProperties, QoS, ReasonCode, ReasonCodes, SubAck, Subscribe, SubscribeFilter,
    SubscriptionIds, SubscriptionOptions, UnsubAck, Unsubscribe, UnsubscribeFilters,
    UserProperties, UserPropertiesBuf, Will,
};

fn id() -> PacketId {
    PacketId::MIN
}

fn publish() -> Publish<'static> {
    Publish {
        dup: false,
        qos: QoS::AtMostOnce,
        retain: false,
        topic: "t",
        packet_id: None,
        properties: PublishProperties::default(),
        payload: b"p",
    }
}

fn publish_with(change: impl FnOnce(&mut PublishProperties<'static>)) -> Packet<'static> {
    let mut publish = publish();
    change(&mut publish.properties);
    Packet::Publish(publish)
}

fn connect_with(change: impl FnOnce(&mut Connect<'static>)) -> Packet<'static> {
    let mut connect = Connect::new(V5, "c");
    change(&mut connect);
    Packet::Connect(connect)
}

fn will_with(change: impl FnOnce(&mut Will<'static>)) -> Packet<'static> {
    let mut will = Will {
        qos: QoS::AtMostOnce,
        retain: false,
        topic: "w",
        payload: b"",
        delay_interval_s: 0,
        properties: PublishProperties::default(),
    };
    change(&mut will);
    connect_with(|connect| connect.will = Some(will))
}

fn connack_with(change: impl FnOnce(&mut ConnAck<'static>)) -> Packet<'static> {
    let mut connack = ConnAck::default();
    change(&mut connack);
    Packet::ConnAck(connack)
}

fn subscribe(
    filters: &'static [SubscribeFilter<'static>],
    subscription_id: Option<u32>,
) -> Packet<'static> {
    Packet::Subscribe(Subscribe {
        packet_id: id(),
        subscription_id,
        user_properties: UserProperties::EMPTY,
        filters: Filters::new(filters),
    })
}

fn unsubscribe(filters: &'static [&'static str]) -> Packet<'static> {
    Packet::Unsubscribe(Unsubscribe {
        packet_id: id(),
        user_properties: UserProperties::EMPTY,
        filters: UnsubscribeFilters::new(filters),
    })
}

#[track_caller]
fn refused(cases: impl IntoIterator<Item = (ProtocolVersion, Packet<'static>, EncodeError)>) {
    for (version, packet, error) in cases {
        let mut out = vec![1, 2, 3];
        assert_eq!(packet.encode(version, &mut out), Err(error), "{version}: {packet:?}");
        assert_eq!(out, [1, 2, 3]);
    }
}

const ONE: &[SubscribeFilter<'_>] =
    &[SubscribeFilter { filter: "a", options: SubscriptionOptions::new(QoS::AtMostOnce) }];
const EMPTY: &[SubscribeFilter<'_>] =
    &[SubscribeFilter { filter: "", options: SubscriptionOptions::new(QoS::AtMostOnce) }];
const NULL: &[SubscribeFilter<'_>] =
    &[SubscribeFilter { filter: "a\0", options: SubscriptionOptions::new(QoS::AtMostOnce) }];

#[test]
fn connects_that_would_not_decode_are_not_written() {
    let long: &'static str = "x".repeat(65_536).leak();
    let connect = Connect::new(V311, "c");
    let password = Packet::Connect(Connect { password: Some(b"p"), ..connect });
    let out_of_range = |id| PropertyValueInvalid(id);
    refused([
        (V311, password, PasswordWithoutUsername),
        (V5, connect_with(|connect| connect.client_id = long), FieldTooLong),
        (V5, connect_with(|connect| connect.client_id = "\0"), TextContainsNull),
        (V5, connect_with(|connect| connect.username = Some(long)), FieldTooLong),
        (V5, connect_with(|connect| connect.password = Some(long.as_bytes())), FieldTooLong),
        (
            V5,
            connect_with(|connect| connect.receive_maximum = Some(0)),
            out_of_range(PropertyId::ReceiveMaximum),
        ),
        (
            V5,
            connect_with(|connect| connect.maximum_packet_size = Some(0)),
            out_of_range(PropertyId::MaximumPacketSize),
        ),
        (
            V5,
            connect_with(|connect| connect.authentication_data = Some(b"d")),
            AuthenticationMethodMissing,
        ),
        (V5, will_with(|will| will.topic = ""), TopicNameInvalid),
        (V5, will_with(|will| will.topic = "a/#"), TopicNameInvalid),
        (V5, will_with(|will| will.topic = long), FieldTooLong),
        (V5, will_with(|will| will.payload = long.as_bytes()), FieldTooLong),
        (V5, will_with(|will| will.properties.response_topic = Some("+")), TopicNameInvalid),
        (
            V5,
            will_with(|will| will.properties.topic_alias = Some(1)),
            out_of_range(PropertyId::TopicAlias),
        ),
        (
            V5,
            will_with(|will| will.properties.subscription_ids = SubscriptionIds::new(&[1])),
            out_of_range(PropertyId::SubscriptionIdentifier),
        ),
    ]);
}

#[test]
fn connacks_that_would_not_decode_are_not_written() {
    let refusal = |session_present, reason_code| {
        Packet::ConnAck(ConnAck { session_present, ..ConnAck::new(reason_code) })
    };
    refused([
        (V311, refusal(true, ReasonCode::NotAuthorized), SessionPresentOnRefusal),
        (V5, refusal(true, ReasonCode::NotAuthorized), SessionPresentOnRefusal),
        (V5, refusal(false, ReasonCode::SessionTakenOver), ReasonCodeNotAllowed),
        (
            V5,
            connack_with(|connack| connack.maximum_qos = Some(QoS::ExactlyOnce)),
            PropertyValueInvalid(PropertyId::MaximumQoS),
        ),
        (
            V5,
            connack_with(|connack| connack.receive_maximum = Some(0)),
            PropertyValueInvalid(PropertyId::ReceiveMaximum),
        ),
        (
            V5,
            connack_with(|connack| connack.authentication_data = Some(b"d")),
            AuthenticationMethodMissing,
        ),
    ]);
}

#[test]
fn publishes_that_would_not_decode_are_not_written() {
    let long: &'static str = "x".repeat(65_536).leak();
    let publish = |change: fn(&mut Publish<'static>)| {
        let mut publish = publish();
        change(&mut publish);
        Packet::Publish(publish)
    };
    let long_topic = Packet::Publish(Publish { topic: long, ..self::publish() });
    refused([
        (V311, long_topic, FieldTooLong),
        (V311, publish(|publish| publish.topic = ""), TopicNameInvalid),
        (V5, publish(|publish| publish.topic = ""), TopicNameInvalid),
        (V5, publish(|publish| publish.topic = "a/+"), TopicNameInvalid),
        (V5, publish(|publish| publish.topic = "a\0"), TopicNameInvalid),
        (V5, publish(|publish| publish.packet_id = PacketId::new(1)), PacketIdMismatch),
        (V5, publish(|publish| publish.qos = QoS::AtLeastOnce), PacketIdMismatch),
        (V311, publish(|publish| publish.dup = true), DupWithoutAcknowledgement),
        (
            V5,
            publish_with(|properties| properties.topic_alias = Some(0)),
            PropertyValueInvalid(PropertyId::TopicAlias),
        ),
        (
            V5,
            publish_with(|properties| properties.subscription_ids = SubscriptionIds::new(&[0])),
            PropertyValueInvalid(PropertyId::SubscriptionIdentifier),
        ),
        (V5, publish_with(|properties| properties.response_topic = Some("#")), TopicNameInvalid),
        (V5, publish_with(|properties| properties.response_topic = Some("")), TopicNameInvalid),
        (V5, publish_with(|properties| properties.content_type = Some("\0")), TextContainsNull),
    ]);
}

#[test]
fn an_alias_replaces_the_topic_in_5_0_only() {
    let mut publish = Publish { topic: "", ..publish() };
    publish.properties.topic_alias = Some(1);
    refused([(V311, Packet::Publish(publish), TopicNameInvalid)]);
    assert_eq!(publish.encode(V5, &mut Vec::new()), Ok(()));
}

#[test]
fn other_packets_that_would_not_decode_are_not_written() {
    let ack = Ack { reason_code: ReasonCode::PacketIdentifierNotFound, ..Ack::new(id()) };
    let suback = |codes| {
        Packet::SubAck(SubAck { reason_codes: ReasonCodes::new(codes), ..SubAck::new(id()) })
    };
    let unsuback = |codes| {
        Packet::UnsubAck(UnsubAck { reason_codes: ReasonCodes::new(codes), ..UnsubAck::new(id()) })
    };
    let with_data = Auth { authentication_data: Some(b"d"), ..Auth::default() };
    refused([
        (V5, Packet::PubAck(ack), ReasonCodeNotAllowed),
        (V5, subscribe(&[], None), TopicFiltersMissing),
        (V31, subscribe(EMPTY, None), TopicFilterEmpty),
        (V311, subscribe(NULL, None), TextContainsNull),
        (V5, subscribe(ONE, Some(0)), PropertyValueInvalid(PropertyId::SubscriptionIdentifier)),
        (V5, unsubscribe(&[]), TopicFiltersMissing),
        (V311, unsubscribe(&["a", ""]), TopicFilterEmpty),
        (V311, suback(&[]), ReasonCodesMissing),
        (V5, suback(&[ReasonCode::NoSubscriptionExisted]), ReasonCodeNotAllowed),
        (V5, unsuback(&[]), ReasonCodesMissing),
        (V5, unsuback(&[ReasonCode::GrantedQoS1]), ReasonCodeNotAllowed),
        (V5, Packet::Disconnect(Disconnect::new(ReasonCode::Banned)), ReasonCodeNotAllowed),
        (V311, Packet::Auth(Auth::default()), NotInVersion),
        (V5, Packet::Auth(Auth::new(ReasonCode::ReAuthenticate)), AuthenticationMethodMissing),
        (V5, Packet::Auth(with_data), AuthenticationMethodMissing),
        (V5, Packet::Auth(Auth::new(ReasonCode::Banned)), ReasonCodeNotAllowed),
    ]);
}

#[test]
fn user_properties_that_would_not_decode_are_not_taken() {
    let mut properties = UserPropertiesBuf::new();
    properties.push("name", "value").unwrap();
    assert_eq!(properties.push("a\0", "b"), Err(TextContainsNull));
    assert_eq!(properties.push("a", &"x".repeat(65_536)), Err(FieldTooLong));
    properties.push("second", "").unwrap();
    let pairs: Vec<_> = properties.as_ref().iter().collect();
    assert_eq!(pairs, [("name", "value"), ("second", "")]);
}

#[test]
fn errors_of_5_0_are_written_in_3_x_as_far_as_it_can_say_them() {
    let encoded = |packet: Packet<'_>| {
        let mut out = Vec::new();
        packet.encode(V311, &mut out).unwrap();
        out
    };
    let connack = |reason_code| encoded(Packet::ConnAck(ConnAck::new(reason_code)))[3];
    assert_eq!(connack(ReasonCode::UnsupportedProtocolVersion), 1);
    assert_eq!(connack(ReasonCode::ClientIdentifierNotValid), 2);
    assert_eq!(connack(ReasonCode::QuotaExceeded), 3);
    assert_eq!(connack(ReasonCode::BadUserNameOrPassword), 4);
    assert_eq!(connack(ReasonCode::Banned), 5);
    let codes = [ReasonCode::GrantedQoS2, ReasonCode::TopicFilterInvalid];
    let suback = SubAck { reason_codes: ReasonCodes::new(&codes), ..SubAck::new(id()) };
    assert_eq!(encoded(Packet::SubAck(suback)), [0x90, 4, 0, 1, 2, 0x80]);
    let puback = Ack { reason_code: ReasonCode::NotAuthorized, ..Ack::new(id()) };
    assert_eq!(encoded(Packet::PubAck(puback)), [0x40, 2, 0, 1]);
    let disconnect = Disconnect::new(ReasonCode::ServerShuttingDown);
    assert_eq!(encoded(Packet::Disconnect(disconnect)), [0xE0, 0]);
}

#[test]
fn the_shortest_forms_of_5_0_are_written() {
    let encoded = |packet: Packet<'_>| {
        let mut out = Vec::new();
        packet.encode(V5, &mut out).unwrap();
        out
    };
    assert_eq!(encoded(Packet::PubRel(Ack::new(id()))), [0x62, 2, 0, 1]);
    let not_found = Ack { reason_code: ReasonCode::PacketIdentifierNotFound, ..Ack::new(id()) };
    assert_eq!(encoded(Packet::PubRel(not_found)), [0x62, 3, 0, 1, 0x92]);
    assert_eq!(encoded(Packet::Disconnect(Disconnect::default())), [0xE0, 0]);
    let moved = Disconnect::new(ReasonCode::ServerMoved);
    assert_eq!(encoded(Packet::Disconnect(moved)), [0xE0, 1, 0x9D]);
    assert_eq!(encoded(Packet::Auth(Auth::default())), [0xF0, 0]);
    let mut short = Vec::new();
    rmqtt_codec::encode_ack_short(rmqtt_codec::AckType::PubRel, id(), &mut short);
    assert_eq!(short, [0x62, 2, 0, 1]);
}
