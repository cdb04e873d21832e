//! `[runtime]`: threads and how their sockets are driven.

use rmqtt_keys::{Choice, Section, key};

/// `[runtime]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runtime {
    /// `driver`. Default: epoll on Linux, portable elsewhere.
    pub driver: Driver,
    /// `workers`: threads that own sessions; `None` (the default) for one per core.
    pub workers: Option<u16>,
}

impl Runtime {
    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        let driver = section.choice(
            key("driver", "How a worker waits for its sockets; epoll is Linux's."),
            Driver::NATIVE,
        );
        if driver == Driver::Epoll && !cfg!(target_os = "linux") {
            section.problem("driver", "expected \"portable\": this system has no epoll");
        }
        Self {
            driver,
            workers: section.optional_integer(
                key("workers", "Threads that own sessions.").unit("threads"),
                1..=WORKERS_MAX,
                "one for each processor",
            ),
        }
    }
}

/// More threads than any machine has cores for; each worker holds a queue to every other.
const WORKERS_MAX: u16 = 1_024;

/// How a worker waits for its sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    /// One level-triggered epoll per worker (Linux).
    Epoll,
    /// One task per connection, on every system.
    Portable,
}

impl Driver {
    const NATIVE: Self = if cfg!(target_os = "linux") { Self::Epoll } else { Self::Portable };
}

impl Choice for Driver {
    const WORDS: &'static [(&'static str, Self)] =
        &[("epoll", Self::Epoll), ("portable", Self::Portable)];
}
