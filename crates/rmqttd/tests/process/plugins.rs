//! Which plugins start, and what clients notice of it.

use rmqtt_test::{Connect, Publish, Subscribe, Version, Will};

use crate::home::{Home, OPEN_LISTENER};

fn without(plugin: &str) -> Home {
    Home::with(&format!("plugins.disabled_default_startups = [\"{plugin}\"]\n{OPEN_LISTENER}"))
}

fn client(version: Version) -> Connect {
    Connect::new(version, "client")
}

#[test]
fn with_the_plugins_of_the_build_both_features_are_there() {
    let home = Home::with(OPEN_LISTENER);
    let daemon = home.start(&[]);
    let mut client = daemon.client(&client(Version::V5));
    let properties = client.connack().properties.clone();
    assert_ne!(properties.retain_available(), Some(0));
    assert_ne!(properties.shared_subscription_available(), Some(0));
    client.publish_with(Publish::new("t", "kept").qos(1).retain());
    assert_eq!(client.subscribe("$share/g/a", 0), 0);
    client.subscribe("t", 0);
    client.expect_message("t", "kept");
}

#[test]
fn without_the_retainer_connack_says_so_and_what_is_retained_is_refused() {
    let home = without("rmqtt-retainer");
    let daemon = home.start(&[]);
    assert!(daemon.log().contains("plugins: rmqtt-counter, rmqtt-shared-subscription\n"));
    let mut publisher = daemon.client(&client(Version::V5));
    assert_eq!(publisher.connack().properties.retain_available(), Some(0));
    publisher.send(&Publish::new("t", "x").retain());
    publisher.expect_refusal(&[0x9A]);

    let will = Will::new("t", "x").retain();
    let (_client, connack) = daemon.connect(&client(Version::V5).will(will));
    assert_eq!(connack.code, 0x9A);

    // What is not retained is nobody's business here.
    let mut old = daemon.client(&client(Version::V311).will(Will::new("t", "x")));
    assert_eq!(old.publish("t", 1, "x"), 0);
}

#[test]
fn without_shared_subscriptions_connack_says_so_and_they_are_refused() {
    let home = without("rmqtt-shared-subscription");
    let daemon = home.start(&[]);
    assert!(daemon.log().contains("plugins: rmqtt-counter, rmqtt-retainer\n"));
    let mut subscriber = daemon.client(&client(Version::V5));
    let available = subscriber.connack().properties.shared_subscription_available();
    assert_eq!(available, Some(0));
    let suback = subscriber.subscribe_with(Subscribe::new().filter("$share/g/t", 1).filter("t", 1));
    assert_eq!(suback.codes, [0x9E, 1]);
    let mut old = daemon.client(&Connect::new(Version::V311, "old"));
    assert_eq!(old.subscribe("$share/g/t", 1), 0x80);
}

#[test]
fn disabling_wins_over_listing() {
    let home = without("rmqtt-retainer");
    let daemon = home.start(&["--plugins-default-startups", "rmqtt-retainer"]);
    let client = daemon.client(&client(Version::V5));
    assert_eq!(client.connack().properties.retain_available(), Some(0));
}

#[test]
fn a_plugin_that_is_not_built_is_refused_by_name_where_it_is_to_start() {
    let home = Home::with(OPEN_LISTENER);
    let list = ["--plugins-default-startups", "rmqtt-cluster-raft", "rmqtt-acl"];
    let expected = "--plugins-default-startups: plugins.default_startups: this build has no plugin \
                    rmqtt-cluster-raft yet: take the name out of the list to start\n\
                    --plugins-default-startups: plugins.default_startups: this build has no plugin \
                    rmqtt-acl yet: take the name out of the list to start\n";
    home.run(&list).failed_with(expected);
    home.run(&[&["--check-config"], &list[..]].concat()).failed_with(expected);
    assert!(!home.path("data").exists());
    // Where it is not to start, nothing is asked of it.
    without("rmqtt-cluster-raft").checked(&list[..2]);
}

#[test]
fn a_plugin_that_nobody_knows_is_an_error_in_both_lists() {
    let home = Home::with(
        "[plugins]\ndefault_startups = [\"rmqtt-countr\"]\n\
         disabled_default_startups = [\"something-else-entirely\"]\n",
    );
    home.run(&[]).failed_with(
        "./rmqtt.toml:2: plugins.default_startups: there is no plugin rmqtt-countr, the nearest is \
         rmqtt-counter\n\
         ./rmqtt.toml:3: plugins.disabled_default_startups: there is no plugin \
         something-else-entirely\n",
    );
}
