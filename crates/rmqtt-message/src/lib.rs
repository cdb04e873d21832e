//! The data that every other room of the broker shares: the message, who sent it, and when.
//!
//! * [`Now`]: the time, always a parameter, never read here.
//! * [`SessionId`], [`MessageId`]: names that stay the same across restarts and nodes.
//! * [`MessageRef`]: a message in somebody's buffer; [`Message`]: the same, owned and shared.
//!
//! Nothing here knows sockets, threads, clocks or clients.

mod id;
mod message;
mod now;

pub use id::{MessageId, SessionId};
pub use message::{Message, MessageRef};
pub use now::Now;
