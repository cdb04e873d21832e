//! What a plugin is for the broker when its configuration is read again.

use std::fs;
use std::time::Duration;

use rmqtt::plugin::keys::{Section, key};
use rmqtt::plugin::serde_json::{Value, json};
use rmqtt::plugin::{Plugin, PluginError, Ports, async_trait};
use rmqtt::{MemoryStore, MqttServer, RetainedLimits, ServerContext};
use tempfile::TempDir;

/// Longer than anything that goes well takes.
const DEADLINE: Duration = Duration::from_secs(20);

/// Offers what its configuration says.
#[derive(Plugin)]
struct Fickle {
    scx: ServerContext,
    name: String,
    offers: String,
}

fn read(section: &mut Section<'_, '_>) -> String {
    section.text(key("offers", "What is offered."), 100, "nothing")
}

impl Fickle {
    async fn new(scx: ServerContext, name: impl Into<String>) -> rmqtt::plugin::Result<Self> {
        let name = name.into();
        let offers = scx.plugins().read_config(&name, read)?;
        Ok(Self { scx, name, offers })
    }
}

#[async_trait]
impl Plugin for Fickle {
    fn offer(&self, ports: &mut Ports) {
        if self.offers.contains("retain") {
            ports.retain(RetainedLimits::default());
        }
        if self.offers.contains("store") {
            ports.store(|_wake| MemoryStore::new());
        }
    }

    async fn get_config(&self) -> rmqtt::plugin::Result<Value> {
        Ok(json!(self.offers))
    }

    async fn load_config(&mut self) -> rmqtt::plugin::Result {
        self.offers = self.scx.plugins().read_config(&self.name, read)?;
        if self.offers == "not this" {
            return Err("not this".into());
        }
        Ok(())
    }
}

rmqtt::register!(Fickle::new, read);

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, plugin: &str, offers: &str) {
        let file = self.0.path().join(format!("{plugin}.toml"));
        fs::write(file, format!("offers = \"{offers}\"\n")).unwrap();
    }

    async fn context(&self) -> ServerContext {
        ServerContext::new().workers(1).plugins_config_dir(self.0.path()).build().await.unwrap()
    }
}

async fn offers(scx: &ServerContext, plugin: &str) -> Value {
    scx.plugins().get_config(plugin).await.unwrap()
}

/// Once a plugin that could not be what its new configuration says had that configuration all the
/// same, and the broker the old one.
#[tokio::test]
async fn what_cannot_be_offered_leaves_everything_as_it_was() {
    let folder = Folder::new();
    folder.write("owner", "retain");
    let scx = folder.context().await;
    register_named(&scx, "owner", true, false).await.unwrap();
    register_named(&scx, "fickle", true, false).await.unwrap();

    folder.write("fickle", "retain");
    for _ in 0..2 {
        let error = scx.plugins().load_config("fickle").await.unwrap_err();
        assert!(matches!(error, PluginError::PortTaken { .. }), "{error}");
        assert_eq!(offers(&scx, "fickle").await, "nothing");
    }
    assert!(scx.retain_is_available());

    assert!(scx.plugins().stop("owner").await.unwrap());
    scx.plugins().load_config("fickle").await.unwrap();
    assert_eq!(offers(&scx, "fickle").await, "retain");
    assert!(scx.retain_is_available());
    let error = scx.plugins().start("owner").await.unwrap_err();
    assert!(matches!(error, PluginError::PortTaken { .. }), "{error}");
    assert!(scx.shutdown(DEADLINE).await);
}

#[tokio::test]
async fn what_is_offered_too_late_takes_nothing_away() {
    let folder = Folder::new();
    folder.write("fickle", "retain");
    let scx = folder.context().await;
    register_named(&scx, "fickle", true, false).await.unwrap();
    MqttServer::new(scx.clone()).build().start().await.unwrap();
    for written in ["store", "store and retain"] {
        folder.write("fickle", written);
        let error = scx.plugins().load_config("fickle").await.unwrap_err();
        assert!(matches!(error, PluginError::TooLate { .. }), "{error}");
        assert_eq!(offers(&scx, "fickle").await, "retain");
        assert!(scx.retain_is_available());
    }
    folder.write("other", "retain");
    let error = register_named(&scx, "other", true, false).await.unwrap_err();
    assert!(matches!(error, PluginError::PortTaken { .. }), "{error}");
    assert!(scx.shutdown(DEADLINE).await);
}

/// Once the plugin whose store the broker has could not read its configuration again.
#[tokio::test]
async fn a_plugin_whose_store_is_in_use_is_reloaded() {
    let folder = Folder::new();
    folder.write("fickle", "store");
    let scx = folder.context().await;
    register_named(&scx, "fickle", true, false).await.unwrap();
    MqttServer::new(scx.clone()).build().start().await.unwrap();
    folder.write("fickle", "store and retain");
    scx.plugins().load_config("fickle").await.unwrap();
    assert_eq!(offers(&scx, "fickle").await, "store and retain");
    assert!(scx.retain_is_available());
    assert!(scx.shutdown(DEADLINE).await);
}

/// What is remembered for the way back is what was in force, not what was read last.
#[tokio::test]
async fn a_configuration_that_was_refused_is_not_the_one_to_come_back_to() {
    let folder = Folder::new();
    folder.write("owner", "retain");
    let scx = folder.context().await;
    register_named(&scx, "owner", true, false).await.unwrap();
    register_named(&scx, "fickle", true, false).await.unwrap();
    folder.write("fickle", "not this");
    let error = scx.plugins().load_config("fickle").await.unwrap_err();
    assert!(matches!(error, PluginError::Failed { .. }), "{error}");
    folder.write("fickle", "retain");
    let error = scx.plugins().load_config("fickle").await.unwrap_err();
    assert!(matches!(error, PluginError::PortTaken { .. }), "{error}");
    assert_eq!(offers(&scx, "fickle").await, "nothing");
    assert!(scx.shutdown(DEADLINE).await);
}
