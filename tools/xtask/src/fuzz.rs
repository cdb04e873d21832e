//! The fuzzer: libFuzzer, which the crate `libfuzzer-sys` brings and a C++ compiler builds.
//!
//! It needs the compiler's coverage instrumentation, which is for nightly compilers only by name:
//! `RUSTC_BOOTSTRAP=1` opens it in the compiler that everything else is built with, so that nothing
//! has to be installed but the C++ compiler.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::process::{self, Deadline};
use crate::workspace::Workspace;

/// What the command was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// How long each target is tried.
    seconds: u64,
    /// The targets; all of them, if none is named.
    targets: Vec<String>,
    /// Take what was found worth keeping over into the repository.
    keep: bool,
}

/// How the compiler makes coverage visible to the fuzzer. The code is cut into as few units as
/// possible, since the instrumentation of one does not see into another.
const FLAGS: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
];

/// The largest input, bytes: a few packets, a few keys.
const INPUT_BYTES_MAX: u32 = 4_096;

/// What a corpus of the repository may hold, see `crates/rmqtt-fuzz/tests/replay.rs`.
const KEPT_FILES_MAX: usize = 300;
const KEPT_BYTES_MAX: u64 = 300 * 1_024;

/// The longest time for compiling everything.
const BUILD_SECONDS: u64 = 20 * 60;

impl Options {
    pub(crate) fn parse(words: &[&str]) -> Result<Self> {
        let mut options = Self { seconds: 60, targets: Vec::new(), keep: false };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("{word} needs a value"));
            match *word {
                "--seconds" => options.seconds = value()?.parse().context("--seconds N")?,
                "--target" => options.targets.push((*value()?).to_owned()),
                "--keep" => options.keep = true,
                other => bail!("`fuzz` knows --seconds, --target and --keep, not `{other}`"),
            }
        }
        Ok(options)
    }
}

/// Builds the targets and lets the fuzzer try each for so long.
pub(crate) fn command(workspace: &Workspace, options: &Options) -> Result<()> {
    ensure!(
        process::ask(Command::new("c++").arg("--version")).is_ok_and(|it| it.status.success()),
        "there is no fuzzer here: libFuzzer is built by a C++ compiler, and `c++` is not there. The \
         kept inputs are replayed without it: cargo test -p rmqtt-fuzz"
    );
    let fuzzer = Fuzzer::new(workspace)?;
    fuzzer.build()?;
    for target in fuzzer.chosen(&options.targets)? {
        fuzzer.run(&target, options.seconds)?;
        if options.keep {
            fuzzer.keep(&target)?;
        }
    }
    Ok(())
}

struct Fuzzer {
    root: PathBuf,
    /// Where it is built, and what it finds: apart from everything else, which other flags make.
    target: PathBuf,
    triple: String,
}

impl Fuzzer {
    fn new(workspace: &Workspace) -> Result<Self> {
        Ok(Self {
            root: workspace.root().to_owned(),
            target: workspace.target().join("fuzz"),
            triple: process::host_triple()?,
        })
    }

    fn build(&self) -> Result<()> {
        let mut cargo = process::cargo();
        cargo.args(["build", "--locked", "--release", "--manifest-path"]);
        cargo.arg(self.root.join("fuzz/Cargo.toml"));
        cargo.args(["--target", &self.triple, "--target-dir"]).arg(&self.target);
        cargo.current_dir(&self.root);
        cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", FLAGS.join(" "));
        process::run(&mut cargo, Deadline::in_seconds(BUILD_SECONDS))
    }

    /// The targets are the folders of corpora; a test sees to it that each has its own.
    fn chosen(&self, named: &[String]) -> Result<Vec<String>> {
        let corpora = names_in(&self.root.join("fuzz/corpus"))?;
        if let Some(unknown) = named.iter().find(|name| !corpora.contains(name)) {
            bail!("no target `{unknown}`; there are {}", corpora.join(", "));
        }
        Ok(if named.is_empty() { corpora } else { named.to_vec() })
    }

    fn run(&self, target: &str, seconds: u64) -> Result<()> {
        let (work, found) = (self.work(target), self.target.join("found").join(target));
        std::fs::create_dir_all(&work)?;
        std::fs::create_dir_all(&found)?;
        let mut fuzzer = Command::new(self.program(target));
        fuzzer.arg(format!("-max_total_time={seconds}"));
        fuzzer.arg(format!("-max_len={INPUT_BYTES_MAX}"));
        // An input that takes so long or so much is a finding as well.
        fuzzer.args(["-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=0"]);
        fuzzer.arg(format!("-artifact_prefix={}/", found.display()));
        // What is new goes into the first folder; the second is read.
        fuzzer.arg(work).arg(self.kept(target));
        let deadline = Deadline::in_seconds(seconds + 120);
        process::run(&mut fuzzer, deadline).with_context(|| {
            format!(
                "{target} does not hold. The input is in {}; it is tried again by giving its path \
                 to {}. Once that is mended, it belongs into fuzz/corpus/{target}",
                found.display(),
                self.program(target).display()
            )
        })
    }

    /// Replaces the corpus of the repository by the fewest inputs that reach what everything
    /// reaches that was found so far. Inputs with a name that somebody gave them stay: they are
    /// what once did not hold.
    fn keep(&self, target: &str) -> Result<()> {
        let fewest = self.target.join("fewest").join(target);
        if fewest.exists() {
            std::fs::remove_dir_all(&fewest)?;
        }
        std::fs::create_dir_all(&fewest)?;
        let mut merge = Command::new(self.program(target));
        // How often a place is passed makes inputs by the thousand; here each place counts once.
        merge.args(["-set_cover_merge=1", "-use_counters=0", "-verbosity=0"]);
        merge.arg(&fewest).arg(self.kept(target)).arg(self.work(target));
        process::run(&mut merge, Deadline::in_seconds(BUILD_SECONDS))?;
        // The smallest say the most for their size.
        let mut sized = Vec::new();
        for name in names_in(&fewest)? {
            sized.push((std::fs::metadata(fewest.join(&name))?.len(), name));
        }
        sized.sort();
        let named: Vec<String> = names_in(&self.kept(target))?;
        let (named, old): (Vec<_>, Vec<_>) = named.into_iter().partition(|name| is_named(name));
        for name in &old {
            std::fs::remove_file(self.kept(target).join(name))?;
        }
        let (mut files, mut bytes) = (named.len(), 0);
        for name in &named {
            bytes += std::fs::metadata(self.kept(target).join(name))?.len();
        }
        for (size, name) in sized {
            if files == KEPT_FILES_MAX || bytes + size > KEPT_BYTES_MAX {
                println!("{target}: there are more inputs in {}", fewest.display());
                break;
            }
            std::fs::copy(fewest.join(&name), self.kept(target).join(&name))?;
            (files, bytes) = (files + 1, bytes + size);
        }
        println!("{target}: {files} inputs, {bytes} bytes");
        Ok(())
    }

    fn program(&self, target: &str) -> PathBuf {
        self.target.join(&self.triple).join("release").join(target)
    }

    fn work(&self, target: &str) -> PathBuf {
        self.target.join("work").join(target)
    }

    fn kept(&self, target: &str) -> PathBuf {
        self.root.join("fuzz/corpus").join(target)
    }
}

/// Is it not the name that the fuzzer makes of what an input holds?
fn is_named(name: &str) -> bool {
    name.len() != 40 || !name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn names_in(folder: &Path) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("no {}", folder.display()))?;
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        Ok(entry?.file_name().to_string_lossy().into_owned())
    };
    let mut names = entries.map(name).collect::<Result<Vec<String>>>()?;
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_named_is_told_from_what_was_made() {
        assert!(is_named("found-not-a-number"));
        assert!(!is_named("a94a8fe5ccb19ba61c4c0873d391e987982fbbd3"));
    }

    #[test]
    fn the_options_are_seconds_targets_and_keeping() {
        let options = Options::parse(&["--seconds", "7", "--target", "a", "--target", "b"]);
        let expected =
            Options { seconds: 7, targets: vec!["a".to_owned(), "b".to_owned()], keep: false };
        assert_eq!(options.unwrap(), expected);
        assert!(Options::parse(&["--keep"]).unwrap().keep);
        for wrong in [&["--seconds"][..], &["--seconds", "x"], &["--target"], &["--minutes", "1"]] {
            assert!(Options::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
