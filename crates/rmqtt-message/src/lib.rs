//! The data that every other room of the broker shares: the message, who sent it, and when.
//!
//! * [`Now`]: the time, always a parameter, never read here.
//! * [`SessionId`], [`MessageId`]: names that stay the same across restarts and nodes.
//! * [`MessageRef`]: a message in somebody's buffer; [`Message`]: the same, owned and shared.
//!
//! * [`Record`], [`RecordBatch`]: what happened that has to outlive the process, in the form in which it is
//!   stored. A worker writes them, a store keeps them.
//!
//! Nothing here knows sockets, threads, clocks or clients.

mod encoding;
mod id;
mod message;
mod now;
mod record;
mod record_batch;
mod sender;

pub use encoding::RecordError;
pub use id::{MessageId, SessionId};
pub use message::{Message, MessageRef};
pub use now::Now;
pub use record::{Receiver, Receivers, ReceiversBuf, Record, WillRecord};
pub use record_batch::{RECORD_FORMAT_VERSION, RecordBatch, Records};
pub use sender::{Sender, SenderDetails, SenderKind};
