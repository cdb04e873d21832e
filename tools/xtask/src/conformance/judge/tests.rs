//! The rules, each with a table that breaks it.

use super::super::suite::Variant;
use super::*;

/// An entry of the table that nothing is wrong with, with these lines instead of its own.
fn entry(lines: &str) -> String {
    let mut entry = String::from("[[statement]]\n");
    for default in [
        "version = \"5.0\"",
        "id = \"MQTT-3.1.0-1\"",
        "level = \"must\"",
        "binds = \"server\"",
        "text = \"It does.\"",
        "tests = [\"suite::connect::one\"]",
    ] {
        let key = default.split(' ').next().unwrap_or_default();
        if !lines.lines().any(|line| line.starts_with(&format!("{key} ="))) {
            entry.push_str(default);
            entry.push('\n');
        }
    }
    entry + lines + "\n"
}

/// What is found in this table of the one statement that there is.
fn found(table: &str, statement: &str) -> Vec<String> {
    let (version, id) = statement.split_once(' ').expect("a version and an identifier");
    let roster = Roster::read(&format!("version,statement\n{version},{id}\n")).unwrap();
    let shown = Variant {
        version: version.to_owned(),
        word: "v5".to_owned(),
        statements: if table.contains("suite::connect::one") {
            vec![id.to_owned()]
        } else {
            vec![]
        },
    };
    let entries = [Entry { name: "suite::connect::one".to_owned(), variants: vec![shown] }];
    let tests = Tests::with_black_box(&["suite::connect::one"]);
    let mut findings = Findings::default();
    check(&Table::read(table).unwrap(), &roster, &entries, &tests, &mut findings);
    findings.lines().to_vec()
}

/// The table with this entry breaks one rule, in these words.
#[track_caller]
fn breaks(lines: &str, statement: &str, words: &str) {
    let found = found(&entry(lines), statement);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains(words), "{found:#?}");
}

const ONE: &str = "5.0 MQTT-3.1.0-1";

#[test]
fn a_statement_with_a_test_is_in_order() {
    assert_eq!(found(&entry(""), ONE), Vec::<String>::new());
}

#[test]
fn a_statement_without_a_test_needs_a_reason() {
    breaks("tests = []", ONE, "neither a test nor a waiver");
}

#[test]
fn every_statement_is_there_once_and_no_other() {
    let twice = entry("") + &entry("");
    assert!(found(&twice, ONE)[0].contains("is there twice"));
    assert!(found("statement = []", ONE)[0].contains("is missing"));
    let found = found(&entry("id = \"MQTT-9.9.9-9\"\ntests = []\npending = \"x\""), ONE);
    assert!(found[0].contains("is no statement"), "{found:#?}");
}

#[test]
fn a_waiver_is_only_for_what_no_client_can_see() {
    let waiver = |kind: &str| {
        format!("tests = []\nwaiver = {{ kind = \"{kind}\", reason = \"It is so.\" }}")
    };
    breaks(&waiver("unseen"), ONE, "a client can see");
    breaks(&waiver("no-occasion"), ONE, "a client can see");
    // To say that only the client is bound does not help.
    breaks(&format!("{}\nbinds = \"client\"", waiver("unseen")), ONE, "a client can see");

    let unseen = "5.0 MQTT-3.2.2-4";
    let id = "id = \"MQTT-3.2.2-4\"\n";
    let lines = format!("{id}{}\nbinds = \"client\"", waiver("unseen"));
    assert_eq!(found(&entry(&lines), unseen), Vec::<String>::new());
    breaks(&format!("{id}{}", waiver("unseen")), unseen, "a client can see");
    let lines = format!("{lines}\nviolation = \"the connection is closed\"");
    breaks(&lines, unseen, "a client can see");
}

#[test]
fn a_waiver_has_a_sentence() {
    let lines = "id = \"MQTT-7.0.0-1\"\nversion = \"3.1.1\"\ntests = []\n\
                 waiver = { kind = \"no-occasion\", reason = \"no\" }";
    breaks(lines, "3.1.1 MQTT-7.0.0-1", "is a sentence");
}

#[test]
fn only_websocket_may_be_awaited() {
    breaks("tests = []\npending = \"WebSocket listeners\"", ONE, "may wait");
    let websocket = "5.0 MQTT-6.0.0-1";
    let id = "id = \"MQTT-6.0.0-1\"\ntests = []\n";
    breaks(&format!("{id}pending = \"TLS\""), websocket, "may wait");
    let lines = format!("{id}pending = \"WebSocket listeners\"");
    assert_eq!(found(&entry(&lines), websocket), Vec::<String>::new());
}

#[test]
fn tests_and_an_excuse_do_not_go_together() {
    breaks("pending = \"WebSocket listeners\"", ONE, "more than one");
}

#[test]
fn what_binds_the_client_says_what_a_violation_meets() {
    breaks("binds = \"client\"", ONE, "what does one meet");
    breaks("violation = \"the connection is closed\"", ONE, "does not bind the client");
    let lines = "binds = \"client\"\nviolation = \"the connection is closed\"";
    assert_eq!(found(&entry(lines), ONE), Vec::<String>::new());
}

#[test]
fn a_test_that_there_is_not_is_found() {
    let found = found(&entry("tests = [\"suite::connect::one\", \"rmqtt::suite::no\"]"), ONE);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("there is no such test"), "{found:#?}");
}

#[test]
fn the_table_and_the_attributes_say_the_same() {
    let roster = Roster::read("version,statement\n5.0,MQTT-3.1.0-1\n").unwrap();
    let shown = |statements: &[&str]| Variant {
        version: "5.0".to_owned(),
        word: "v5".to_owned(),
        statements: statements.iter().map(|id| (*id).to_owned()).collect(),
    };
    let entries = [
        Entry { name: "suite::connect::one".to_owned(), variants: vec![shown(&[])] },
        Entry { name: "suite::connect::two".to_owned(), variants: vec![shown(&["MQTT-3.1.0-1"])] },
        Entry {
            name: "suite::connect::three".to_owned(),
            variants: vec![shown(&["MQTT-3.1.0-9"])],
        },
    ];
    let names = entries.each_ref().map(|entry| entry.name.as_str());
    let tests = Tests::with_black_box(&names);
    let mut findings = Findings::default();
    check(&Table::read(&entry("")).unwrap(), &roster, &entries, &tests, &mut findings);
    let found = findings.lines();
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(found[0].contains("`suite::connect::one` is only in the table"));
    assert!(found[1].contains("`suite::connect::two` is only in the attribute"));
    assert!(found[2].contains("cites 5.0 MQTT-3.1.0-9"));
}
