//! A few seeds with every run of the tests; `cargo run --release -p rmqtt-sim` runs many.

use rmqtt_sim::{Coverage, Options, run_seed};

const SEEDS: u64 = 40;

#[test]
fn seeds_keep_every_invariant_and_everything_that_can_happen_happens() {
    let mut coverage = Coverage::default();
    for seed in 1..=SEEDS {
        let outcome = run_seed(seed, Options::default());
        coverage.add(&outcome.coverage);
        assert_eq!(outcome.violation, None, "seed {seed}");
    }
    assert!(coverage.missing().is_empty(), "never happened: {:?}", coverage.missing());
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let options = Options { events: 1_000, traced: true };
    let first = run_seed(7, options).trace;
    assert!(first.len() > 300, "something has happened");
    assert_eq!(first, run_seed(7, options).trace);
    assert_ne!(first, run_seed(8, options).trace);
}
