//! The plugin.

use rmqtt::ServerContext;
use rmqtt::plugin::serde_json::{Value, json};
use rmqtt::plugin::{Plugin, Ports, Result, async_trait};

use crate::config::Config;

/// Offers shared subscriptions.
#[derive(Debug, Plugin)]
pub struct SharedSubscriptionPlugin {
    scx: ServerContext,
    name: String,
    config: Config,
}

impl SharedSubscriptionPlugin {
    /// Reads the configuration.
    ///
    /// # Errors
    /// Its problems, one line each.
    #[allow(clippy::unused_async, reason = "plugins are made by asynchronous functions")]
    pub async fn new(scx: ServerContext, name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let config = scx.plugins().read_config(&name, Config::read)?;
        Ok(Self { scx, name, config })
    }
}

#[async_trait]
impl Plugin for SharedSubscriptionPlugin {
    fn offer(&self, ports: &mut Ports) {
        ports.shared_subscription(self.config.sharing());
    }

    async fn get_config(&self) -> Result<Value> {
        Ok(self.config.to_json())
    }

    /// From then on members are chosen by the new strategy; what the old one remembered is forgotten.
    async fn load_config(&mut self) -> Result {
        self.config = self.scx.plugins().read_config(&self.name, Config::read)?;
        Ok(())
    }

    async fn attrs(&self) -> Value {
        json!({ "strategy": self.config.strategy.name() })
    }
}
