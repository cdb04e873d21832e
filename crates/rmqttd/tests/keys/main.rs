//! What each key of the configuration does: the broker is run with two values of it, and something
//! that can be seen from outside differs. The table in `docs/configuration.md` names these tests by
//! their keys.
//!
//! | module | keys |
//! |---|---|
//! | [`node`], [`busy`] | `node.*` |
//! | [`log`] | `log.*` |
//! | [`runtime`] | `runtime.*` |
//! | [`mqtt`] | `mqtt.*` |
//! | [`plugins`] | `plugins.*` |
//! | [`connections`], [`socket`], [`admission`], [`keep_alive`], [`delivery`], [`queue`], [`sessions`], [`features`] | `listener.tcp.*` |
//! | [`retainer`], [`shared_subscription`] | the plugins' files |
//!
//! [`system`] is what the system knows of the broker's process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admission;
mod busy;
mod connections;
mod delivery;
mod features;
mod keep_alive;
mod log;
mod mqtt;
mod node;
mod plugins;
mod queue;
mod retainer;
mod runtime;
mod sessions;
mod shared_subscription;
mod socket;
mod system;

use std::time::Duration;

use rmqtt_test::{Connect, Delivery, Heard, Packet, RawClient, Version};

/// Far longer than what is observed takes, and far shorter than the other value of the key, which
/// is an hour where a key is a time.
const A_WHILE: Duration = Duration::from_secs(3);

/// Is the connection closed soon? Packets that come before are passed over.
fn is_closed(client: &mut RawClient) -> bool {
    loop {
        match client.heard_within(A_WHILE) {
            Heard::Packet(_) => {}
            Heard::Close => return true,
            Heard::Nothing => return false,
        }
    }
}

/// The payloads of the messages that come before the one with this payload, acknowledged.
fn taken_before(client: &mut RawClient, last: &str) -> Vec<String> {
    let taken = std::iter::from_fn(|| Some(client.take().text().to_owned()));
    taken.take_while(|payload| payload != last).collect()
}

/// The messages that come before the answer of a PINGREQ; nothing is acknowledged.
fn deliveries_before_ping(client: &mut RawClient) -> Vec<Delivery> {
    client.ping();
    // What came before it was set aside.
    let heard = std::iter::from_fn(|| match client.heard_within(Duration::ZERO) {
        Heard::Packet(packet) => Some(packet),
        Heard::Close | Heard::Nothing => None,
    });
    let delivery = |packet| match packet {
        Packet::Publish(delivery) => Some(delivery),
        _ => None,
    };
    heard.filter_map(delivery).collect()
}

/// A CONNECT of MQTT 5.0 whose session outlives the connection.
fn persistent(name: &str) -> Connect {
    Connect::persistent(Version::V5, name)
}
