//! The plugin.

use rmqtt::ServerContext;
use rmqtt::plugin::serde_json::{Value, json};
use rmqtt::plugin::{Plugin, Ports, Result, async_trait};

use crate::config::Config;

/// Offers retained messages, kept in memory.
#[derive(Debug, Plugin)]
pub struct RetainerPlugin {
    scx: ServerContext,
    name: String,
    config: Config,
}

impl RetainerPlugin {
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
impl Plugin for RetainerPlugin {
    fn offer(&self, ports: &mut Ports) {
        ports.retain(self.config.limits());
    }

    async fn get_config(&self) -> Result<Value> {
        Ok(self.config.to_json())
    }

    /// The new limits hold for messages that come; what is retained stays.
    async fn load_config(&mut self) -> Result {
        self.config = self.scx.plugins().read_config(&self.name, Config::read)?;
        Ok(())
    }

    async fn stop(&mut self) -> Result<bool> {
        Ok(false)
    }

    async fn attrs(&self) -> Value {
        let usage = self.scx.retained_usage();
        json!({
            "storage_engine": "Ram",
            "storage_info": { "bytes": usage.bytes, "refused": usage.refused },
            "topics_size": usage.messages,
            "message": { "max": self.config.max_retained_messages, "count": usage.messages },
        })
    }
}
