//! Shows an epoll's descriptor to tokio: the only unsafe code of this crate.
#![allow(unsafe_code, reason = "tokio has no safe way to watch a descriptor that it does not own")]

use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Tokio tells when an event waits in `epoll`.
pub(super) fn watch(epoll: Rc<OwnedFd>) -> io::Result<AsyncFd<Rc<OwnedFd>>> {
    // SAFETY: the descriptor has to stay open, and the same, while tokio watches it. The `AsyncFd`
    // keeps its share of the `Rc`, so the descriptor is not closed before it; an `OwnedFd` has one
    // number for life, and nothing replaces the one inside an `Rc` that is shared.
    let watched = unsafe { AsyncFd::register_with_interest(epoll, Interest::READABLE) };
    Ok(watched?)
}
