//! Which source wins, and what becomes of one that cannot be read.

use std::fs;

use super::*;
use crate::Settings;

/// A folder with the three default places in it.
struct Places {
    folder: tempfile::TempDir,
    sources: Sources,
}

impl Places {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stems = ["etc-rmqtt", "etc", "here"].map(|name| folder.path().join(name));
        let sources = Sources { stems: stems.to_vec(), ..Sources::default() };
        Self { folder, sources }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn set(&mut self, variable: &str, value: &str) {
        self.sources.environment.push((variable.to_owned(), value.to_owned()));
    }

    fn node_id(&self, arguments: &[&str]) -> u64 {
        let options = Options::from_arguments(["rmqttd"].iter().chain(arguments)).unwrap();
        Settings::read(&options, &self.sources).unwrap().value.node.id
    }
}

#[test]
fn a_later_source_wins_over_an_earlier_one() {
    let mut places = Places::new();
    assert_eq!(places.node_id(&[]), 0);
    for (ids, name) in [(1, "etc-rmqtt.toml"), (2, "etc-rmqtt.json"), (3, "etc-rmqtt.yaml")] {
        let text = match name.ends_with("toml") {
            true => format!("[node]\nid = {ids}"),
            false => format!("{{\"node\": {{\"id\": {ids}}}}}"),
        };
        places.write(name, &text);
        assert_eq!(places.node_id(&[]), ids, "{name}");
    }
    for (id, name) in [(4, "etc.toml"), (5, "here.toml")] {
        places.write(name, &format!("[node]\nid = {id}"));
        assert_eq!(places.node_id(&[]), id, "{name}");
    }
    let named = places.write("named.toml", "[node]\nid = 6");
    let file = ["-f", named.to_str().unwrap()];
    assert_eq!(places.node_id(&file), 6);
    places.set("RMQTT_NODE.ID", "7");
    assert_eq!(places.node_id(&file), 7);
    assert_eq!(places.node_id(&["--id", "8"]), 8);
    assert_eq!(places.node_id(&["--id", "0"]), 7);
}

#[test]
fn files_are_merged_key_by_key() {
    let places = Places::new();
    places.write("etc.toml", "[node]\nid = 1\n[log]\nlevel = \"debug\"");
    places.write("here.toml", "[node]\nid = 2");
    let read = Settings::read(&Options::default(), &places.sources).unwrap();
    let effective = read.effective.to_string();
    let line = |start: &str| effective.lines().find(|line| line.starts_with(start)).unwrap();
    assert!(line("node.id = 2 ").ends_with("here.toml:2"), "{effective}");
    assert!(line("log.level = \"debug\" ").ends_with("etc.toml:4"), "{effective}");
    assert!(line("log.to = ").ends_with("# default"), "{effective}");
}

#[test]
fn the_list_of_plugins_comes_from_either_form_of_the_environment_and_from_flags() {
    for variable in ["RMQTT_PLUGINS.DEFAULT_STARTUPS", "RMQTT_PLUGINS__DEFAULT_STARTUPS"] {
        let mut places = Places::new();
        places.write("here.toml", "plugins.default_startups = [\"x\", \"y\", \"z\"]");
        places.set(variable, "a b");
        let names = |options| {
            Settings::read(&options, &places.sources).unwrap().value.plugins.default_startups
        };
        assert_eq!(names(Options::default()), ["a", "b"]);
        let flags =
            Options { plugins_default_startups: vec!["c".to_owned()], ..Options::default() };
        assert_eq!(names(flags), ["c"]);
    }
}

#[test]
fn variables_of_plugins_are_left_to_them_and_those_of_others_warn() {
    let mut places = Places::new();
    for variable in ["RMQTT_PLUGIN_RMQTT_RETAINER_MAX", "rmqtt_plugin_x", "RMQTTD_BIN", "PATH"] {
        places.set(variable, "1");
    }
    places.set("RMQTT_SERVICE_HOST", "10.0.0.1");
    let read = Settings::read(&Options::default(), &places.sources).unwrap();
    let warnings: Vec<String> = read.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        ["environment variable RMQTT_SERVICE_HOST: service_host: unknown key; it has no effect"]
    );
}

#[test]
fn every_file_that_cannot_be_read_is_reported_in_one_go() {
    let places = Places::new();
    let ini = places.write("etc.ini", "");
    let toml = places.write("here.toml", "a = \nb = [");
    let options = Options { config: Some(PathBuf::from("/no/such.toml")), ..Options::default() };
    let problems = places.sources.written(&options).unwrap_err().to_string();
    for start in [
        format!("{}: a file that ends with .ini is not read", ini.display()),
        format!("{}:1: ", toml.display()),
        format!("{}:2: ", toml.display()),
        "/no/such.toml: cannot be read: ".to_owned(),
    ] {
        assert!(problems.lines().any(|line| line.starts_with(&start)), "{start}\n{problems}");
    }
}

/// A file that the process could not reach counted as not written, and the defaults held.
#[test]
fn a_default_file_that_is_there_and_cannot_be_read_is_an_error() {
    let places = Places::new();
    let folder = places.folder.path().join("etc.toml");
    fs::create_dir(&folder).unwrap();
    let problems = places.sources.written(&Options::default()).unwrap_err().to_string();
    assert!(problems.starts_with(&format!("{}: cannot be read: ", folder.display())), "{problems}");
}

#[cfg(unix)]
#[test]
fn a_place_that_cannot_be_searched_is_an_error() {
    let mut places = Places::new();
    let circle = places.folder.path().join("circle");
    std::os::unix::fs::symlink("circle", &circle).unwrap();
    places.sources.stems.push(circle.join("rmqtt"));
    let problems = places.sources.written(&Options::default()).unwrap_err().to_string();
    let start = format!("{}/rmqtt.toml: cannot be read: ", circle.display());
    assert!(problems.starts_with(&start) && problems.lines().count() == 1, "{problems}");
}

/// `-f ./rmqtt.toml` in the folder of that file told every error of it twice.
#[test]
fn a_file_that_has_two_names_is_read_once_where_it_comes_last() {
    let places = Places::new();
    let first = places.write("etc-rmqtt.toml", "[node]\nid = 1\nid = 1");
    places.write("here.toml", "[node]\nid = 2");
    let other_name = places.folder.path().join("../").join(places.folder.path());
    let other_name = other_name.join("./etc-rmqtt.toml");
    let options = Options { config: Some(other_name.clone()), ..Options::default() };
    let problems = places.sources.written(&options).unwrap_err().to_string();
    assert_eq!(problems.lines().count(), 1, "{problems}");
    assert!(problems.starts_with(&format!("{}:3: ", other_name.display())), "{problems}");
    fs::write(&first, "[node]\nid = 1").unwrap();
    let read = Settings::read(&options, &places.sources).unwrap();
    assert_eq!(read.value.node.id, 1);
}

#[test]
fn a_named_file_may_be_named_without_its_ending() {
    let places = Places::new();
    fs::create_dir(places.folder.path().join("named")).unwrap();
    let name = places.folder.path().join("named");
    let name = name.to_str().unwrap();
    let yaml = places.write("named.yaml", "node: {id: 1}");
    assert_eq!(places.node_id(&["-f", name]), 1);
    let toml = places.write("named.toml", "node.id = 2");
    let options = Options { config: Some(PathBuf::from(name)), ..Options::default() };
    let problems = places.sources.written(&options).unwrap_err().to_string();
    let (toml, yaml) = (toml.display(), yaml.display());
    assert_eq!(problems, format!("{toml}: {yaml} is meant too: the ending has to be named"));
    let without = places.write("without", "node.id = 3");
    places.write("without.toml", "node.id = 4");
    assert_eq!(places.node_id(&["-f", without.to_str().unwrap()]), 3);
}

#[test]
fn a_variable_that_is_no_text_is_warned_of_if_it_is_ours() {
    let mut places = Places::new();
    places.sources.unreadable_variables = ["RMQTT_NODE__ID", "PATH"].map(str::to_owned).to_vec();
    let read = Settings::read(&Options::default(), &places.sources).unwrap();
    let warnings: Vec<String> = read.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        ["environment variable RMQTT_NODE__ID: is no text in UTF-8 and has no effect"]
    );
}
