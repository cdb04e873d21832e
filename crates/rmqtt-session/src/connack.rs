use rmqtt_codec::{ConnAck, ProtocolVersion, QoS, ReasonCode, UserProperties};

use crate::connect_request::ConnectRequest;

/// Accepts the connection: the CONNACK with the terms of the listener `[MQTT-3.2.0-1]`.
pub fn write_connack(request: &ConnectRequest, session_present: bool, out: &mut Vec<u8>) {
    let start = out.len();
    let accepted = ConnAck { session_present, ..ConnAck::new(ReasonCode::Success) };
    if request.version != ProtocolVersion::V5 {
        accepted.encode(request.version, out).expect("a short packet");
        return;
    }
    let policy = &request.policy;
    // [MQTT-3.1.2-28]: not unless the client asks.
    let response_information = policy
        .response_information
        .as_deref()
        .filter(|_| request.wants_response_information)
        .map(|basis| basis.replace("%c", &request.client_id));
    let mut connack = ConnAck {
        session_expiry_interval_s: request.session_expiry_cut.then_some(request.session_expiry_s),
        receive_maximum: Some(policy.inflight_max),
        maximum_qos: (policy.qos_max < QoS::ExactlyOnce).then_some(policy.qos_max),
        retain_available: Some(policy.offers_retain()),
        maximum_packet_size: Some(policy.packet_size_max),
        assigned_client_id: request.client_id_assigned.then_some(&*request.client_id),
        topic_alias_maximum: Some(policy.topic_aliases_max),
        wildcard_subscription_available: Some(true),
        subscription_ids_available: Some(true),
        shared_subscription_available: Some(policy.offers_shared_subscriptions()),
        server_keep_alive_s: Some(request.keep_alive_s),
        response_information: response_information.as_deref(),
        authentication_method: request.authentication_method.as_deref(),
        authentication_data: request.authentication_data.as_deref(),
        user_properties: request.user_properties.as_ref(),
        ..accepted
    };
    let fits = |out: &[u8]| out.len() - start <= request.packet_size_max as usize;
    if connack.encode(ProtocolVersion::V5, out).is_ok() && fits(out) {
        return;
    }
    // A client that takes small packets only [MQTT-3.1.2-24] is told what it could not know.
    out.truncate(start);
    connack.response_information = None;
    connack.user_properties = UserProperties::EMPTY;
    connack.wildcard_subscription_available = None;
    connack.subscription_ids_available = None;
    connack.retain_available = connack.retain_available.filter(|available| !available);
    connack.shared_subscription_available =
        connack.shared_subscription_available.filter(|available| !available);
    connack.server_keep_alive_s =
        connack.server_keep_alive_s.filter(|_| request.keep_alive_changed);
    connack.topic_alias_maximum = connack.topic_alias_maximum.filter(|maximum| *maximum > 0);
    if connack.encode(ProtocolVersion::V5, out).is_err() || !fits(out) {
        // It cannot even be told that; what stands is that it is connected.
        out.truncate(start);
        accepted.encode(ProtocolVersion::V5, out).expect("a short packet");
    }
}
