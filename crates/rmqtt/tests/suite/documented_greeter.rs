//! Greets.

use rmqtt::ServerContext;
use rmqtt::plugin::keys::{Section, key};
use rmqtt::plugin::serde_json::{Value, json};
use rmqtt::plugin::{Plugin, Result, async_trait};

rmqtt::register!(Greeter::new, Config::read);

struct Config {
    greeting: String,
}

impl Config {
    fn read(section: &mut Section<'_, '_>) -> Self {
        Self { greeting: section.text(key("greeting", "What is said."), 1_000, "hello") }
    }
}

#[derive(Plugin)]
pub(crate) struct Greeter {
    scx: ServerContext,
    name: String,
    config: Config,
}

impl Greeter {
    pub(crate) async fn new(scx: ServerContext, name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let config = scx.plugins().read_config(&name, Config::read)?;
        Ok(Self { scx, name, config })
    }
}

#[async_trait]
impl Plugin for Greeter {
    async fn get_config(&self) -> Result<Value> {
        Ok(json!({ "greeting": self.config.greeting }))
    }

    async fn load_config(&mut self) -> Result {
        self.config = self.scx.plugins().read_config(&self.name, Config::read)?;
        Ok(())
    }

    async fn send(&self, message: Value) -> Result<Value> {
        Ok(json!([self.config.greeting, message]))
    }
}
