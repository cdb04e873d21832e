//! The broker's configuration: what the user wrote, checked as a whole, becomes [`Settings`].
//!
//! | step | type | knows |
//! |---|---|---|
//! | command line | [`Options`] | flags only |
//! | what was written | [`Written`] | raw values with key path, file and line |
//! | what it means | [`Settings`] | validated values with real units |
//! | what is wrong | [`Problems`] | every problem at once, one line each |
//!
//! A key that nobody reads is an error, and so is one that this build does not have yet: a
//! misspelled limit must not become a default in silence. This crate names no type of the broker;
//! the binary turns the plain values into policies.

mod choice;
mod duration;
mod key_path;
mod nearest;
mod not_yet;
mod options;
mod problem;
mod quantity;
mod reader;
mod settings;
mod size;
mod written;

pub use choice::Choice;
pub use duration::{DurationError, parse_duration};
pub use key_path::KeyPath;
pub use options::Options;
pub use problem::{Place, Problem, Problems};
pub use settings::Settings;
pub use settings::listener::{Anonymous, Overflow, TcpListener};
pub use settings::node::{Log, LogLevel, Mqtt, Node};
pub use settings::retain::Retain;
pub use settings::runtime::{Driver, Runtime};
pub use settings::shared_subscription::{SharedSubscription, Strategy};
pub use size::{SizeError, parse_size};
pub use written::{RawValue, Written, WrittenValue};
