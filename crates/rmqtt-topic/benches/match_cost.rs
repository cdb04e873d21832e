//! What a match costs in instructions, counted by callgrind, so that the numbers are the same on
//! every run and a noisy machine does no harm.
//!
//! The program starts itself under `valgrind --tool=callgrind` with N and with 2 N operations; the
//! difference divided by N is the cost of one, without the cost of filling the index. It fails when
//! a topic of four levels costs more than 1.5 times as much beside 100,000 filters that do not
//! match as beside one, or when the cost per level of very deep texts grows with their depth.

#![allow(clippy::print_stdout, reason = "the report is the output of this program")]

use std::env;
use std::hint::black_box;
use std::process::{Command, ExitCode};

use rmqtt_topic::FilterIndex;

const FLAT_MAX: f64 = 1.5;
const LINEAR_MAX: f64 = 1.1;

/// A workload and its size.
#[derive(Clone, Copy)]
enum Case {
    /// A match beside one filter that matches and so many that do not.
    Beside { others: usize },
    /// Two filters of so many levels, which differ in the last, come in, are matched and go.
    Deep { levels: usize },
}

fn main() -> ExitCode {
    let args: Vec<String> = env::args().collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args[1..] {
        ["run", case, size, operations] => run_named(case, size, operations),
        _ if args.contains(&"--bench") => report(),
        _ => {
            println!("match_cost: measures only when run by `cargo bench`");
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("match_cost: {error}");
            ExitCode::FAILURE
        }
    }
}

fn report() -> Result<(), String> {
    let mut beside = Vec::new();
    for others in [1, 1_000, 100_000] {
        let cost = cost(Case::Beside { others }, 10_000)?;
        println!("4 levels, 1 match, {others:>7} others: {cost:>7.0} instructions per match");
        beside.push(cost);
    }
    let mut deep = Vec::new();
    for levels in [16_384, 32_768] {
        let cost = cost(Case::Deep { levels }, 3)? / levels as f64;
        println!(
            "{levels} levels, 1 match:           {cost:>7.0} instructions per level, in and out"
        );
        deep.push(cost);
    }
    if beside[2] > FLAT_MAX * beside[0] {
        return Err(format!("100,000 filters cost more than {FLAT_MAX} times what one costs"));
    }
    if deep[1] > LINEAR_MAX * deep[0] {
        return Err("the cost of a level grows with the depth of the topic".to_owned());
    }
    Ok(())
}

/// Instructions of one operation.
fn cost(case: Case, operations: u64) -> Result<f64, String> {
    let once = instructions(case, operations)?;
    let twice = instructions(case, 2 * operations)?;
    Ok(twice.saturating_sub(once) as f64 / operations as f64)
}

fn instructions(case: Case, operations: u64) -> Result<u64, String> {
    let (name, size) = match case {
        Case::Beside { others } => ("beside", others),
        Case::Deep { levels } => ("deep", levels),
    };
    let program = env::current_exe().map_err(|error| format!("no path to itself: {error}"))?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["run", name, &size.to_string(), &operations.to_string()])
        .output()
        .map_err(|error| format!("valgrind cannot be started ({error}); is it installed?"))?;
    let log = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("valgrind failed:\n{log}"));
    }
    log.lines()
        .find_map(|line| line.split_once("Collected : "))
        .and_then(|(_, count)| count.trim().parse().ok())
        .ok_or_else(|| format!("callgrind printed no count:\n{log}"))
}

fn run_named(name: &str, size: &str, operations: &str) -> Result<(), String> {
    let size = size.parse().map_err(|_| "the size is not a number")?;
    let operations = operations.parse().map_err(|_| "the operations are not a number")?;
    let case = match name {
        "beside" => Case::Beside { others: size },
        "deep" => Case::Deep { levels: size },
        _ => return Err(format!("no case is named {name}")),
    };
    run(case, operations)
}

fn run(case: Case, operations: u64) -> Result<(), String> {
    let found = match case {
        Case::Beside { others } => run_beside(others, operations),
        Case::Deep { levels } => run_deep(levels, operations),
    };
    if found == operations { Ok(()) } else { Err(format!("{found} matches, not {operations}")) }
}

fn run_beside(others: usize, operations: u64) -> u64 {
    let mut index = FilterIndex::with_seed(1);
    index.insert("site/+/device/temp");
    for n in 0..others {
        index.insert(&other(n));
    }
    (0..operations).map(|_| count(&index, "site/7/device/temp")).sum()
}

fn run_deep(levels: usize, operations: u64) -> u64 {
    let topic = "/".repeat(levels - 1);
    let sibling = format!("{topic}x");
    let mut index = FilterIndex::with_seed(1);
    let mut found = 0;
    for _ in 0..operations {
        let (id, _) = index.insert(&topic);
        let (sibling, _) = index.insert(&sibling);
        found += count(&index, &topic);
        index.remove(id);
        index.remove(sibling);
    }
    found
}

fn count(index: &FilterIndex, topic: &str) -> u64 {
    let mut found = 0;
    index.for_each_match(black_box(topic), &mut |id| {
        black_box(id);
        found += 1;
    });
    found
}

/// Filters that share as much with the topic as they can without matching it: they part from it
/// at the last level, at each level before, and behind the wildcard.
fn other(n: usize) -> String {
    match n % 5 {
        0 => format!("site/7/device/x{n}"),
        1 => format!("site/7/x{n}/temp"),
        2 => format!("site/x{n}/device/temp"),
        3 => format!("x{n}/7/device/temp"),
        _ => format!("site/+/device/x{n}"),
    }
}
