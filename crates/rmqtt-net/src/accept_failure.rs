//! What an error of `accept` means for the listener.

use std::io;

/// Why a connection could not be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptFailure {
    /// The connection was gone before it was accepted: the next one may be taken at once.
    Connection,
    /// The process or the system has no descriptor or no memory for one more socket: it helps to
    /// close something, and to wait.
    Exhausted,
    /// Anything else. Waiting is all that can be done.
    Other,
}

impl AcceptFailure {
    pub(crate) fn of(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::TimedOut => Self::Connection,
            io::ErrorKind::OutOfMemory => Self::Exhausted,
            _ => match error.raw_os_error() {
                Some(code) if EXHAUSTED.contains(&code) => Self::Exhausted,
                Some(code) if CONNECTION.contains(&code) => Self::Connection,
                _ => Self::Other,
            },
        }
    }
}

/// ENFILE, EMFILE and ENOBUFS, for which `io::ErrorKind` has no name.
#[cfg(target_os = "linux")]
const EXHAUSTED: &[i32] = &[23, 24, 105];
/// ENFILE, EMFILE and ENOBUFS as the BSD family numbers them.
#[cfg(all(unix, not(target_os = "linux")))]
const EXHAUSTED: &[i32] = &[23, 24, 55];
/// WSAEMFILE and WSAENOBUFS.
#[cfg(windows)]
const EXHAUSTED: &[i32] = &[10_024, 10_055];

/// EPROTO, EPERM (a firewall's refusal), ENONET, EHOSTDOWN: errors of the connection that Linux
/// reports through `accept`.
#[cfg(target_os = "linux")]
const CONNECTION: &[i32] = &[71, 1, 64, 112];
#[cfg(not(target_os = "linux"))]
const CONNECTION: &[i32] = &[];

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn errors_are_told_apart_by_what_helps() {
        use rustix::io::Errno;
        for (errno, expected) in [
            (Errno::CONNABORTED, AcceptFailure::Connection),
            (Errno::PROTO, AcceptFailure::Connection),
            (Errno::NONET, AcceptFailure::Connection),
            (Errno::HOSTDOWN, AcceptFailure::Connection),
            (Errno::PERM, AcceptFailure::Connection),
            (Errno::NETUNREACH, AcceptFailure::Connection),
            (Errno::MFILE, AcceptFailure::Exhausted),
            (Errno::NFILE, AcceptFailure::Exhausted),
            (Errno::NOBUFS, AcceptFailure::Exhausted),
            (Errno::NOMEM, AcceptFailure::Exhausted),
            (Errno::INVAL, AcceptFailure::Other),
        ] {
            let error = io::Error::from_raw_os_error(errno.raw_os_error());
            assert_eq!(AcceptFailure::of(&error), expected, "{error}");
        }
    }
}
