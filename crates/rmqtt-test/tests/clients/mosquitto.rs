//! `mosquitto_pub` and `mosquitto_sub`.

use std::process::Command;

use rmqtt_test::{Case, Program, Version, broker_test};

/// One of the two programs with the arguments that every call needs.
fn command(case: &Case, program: &str, name: &str) -> Command {
    let address = case.broker().address();
    let version = match case.version() {
        Version::V31 => "mqttv31",
        Version::V311 => "mqttv311",
        Version::V5 => "mqttv5",
    };
    // With its output in a file the program would hold lines back.
    let mut command = Command::new("stdbuf");
    command.args(["-oL", program]);
    command.args(["-h", &address.ip().to_string(), "-p", &address.port().to_string()]);
    command.args(["-V", version, "-i", &case.client_id(name)]);
    command
}

fn publish(case: &Case, arguments: &[&str]) {
    let finished = Program::run(command(case, "mosquitto_pub", "pub").args(arguments));
    assert!(finished.status.success(), "{}", finished.output);
}

/// A subscriber that prints `topic payload` per message and has been acknowledged already.
fn subscriber(case: &Case, name: &str, arguments: &[&str]) -> Program {
    let mut command = command(case, "mosquitto_sub", name);
    let mut program = Program::start(command.args(["-d", "-v"]).args(arguments));
    program.wait_for("Subscribed (mid");
    program
}

#[broker_test(v31, v311("MQTT-7.0.0-2"), v5)]
fn a_message_of_every_qos_arrives_on_every_subscription(case: &Case) {
    let topic = case.topic("t");
    let mut all = subscriber(case, "all", &["-t", "#", "-q", "2"]);
    let mut one = subscriber(case, "one", &["-t", &topic, "-q", "1"]);
    for qos in ["0", "1", "2"] {
        let payload = format!("hello-{qos}");
        publish(case, &["-t", &topic, "-q", qos, "-m", &payload]);
        all.wait_for(&format!("{topic} {payload}\n"));
        one.wait_for(&format!("{topic} {payload}\n"));
    }
}

#[broker_test(v31, v311, v5)]
fn a_retained_message_arrives_late_and_can_be_removed(case: &Case) {
    let topic = case.topic("t");
    publish(case, &["-t", &topic, "-q", "1", "-r", "-m", "kept"]);
    let mut late = subscriber(case, "late", &["-t", &topic]);
    late.wait_for(&format!("{topic} kept\n"));
    publish(case, &["-t", &topic, "-q", "1", "-r", "-n"]);
    let mut later = subscriber(case, "later", &["-t", &topic]);
    publish(case, &["-t", &topic, "-q", "1", "-m", "sentinel"]);
    later.wait_for(&format!("{topic} sentinel\n"));
    assert!(!later.output().contains("kept"));
}

#[broker_test(v31, v311, v5)]
fn a_will_arrives_when_the_program_is_killed(case: &Case) {
    let topic = case.topic("w");
    let mut watcher = subscriber(case, "watch", &["-t", &topic]);
    let will = ["-t", "none", "--will-topic", &topic, "--will-payload", "gone"];
    drop(subscriber(case, "c", &will));
    watcher.wait_for(&format!("{topic} gone\n"));
}

#[broker_test(v31, v311, v5)]
fn a_session_is_resumed_with_its_queued_messages(case: &Case) {
    let topic = case.topic("t");
    let mut session = vec!["-t", &topic, "-q", "1", "-c"];
    if case.is_v5() {
        session.extend(["-x", "300"]);
    }
    drop(subscriber(case, "sub", &session));
    for number in 0..5 {
        publish(case, &["-t", &topic, "-q", "1", "-m", &number.to_string()]);
    }
    session.extend(["-C", "5", "-v"]);
    let finished = Program::run(command(case, "mosquitto_sub", "sub").args(&session));
    let expected: String = (0..5).map(|number| format!("{topic} {number}\n")).collect();
    assert_eq!(finished.output, expected);
}

#[broker_test(v31, v311, v5)]
fn a_shared_subscription_gives_each_message_to_one_member(case: &Case) {
    let topic = case.topic("t");
    let shared = format!("$share/group/{topic}");
    let members = ["m0", "m1"].map(|name| subscriber(case, name, &["-t", &shared, "-q", "1"]));
    let mut plain = subscriber(case, "plain", &["-t", &topic, "-q", "1"]);
    for number in 0..10 {
        publish(case, &["-t", &topic, "-q", "1", "-m", &format!("m{number}.")]);
        plain.wait_for(&format!("{topic} m{number}.\n"));
    }
    let mut members = members;
    let [one, two] = &mut members;
    // Each message is with exactly one of them once the group as a whole has all ten.
    let count = |output: String| output.matches(&format!("{topic} m")).count();
    while count(one.output()) + count(two.output()) < 10 {
        std::thread::yield_now();
    }
    assert_eq!(count(one.output()) + count(two.output()), 10);
}

#[broker_test(v5)]
fn properties_arrive(case: &Case) {
    let topic = case.topic("t");
    let mut subscriber =
        subscriber(case, "sub", &["-t", &topic, "-F", "%p|%R|%D|%C|%P|", "-q", "1"]);
    publish(
        case,
        &[
            "-t",
            &topic,
            "-q",
            "1",
            "-m",
            "text",
            "-D",
            "publish",
            "response-topic",
            "answer",
            "-D",
            "publish",
            "correlation-data",
            "number",
            "-D",
            "publish",
            "content-type",
            "text/plain",
            "-D",
            "publish",
            "user-property",
            "name",
            "value",
        ],
    );
    subscriber.wait_for("text|answer|number|text/plain|name:value|");
}
