//! What is retained, for whoever asks.

use super::ServerContext;

/// What a node has retained at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetainedUsage {
    /// Messages, one per topic.
    pub messages: usize,
    /// Their bytes.
    pub bytes: usize,
    /// Messages that were over a limit since the broker was started.
    pub refused: u64,
}

impl ServerContext {
    /// What is retained; nothing before the broker was started. Waits for the directory, but never
    /// for more than what workers do in a turn: it is for attributes and statistics, not for every
    /// message.
    #[must_use]
    pub fn retained_usage(&self) -> RetainedUsage {
        let mut usage = RetainedUsage::default();
        self.with_running(|running| {
            running.node.change_directory(|directory| {
                usage = RetainedUsage {
                    messages: directory.retained().len(),
                    bytes: directory.retained().bytes(),
                    refused: directory.retained_refused(),
                };
            });
        });
        usage
    }
}
