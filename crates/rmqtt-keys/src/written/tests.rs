//! One source laid over another.

use super::*;

fn toml(text: &str) -> Written {
    Written::from_toml(text, &Arc::from(Path::new("rmqtt.toml"))).unwrap()
}

fn shown(written: &Written) -> Vec<String> {
    written
        .iter()
        .filter(|(_, entry)| !entry.is_section())
        .map(|(path, entry)| format!("{path} = {}", entry.value))
        .collect()
}

#[test]
fn a_later_source_wins_key_by_key_and_replaces_lists() {
    let mut written = toml("[a]\nx = 1\ny = 2\nlist = [{ k = 1 }, { k = 2 }]\n[b]\nz = 3");
    written.merge(toml("[a]\ny = 4\nlist = [{ k = 5 }]"));
    assert_eq!(
        shown(&written),
        ["a.list = [a section]", "a.list[0].k = 5", "a.x = 1", "a.y = 4", "b.z = 3"]
    );
}

#[test]
fn a_later_value_takes_the_place_of_a_section_and_a_section_that_of_a_value() {
    let mut written = toml("a.x = 1\nb = 2");
    written.merge(toml("a = 3\nb.y = 4"));
    assert_eq!(shown(&written), ["a = 3", "b.y = 4"]);
}

#[test]
fn a_key_is_set_with_the_sections_around_it() {
    let mut written = toml("a = 1");
    written.set(&KeyPath::from("a.b"), RawValue::Untyped("x".into()), Place::flag("--b"));
    assert_eq!(shown(&written), ["a.b = \"x\""]);
    assert!(written.get(&KeyPath::from("a")).unwrap().is_section());
}

/// `node:` without anything below, in a file that is read after another, took the keys of the first
/// away.
#[test]
fn a_section_that_says_nothing_takes_nothing_away() {
    let yaml = |text: &str| Written::from_yaml(text, &Arc::from(Path::new("a.yaml"))).unwrap();
    let mut written = toml("node.id = 5");
    written.merge(yaml("node:\n"));
    assert_eq!(shown(&written), ["node.id = 5"]);
    let mut written = yaml("node:\n");
    written.merge(toml("node.id = 5"));
    written.merge(yaml("node:\n  id:\n"));
    assert_eq!(written.get(&KeyPath::from("node.id")).unwrap().value, RawValue::Nothing);
}

#[test]
fn a_part_is_a_section_and_what_stands_in_it() {
    let written = toml("a.x = 1\na.y.z = 2\nab.x = 3");
    assert_eq!(shown(&written.part(&KeyPath::from("a"))), ["a.x = 1", "a.y.z = 2"]);
}
