//! Packets of a few bytes of input: what a client says mostly makes sense.

use rmqtt_codec::{
    Ack, AckType, Connect, Disconnect, Filters, Packet, PacketId, PacketType, ProtocolVersion,
    Publish, PublishProperties, QoS, ReasonCode, RetainHandling, Subscribe, SubscribeFilter,
    SubscriptionOptions, Unsubscribe, UnsubscribeFilters, UserProperties, Will,
};

use crate::input::Input;

const TOPICS: [&str; 8] = [
    "a",
    "a/b",
    "a/b/c",
    "$SYS/a",
    "$delayed/1/a",
    "$delayed/3600/a/b",
    "/",
    "a/a-level-that-is-longer-than-what-is-kept-inline/c",
];

const FILTERS: [&str; 16] = [
    "a",
    "a/b",
    "#",
    "a/#",
    "+",
    "a/+",
    "+/b/#",
    "/",
    "$share/g/a",
    "$share/g/a/#",
    "$share/h/#",
    "$limit/1/a",
    "$exclusive/a/b",
    "$SYS/#",
    "a/+/c/d/e",
    "not/#/valid",
];

const CLIENT_IDS: [&str; 5] = ["c0", "c1", "c2", "", "a-longer-name"];

const QOS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];

const EXPIRY_S: [Option<u32>; 5] = [None, Some(0), Some(1), Some(100), Some(u32::MAX)];

/// CONNECT.
pub(super) fn connect(input: &mut Input<'_>) -> Vec<u8> {
    let version = input.one_of(&[ProtocolVersion::V5, ProtocolVersion::V311, ProtocolVersion::V31]);
    let client_id = input.one_of(&CLIENT_IDS);
    let flags = input.byte();
    let will = (flags & 1 != 0).then(|| Will {
        qos: input.one_of(&QOS),
        retain: flags & 2 != 0,
        topic: input.one_of(&TOPICS),
        payload: b"will",
        delay_interval_s: if flags & 4 != 0 { 2 } else { 0 },
        properties: PublishProperties::default(),
    });
    let mut connect = Connect {
        clean_start: flags & 8 == 0,
        keep_alive_s: input.one_of(&[0, 1, 60, 65_535]),
        will,
        ..Connect::new(version, client_id)
    };
    if version == ProtocolVersion::V5 {
        connect.session_expiry_interval_s = input.one_of(&EXPIRY_S);
        connect.receive_maximum = input.one_of(&[None, Some(1), Some(2), Some(65_535)]);
        connect.maximum_packet_size = input.one_of(&[None, None, Some(60), Some(16)]);
        connect.topic_alias_maximum = input.one_of(&[None, Some(1), Some(10)]);
        connect.request_problem_information = input.one_of(&[None, Some(false), Some(true)]);
        connect.request_response_information = input.one_of(&[None, Some(true)]);
    } else {
        connect.will = connect.will.map(|will| Will { delay_interval_s: 0, ..will });
    }
    written(&Packet::Connect(connect), version)
}

/// PUBLISH.
pub(super) fn publish(input: &mut Input<'_>, version: ProtocolVersion) -> Vec<u8> {
    let flags = input.byte();
    let qos = QOS[usize::from(flags % 3)];
    let mut properties = PublishProperties::default();
    let mut topic = input.one_of(&TOPICS);
    if version == ProtocolVersion::V5 && flags & 0x80 != 0 {
        properties.message_expiry_interval_s = input.one_of(&EXPIRY_S);
        properties.topic_alias = input.one_of(&[None, Some(1), Some(2), Some(3), Some(9)]);
        if properties.topic_alias.is_some() && flags & 0x40 != 0 {
            topic = "";
        }
    }
    let payload_len = input.one_of(&[2, 0, 30, 90]);
    let payload = [input.byte(); 90];
    let publish = Publish {
        dup: flags & 0x20 != 0 && qos != QoS::AtMostOnce,
        qos,
        retain: flags & 0x10 != 0,
        topic,
        packet_id: packet_id(input).filter(|_| qos != QoS::AtMostOnce),
        properties,
        payload: &payload[..payload_len],
    };
    written(&Packet::Publish(publish), version)
}

/// SUBSCRIBE, with one to three filters.
pub(super) fn subscribe(input: &mut Input<'_>, version: ProtocolVersion) -> Vec<u8> {
    let mut filters = Vec::new();
    for _ in 0..=input.below(3) {
        let options = input.byte();
        let mut wanted = SubscriptionOptions::new(QOS[usize::from(options % 3)]);
        if version == ProtocolVersion::V5 {
            wanted.no_local = options & 0x10 != 0;
            wanted.retain_as_published = options & 0x20 != 0;
            wanted.retain_handling = [
                RetainHandling::SendAtSubscribe,
                RetainHandling::SendIfNew,
                RetainHandling::DoNotSend,
            ][usize::from(options >> 6) % 3];
        }
        filters.push(SubscribeFilter { filter: input.one_of(&FILTERS), options: wanted });
    }
    let ids = [None, Some(1), Some(268_435_455)];
    let subscription_id = input.one_of(&ids).filter(|_| version == ProtocolVersion::V5);
    let subscribe = Subscribe {
        packet_id: some_packet_id(input),
        subscription_id,
        user_properties: UserProperties::EMPTY,
        filters: Filters::new(&filters),
    };
    written(&Packet::Subscribe(subscribe), version)
}

/// UNSUBSCRIBE, from one or two filters.
pub(super) fn unsubscribe(input: &mut Input<'_>, version: ProtocolVersion) -> Vec<u8> {
    let filters = [input.one_of(&FILTERS), input.one_of(&FILTERS)];
    let count = 1 + usize::from(input.below(2));
    let unsubscribe = Unsubscribe {
        packet_id: some_packet_id(input),
        user_properties: UserProperties::EMPTY,
        filters: UnsubscribeFilters::new(&filters[..count]),
    };
    written(&Packet::Unsubscribe(unsubscribe), version)
}

/// An acknowledgement that nobody may have waited for.
pub(super) fn any_ack(input: &mut Input<'_>, version: ProtocolVersion) -> Vec<u8> {
    let packet_types =
        [PacketType::PubAck, PacketType::PubRec, PacketType::PubRel, PacketType::PubComp];
    let packet_type = input.one_of(&packet_types);
    let id = some_packet_id(input).get();
    ack(packet_type, id, version, input.one_of(&[false, true]))
}

/// An acknowledgement, with an error if the packet may carry one.
pub(super) fn ack(
    packet_type: PacketType,
    id: u16,
    version: ProtocolVersion,
    has_failed: bool,
) -> Vec<u8> {
    let mut ack = Ack::new(PacketId::new(id).expect("it was in a packet"));
    let code = ReasonCode::UnspecifiedError;
    if has_failed && version == ProtocolVersion::V5 && code.is_allowed_in(packet_type) {
        ack.reason_code = code;
    }
    let ack_type = match packet_type {
        PacketType::PubRec => AckType::PubRec,
        PacketType::PubRel => AckType::PubRel,
        PacketType::PubComp => AckType::PubComp,
        _ => AckType::PubAck,
    };
    let mut out = Vec::new();
    ack.encode(ack_type, version, &mut out).expect("a valid packet");
    out
}

/// DISCONNECT, with or without the Will.
pub(super) fn disconnect(input: &mut Input<'_>, version: ProtocolVersion) -> Vec<u8> {
    let mut disconnect = Disconnect::new(ReasonCode::Success);
    if version == ProtocolVersion::V5 {
        let codes = [ReasonCode::Success, ReasonCode::DisconnectWithWill];
        disconnect.reason_code = input.one_of(&codes);
        disconnect.session_expiry_interval_s = input.one_of(&EXPIRY_S);
    }
    written(&Packet::Disconnect(disconnect), version)
}

fn packet_id(input: &mut Input<'_>) -> Option<PacketId> {
    Some(some_packet_id(input))
}

fn some_packet_id(input: &mut Input<'_>) -> PacketId {
    let id = input.one_of(&[1, 2, 3, 4, 5, 6, 7, 65_535]);
    PacketId::new(id).expect("it is not 0")
}

fn written(packet: &Packet<'_>, version: ProtocolVersion) -> Vec<u8> {
    let mut out = Vec::new();
    packet.encode(version, &mut out).unwrap_or_else(|error| panic!("{error}: {packet:?}"));
    out
}
