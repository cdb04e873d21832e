//! Faults put into a copy of the engine on purpose, one at a time: each has to be found by the
//! invariant that it names, or the simulation looks at too little.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

mod patch;
mod scratch;

use patch::Patch;
use scratch::Scratch;

/// What has become of one mutant.
#[derive(Debug)]
pub struct Verdict {
    /// The name of its file.
    pub mutant: String,
    /// The invariant that has to find it.
    pub invariant: String,
    /// The seeds of which that invariant says that it is violated; none: it was not found.
    pub seeds: Vec<u64>,
}

/// Builds each mutant whose name contains `name` and runs it under the first `seeds` seeds.
/// `on_verdict` hears of each as soon as it is known.
///
/// # Errors
/// A patch that fits nowhere, a copy that does not build, or violations without any mutant.
pub fn judge_mutants(name: &str, seeds: u64, on_verdict: &mut dyn FnMut(&Verdict)) -> Result<()> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let patches = load(&home.join("mutants"))?;
    let scratch = Scratch::new(home)?;
    let sane = scratch.run(seeds)?;
    ensure!(sane.is_empty(), "without any mutant: {}", sane.join("; "));
    for patch in patches.into_iter().filter(|patch| patch.name.contains(name)) {
        let original = scratch.apply(&patch)?;
        let failures = scratch.run(seeds);
        original.restore()?;
        let failures = failures.with_context(|| format!("with {}", patch.name))?;
        on_verdict(&Verdict {
            seeds: failures.iter().filter_map(|line| seed_of(line, &patch.invariant)).collect(),
            mutant: patch.name,
            invariant: patch.invariant,
        });
    }
    Ok(())
}

fn load(folder: &Path) -> Result<Vec<Patch>> {
    let entries = fs::read_dir(folder).with_context(|| format!("no {}", folder.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    let mut paths: Vec<_> =
        paths.into_iter().filter(|path| path.extension().is_some_and(|e| e == "patch")).collect();
    paths.sort();
    paths.iter().map(|path| Patch::load(path)).collect()
}

/// The seed in a line of a run, if the line is about this invariant.
fn seed_of(line: &str, invariant: &str) -> Option<u64> {
    let (seed, violation) = line.strip_prefix("seed ")?.split_once(": ")?;
    let (violated, _) = violation.split_once(": ")?;
    (violated == invariant).then(|| seed.parse().ok())?
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::invariants::Invariants;
    use crate::random::Random;
    use crate::scenario::Scenario;

    #[test]
    fn every_mutant_fits_the_sources_and_every_invariant_has_one() {
        let home = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut without = Invariants::new(&Scenario::new(&mut Random::new(1))).names();
        let invariants: BTreeSet<_> = without.clone();
        for patch in load(&home.join("mutants")).unwrap() {
            let (name, file) = (&patch.name, home.join("../..").join(&patch.file));
            let source = fs::read_to_string(&file).unwrap_or_else(|e| panic!("{name}: {e}"));
            patch.apply(&source).unwrap_or_else(|error| panic!("{name}: {error:#}"));
            let invariant = patch.invariant.as_str();
            assert!(invariants.contains(invariant), "{name} names {invariant}");
            without.remove(invariant);
        }
        assert!(without.is_empty(), "no mutant for {without:?}");
    }
}
