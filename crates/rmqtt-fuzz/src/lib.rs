//! What must hold for any bytes at all.
//!
//! A [`Target`] is a plain function that takes bytes and panics when something does not hold. The
//! fuzzer of the folder `fuzz` calls it millions of times with bytes that it makes up; the tests of
//! this crate call it with the bytes that were worth keeping, on any compiler.
//!
//! | module | what holds in it |
//! |---|---|
//! | [`decoding`] | however a stream is cut, it is the same packets; what is read can be written and read again |
//! | [`topics`] | names, filters and both indexes agree with a model that knows no index |
//! | [`conversation`] | clients that send anything at any time get the answers that are due, and no others |
//! | [`configuration`] | text of any kind is read or refused with its place; what is printed is read as the same |
//! | [`allocation`] | how much memory a piece of work takes, where its allocator is installed |
//! | [`mutation`] | a kept input and its neighbours, from a seed |
//! | [`target`] | the list of all targets, each with its bound of memory |
//! | [`input`] | numbers and texts taken from the bytes of an input |

pub mod allocation;
pub mod configuration;
pub mod conversation;
pub mod decoding;
pub mod input;
pub mod mutation;
pub mod target;
pub mod topics;

pub use target::{TARGETS, Target};
