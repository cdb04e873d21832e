//! What an operation costs in instructions, counted by callgrind: the same on every run, whatever else
//! the machine does.
//!
//! A benchmark program lists its [`Case`]s and hands them to [`main`]. The program then starts itself
//! under `valgrind --tool=callgrind`, once with N and once with 2 N operations of a case; the difference
//! divided by N is the cost of one, without the cost of starting and preparing.

#![allow(clippy::print_stdout, reason = "the report is the output of a benchmark program")]

use std::env;
use std::process::{Command, ExitCode};

/// Something to measure.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Its name in the report; no two cases have the same.
    pub name: &'static str,
    /// Operations of the shorter of the two runs.
    pub operations: u64,
    /// Does so many operations. Gives how many things each operation should count as in total, so that a
    /// case that delivers to a hundred receivers is reported per delivery.
    pub run: fn(operations: u64) -> u64,
}

/// What a case costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// The case.
    pub name: &'static str,
    /// Instructions per counted thing.
    pub instructions: f64,
}

/// The whole benchmark program: measures all cases under `cargo bench`, prints a line for each, and
/// fails with what `check` says of the result. Under `cargo test` it does nothing.
pub fn main(cases: &[Case], check: fn(&[Cost]) -> Result<(), String>) -> ExitCode {
    let args: Vec<String> = env::args().collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args[1..] {
        [RUN, name, operations] => run_named(cases, name, operations),
        _ if args.contains(&"--bench") => report(cases).and_then(|costs| check(&costs)),
        _ => Ok(()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

const RUN: &str = "run-under-callgrind";
const COUNTED: &str = "counted ";

fn report(cases: &[Case]) -> Result<Vec<Cost>, String> {
    cases
        .iter()
        .map(|case| {
            let instructions = cost(case)?;
            println!("{:<52} {instructions:>9.1} instructions", case.name);
            Ok(Cost { name: case.name, instructions })
        })
        .collect()
}

fn cost(case: &Case) -> Result<f64, String> {
    let (once, things_once) = instructions(case, case.operations)?;
    let (twice, things_twice) = instructions(case, 2 * case.operations)?;
    let things = things_twice.saturating_sub(things_once);
    if things == 0 {
        return Err(format!("{}: twice the operations count for nothing more", case.name));
    }
    Ok(twice.saturating_sub(once) as f64 / things as f64)
}

/// Instructions of a run, and how many things it counted.
fn instructions(case: &Case, operations: u64) -> Result<(u64, u64), String> {
    let program = env::current_exe().map_err(|error| format!("no path to itself: {error}"))?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args([RUN, case.name, &operations.to_string()])
        .output()
        .map_err(|error| format!("valgrind cannot be started ({error}); is it installed?"))?;
    let log = String::from_utf8_lossy(&output.stderr);
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("{} failed under valgrind:\n{said}{log}", case.name));
    }
    let number = |text: &str, label: &str| -> Option<u64> {
        let line = text.lines().find_map(|line| line.split_once(label))?;
        line.1.trim().parse().ok()
    };
    let collected = number(&log, "Collected : ")
        .ok_or_else(|| format!("callgrind printed no count:\n{log}"))?;
    let things =
        number(&said, COUNTED).ok_or_else(|| format!("{} counted nothing:\n{said}", case.name))?;
    Ok((collected, things))
}

fn run_named(cases: &[Case], name: &str, operations: &str) -> Result<(), String> {
    let operations = operations.parse().map_err(|_| "the operations are not a number")?;
    let case = cases
        .iter()
        .find(|case| case.name == name)
        .ok_or_else(|| format!("no case is named {name}"))?;
    println!("{COUNTED}{}", (case.run)(operations));
    Ok(())
}
