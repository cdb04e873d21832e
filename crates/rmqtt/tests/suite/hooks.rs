//! Handlers that look on and have a say, over real sockets.

mod deciding;
mod failing;
mod recorder;
mod watching;
