//! Enhanced authentication, on a broker without an authenticator.

use rmqtt_test::{Auth, Case, Property, broker_test};

#[broker_test(v5("MQTT-4.12.0-1"))]
fn an_unknown_authentication_method_is_refused(case: &Case) {
    for method in ["SCRAM-SHA-256", "", "GS2-KRB5"] {
        let mut client = case.open();
        let connect = case
            .connect_packet("c")
            .property(Property::AuthenticationMethod(method.into()))
            .property(Property::AuthenticationData(b"data".to_vec()));
        client.send(&connect);
        client.expect_connect_refused(&[0x8C]);
    }
}

#[broker_test(v5)]
fn authentication_data_without_a_method_is_a_protocol_error(case: &Case) {
    let mut client = case.open();
    client.send(&case.connect_packet("c").property(Property::AuthenticationData(vec![1])));
    client.expect_connect_rejected(&[0x82]);
}

#[broker_test(v5("MQTT-4.12.0-6", "MQTT-4.12.0-7"))]
fn a_client_without_a_method_is_sent_no_auth_and_may_send_none(case: &Case) {
    for reason in [0x00, 0x18, 0x19] {
        let mut client = case.client("c");
        client.expect_nothing();
        let method = Property::AuthenticationMethod("SCRAM-SHA-256".into());
        client.send(&Auth::new(reason).property(method));
        client.expect_refusal(&[0x82]);
    }
}

#[broker_test(v5("MQTT-4.12.0-6"))]
fn connack_names_no_method_where_the_client_named_none(case: &Case) {
    let client = case.client("c");
    assert_eq!(client.connack().properties.authentication_method(), None);
    assert_eq!(client.connack().properties.authentication_data(), None);
}

#[broker_test(v5("MQTT-3.15.1-1"))]
fn wrong_flags_of_auth_end_the_connection(case: &Case) {
    for flags in [0x01, 0x02, 0x0F] {
        let mut client = case.client("c");
        client.send_bytes(&[0xF0 | flags, 0]);
        client.expect_refusal(&[0x81]);
    }
}

#[broker_test(v5("MQTT-3.15.2-1"))]
fn an_unknown_reason_code_of_auth_ends_the_connection(case: &Case) {
    let mut client = case.client("c");
    client.send(&Auth::new(0x42).property(Property::AuthenticationMethod("x".into())));
    client.expect_refusal(&[0x81, 0x82]);
}
