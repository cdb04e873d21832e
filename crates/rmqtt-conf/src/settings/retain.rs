//! `[retain]`: limits of the retained messages.

use std::time::Duration;

use crate::reader::Section;

/// `[retain]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retain {
    /// `max_retained_messages`: topics that hold one; `None` (0, the default) for no limit.
    pub max_retained_messages: Option<usize>,
    /// `max_payload_size` in bytes: a larger message is routed and not retained. Default 1 MiB.
    pub max_payload_bytes: u64,
    /// `message_ttl`: for how long a message is retained in place of an expiry that the broker gave
    /// it; zero for without end, `None` (unset, the default) for the message's own expiry.
    pub message_ttl: Option<Duration>,
}

impl Retain {
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            max_retained_messages: Some(section.integer(
                "max_retained_messages",
                0..=usize::MAX,
                0,
            ))
            .filter(|max| *max > 0),
            max_payload_bytes: section.size("max_payload_size", u64::MAX, 1 << 20),
            message_ttl: section.optional_duration("message_ttl").filter(|ttl| !ttl.is_zero()),
        }
    }
}
