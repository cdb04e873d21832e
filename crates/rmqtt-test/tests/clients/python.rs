//! Eclipse Paho and aiomqtt, in the Python interpreter that `RMQTT_TEST_PYTHON` names.

use std::process::Command;

use rmqtt_test::{Case, Program, Version, broker_test};

/// Runs a scenario of a script and shows what it said if it failed.
fn converse(case: &Case, script: &str, scenario: &str) {
    let python = std::env::var_os("RMQTT_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let address = case.broker().address();
    let version = match case.version() {
        Version::V31 => "v31",
        Version::V311 => "v311",
        Version::V5 => "v5",
    };
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/python");
    let finished = Program::run(
        Command::new(python)
            .arg(format!("{directory}/{script}"))
            .arg(address.ip().to_string())
            .arg(address.port().to_string())
            .args([version, &case.client_id(""), scenario]),
    );
    assert!(finished.status.success(), "{}", finished.output);
}

#[broker_test(v31, v311("MQTT-7.0.0-2"), v5)]
fn paho_exchanges_messages_of_every_qos(case: &Case) {
    converse(case, "paho_client.py", "qos");
}

#[broker_test(v31, v311, v5)]
fn paho_receives_and_removes_retained_messages(case: &Case) {
    converse(case, "paho_client.py", "retained");
}

#[broker_test(v31, v311, v5)]
fn paho_leaves_a_will_only_when_it_vanishes(case: &Case) {
    converse(case, "paho_client.py", "will");
}

#[broker_test(v5)]
fn paho_delays_its_wills(case: &Case) {
    converse(case, "paho_client.py", "will_delay");
}

#[broker_test(v31, v311, v5)]
fn paho_resumes_its_session_with_queued_messages(case: &Case) {
    converse(case, "paho_client.py", "session");
}

#[broker_test(v31, v311, v5)]
fn paho_shares_a_subscription(case: &Case) {
    converse(case, "paho_client.py", "shared");
}

#[broker_test(v5)]
fn paho_uses_topic_aliases(case: &Case) {
    converse(case, "paho_client.py", "topic_alias");
}

#[broker_test(v5)]
fn paho_lets_messages_expire(case: &Case) {
    converse(case, "paho_client.py", "expiry");
}

#[broker_test(v5)]
fn paho_asks_and_answers(case: &Case) {
    converse(case, "paho_client.py", "request_response");
}

#[broker_test(v31, v311, v5)]
fn paho_is_told_of_a_take_over(case: &Case) {
    converse(case, "paho_client.py", "take_over");
}

#[broker_test(v5)]
fn paho_uses_subscription_options(case: &Case) {
    converse(case, "paho_client.py", "options");
}

#[broker_test(v31, v311("MQTT-7.0.0-2"), v5)]
fn aiomqtt_exchanges_messages_of_every_qos(case: &Case) {
    converse(case, "aiomqtt_client.py", "qos");
}

#[broker_test(v31, v311, v5)]
fn aiomqtt_receives_a_retained_message_and_leaves_no_will(case: &Case) {
    converse(case, "aiomqtt_client.py", "retained_and_will");
}

#[broker_test(v31, v311, v5)]
fn fifty_aiomqtt_clients_talk_at_once(case: &Case) {
    converse(case, "aiomqtt_client.py", "many_clients");
}
