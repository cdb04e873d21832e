//! The command line.

use crate::home::{Home, OPEN_LISTENER};

#[test]
fn the_version_line_names_version_build_time_and_compiler() {
    for flag in ["-V", "--version"] {
        let ended = Home::new().run(&[flag]);
        assert_eq!(ended.code, Some(0));
        let line = ended.stdout.strip_suffix('\n').unwrap();
        let (broker, compiler) = line.split_once(' ').unwrap();
        let (version, build_time) = broker.strip_prefix("rmqtt/").unwrap().split_once('-').unwrap();
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
        assert_eq!(build_time.len(), "YYYYMMDDHHMMSS".len(), "{line}");
        assert!(build_time.bytes().all(|byte| byte.is_ascii_digit()), "{line}");
        assert!(build_time > "20260101000000", "{line}");
        let compiler = compiler.strip_prefix("rustc/").unwrap();
        assert_eq!(compiler.split('.').count(), 3, "{line}");
    }
}

#[test]
fn a_usage_error_ends_with_2_and_the_help_with_0() {
    for arguments in [&["--no-such-flag"][..], &["--id", "x"], &["stray"], &["-f"]] {
        let ended = Home::new().run(arguments);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ended.stderr.starts_with("error: "), "{ended:?}");
    }
    for flag in ["-h", "--help"] {
        let ended = Home::new().run(&[flag]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
        for known in [
            "-f, --config <FILE>",
            "--id <ID>",
            "--plugins-default-startups <NAME>...",
            "--node-grpc-addrs <ID@HOST:PORT>...",
            "--raft-peer-addrs <ID@HOST:PORT>...",
            "--raft-leader-id <ID>",
            "--check-config",
            "--print-default-config",
            "--print-config-schema",
            "-V, --version",
        ] {
            assert!(ended.stdout.contains(known), "{known}: {}", ended.stdout);
        }
    }
}

#[test]
fn the_node_id_of_the_command_line_holds_unless_it_is_0() {
    let home = Home::with(&format!("node.id = 1\n{OPEN_LISTENER}"));
    assert!(home.start(&[]).log().contains(", node 1\n"));
    assert!(home.start(&["--id", "7"]).log().contains(", node 7\n"));
    assert!(home.start(&["--id", "0"]).log().contains(", node 1\n"));
}

#[test]
fn a_list_is_several_values_behind_a_flag_or_a_repeated_flag() {
    for arguments in [
        &["--plugins-default-startups", "rmqtt-counter", "rmqtt-retainer"][..],
        &["--plugins-default-startups=rmqtt-counter", "--plugins-default-startups=rmqtt-retainer"],
    ] {
        let checked =
            Home::with("plugins.default_startups = [\"no-such-plugin\"]\n").checked(arguments);
        let line = "plugins.default_startups = [\"rmqtt-counter\", \"rmqtt-retainer\"]   \
                    # --plugins-default-startups\n";
        assert!(checked.contains(line), "{checked}");
    }
}

#[test]
fn flags_of_the_cluster_are_checked_and_warn_that_there_is_none() {
    let flags = [
        &["--node-grpc-addrs", "1@10.0.2.11:5363", "2@10.0.2.12:5363"][..],
        &["--raft-peer-addrs", "1@10.0.2.11:6003", "--raft-peer-addrs", "2@10.0.2.12:6003"],
        &["--raft-leader-id", "1"],
    ];
    for arguments in flags {
        let flag = arguments[0];
        let checked = Home::new().checked(arguments);
        let line = format!("# warning: {flag}: has no effect yet: this build has no cluster\n");
        assert_eq!(checked.matches(&line).count(), 1, "{checked}");
    }
    for flag in ["--node-grpc-addrs", "--raft-peer-addrs"] {
        let ended = Home::new().run(&["--check-config", flag, "10.0.2.11:5363", "1@h:1", "1@h:2"]);
        assert_eq!(ended.code, Some(1));
        let lines: Vec<&str> = ended.stderr.lines().collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines.iter().all(|line| line.starts_with(&format!("{flag}: "))), "{lines:?}");
        assert!(
            lines[0].contains("ID@HOST:PORT") && lines[0].contains("10.0.2.11:5363"),
            "{lines:?}"
        );
        assert!(lines[1].contains("node 1 is named twice"), "{lines:?}");
    }
}
