//! Random packets: every type, every field, in a version.
//!
//! Packets borrow, so what they borrow from is leaked; a test run makes a few megabytes of it.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use rmqtt_codec::{
    Ack, AckType, Auth, ConnAck, Connect, Disconnect, Filters, Packet, PacketId, PacketType,
    ProtocolVersion, Publish, PublishProperties, QoS, ReasonCode, ReasonCodes, RetainHandling,
    SubAck, Subscribe, SubscribeFilter, SubscriptionIds, SubscriptionOptions, UnsubAck,
    Unsubscribe, UnsubscribeFilters, UserProperties, UserPropertiesBuf, Will,
};

pub(crate) fn version() -> impl Strategy<Value = ProtocolVersion> {
    prop_oneof![Just(ProtocolVersion::V31), Just(ProtocolVersion::V311), Just(ProtocolVersion::V5)]
}

/// A version, and a packet that can be written in it without loss.
pub(crate) fn versioned_packet() -> impl Strategy<Value = (ProtocolVersion, Packet<'static>)> {
    version().prop_flat_map(|version| (Just(version), packet(version)))
}

/// A packet that can be written in this version without loss.
pub(crate) fn packet(version: ProtocolVersion) -> BoxedStrategy<Packet<'static>> {
    let five = version.has_properties();
    let auth =
        if five { auth().prop_map(Packet::Auth).boxed() } else { Just(Packet::PingReq).boxed() };
    prop_oneof![
        3 => connect(version).prop_map(Packet::Connect),
        2 => connack(version).prop_map(Packet::ConnAck),
        4 => publish(version).prop_map(Packet::Publish),
        1 => ack(AckType::PubAck, five).prop_map(Packet::PubAck),
        1 => ack(AckType::PubRec, five).prop_map(Packet::PubRec),
        1 => ack(AckType::PubRel, five).prop_map(Packet::PubRel),
        1 => ack(AckType::PubComp, five).prop_map(Packet::PubComp),
        2 => subscribe(five).prop_map(Packet::Subscribe),
        1 => suback(five).prop_map(Packet::SubAck),
        1 => unsubscribe(five).prop_map(Packet::Unsubscribe),
        1 => unsuback(five).prop_map(Packet::UnsubAck),
        1 => Just(Packet::PingReq),
        1 => Just(Packet::PingResp),
        1 => disconnect(five).prop_map(Packet::Disconnect),
        1 => auth,
    ]
    .boxed()
}

fn publish(version: ProtocolVersion) -> impl Strategy<Value = Publish<'static>> {
    let five = version.has_properties();
    let properties = when(five, publish_properties(true));
    (any::<bool>(), qos(), any::<bool>(), topic(), packet_id(), properties, binary(), any::<bool>())
        .prop_map(move |(dup, qos, retain, topic, packet_id, properties, payload, no_topic)| {
            let properties = properties.unwrap_or_default();
            let no_topic = no_topic && properties.topic_alias.is_some();
            Publish {
                dup: dup && qos.is_acknowledged(),
                qos,
                retain,
                topic: if no_topic { "" } else { topic },
                packet_id: qos.is_acknowledged().then_some(packet_id),
                properties,
                payload,
            }
        })
}

fn publish_properties(
    with_session_fields: bool,
) -> impl Strategy<Value = PublishProperties<'static>> {
    let alias = when(with_session_fields, of(1..=u16::MAX));
    let ids = when(with_session_fields, vec(1..=268_435_455_u32, 0..4));
    let parts = (of(any::<bool>()), of(any::<u32>()), of(topic()), of(binary()), of(text()));
    (parts, alias, ids, user_properties()).prop_map(|(parts, alias, ids, user_properties)| {
        let mut properties = PublishProperties::default();
        (
            properties.payload_format_utf8,
            properties.message_expiry_interval_s,
            properties.response_topic,
            properties.correlation_data,
            properties.content_type,
        ) = parts;
        properties.topic_alias = alias.flatten();
        properties.subscription_ids = SubscriptionIds::new(leak(ids.unwrap_or_default()));
        properties.user_properties = user_properties;
        properties
    })
}

fn will(version: ProtocolVersion) -> impl Strategy<Value = Will<'static>> {
    let five = version.has_properties();
    let delay = when(five, any::<u32>());
    let properties = when(five, publish_properties(false));
    (qos(), any::<bool>(), topic(), binary(), delay, properties).prop_map(
        |(qos, retain, topic, payload, delay, properties)| Will {
            qos,
            retain,
            topic,
            payload,
            delay_interval_s: delay.unwrap_or_default(),
            properties: properties.unwrap_or_default(),
        },
    )
}

fn connect(version: ProtocolVersion) -> impl Strategy<Value = Connect<'static>> {
    let five = version.has_properties();
    let plain = (any::<bool>(), any::<u16>(), text(), of(text()), of(binary()), of(will(version)));
    let numbers = (of(any::<u32>()), of(1..=u16::MAX), of(1..=u32::MAX), of(any::<u16>()));
    let flags = (of(any::<bool>()), of(any::<bool>()));
    let properties = when(five, (numbers, flags, authentication(), user_properties()));
    (plain, properties).prop_map(move |(plain, properties)| {
        let (clean_start, keep_alive_s, client_id, username, password, will) = plain;
        let mut connect = Connect {
            clean_start,
            keep_alive_s,
            username,
            password: password.filter(|_| five || username.is_some()),
            will,
            ..Connect::new(version, client_id)
        };
        if let Some((numbers, flags, authentication, user_properties)) = properties {
            (
                connect.session_expiry_interval_s,
                connect.receive_maximum,
                connect.maximum_packet_size,
                connect.topic_alias_maximum,
            ) = numbers;
            (connect.request_response_information, connect.request_problem_information) = flags;
            (connect.authentication_method, connect.authentication_data) = authentication;
            connect.user_properties = user_properties;
        }
        connect
    })
}

fn connack(version: ProtocolVersion) -> BoxedStrategy<ConnAck<'static>> {
    if !version.has_properties() {
        let code = (0..=5_u8)
            .prop_map(|code| ReasonCode::from_connack_return_code_v3(code).expect("0 to 5"));
        return (any::<bool>(), code)
            .prop_map(move |(present, code)| ConnAck {
                session_present: present && !code.is_error() && version == ProtocolVersion::V311,
                ..ConnAck::new(code)
            })
            .boxed();
    }
    let numbers = (
        of(any::<u32>()),
        of(1..=u16::MAX),
        of(1..=u32::MAX),
        of(any::<u16>()),
        of(any::<u16>()),
        of(prop_oneof![Just(QoS::AtMostOnce), Just(QoS::AtLeastOnce)]),
    );
    let flags = (of(any::<bool>()), of(any::<bool>()), of(any::<bool>()), of(any::<bool>()));
    let texts = (of(text()), of(text()), of(text()), of(text()));
    let plain = (any::<bool>(), reason_code(PacketType::ConnAck));
    (plain, numbers, flags, texts, authentication(), user_properties())
        .prop_map(|((present, code), numbers, flags, texts, authentication, user_properties)| {
            ConnAck {
                session_present: present && !code.is_error(),
                reason_code: code,
                session_expiry_interval_s: numbers.0,
                receive_maximum: numbers.1,
                maximum_qos: numbers.5,
                retain_available: flags.0,
                maximum_packet_size: numbers.2,
                assigned_client_id: texts.0,
                topic_alias_maximum: numbers.3,
                reason_string: texts.1,
                user_properties,
                wildcard_subscription_available: flags.1,
                subscription_ids_available: flags.2,
                shared_subscription_available: flags.3,
                server_keep_alive_s: numbers.4,
                response_information: texts.2,
                server_reference: texts.3,
                authentication_method: authentication.0,
                authentication_data: authentication.1,
            }
        })
        .boxed()
}

fn ack(ack_type: AckType, five: bool) -> impl Strategy<Value = Ack<'static>> {
    let rest = (reason_code(ack_type.packet_type()), of(text()), user_properties());
    (packet_id(), when(five, rest)).prop_map(|(packet_id, rest)| match rest {
        None => Ack::new(packet_id),
        Some((reason_code, reason_string, user_properties)) => {
            Ack { packet_id, reason_code, reason_string, user_properties }
        }
    })
}

fn subscribe(five: bool) -> impl Strategy<Value = Subscribe<'static>> {
    let options = (qos(), any::<bool>(), any::<bool>(), 0..3_u8).prop_map(move |options| {
        let (qos, no_local, retain_as_published, handling) = options;
        if !five {
            return SubscriptionOptions::new(qos);
        }
        let retain_handling = match handling {
            0 => RetainHandling::SendAtSubscribe,
            1 => RetainHandling::SendIfNew,
            _ => RetainHandling::DoNotSend,
        };
        SubscriptionOptions { qos, no_local, retain_as_published, retain_handling }
    });
    let filters = vec((filter(), options), 1..5).prop_map(|filters| {
        let filters = filters.into_iter();
        leak(filters.map(|(filter, options)| SubscribeFilter { filter, options }).collect())
    });
    let id = when(five, of(1..=268_435_455_u32));
    (packet_id(), id, when(five, user_properties()), filters).prop_map(
        |(packet_id, id, user_properties, filters)| Subscribe {
            packet_id,
            subscription_id: id.flatten(),
            user_properties: user_properties.unwrap_or_default(),
            filters: Filters::new(filters),
        },
    )
}

fn suback(five: bool) -> impl Strategy<Value = SubAck<'static>> {
    let codes = if five {
        vec(reason_code(PacketType::SubAck), 1..5).boxed()
    } else {
        let codes = [
            ReasonCode::GRANTED_QOS_0,
            ReasonCode::GrantedQoS1,
            ReasonCode::GrantedQoS2,
            ReasonCode::UnspecifiedError,
        ];
        vec(proptest::sample::select(codes.to_vec()), 1..5).boxed()
    };
    let rest = when(five, (of(text()), user_properties()));
    (packet_id(), rest, codes).prop_map(|(packet_id, rest, codes)| {
        let (reason_string, user_properties) = rest.unwrap_or_default();
        let reason_codes = ReasonCodes::new(leak(codes));
        SubAck { packet_id, reason_string, user_properties, reason_codes }
    })
}

fn unsubscribe(five: bool) -> impl Strategy<Value = Unsubscribe<'static>> {
    (packet_id(), when(five, user_properties()), vec(filter(), 1..5)).prop_map(
        |(packet_id, user_properties, filters)| Unsubscribe {
            packet_id,
            user_properties: user_properties.unwrap_or_default(),
            filters: UnsubscribeFilters::new(leak(filters)),
        },
    )
}

fn unsuback(five: bool) -> impl Strategy<Value = UnsubAck<'static>> {
    let codes = vec(reason_code(PacketType::UnsubAck), 1..5);
    let rest = when(five, (of(text()), user_properties(), codes));
    (packet_id(), rest).prop_map(|(packet_id, rest)| match rest {
        None => UnsubAck::new(packet_id),
        Some((reason_string, user_properties, codes)) => {
            let reason_codes = ReasonCodes::new(leak(codes));
            UnsubAck { packet_id, reason_string, user_properties, reason_codes }
        }
    })
}

fn disconnect(five: bool) -> impl Strategy<Value = Disconnect<'static>> {
    let code = reason_code(PacketType::Disconnect);
    let fields = (code, of(any::<u32>()), of(text()), of(text()), user_properties());
    when(five, fields).prop_map(|fields| {
        let mut disconnect = Disconnect::default();
        if let Some(fields) = fields {
            (
                disconnect.reason_code,
                disconnect.session_expiry_interval_s,
                disconnect.reason_string,
                disconnect.server_reference,
                disconnect.user_properties,
            ) = fields;
        }
        disconnect
    })
}

fn auth() -> impl Strategy<Value = Auth<'static>> {
    let full = (reason_code(PacketType::Auth), text(), of(binary()), of(text()), user_properties())
        .prop_map(|(reason_code, method, authentication_data, reason_string, user_properties)| {
            Auth {
                reason_code,
                authentication_method: Some(method),
                authentication_data,
                reason_string,
                user_properties,
            }
        });
    prop_oneof![1 => Just(Auth::default()), 4 => full]
}

/// Authentication Method and Authentication Data.
fn authentication() -> impl Strategy<Value = (Option<&'static str>, Option<&'static [u8]>)> {
    prop_oneof![
        Just((None, None)),
        (text(), of(binary())).prop_map(|(method, data)| (Some(method), data))
    ]
}

fn user_properties() -> impl Strategy<Value = UserProperties<'static>> {
    let pairs = prop_oneof![2 => Just(Vec::new()), 1 => vec((text(), text()), 1..4)];
    pairs.prop_map(|pairs| {
        let mut properties = UserPropertiesBuf::new();
        for (name, value) in pairs {
            properties.push(name, value).expect("short strings");
        }
        Box::leak(Box::new(properties)).as_ref()
    })
}

fn reason_code(packet_type: PacketType) -> impl Strategy<Value = ReasonCode> {
    let codes = (0..=u8::MAX).filter_map(ReasonCode::from_u8);
    proptest::sample::select(
        codes.filter(|code| code.is_allowed_in(packet_type)).collect::<Vec<_>>(),
    )
}

fn qos() -> impl Strategy<Value = QoS> {
    prop_oneof![Just(QoS::AtMostOnce), Just(QoS::AtLeastOnce), Just(QoS::ExactlyOnce)]
}

fn packet_id() -> impl Strategy<Value = PacketId> {
    (1..=u16::MAX).prop_map(|id| PacketId::new(id).expect("not zero"))
}

/// Mostly short, sometimes so long that lengths take two bytes.
fn text() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        4 => "[a-zA-Z0-9/$ ]{0,12}",
        3 => "[^\u{0}]{0,8}",
        1 => "[ -~]{100,300}",
    ]
    .prop_map(|text| &*text.leak())
}

fn topic() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => "[a-z0-9/$]{1,40}", 2 => "[^\u{0}+#]{1,12}"].prop_map(|text| &*text.leak())
}

fn filter() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => "[a-z0-9/+#$]{1,20}", 1 => "[^\u{0}]{1,8}"].prop_map(|text| &*text.leak())
}

fn binary() -> impl Strategy<Value = &'static [u8]> {
    prop_oneof![4 => vec(any::<u8>(), 0..20), 1 => vec(any::<u8>(), 100..300)].prop_map(leak)
}

fn when<T: std::fmt::Debug + 'static>(
    condition: bool,
    strategy: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Option<T>> {
    if condition { strategy.prop_map(Some).boxed() } else { Just(()).prop_map(|()| None).boxed() }
}

fn leak<T>(values: Vec<T>) -> &'static [T] {
    values.leak()
}
