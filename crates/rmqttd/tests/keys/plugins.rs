//! `[plugins]`

use rmqtt_test::{Publish, Started, shows_key, shows_key_given, shows_key_refused};

use crate::taken_before;

#[test]
fn the_files_of_plugins_are_in_their_folder() {
    let retained = |broker: &mut Started| {
        let mut client = broker.client("c");
        client.publish_with(Publish::new("t", "long").qos(1).retain());
        client.subscribe("t", 1);
        client.publish("t", 1, "sentinel");
        taken_before(&mut client, "sentinel")
    };
    shows_key_given(
        "plugins.dir",
        &[("rmqtt-retainer: max_payload_size", "\"1B\"")],
        [("\"{folder}/plugins\"", vec![]), ("\"{folder}/none\"", vec!["long".to_owned()])],
        retained,
    );
}

/// Every plugin of this build starts by default, so what the list adds shows in what it cannot add.
#[test]
fn a_plugin_that_is_to_start_is_one_of_this_build() {
    shows_key_refused(
        "plugins.default_startups",
        "[\"rmqtt-counter\"]",
        "[\"rmqtt-acl\"]",
        "plugins.default_startups: this build has no plugin rmqtt-acl yet",
    );
}

#[test]
fn what_a_plugin_that_does_not_start_would_bring_is_not_there() {
    let retain_available =
        |broker: &mut Started| broker.client("c").connack().properties.retain_available();
    shows_key(
        "plugins.disabled_default_startups",
        [("[]", Some(1)), ("[\"rmqtt-retainer\"]", Some(0))],
        retain_available,
    );
}
