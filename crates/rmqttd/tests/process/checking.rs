//! `--check-config`.

use crate::home::{Home, OPEN_LISTENER};

#[test]
fn it_shows_the_effective_values_of_the_node_and_its_plugins() {
    let home = Home::with("node.id = 3\n");
    home.write("plugins/rmqtt-retainer.toml", "max_payload_size = \"2K\"\n");
    let checked = home.checked(&[]);
    let node = checked.find("# rmqttd\n").unwrap();
    let counter = checked.find("\n# plugin rmqtt-counter\n").unwrap();
    let retainer = checked.find("\n# plugin rmqtt-retainer\n").unwrap();
    let sharing = checked.find("\n# plugin rmqtt-shared-subscription\n").unwrap();
    assert!(node < counter && counter < retainer && retainer < sharing, "{checked}");
    assert!(checked[node..counter].contains("\nnode.id = 3   # ./rmqtt.toml:1\n"), "{checked}");
    assert!(checked[node..counter].contains("\nlog.to = \"console\"   # default\n"), "{checked}");
    let size = "\nmax_payload_size = \"2K\"   # ./plugins/rmqtt-retainer.toml:1\n";
    assert!(checked[retainer..sharing].contains(size), "{checked}");
    assert!(checked[sharing..].contains("\nstrategy = \"round_robin\"   # default\n"), "{checked}");
}

#[test]
fn it_says_who_may_connect_where() {
    let checked = Home::with("").checked(&[]);
    let line = "\n# listener default/tcp: listens on 0.0.0.0:1883, clients on this machine may connect, \
                others only with accepted credentials (listener.tcp.default.allow_anonymous opens it)\n";
    assert!(checked.contains(line), "{checked}");
    let checked = Home::with(OPEN_LISTENER).checked(&[]);
    let line = "\n# listener external/tcp: listens on 127.0.0.1:0, everybody may connect\n";
    assert!(checked.contains(line), "{checked}");
    assert!(!checked.contains("default/tcp"), "{checked}");
}

/// Who did what the line says got an error about an address.
#[test]
fn what_it_says_of_the_default_listener_can_be_done() {
    let home = Home::new().env("RMQTT_LISTENER__TCP__DEFAULT__ALLOW_ANONYMOUS", "true");
    let checked = home.checked(&[]);
    let line = "\n# listener default/tcp: listens on 0.0.0.0:1883, everybody may connect\n";
    assert!(checked.contains(line), "{checked}");
}

#[test]
fn secrets_are_masked() {
    let home = Home::new();
    home.write("plugins/rmqtt-retainer.toml", "storage.redis.url = \"redis://u:opensesame@h/\"\n");
    let checked = home.checked(&[]);
    assert!(!checked.contains("opensesame"), "{checked}");
    assert!(checked.contains("\nstorage.redis.url = \"***\"   # ./plugins/"), "{checked}");
}

#[test]
fn it_makes_nothing_and_needs_nothing_that_runs() {
    let text = format!("log.to = \"file\"\nlog.dir = \"log\"\n{OPEN_LISTENER}");
    let home = Home::with(&text);
    home.checked(&[]);
    assert!(!home.path("data").exists());
    assert!(!home.path("log").exists());
    // It is no second process on the data directory of a node that runs.
    home.write("rmqtt.toml", OPEN_LISTENER);
    let _daemon = home.start(&[]);
    home.checked(&[]);
}

#[test]
fn a_plugin_that_does_not_start_is_not_checked() {
    let home = Home::with("plugins.disabled_default_startups = [\"rmqtt-retainer\"]\n");
    home.write("plugins/rmqtt-retainer.toml", "no_such_key = 1\n");
    let checked = home.checked(&[]);
    assert!(!checked.contains("# plugin rmqtt-retainer"), "{checked}");
}

#[test]
fn problems_end_it_with_1_and_print_no_values() {
    let home = Home::new();
    home.write("plugins/rmqtt-retainer.toml", "no_such_key = 1\n");
    let problem = "./plugins/rmqtt-retainer.toml:1: no_such_key: unknown key\n";
    home.run(&["--check-config"]).failed_with(problem);
    assert!(!home.path("data").exists());
}
