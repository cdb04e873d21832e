//! Stamps every message, and keeps everybody but superusers away from one topic.

use std::sync::Arc;

use rmqtt::ServerContext;
use rmqtt::hook::{
    Answer, Client, Handler, Point, Publish, PublishView, Register, Subscribe, SubscribeAcl,
    Verdict,
};
use rmqtt::plugin::keys::{Section, key};
use rmqtt::plugin::serde_json::{Value, json};
use rmqtt::plugin::{Plugin, Result, async_trait};

rmqtt::register!(WardenPlugin::new, Config::read);

/// `rmqtt-warden.toml`
#[derive(Clone, Debug)]
struct Config {
    forbidden: String,
}

impl Config {
    fn read(section: &mut Section<'_, '_>) -> Self {
        let forbidden = key("forbidden", "The topic that nobody may subscribe to.");
        Self { forbidden: section.text(forbidden, 65_535, "secret") }
    }
}

/// The plugin: what it is configured to, and its handlers.
#[derive(Plugin)]
pub(crate) struct WardenPlugin {
    config: Config,
    register: Register,
}

impl WardenPlugin {
    pub(crate) async fn new(scx: ServerContext, name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let config = scx.plugins().read_config(&name, Config::read)?;
        let register = scx.hooks().register(&name);
        Ok(Self { config, register })
    }
}

#[async_trait]
impl Plugin for WardenPlugin {
    async fn init(&mut self) -> Result {
        let forbidden = self.config.forbidden.clone();
        let handler: Arc<dyn Handler> = Arc::new(Warden { forbidden });
        self.register.add(Point::MessagePublish, Arc::clone(&handler));
        self.register.add_priority(Point::ClientSubscribeCheckAcl, 100, handler);
        Ok(())
    }

    async fn start(&mut self) -> Result {
        self.register.start();
        Ok(())
    }

    async fn stop(&mut self) -> Result<bool> {
        self.register.stop();
        Ok(true)
    }

    async fn get_config(&self) -> Result<Value> {
        Ok(json!({ "forbidden": self.config.forbidden }))
    }
}

/// What is called for each packet.
struct Warden {
    forbidden: String,
}

impl Handler for Warden {
    fn message_publish(&self, client: &Arc<Client>, publish: &PublishView<'_>) -> Answer<Publish> {
        let mut stamped = publish.to_publish();
        if stamped.add_user_property("publisher", &client.client_id).is_err() {
            // A client identifier is a text that fits; nothing is lost if it did not.
            return Answer::pass();
        }
        Verdict::Proceed(stamped).into()
    }

    fn client_subscribe_check_acl(
        &self,
        _client: &Arc<Client>,
        subscribe: &Subscribe<'_>,
    ) -> Answer<SubscribeAcl> {
        if subscribe.filter == self.forbidden {
            return Verdict::Stop(SubscribeAcl::deny()).into();
        }
        Answer::pass()
    }
}
