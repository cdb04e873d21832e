//! Shows what the broker counts.
//!
//! The workers count in any case, as integers of their own. While this plugin is active,
//! [`ServerContext::metrics`] tells these counts; without it they read 0. It takes no configuration,
//! and once started it stays: what has been shown does not go back to 0.

use rmqtt::ServerContext;
use rmqtt::plugin::{Plugin, Result, async_trait};

rmqtt::register!(CounterPlugin::new);

/// The plugin.
#[derive(Debug, Plugin)]
pub struct CounterPlugin {
    scx: ServerContext,
}

impl CounterPlugin {
    /// Shows nothing yet.
    ///
    /// # Errors
    /// None.
    #[allow(clippy::unused_async, reason = "plugins are made by asynchronous functions")]
    pub async fn new(scx: ServerContext, _name: impl Into<String>) -> Result<Self> {
        Ok(Self { scx })
    }
}

#[async_trait]
impl Plugin for CounterPlugin {
    async fn start(&mut self) -> Result {
        self.scx.show_metrics(true);
        Ok(())
    }

    async fn stop(&mut self) -> Result<bool> {
        Ok(false)
    }

    /// There is nothing to load, which is no reason to fail a reload of all plugins.
    async fn load_config(&mut self) -> Result {
        Ok(())
    }
}
