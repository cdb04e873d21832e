//! How many files, and so connections, the process may have open.

/// Raises the limit as far as the system lets this process, and says what it is.
#[cfg(unix)]
pub(crate) fn raise_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    if limit.current != limit.maximum && setrlimit(Resource::Nofile, raised).is_err() {
        tracing::warn!("the limit of open files cannot be raised");
    }
    match getrlimit(Resource::Nofile).current {
        Some(files) => tracing::info!("at most {files} open files, connections included"),
        None => tracing::info!("no limit of open files"),
    }
}

/// There is no such limit here.
#[cfg(not(unix))]
pub(crate) fn raise_limit() {}
