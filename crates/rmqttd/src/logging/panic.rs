//! A panic is a line of the log.

use std::panic;

/// Logs every panic from now on. With `also_as_usual` the text that Rust prints comes on standard
/// error too, where the log does not go.
pub(super) fn log_panics(also_as_usual: bool) {
    let as_usual = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let text = panic.payload_as_str().unwrap_or("no text");
        match panic.location() {
            Some(place) => tracing::error!("panic at {place}: {text}"),
            None => tracing::error!("panic: {text}"),
        }
        if also_as_usual {
            as_usual(panic);
        }
    }));
}
