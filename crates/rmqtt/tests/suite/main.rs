//! The broker in this process, with real sockets, once with each driver.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod authentication;
mod broker;
mod closing;
mod delivering;
mod documentation;
mod documented_greeter;
mod documented_plugin;
mod dying;
mod hooks;
mod metrics;
mod overload;
mod persisting;
mod plugins;
mod quiet_panic;
mod reloading;
mod sessions;
mod starting;
#[path = "../support/stream.rs"]
mod stream;
