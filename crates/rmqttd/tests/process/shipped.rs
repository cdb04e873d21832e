//! The files in `etc`, as they are installed.

use std::path::Path;

use crate::home::Home;

/// The folder of the repository.
const ETC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../etc");

fn rmqtt_toml() -> String {
    format!("{ETC}/rmqtt.toml")
}

#[test]
fn the_configuration_and_the_plugins_files_have_no_problem_and_no_warning() {
    let plugins = Path::new(ETC).join("plugins");
    let home = Home::new().env("RMQTT_PLUGINS__DIR", &plugins);
    let checked = home.checked(&["-f", &rmqtt_toml()]);
    assert!(!checked.contains("warning"), "{checked}");
    let files = std::fs::read_dir(&plugins).unwrap().map(|file| file.unwrap().path());
    let mut count = 0;
    for file in files {
        let place = format!("   # {}:", file.display());
        assert!(checked.contains(&place), "no key of {} is read: {checked}", file.display());
        count += 1;
    }
    assert_eq!(count, 2);
}

#[test]
fn it_opens_nothing_to_strangers() {
    let checked = Home::new().checked(&["-f", &rmqtt_toml()]);
    for line in [
        "listener.tcp.external.allow_anonymous = false   #",
        "listener.tcp.internal.addr = \"127.0.0.1:11883\"   #",
    ] {
        assert!(checked.contains(line), "{line}\n{checked}");
    }
}
