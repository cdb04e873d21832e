//! Where the node keeps what is its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::daemon::Daemon;
use crate::home::{Home, OPEN_LISTENER};

#[test]
fn it_is_made_for_its_user_only_and_free_again_after_the_end() {
    let home = Home::with(OPEN_LISTENER);
    for _ in 0..2 {
        let mut daemon = home.start(&[]);
        let mode = fs::metadata(home.path("data")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        daemon.end();
    }
}

#[test]
fn a_process_that_was_killed_leaves_nothing_in_the_way() {
    let home = Home::with(OPEN_LISTENER);
    // It is killed when it goes out of scope.
    drop(home.start(&[]));
    drop(home.start(&[]));
}

#[test]
fn the_file_names_it_and_a_relative_path_begins_in_the_working_directory() {
    let text = format!("node.data_dir = \"here/data\"\n{OPEN_LISTENER}");
    let home = Home::with(&text).without_data_dir();
    let daemon = home.start(&[]);
    assert!(daemon.log().contains("data: here/data\n"), "{}", daemon.log());
    assert!(home.path("here/data").is_dir());
}

#[test]
fn a_place_that_cannot_be_written_is_an_error() {
    let home = Home::new();
    home.write("file", "");
    let home = Home::with(OPEN_LISTENER).env("RMQTT_NODE__DATA_DIR", home.path("file/data"));
    let ended = home.run(&[]);
    assert_eq!(ended.code, Some(1));
    let [line] = ended.stderr.lines().collect::<Vec<_>>()[..] else { panic!("{ended:?}") };
    assert!(line.starts_with("the data directory "), "{line}");
    assert!(line.contains("/file/data cannot be used (node.data_dir or its permissions"), "{line}");
}

/// A lock file of before was opened and locked, and nothing else could have been written beside it.
#[test]
fn a_lock_file_that_is_there_does_not_hide_that_its_folder_cannot_be_written() {
    let home = Home::with(OPEN_LISTENER);
    home.open_to_all();
    home.write("data/rmqttd.lock", "");
    let all = fs::Permissions::from_mode;
    fs::set_permissions(home.path("data/rmqttd.lock"), all(0o666)).unwrap();
    fs::set_permissions(home.path("data"), all(0o555)).unwrap();
    let mut daemon = Daemon::spawn(&mut home.as_nobody(&[]));
    assert_eq!(daemon.wait(), Some(1));
    let line = format!("the data directory {} cannot be used (node.data_dir", home.name("data"));
    assert!(daemon.log().starts_with(&line), "{}", daemon.log());
    // So that the folder can be removed.
    fs::set_permissions(home.path("data"), all(0o755)).unwrap();
}

#[test]
fn whoever_is_not_root_has_it_among_the_state_of_his_programs() {
    let home = Home::with(OPEN_LISTENER).without_data_dir();
    home.open_to_all();
    let home = home.env("HOME", "/nonexistent");
    let state = home.path("state");
    let mut command = home.as_nobody(&[]);
    command.env("XDG_STATE_HOME", &state);
    let daemon = Daemon::start(&mut command);
    let line = format!("data: {}\n", state.join("rmqtt").display());
    assert!(daemon.log().contains(&line), "{}", daemon.log());
    assert!(state.join("rmqtt").is_dir());
}
