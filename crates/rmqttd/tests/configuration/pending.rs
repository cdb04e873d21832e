//! `docs/pending.toml`, but for its keys, which `cargo xtask configuration` compares with the page of
//! the configuration.

use std::collections::BTreeSet;
use std::fs;

use rmqtt::Counters;
use rmqtt::hook::Point;
use rmqtt::stats::{Stats, SystemStats};
use rmqtt_conf::{Options, Settings};
use rmqtt_keys::Written;
use toml::{Table, Value};

use crate::library::statements;
use crate::root;

/// The names of one kind.
pub(crate) fn names(kind: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("docs/pending.toml")).unwrap();
    let table: Table = text.parse().unwrap();
    let entries = table.get(kind).and_then(Value::as_array).into_iter().flatten();
    entries.map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

/// Clients and wills are the senders that this build has.
#[test]
fn the_pending_metrics_are_those_of_senders_that_this_build_does_not_have() {
    let mut of_others = BTreeSet::new();
    Counters::default().for_each(&mut |name, _| {
        if [".admin", ".bridge", ".system"].iter().any(|sender| name.ends_with(sender)) {
            of_others.insert(name.to_owned());
        }
    });
    assert_eq!(names("metric"), of_others);
}

/// What the check of a configuration says of the flags of a command line with all of them.
#[test]
fn the_pending_flags_are_those_that_warn_that_they_have_no_effect_yet() {
    let values = ["--id", "1", "--raft-leader-id", "1"];
    let lists = ["--node-grpc-addrs", "1@h:1", "--raft-peer-addrs", "1@h:1"];
    let plugins = ["--plugins-default-startups", "rmqtt-counter", "-f", "a.toml"];
    let arguments = [&["rmqttd"][..], &values, &lists, &plugins].concat();
    let options = Options::from_arguments(arguments).unwrap();
    let read = Settings::read_written(&Written::default(), &options).unwrap();
    let warned = read.warnings.iter().map(ToString::to_string);
    let pending = warned.filter_map(|line| {
        let (flag, brings) = line.split_once(": has no effect yet: this build has no ")?;
        Some((flag.to_owned(), brings.to_owned()))
    });
    let listed = names("flag").into_iter().map(|flag| (flag, "cluster".to_owned()));
    assert_eq!(listed.collect::<BTreeSet<_>>(), pending.collect());
}

/// A name without its `.count` or `.max`.
fn stat(name: &str) -> String {
    let end = [".count", ".max"].into_iter().find_map(|end| name.strip_suffix(end));
    end.unwrap_or(name).to_owned()
}

#[test]
fn every_pending_statistic_is_one() {
    let mut known = BTreeSet::new();
    Stats::default().for_each(&mut |name, _| {
        known.insert(stat(name));
    });
    SystemStats::default().for_each(&mut |name, _| {
        known.insert(stat(name));
    });
    let unknown: Vec<String> = names("stat").difference(&known).cloned().collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    // Nothing makes these rise before there are other nodes.
    for name in known.iter().filter(|name| name.starts_with("grpc_")) {
        assert!(names("stat").contains(name), "{name} is not called pending");
    }
}

#[test]
fn every_pending_point_is_one() {
    let points: BTreeSet<String> = Point::ALL.iter().map(|point| point.name().to_owned()).collect();
    assert!(names("hook").is_subset(&points));
}

#[test]
fn the_paper_about_the_library_calls_pending_what_is_pending() {
    let paper = fs::read_to_string(root().join("docs/library.md")).unwrap();
    for name in names("library") {
        let name = format!("`{name}`");
        let is_said =
            statements(&paper).any(|text| text.contains(&name) && text.contains("pending"));
        assert!(is_said, "docs/library.md does not call {name} pending");
    }
}
