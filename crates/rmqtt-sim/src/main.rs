//! `rmqtt-sim`: runs seeds of the simulation; see the library.

#![expect(clippy::print_stdout, reason = "a command-line tool answers on standard output")]

use std::process::{Command, ExitCode};

use clap::Parser;
use rmqtt_sim::{Coverage, Options, Shrunk, Verdict, Violation, judge_mutants, run_seeds, shrink};

/// What runs if nothing is said: the engine as it is, and each mutant.
const SEEDS: u64 = 500;
const SEEDS_FOR_MUTANTS: u64 = 500;

/// So many seeds have to show everything that can happen.
const COVERING_SEEDS: u64 = 400;

/// So many failures are made small.
const SHRUNK_MAX: usize = 3;

/// Runs the broker's engine under many seeds.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds to run. [default: 500]
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
    /// Prints one line for a failure, and does not make it small.
    #[arg(long)]
    brief: bool,
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
    let mut failed = Vec::new();
    run_seeds(seeds, options, &mut |seed, outcome| {
        for line in &outcome.trace {
            println!("{line}");
        }
        coverage.add(&outcome.coverage);
        if let Some(violation) = outcome.violation {
            println!("seed {seed}: {violation}");
            failed.push((seed, violation));
        }
    });
    if !arguments.brief {
        for (seed, violation) in failed.iter().take(SHRUNK_MAX) {
            report(*seed, arguments.events, violation);
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
    println!("{number} seeds, {} failures", failed.len());
    failed.is_empty() && is_covered
}

/// A failure as somebody else can look into it.
fn report(seed: u64, events: u64, violation: &Violation) {
    println!("\nseed {seed}, commit {}", commit());
    match shrink(seed, events, violation) {
        None => println!("{violation}\nit does not happen a second time"),
        Some(Shrunk { violation, events: left, runs, trace }) => {
            println!("{violation}\n{left} of {events} events do, found in {runs} runs:");
            trace.iter().for_each(|line| println!("{line}"));
        }
    }
    println!("all of it: cargo xtask sim --seed {seed} --events {events} --trace\n");
}

/// The commit of the sources around this crate.
fn commit() -> String {
    let describe = ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"];
    let mut git = Command::new("git");
    let git = git.current_dir(env!("CARGO_MANIFEST_DIR")).args(describe).output();
    let text = git.ok().filter(|output| output.status.success()).map(|output| output.stdout);
    let text = text.and_then(|text| String::from_utf8(text).ok());
    text.map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned())
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
