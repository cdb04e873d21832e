//! A few seeds with every run of the tests; `cargo xtask sim` runs many, and looks whether everything that
//! can happen has happened.

use rmqtt_sim::{Options, run_seed, run_seeds};

const SEEDS: u64 = 30;

#[test]
fn seeds_keep_every_invariant() {
    let mut heard = Vec::new();
    run_seeds(1..SEEDS + 1, Options::default(), &mut |seed, outcome| {
        assert_eq!(outcome.violation, None, "seed {seed}");
        heard.push(seed);
    });
    assert_eq!(heard, (1..=SEEDS).collect::<Vec<_>>(), "in their order");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let options = Options { events: 1_000, traced: true };
    let first = run_seed(7, options).trace;
    assert!(first.len() > 300, "something has happened");
    assert_eq!(first, run_seed(7, options).trace);
    assert_ne!(first, run_seed(8, options).trace);
}
