//! The broker in this process, with real sockets, once with each driver.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod authentication;
mod broker;
mod closing;
mod delivering;
mod persisting;
mod sessions;
#[path = "../support/stream.rs"]
mod stream;
