//! MQTT.js in Node, found in the directory that `RMQTT_TEST_NODE_MODULES` names.

use std::process::Command;

use rmqtt_test::{Case, Program, Version, broker_test};

fn converse(case: &Case, scenario: &str) {
    let address = case.broker().address();
    let version = match case.version() {
        Version::V31 => "v31",
        Version::V311 => "v311",
        Version::V5 => "v5",
    };
    let mut command = Command::new("node");
    if let Some(modules) = std::env::var_os("RMQTT_TEST_NODE_MODULES") {
        command.env("NODE_PATH", modules);
    }
    command
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/clients/node/mqttjs_client.js"))
        .arg(address.ip().to_string())
        .arg(address.port().to_string())
        .args([version, &case.client_id(""), scenario]);
    let finished = Program::run(&mut command);
    assert!(finished.status.success(), "{}", finished.output);
}

#[broker_test(v31, v311("MQTT-7.0.0-2"), v5)]
fn mqttjs_exchanges_messages_of_every_qos(case: &Case) {
    converse(case, "qos");
}

#[broker_test(v31, v311, v5)]
fn mqttjs_receives_a_retained_message(case: &Case) {
    converse(case, "retained");
}

#[broker_test(v31, v311, v5)]
fn mqttjs_leaves_a_will(case: &Case) {
    converse(case, "will");
}

#[broker_test(v31, v311, v5)]
fn mqttjs_resumes_its_session_with_queued_messages(case: &Case) {
    converse(case, "session");
}

#[broker_test(v5)]
fn mqttjs_uses_topic_aliases_both_ways(case: &Case) {
    converse(case, "topicAlias");
}
