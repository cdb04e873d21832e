use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::patch::Patch;

/// A copy of the workspace's sources.
#[derive(Debug)]
pub(super) struct Scratch {
    root: PathBuf,
}

/// A file of the copy as it was before a mutant.
#[derive(Debug)]
pub(super) struct Original {
    path: PathBuf,
    text: String,
}

impl Scratch {
    /// Copies the workspace around `home`, the folder of this crate. The copy lies where cargo puts
    /// what it builds, and keeps what it has built for the next time.
    pub(super) fn new(home: &Path) -> Result<Self> {
        let workspace = home.join("../..").canonicalize()?;
        let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        let target = target.unwrap_or_else(|| workspace.join("target"));
        let scratch = Self { root: workspace.join(target).join("mutants") };
        for name in ["crates", "plugins", "tools"] {
            let copy = scratch.root.join(name);
            if copy.exists() {
                fs::remove_dir_all(&copy)?;
            }
            copy_folder(&workspace.join(name), &copy)?;
        }
        for name in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"] {
            fs::copy(workspace.join(name), scratch.root.join(name)).context(name)?;
        }
        Ok(scratch)
    }

    pub(super) fn apply(&self, patch: &Patch) -> Result<Original> {
        let path = self.root.join(&patch.file);
        let text = fs::read_to_string(&path).with_context(|| format!("no {}", patch.file))?;
        let changed = patch.apply(&text).with_context(|| patch.name.clone())?;
        fs::write(&path, changed)?;
        Ok(Original { path, text })
    }

    /// Builds the copy and runs it. Gives the lines about seeds that have failed.
    pub(super) fn run(&self, seeds: u64) -> Result<Vec<String>> {
        let run = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.root.join("target"))
            .envs(QUICKLY_BUILT)
            .args(["run", "--offline", "--release", "--quiet", "--package", "rmqtt-sim", "--"])
            .args(["--brief", "--seeds", &seeds.to_string()])
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()?;
        let lines = String::from_utf8_lossy(&run.stdout).into_owned();
        ensure!(
            lines.lines().last().is_some_and(|line| line.contains(" seeds, ")),
            "it did not run"
        );
        Ok(lines.lines().filter(|line| line.starts_with("seed ")).map(str::to_owned).collect())
    }
}

impl Original {
    pub(super) fn restore(self) -> Result<()> {
        Ok(fs::write(self.path, self.text)?)
    }
}

/// A mutant is built once and runs for seconds.
const QUICKLY_BUILT: [(&str, &str); 6] = [
    // What a change leaves without use is no fault of its.
    ("RUSTFLAGS", "-Awarnings"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
    ("CARGO_INCREMENTAL", "1"),
];

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
