//! `rmqtt-sim`: runs seeds of the simulation; see the library.

#![expect(clippy::print_stdout, reason = "a command-line tool answers on standard output")]

use std::process::ExitCode;

use clap::Parser;
use rmqtt_sim::{Coverage, Options, run_seed};

/// Runs the broker's engine under many seeds.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds to run.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// Runs this seed alone.
    #[arg(long)]
    seed: Option<u64>,
    /// Things that happen in a run.
    #[arg(long, default_value_t = Options::default().events)]
    events: u64,
    /// Prints what happens.
    #[arg(long)]
    trace: bool,
    /// Prints how often everything has happened.
    #[arg(long)]
    coverage: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // A panic is a violation like others: one line, and no traces of the stack.
    std::panic::set_hook(Box::new(|panic| println!("{panic}")));
    let seeds = match arguments.seed {
        Some(seed) => seed..seed + 1,
        None => arguments.first..arguments.first + arguments.seeds,
    };
    let options = Options { events: arguments.events, traced: arguments.trace };
    let mut coverage = Coverage::default();
    let mut failures = 0_u64;
    let number = seeds.end - seeds.start;
    for seed in seeds {
        let outcome = run_seed(seed, options);
        for line in &outcome.trace {
            println!("{line}");
        }
        coverage.add(&outcome.coverage);
        if let Some(violation) = outcome.violation {
            failures += 1;
            println!("seed {seed}: {violation}");
        }
    }
    if arguments.coverage {
        print!("{coverage}");
    }
    println!("{number} seeds, {failures} failures");
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
