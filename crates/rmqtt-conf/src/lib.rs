//! The broker's configuration: what the user wrote, checked as a whole, becomes [`Settings`].
//!
//! | step | type | knows |
//! |---|---|---|
//! | command line | [`Options`] | flags only |
//! | where to look | [`Sources`] | the places of default files, and the environment |
//! | what it means | [`Settings`] | validated values with real units |
//! | what to print | [`report`] | effective values, a template, a schema, the page of documentation |
//!
//! How keys are written and read is `rmqtt-keys`' business: a read here is the declaration of the
//! key. A key that nobody reads is an error: a misspelled limit must not become a default in silence.
//! This crate names no type of the broker; the binary turns the plain values into policies.

pub mod report;

mod node_addr;
mod options;
mod rate;
mod settings;
mod sources;

pub use node_addr::{NodeAddr, NodeAddrError};
pub use options::Options;
pub use rate::{Rate, RateError};
pub use settings::Settings;
pub use settings::circuit_breaker::{CircuitBreaker, Window};
pub use settings::cluster::Cluster;
pub use settings::listener::{Anonymous, Overflow, TcpListener};
pub use settings::logging;
pub use settings::logging::{Log, LogFormat, LogLevel, LogRotation, LogTarget, LogTimeZone};
pub use settings::mqtt::Mqtt;
pub use settings::node::{Busy, Node};
pub use settings::plugins::Plugins;
pub use settings::rpc::Rpc;
pub use settings::runtime::{Driver, Runtime};
pub use sources::Sources;
