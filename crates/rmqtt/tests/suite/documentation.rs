//! What `docs/plugins.md` shows is what is tested here, to the letter.

use std::time::Duration;

use rmqtt::ServerContext;
use rmqtt::plugin::serde_json::json;
use rmqtt_test::{Connect, RawClient, Version};

use crate::broker::{Broker, drivers};
use crate::{documented_greeter, documented_plugin};

#[test]
fn the_documented_plugins_are_these() {
    let page = include_str!("../../../../docs/plugins.md");
    for source in [include_str!("documented_greeter.rs"), include_str!("documented_plugin.rs")] {
        // In a crate of its own it is public.
        let source = source.replace("pub(crate) ", "pub ");
        assert!(page.contains(&source), "docs/plugins.md shows another plugin than the tested one");
    }
}

/// Once this page showed a call that nobody had compiled.
#[tokio::test]
async fn the_first_documented_plugin_greets() {
    let scx = ServerContext::new()
        .plugins_config_map_add("greeter", "greeting = \"hail\"")
        .build()
        .await
        .unwrap();
    documented_greeter::register_named(&scx, "greeter", true, false).await.unwrap();
    let answer = scx.plugins().send("greeter", json!("you")).await.unwrap();
    assert_eq!(answer, json!(["hail", "you"]));
    scx.plugins().load_config("greeter").await.unwrap();
    let config = scx.plugins().get_config("greeter").await.unwrap();
    assert_eq!(config, json!({ "greeting": "hail" }));
    assert!(scx.shutdown(Duration::from_secs(20)).await);
}

#[test]
fn the_documented_plugin_changes_a_publish_and_denies_a_subscribe() {
    for driver in drivers() {
        let register = async |scx: &ServerContext| {
            documented_plugin::register_named(scx, "warden", true, false).await.unwrap();
        };
        let broker = Broker::start_with_plugins(driver, register);
        let connect = Connect::new(Version::V5, "me");
        let mut client = RawClient::connected(broker.address(), &connect);
        assert_eq!(client.subscribe("secret", 1), 0x87);
        assert_eq!(client.subscribe("t", 1), 1);
        client.publish("t", 1, "m");
        let delivery = client.expect_message("t", "m");
        let publisher = ("publisher".to_owned(), "me".to_owned());
        assert_eq!(delivery.properties.user_properties(), [publisher]);

        broker.block_on(async |scx| scx.plugins().stop("warden").await.unwrap());
        assert_eq!(client.subscribe("secret", 1), 1);
        client.publish("t", 1, "plain");
        assert_eq!(client.expect_message("t", "plain").properties.user_properties(), []);
    }
}
