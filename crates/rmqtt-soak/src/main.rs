//! The real broker under abuse, for as long as one likes.
//!
//! The program starts `rmqttd` with its own configuration and runs many clients against it at the
//! same time, each of which knows what it is owed. It watches the process from outside, and measures
//! how long messages take between clients that behave, first alone and then beside the abuse.
//!
//! | module | what it holds |
//! |---|---|
//! | [`options`] | the command line |
//! | [`soak`] | the phases: alone, abused, at rest; and what must hold at the end |
//! | [`terms`] | the broker's configuration, and the bound of memory that follows from it |
//! | [`ground`] | what all clients share: the address, the end, what was counted |
//! | [`actors`] | the clients, one kind a file |
//! | [`sequence`] | numbered messages: what is missing, repeated, out of order |
//! | [`watch`] | memory and descriptors of the process, and its log |
//! | [`plateau`] | whether memory comes to rest |
//! | [`latency`] | percentiles |
//! | [`chance`] | numbers from a seed |

#![expect(clippy::print_stdout, reason = "a command-line tool answers on standard output")]

use std::process::ExitCode;

use clap::Parser;

mod actors;
mod chance;
mod ground;
mod latency;
mod options;
mod plateau;
mod sequence;
mod soak;
mod terms;
mod watch;

fn main() -> ExitCode {
    let options = options::Options::parse();
    let problems = soak::run(&options);
    if problems.is_empty() {
        println!("soak: everything held");
        return ExitCode::SUCCESS;
    }
    for problem in &problems {
        println!("soak: {problem}");
    }
    println!("soak: {} problems; the seed was {}", problems.len(), options.seed);
    ExitCode::FAILURE
}
