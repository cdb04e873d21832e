//! Retained messages.
//!
//! While this plugin is active they are available: the last message of each topic that was published
//! with RETAIN 1 is kept, within the configured limits, and sent to whoever subscribes later. Without
//! it CONNACK says that they are not available, and who sets RETAIN all the same is disconnected with
//! 0x9A. It cannot be stopped: clients were told that it is there.

mod config;
mod plugin;

pub use plugin::RetainerPlugin;

rmqtt::register!(RetainerPlugin::new, config::Config::read);
