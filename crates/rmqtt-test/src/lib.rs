//! Black-box tests of an MQTT broker, at the level of packets and bytes.
//!
//! The crate knows no other crate of the workspace on purpose: its packet builders and its parser
//! are its own, so that a mistake in the broker's codec is not repeated by its judge.
//!
//! | module | what it holds |
//! |---|---|
//! | [`wire`] | the encodings of MQTT: integers, strings, variable byte integers, whole packets |
//! | [`property`] | the properties of MQTT 5, written and read |
//! | [`request`] | builders of what a client sends, malformed packets included |
//! | [`answer`] | what a server sends, parsed strictly |
//! | [`client`] | [`RawClient`]: a blocking client whose reads have a deadline; what it has [`Heard`] |
//! | [`broker`] | [`Broker`]: a broker process with its own configuration, or a given address |
//! | [`case`](mod@case) | [`Case`]: one test run with one protocol version and one driver |
//! | [`outcome`] | what came of a test, in the report that an environment variable names |
//! | [`program`] | [`Program`]: a program run with a deadline, as third-party clients are |
//! | [`mod@shows_key`] | [`shows_key()`]: two values of a key of the configuration, and what differs |
//!
//! Environment: `RMQTTD_BIN` names the binary to test; `RMQTT_TEST_BROKER=HOST:PORT` judges a broker
//! that already runs instead, and the tests that need their own configuration then report that they
//! do not apply; `RMQTT_TEST_REPORT` names a file to which each test appends what came of it.

pub mod answer;
pub mod broker;
pub mod case;
pub mod client;
pub mod outcome;
pub mod program;
pub mod property;
pub mod request;
#[cfg(target_os = "linux")]
pub mod shows_key;
pub mod version;
pub mod wire;

pub use answer::{Ack, ConnAck, Delivery, Packet, SubAck};
pub use broker::{Broker, Driver};
pub use case::{Case, Plan};
pub use client::{Heard, RawClient};
pub use program::Program;
pub use property::{Properties, Property};
pub use request::{Auth, Connect, Disconnect, Publish, Subscribe, Unsubscribe, Will};
pub use rmqtt_test_macros::broker_test;
#[cfg(target_os = "linux")]
pub use shows_key::{ABSENT, Started, shows_key, shows_key_given, shows_key_refused};
pub use version::Version;
