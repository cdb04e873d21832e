//! Handlers that look on and have a say, over real sockets.

mod deciding;
mod failing;
mod odd_moments;
mod recorder;
mod watching;
