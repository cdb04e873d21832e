//! What is said outside of the log. Nobody may be there to read it.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

/// Says something on standard error.
pub(crate) fn say(text: impl Display) {
    // There is no other place to say that this one cannot be written.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Prints what was asked for to standard output. Whoever closes it has seen enough; any other failure
/// is said.
pub(crate) fn print(text: &str) -> ExitCode {
    let mut out = io::stdout();
    let printed = writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush());
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if error.kind() != ErrorKind::BrokenPipe {
                say(format_args!("standard output cannot be written: {error}"));
            }
            ExitCode::FAILURE
        }
    }
}
