use rmqtt_message::{Message, MessageRef};

use crate::delivery::DropReason;

/// Sees what becomes of messages on their way to a client, and may change it.
pub trait Watch {
    /// Whether messages are kept until the client acknowledges them, although the session would not
    /// need them any more.
    fn keeps_messages(&self) -> bool;

    /// Whether somebody says that the message is past its time.
    fn is_expired(&mut self, message: &MessageRef<'_>) -> bool;

    /// The message is about to be sent. Gives what is sent in its place, with the same QoS at most.
    fn sending(&mut self, message: &MessageRef<'_>) -> Option<Message>;

    /// A message that had waited was sent.
    fn sent(&mut self, message: &MessageRef<'_>, retain: bool);

    /// A message, which the session had taken, is dropped.
    fn dropped(&mut self, message: &MessageRef<'_>, reason: DropReason);
}
