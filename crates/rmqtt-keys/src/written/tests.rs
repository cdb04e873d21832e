//! Files, formats, and one source laid over another.

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
fn a_file_that_is_missing_is_a_problem_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.toml");
    let problems = Written::from_file(&path).unwrap_err().to_string();
    let start = format!("{}: cannot be read: ", path.display());
    assert!(problems.starts_with(&start), "{problems}");
}

#[test]
fn the_ending_of_a_name_says_how_a_file_is_read() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("a.toml", "[node]\nid = 7\n"),
        ("a", "[node]\nid = 7\n"),
        ("a.json", "{\"node\": {\n\"id\": 7}}"),
        ("a.yaml", "node:\n  id: 7\n"),
        ("a.YML", "node:\n  id: 7\n"),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let written = Written::from_file(&path).unwrap();
        let id = written.get(&KeyPath::from("node.id")).unwrap();
        assert_eq!(id.value, RawValue::Integer("7".into()), "{name}");
        assert_eq!(id.place, Place::File { file: Arc::from(path.as_path()), line: 2 }, "{name}");
    }
}

#[test]
fn an_ending_that_is_not_read_is_a_problem_that_says_which_are() {
    let problems = Written::from_file(Path::new("rmqtt.ini")).unwrap_err();
    let expected =
        "rmqtt.ini: a file that ends with .ini is not read, only .toml, .json, .yaml, .yml";
    assert_eq!(problems.to_string(), expected);
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
