//! Where configuration is written, and which of it wins.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use rmqtt_test::{Connect, Version};

use crate::home::{Ended, Home, OPEN_LISTENER};

/// What `--check-config` says of a key.
#[track_caller]
fn shows(checked: &str, line: &str) {
    assert!(checked.lines().any(|l| l == line), "{line}\n{checked}");
}

#[test]
fn the_command_line_wins_over_the_environment_and_that_over_files() {
    let home = Home::with("[node]\nid = 1\n[mqtt]\nmax_sessions = 1\n[log]\nlevel = \"error\"\n");
    home.write("named.toml", "[mqtt]\nmax_sessions = 2\n[node]\nid = 2\n");
    shows(&home.checked(&[]), "node.id = 1   # ./rmqtt.toml:2");
    shows(&home.checked(&[]), "mqtt.max_sessions = 1   # ./rmqtt.toml:4");
    let named = ["-f", "named.toml"];
    let checked = home.checked(&named);
    shows(&checked, "node.id = 2   # named.toml:4");
    shows(&checked, "mqtt.max_sessions = 2   # named.toml:2");
    // What the later file does not say stays.
    shows(&checked, "log.level = \"error\"   # ./rmqtt.toml:6");

    let home = home.env("RMQTT_NODE__ID", "3").env("RMQTT_MQTT__MAX_SESSIONS", "3");
    let checked = home.checked(&[&named[..], &["--id", "4"]].concat());
    shows(&checked, "node.id = 4   # --id");
    shows(&checked, "mqtt.max_sessions = 3   # environment variable RMQTT_MQTT__MAX_SESSIONS");
}

#[test]
fn the_working_directory_has_files_in_three_formats() {
    for (name, text) in [
        ("rmqtt.toml", "node.id = 7\n"),
        ("rmqtt.json", "{\"node\": {\"id\": 7}}"),
        ("rmqtt.yaml", "node:\n  id: 7\n"),
        ("rmqtt.yml", "node:\n  id: 7\n"),
    ] {
        let home = Home::new();
        home.write(name, text);
        let checked = home.checked(&[]);
        assert!(checked.contains(&format!("node.id = 7   # ./{name}:")), "{name}: {checked}");
        shows(&home.checked(&["--id", "8"]), "node.id = 8   # --id");
    }
}

#[test]
fn the_environment_has_two_spellings() {
    for name in ["RMQTT_NODE.ID", "RMQTT_NODE__ID", "rmqtt_node.id"] {
        let home = Home::with(OPEN_LISTENER).env(name, "7");
        shows(&home.checked(&[]), &format!("node.id = 7   # environment variable {name}"));
        assert!(home.start(&[]).log().contains(", node 7\n"));
    }
    for name in ["RMQTT_PLUGINS.DEFAULT_STARTUPS", "RMQTT_PLUGINS__DEFAULT_STARTUPS"] {
        let home = Home::new().env(name, "rmqtt-counter rmqtt-retainer");
        let list = "plugins.default_startups = [\"rmqtt-counter\", \"rmqtt-retainer\"]";
        shows(&home.checked(&[]), &format!("{list}   # environment variable {name}"));
    }
}

#[test]
fn plugins_have_variables_of_their_own_that_win_over_their_files() {
    let home = Home::with(OPEN_LISTENER);
    home.write("plugins/rmqtt-retainer.toml", "max_retained_messages = 5\n");
    shows(&home.checked(&[]), "max_retained_messages = 5   # ./plugins/rmqtt-retainer.toml:1");

    let name = "RMQTT_PLUGIN_RMQTT_RETAINER_MAX_RETAINED_MESSAGES";
    let home = home.env(name, "1");
    shows(
        &home.checked(&[]),
        &format!("max_retained_messages = 1   # environment variable {name}"),
    );
    // The plugin hears it too.
    let daemon = home.start(&[]);
    let mut client = daemon.client(&Connect::new(Version::V5, "client"));
    let retained = |topic| rmqtt_test::Publish::new(topic, "x").qos(1).retain();
    client.publish_with(retained("a"));
    client.publish_with(retained("b"));
    client.subscribe("+", 0);
    client.expect_message("a", "x");
    client.expect_nothing();
}

#[test]
fn a_variable_that_nobody_knows_is_a_warning() {
    let home = Home::with(OPEN_LISTENER)
        .env("RMQTT_NODE__IDD", "4")
        .env("RMQTT_SERVICE_HOST", "10.0.0.1")
        .env("RMQTT_PLUGIN_NO_SUCH_KEY", "1")
        .env("RMQTT_PLUGIN_RMQTT_RETAINER_NO_SUCH_KEY", "1")
        // Of a plugin that is not built, and does not start.
        .env("RMQTT_PLUGIN_RMQTT_HTTP_API_HTTP_LADDR", "0.0.0.0:6060");
    let expected = [
        "environment variable RMQTT_NODE__IDD: node.idd: unknown key, the nearest known one is node.id; it has no effect",
        "environment variable RMQTT_SERVICE_HOST: service_host: unknown key; it has no effect",
        "environment variable RMQTT_PLUGIN_NO_SUCH_KEY: names no plugin and has no effect",
        "environment variable RMQTT_PLUGIN_RMQTT_RETAINER_NO_SUCH_KEY: no_such_key: unknown key; it has no effect",
    ];
    let checked = home.checked(&[]);
    let mut daemon = home.start(&[]);
    daemon.end();
    let log = daemon.log();
    for warning in expected {
        shows(&checked, &format!("# warning: {warning}"));
        let logged = log.lines().filter(|l| l.contains("WARN") && l.ends_with(warning)).count();
        assert_eq!(logged, 1, "{warning}\n{log}");
    }
    assert_eq!(checked.matches("# warning: ").count(), expected.len(), "{checked}");
}

#[test]
fn the_plugins_folder_can_be_another_one() {
    let home = Home::with("plugins.dir = \"elsewhere\"\n");
    home.write("elsewhere/rmqtt-shared-subscription.toml", "strategy = \"sticky\"\n");
    home.write("plugins/rmqtt-shared-subscription.toml", "strategy = \"random\"\n");
    let line = "strategy = \"sticky\"   # elsewhere/rmqtt-shared-subscription.toml:1";
    shows(&home.checked(&[]), line);
}

#[test]
fn a_plugins_folder_that_is_none_is_worth_a_warning() {
    for text in ["plugins.dir = \"elsewhere\"\n", "plugins.dir = \"rmqtt.toml\"\n"] {
        let checked = Home::with(text).checked(&[]);
        let name = text.split('"').nth(1).unwrap();
        shows(
            &checked,
            &format!(
                "# warning: ./rmqtt.toml:1: plugins.dir: {name} is no folder: no plugin has a file"
            ),
        );
    }
    // Nobody asked for the default one.
    assert!(!Home::new().checked(&[]).contains("# warning: "));
}

#[test]
fn a_plugins_file_may_be_json_or_yaml() {
    let home = Home::new();
    home.write("plugins/rmqtt-retainer.yaml", "max_retained_messages: 5\n");
    shows(&home.checked(&[]), "max_retained_messages = 5   # ./plugins/rmqtt-retainer.yaml:1");
    home.write("plugins/rmqtt-retainer.json", "{}");
    home.run(&[]).failed_with(
        "./plugins/rmqtt-retainer.yaml: ./plugins/rmqtt-retainer.json is there too: a plugin has \
         one file\n",
    );
}

#[test]
fn a_variable_that_is_no_text_is_a_warning() {
    let home = Home::new();
    let mut command = home.command(&["--check-config"]);
    command
        .env("RMQTT_NODE__ID", OsStr::from_bytes(b"\xff"))
        .env("OTHER", OsStr::from_bytes(b"\xff"));
    let ended = Ended::of(&mut command);
    let line =
        "# warning: environment variable RMQTT_NODE__ID: is no text in UTF-8 and has no effect";
    shows(&ended.stdout, line);
    assert_eq!(ended.stdout.matches("# warning: ").count(), 1, "{ended:?}");
}
