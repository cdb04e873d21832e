//! Listeners and links, without any policy of MQTT.
//!
//! A [`Listener`] binds one address, accepts for as long as it is polled and hands every connection
//! to an [`Acceptor`] as a non-blocking socket of the standard library, so that whoever drives the
//! connection chooses how to wait for it. What a connection carries (plain TCP today) is the
//! listener's affair: a layer such as TLS is put between the accepted socket and the driver.
//!
//! Invariants: no failure of `accept` ends a listener, none makes it spin, and no listener has more
//! than its `max_connections` at a time.

mod accept_failure;
mod listener;
mod slot;

pub use accept_failure::AcceptFailure;
pub use listener::{Accepted, Acceptor, BindError, Listener, ListenerConfig};
pub use slot::Slot;
