//! What a match costs in instructions.
//!
//! It fails when a topic of four levels costs more than 1.5 times as much beside 100,000 filters that
//! do not match as beside one, or when the cost per level of very deep texts grows with their depth.

use std::hint::black_box;
use std::process::ExitCode;

use instruction_count::{Case, Cost, main as measure};
use rmqtt_topic::FilterIndex;

const FLAT_MAX: f64 = 1.5;
const LINEAR_MAX: f64 = 1.1;

const CASES: [Case; 5] = [
    beside("4 levels, 1 match beside 1 other filter", |n| run_beside(1, n)),
    beside("4 levels, 1 match beside 1,000 others", |n| run_beside(1_000, n)),
    beside("4 levels, 1 match beside 100,000 others", |n| run_beside(100_000, n)),
    deep("16,384 levels in and out, per level", |n| run_deep(16_384, n) * 16_384),
    deep("32,768 levels in and out, per level", |n| run_deep(32_768, n) * 32_768),
];

fn main() -> ExitCode {
    measure(&CASES, check)
}

fn check(costs: &[Cost]) -> Result<(), String> {
    let [one, _, many, deep, deeper] = costs else { return Err("five cases".to_owned()) };
    if many.instructions > FLAT_MAX * one.instructions {
        return Err(format!("100,000 filters cost more than {FLAT_MAX} times what one costs"));
    }
    if deeper.instructions > LINEAR_MAX * deep.instructions {
        return Err("the cost of a level grows with the depth of the topic".to_owned());
    }
    Ok(())
}

/// A match beside one filter that matches and so many that do not.
const fn beside(name: &'static str, run: fn(u64) -> u64) -> Case {
    Case { name, operations: 10_000, run }
}

/// Two filters of so many levels, which differ in the last, come in, are matched and go.
const fn deep(name: &'static str, run: fn(u64) -> u64) -> Case {
    Case { name, operations: 3, run }
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
