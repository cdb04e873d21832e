//! Readings of small configurations.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::{Choice, key};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Colour {
    Red,
    Blue,
}

impl Choice for Colour {
    const WORDS: &'static [(&'static str, Self)] = &[("red", Self::Red), ("blue", Self::Blue)];
}

fn toml(text: &str) -> Written {
    Written::from_toml(text, &Arc::from(Path::new("a.toml"))).unwrap()
}

fn problems<T: std::fmt::Debug>(result: Result<Read<T>, Problems>) -> Vec<String> {
    result.unwrap_err().to_string().lines().map(str::to_owned).collect()
}

fn read_all(written: &Written) -> Result<Read<()>, Problems> {
    let mut reader = Reader::new(written);
    let mut section = reader.section(KeyPath::default());
    section.boolean(key("boolean", "m"), false);
    section.integer(key("integer", "m"), 1..=9_u8, 1);
    section.number(key("number", "m"), 0.5..=2.0, 1.0);
    section.text(key("text", "m"), 3, "x");
    section.path(key("path", "m"), "x");
    section.duration(key("duration", "m"), Duration::ZERO);
    section.positive_duration(key("positive", "m"), Duration::from_secs(1));
    section.size(key("size", "m"), 1..=9, 1);
    section.choice(key("choice", "m"), Colour::Red);
    section.socket_addr(key("addr", "m"), "0.0.0.0:1".parse().unwrap());
    section.texts(key("texts", "m"), 3, &[]);
    section.forms(key("forms", "m"), "N", |text| {
        text.parse::<u8>().map_err(|_| "expected a number".to_owned())
    });
    section.text(key("password", "m").secret(), 3, "x");
    section.retired("old", "it was never used");
    section.integer(key("later", "m").pending("cluster"), 0..=9_u8, 0);
    section.section("inner").boolean(key("on", "m"), true);
    reader.finish(())
}

#[test]
fn every_wrong_value_is_one_line_with_place_key_and_what_was_expected() {
    for (text, expected) in [
        ("boolean = 2", "boolean: expected true or false, found 2"),
        ("boolean = \"maybe\"", "boolean: expected true or false, found \"maybe\""),
        ("integer = 0", "integer: expected a whole number from 1 to 9, found 0"),
        ("integer = 1.0", "integer: expected a whole number from 1 to 9, found 1.0"),
        ("number = nan", "number: expected a number from 0.5 to 2, found nan"),
        ("number = 3", "number: expected a number from 0.5 to 2, found 3"),
        ("text = \"\"", "text: expected a text of 1 to 3 bytes, found \"\""),
        ("text = \"1234\"", "text: expected a text of 1 to 3 bytes, found \"1234\""),
        ("path = \"\"", "path: expected the name of a file or folder, found \"\""),
        ("duration = 5", "duration: expected a duration such as \"1h30m15s\", found 5"),
        (
            "duration = \"5\"",
            "duration: expected a duration such as \"1h30m15s\" (units ms, s, m, h, d, w, f), found a number without a unit in \"5\"",
        ),
        ("positive = \"0\"", "positive: expected more than 0"),
        ("size = 5", "size: expected a size such as \"1M\", found 5"),
        ("size = \"10B\"", "size: expected at most 9 bytes, found 10 in \"10B\""),
        ("size = \"0B\"", "size: expected at least 1 bytes, found 0 in \"0B\""),
        ("choice = \"green\"", "choice: expected one of \"red\", \"blue\", found \"green\""),
        (
            "addr = \"1883\"",
            "addr: expected an address and port such as \"0.0.0.0:1883\", found \"1883\"",
        ),
        ("texts = \"a\"", "texts: expected a list, found \"a\""),
        ("texts = [1]", "texts: expected a text of 1 to 3 bytes, found [1]"),
        ("forms = [\"x\"]", "forms: expected a number in \"x\""),
        ("password = \"12345\"", "password: expected a text of 1 to 3 bytes"),
        ("inner = 1", "inner: expected a section, found a number"),
        ("intager = 1", "intager: unknown key, the nearest known one is integer"),
        ("on = true", "on: unknown key, the nearest known one is inner.on"),
        ("[colours]\nsky = 1\nsea = 2", "colours: unknown key"),
    ] {
        assert_eq!(problems(read_all(&toml(text))), [format!("a.toml:1: {expected}")], "{text}");
    }
}

#[test]
fn problems_come_in_the_order_of_files_environment_and_command_line() {
    let mut written = toml("integer = 0\nboolean = 2");
    written.add_environment("X_", [("X_NUMBER".to_owned(), "x".to_owned())]);
    written.set(&"size".into(), crate::RawValue::Untyped("x".to_owned()), Place::flag("--size"));
    let lines = problems(read_all(&written));
    let starts: Vec<&str> = lines.iter().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(starts, ["a.toml:1", "a.toml:2", "environment variable X_NUMBER", "--size"]);
}

#[test]
fn an_unknown_variable_is_a_warning_and_a_wrong_value_a_problem() {
    let mut written = Written::default();
    let variables = [
        ("X_PORT", "tcp://10.0.0.1:1883"),
        ("X_INNER", "5"),
        ("X_INTEGER", "7"),
        ("X_TEXTS", "a b"),
    ];
    written.add_environment("X_", variables.map(|(name, value)| (name.into(), value.into())));
    let read = read_all(&written).unwrap();
    let warnings: Vec<String> = read.warnings.iter().map(Warning::to_string).collect();
    assert_eq!(
        warnings,
        [
            "environment variable X_INNER: inner: is a section, no key; it has no effect",
            "environment variable X_PORT: port: unknown key; it has no effect",
        ]
    );
    let effective = read.effective.to_string();
    assert!(effective.contains("integer = 7   # environment variable X_INTEGER\n"), "{effective}");
    assert!(effective.contains("texts = [\"a\", \"b\"]   # environment"), "{effective}");
}

#[test]
fn retired_and_pending_keys_are_accepted_and_warned_of_once() {
    let read = read_all(&toml("old = 1\nlater = 3")).unwrap();
    let warnings: Vec<String> = read.warnings.iter().map(Warning::to_string).collect();
    assert_eq!(
        warnings,
        [
            "a.toml:1: old: has no effect: it was never used",
            "a.toml:2: later: has no effect yet: this build has no cluster",
        ]
    );
    assert_eq!(problems(read_all(&toml("later = 10"))).len(), 1);
}

#[test]
fn effective_values_say_where_they_come_from_and_keep_secrets() {
    let read = read_all(&toml("password = \"abc\"\ninner.on = false")).unwrap();
    let text = read.effective.to_string();
    let lines: Vec<&str> = text.lines().collect();
    for expected in [
        "password = \"***\"   # a.toml:1",
        "inner.on = false   # a.toml:2",
        "choice = \"red\"   # default",
        "texts = []   # default",
        "duration = \"0s\"   # default",
    ] {
        assert!(lines.contains(&expected), "{text}");
    }
    assert!(!text.contains("abc"));
}

#[test]
fn values_are_shown_as_they_are_understood() {
    let text = "boolean = \"YES\"\ninteger = \"07\"\nnumber = \".5\"";
    let effective = read_all(&toml(text)).unwrap().effective.to_string();
    for line in ["boolean = true   #", "integer = 7   #", "number = 0.5   #"] {
        assert!(effective.contains(line), "{line}\n{effective}");
    }
}

#[test]
fn a_limit_below_1_is_none() {
    for (text, expected) in
        [("", None), ("max = 0", None), ("max = -5", None), ("max = 7", Some(7))]
    {
        let written = toml(text);
        let mut reader = Reader::new(&written);
        let max = reader.section(KeyPath::default()).limit(key("max", "m"));
        assert_eq!(reader.finish(max).unwrap().value, expected, "{text}");
    }
}

#[test]
fn a_section_with_a_chosen_name_stands_in_the_catalogue_once() {
    let written = toml("[l.a]\nx = 1\n[l.b]\nx = 2");
    let mut reader = Reader::new(&written);
    let around = KeyPath::from("l");
    reader.declared_section(&around).integer(key("x", "m"), 0..=9_u8, 0);
    let mut values = Vec::new();
    for name in reader.names_below(&around) {
        values.push(reader.named_section(&around, &name).integer(key("x", "m"), 0..=9_u8, 0));
    }
    let read = reader.finish(values).unwrap();
    assert_eq!(read.value, [1, 2]);
    let paths: Vec<String> = read.catalogue.iter().map(|entry| entry.path.to_string()).collect();
    assert_eq!(paths, ["l.*.x"]);
}

#[test]
fn a_list_of_sections_is_read_item_by_item() {
    let read = |text: &str| {
        let written = toml(text);
        let mut reader = Reader::new(&written);
        let values = reader
            .section(KeyPath::default())
            .sections("rules", |mut rule| rule.integer(key("x", "m"), 0..=9_u8, 0));
        reader.finish(values)
    };
    let done = read("[[rules]]\nx = 1\n[[rules]]\n").unwrap();
    assert_eq!(done.value, [1, 0]);
    assert!(done.catalogue.contains(&KeyPath::from("rules").child("[*]").child("x")));
    assert_eq!(
        problems(read("[[rules]]\nx = 1\n[[rules]]\ny = 10")),
        ["a.toml:4: rules[1].y: unknown key, the nearest known one is rules[1].x"]
    );
    assert_eq!(
        problems(read("rules = 1")),
        ["a.toml:1: rules: expected a list of sections, found a number"]
    );
}

/// The value of `redis` was told, with the password in it.
#[test]
fn what_stands_where_a_section_is_expected_is_not_shown() {
    for text in [
        "inner = \"opensesame\"",
        "inner = [\"opensesame\"]",
        "[inner]\non.deeper = 1\n[outer]\nmiddle = \"opensesame\"",
    ] {
        let written = toml(text);
        let mut reader = Reader::new(&written);
        reader.section("inner").boolean(key("on", "m"), true);
        reader.section("outer").section("middle").text(key("password", "m").secret(), 9, "x");
        reader.names_below(&KeyPath::from("outer"));
        let told = problems(reader.finish(()));
        assert!(told.iter().all(|line| !line.contains("opensesame")), "{told:?}");
    }
    let written = toml("inner = \"opensesame\"");
    assert_eq!(problems(read_all(&written)), ["a.toml:1: inner: expected a section, found a text"]);
}

#[test]
fn of_very_many_unknown_keys_the_first_are_told_and_the_others_counted() {
    let text: String = (0..5_000).rev().map(|number| format!("strange{number} = 1\n")).collect();
    let lines = problems(read_all(&toml(&text)));
    assert_eq!(lines.len(), 101);
    assert_eq!(lines[0], "a.toml:1: strange4999: unknown key");
    assert_eq!(lines[100], "a.toml:101: strange4899: unknown key, and 4899 more");
    let mut written = Written::default();
    let variables = (0..200).map(|number| (format!("X_NO_{number}"), String::new()));
    written.add_environment("X_", variables);
    let read = read_all(&written).unwrap();
    assert_eq!(read.warnings.len(), 101);
    assert!(
        read.warnings[100].to_string().ends_with(": unknown key, and 99 more; it has no effect")
    );
}

#[test]
fn names_and_values_of_megabytes_are_cut_where_they_are_told() {
    let long = "x".repeat(2 << 20);
    for text in [format!("{long} = 1"), format!("integer = \"{long}\"")] {
        let [line] = &problems(read_all(&toml(&text)))[..] else { panic!("more than one line") };
        assert!(line.len() < 400 && line.contains('…'), "{line}");
    }
}
