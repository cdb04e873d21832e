//! Every input that was worth keeping, and its neighbours.
//!
//! `RMQTT_FUZZ_NEIGHBOURS` asks for more neighbours of each input.

use std::fs;
use std::path::{Path, PathBuf};

use rmqtt_fuzz::Target;
use rmqtt_fuzz::allocation::{CountingAllocator, measured};
use rmqtt_fuzz::mutation::Mutation;
use rmqtt_fuzz::target::{CONFIGURATION, CONVERSATION, DECODING_3, DECODING_5, TARGETS, TOPICS};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Neighbours of each input.
const NEIGHBOURS: usize = 8;
/// What a corpus may hold, so that it is fetched and replayed in no time.
const FILES_MAX: usize = 300;
const BYTES_MAX: usize = 300 * 1024;

#[test]
fn decoding_3_holds_for_all_kept_inputs() {
    replay(DECODING_3);
}

#[test]
fn decoding_5_holds_for_all_kept_inputs() {
    replay(DECODING_5);
}

#[test]
fn topics_hold_for_all_kept_inputs() {
    replay(TOPICS);
}

#[test]
fn conversations_hold_for_all_kept_inputs() {
    replay(CONVERSATION);
}

#[test]
fn configuration_holds_for_all_kept_inputs() {
    replay(CONFIGURATION);
}

#[test]
fn every_target_has_a_corpus_that_is_small_and_a_corpus_its_target() {
    let mut folders: Vec<PathBuf> = paths_in(&corpora()).collect();
    folders.sort();
    let mut expected: Vec<PathBuf> =
        TARGETS.iter().map(|target| corpora().join(target.name)).collect();
    expected.sort();
    assert_eq!(folders, expected);
    for folder in folders {
        let inputs = inputs(&folder);
        let bytes: usize = inputs.iter().map(|(_, input)| input.len()).sum();
        assert!((10..=FILES_MAX).contains(&inputs.len()), "{folder:?}: {} files", inputs.len());
        assert!(bytes <= BYTES_MAX, "{folder:?}: {bytes} bytes");
    }
}

#[test]
fn memory_is_counted() {
    let (kept, taken) = measured(|| {
        drop(Vec::<u8>::with_capacity(5_000));
        Vec::<u8>::with_capacity(1_000)
    });
    assert_eq!((taken.allocations, taken.peak_bytes), (2, 5_000));
    drop(kept);
}

fn replay(target: Target) {
    let folder = corpora().join(target.name);
    let inputs = inputs(&folder);
    for (path, input) in &inputs {
        let told = Told(path, input);
        target.check(input);
        drop(told);
    }
    let neighbours = std::env::var("RMQTT_FUZZ_NEIGHBOURS")
        .map_or(NEIGHBOURS, |number| number.parse().expect("a number of neighbours"));
    for (at, (path, input)) in inputs.iter().enumerate() {
        let mut mutation = Mutation::new(at as u64);
        for nth in 0..neighbours {
            let (_, other) = &inputs[(at + nth) % inputs.len()];
            let neighbour = mutation.of(input, other);
            let told = Told(path, &neighbour);
            target.check(&neighbour);
            drop(told);
        }
    }
}

/// Says which input it was, if the test ends with it.
struct Told<'a>(&'a Path, &'a [u8]);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- of {}: the input {:02x?}", self.0.display(), self.1);
        }
    }
}

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

fn inputs(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut paths: Vec<PathBuf> = paths_in(folder).collect();
    paths.sort();
    let read = |path: PathBuf| fs::read(&path).map(|input| (path, input)).expect("it can be read");
    paths.into_iter().map(read).collect()
}

fn paths_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    entries.map(|entry| entry.expect("it can be read").path())
}
