//! What the service manager is told, where there is one.
//!
//! It is told by datagrams to the socket that `NOTIFY_SOCKET` names; without that variable nothing is
//! sent. A message that does not arrive is a line in the log and no more: the broker works without.

#[cfg(target_os = "linux")]
use sd_notify::NotifyState;

pub(crate) mod watchdog;

/// The node serves; also the end of a reload.
pub(crate) fn ready() {
    #[cfg(target_os = "linux")]
    send(&[NotifyState::Ready, NotifyState::Status("serving")]);
}

/// The configuration is being read again; [`ready`] follows.
pub(crate) fn reloading() {
    #[cfg(target_os = "linux")]
    match NotifyState::monotonic_usec_now() {
        // With the time, by which the manager knows which reload the answer belongs to.
        Ok(now) => send(&[NotifyState::Reloading, now]),
        Err(error) => tracing::warn!("the service manager is not told of the reload: {error}"),
    }
}

/// The node has begun to end.
pub(crate) fn stopping() {
    #[cfg(target_os = "linux")]
    send(&[NotifyState::Stopping, NotifyState::Status("shutting down")]);
}

#[cfg(target_os = "linux")]
fn send(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!("the service manager cannot be told anything: {error}");
    }
}
