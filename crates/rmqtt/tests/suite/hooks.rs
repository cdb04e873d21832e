//! Handlers that look on and have a say, over real sockets.

mod codes;
mod deciding;
mod failing;
mod odd_moments;
mod recorder;
mod slow;
mod watching;
