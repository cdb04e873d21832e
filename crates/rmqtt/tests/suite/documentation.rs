//! What `docs/plugins.md` shows is what is tested here, to the letter.

use rmqtt::ServerContext;
use rmqtt_test::{Connect, RawClient, Version};

use crate::broker::{Broker, drivers};
use crate::documented_plugin;

#[test]
fn the_documented_plugin_is_this_one() {
    let page = include_str!("../../../../docs/plugins.md");
    let source = include_str!("documented_plugin.rs");
    // In a crate of its own it is public.
    let source = source.replace("pub(crate) ", "pub ");
    assert!(page.contains(&source), "docs/plugins.md shows another plugin than the tested one");
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
