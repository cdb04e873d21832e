//! `rmqtt-sim`: runs seeds of the simulation; see the library.

#![expect(clippy::print_stdout, reason = "a command-line tool answers on standard output")]

use std::process::ExitCode;

use clap::Parser;
use rmqtt_sim::{Coverage, Options, Verdict, judge_mutants, run_seed};

/// What runs if nothing is said: the engine as it is, and each mutant. The rarest of these shows with
/// a seed between the two.
const SEEDS: u64 = 200;
const SEEDS_FOR_MUTANTS: u64 = 400;

/// So many seeds have to show everything that can happen.
const COVERING_SEEDS: u64 = 200;

/// Runs the broker's engine under many seeds.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds to run. [default: 200; with mutants 400]
    #[arg(long)]
    seeds: Option<u64>,
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
    /// Runs the seeds with each mutant of the engine instead, whose name contains NAME.
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "")]
    mutants: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // A panic is a violation like others: one line, and no traces of the stack.
    std::panic::set_hook(Box::new(|panic| println!("{panic}")));
    let is_fine = match &arguments.mutants {
        Some(name) => judge(name, arguments.seeds.unwrap_or(SEEDS_FOR_MUTANTS)),
        None => run(&arguments),
    };
    if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(arguments: &Arguments) -> bool {
    let seeds = match arguments.seed {
        Some(seed) => seed..seed + 1,
        None => arguments.first..arguments.first + arguments.seeds.unwrap_or(SEEDS),
    };
    let options = Options { events: arguments.events, traced: arguments.trace };
    let number = seeds.end - seeds.start;
    let mut coverage = Coverage::default();
    let mut failures = 0_u64;
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
    let missing = coverage.missing();
    let is_covered = number < COVERING_SEEDS || missing.is_empty();
    if !is_covered {
        println!("never happened: {}", missing.join(", "));
    }
    println!("{number} seeds, {failures} failures");
    failures == 0 && is_covered
}

fn judge(name: &str, seeds: u64) -> bool {
    let mut all_found = true;
    let judged = judge_mutants(name, seeds, &mut |verdict| {
        let Verdict { mutant, invariant, seeds: found } = verdict;
        match found.first() {
            Some(seed) => println!(
                "{mutant}: found by {invariant} with seed {seed}, {} of {seeds} seeds",
                found.len()
            ),
            None => println!("{mutant}: NOT FOUND by {invariant}"),
        }
        all_found &= !found.is_empty();
    });
    if let Err(error) = &judged {
        println!("{error:#}");
    }
    judged.is_ok() && all_found
}
