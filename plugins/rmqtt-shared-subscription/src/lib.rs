//! Shared subscriptions: `$share/{group}/{filter}`.
//!
//! While this plugin is active they are available on every listener that offers them, and a message
//! goes to one member of each group, chosen by the configured strategy. Without it a client is told
//! that they are not available, and a subscription to one is refused with 0x9E. Subscriptions that were
//! made before it was stopped stay.

mod config;
mod plugin;

pub use plugin::SharedSubscriptionPlugin;

rmqtt::register!(SharedSubscriptionPlugin::new, config::Config::read);
