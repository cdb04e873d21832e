//! Listeners of an embedded broker: an address, and what holds for clients that connect to it.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let listener = rmqtt::net::Builder::new()
//!     .name("external")
//!     .laddr(([127, 0, 0, 1], 1883).into())
//!     .bind()?
//!     .tcp()?;
//! # Ok(()) }
//! ```

mod builder;
mod listener;

pub use builder::{Bound, Builder};
pub use listener::{Listener, ListenerError};
