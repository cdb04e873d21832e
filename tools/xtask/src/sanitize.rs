//! AddressSanitizer for the crates that hold unsafe code or bring C.
//!
//! The sanitizer is in every compiler and opened by `RUSTC_BOOTSTRAP=1`. The standard library is the
//! one that the compiler brings, so what goes wrong inside of it is seen by its allocations only.

use anyhow::{Result, ensure};

use crate::process::{self, Deadline};
use crate::rust_source::{paths, tokens};
use crate::workspace::Workspace;

/// The crates whose tests run: those whose sources hold `unsafe`, and those that drive libraries
/// which hold much of it: sockets, memory, the parsers that every input goes through.
const CRATES: [&str; 3] = ["rmqtt", "rmqtt-net", "rmqtt-fuzz"];

/// Their tests beside the unit tests: whole servers with sockets, and the corpora. Those that start
/// other programs would not be in the sanitizer themselves.
const TESTS: [&str; 2] = ["suite", "replay"];

const SECONDS_MAX: u64 = 30 * 60;

/// Builds the tests of [`CRATES`] with the sanitizer and runs them.
pub(crate) fn command(workspace: &Workspace) -> Result<()> {
    let unwatched: Vec<String> = unsafe_crates(workspace)?
        .into_iter()
        .filter(|name| !CRATES.contains(&name.as_str()))
        .collect();
    ensure!(unwatched.is_empty(), "{} holds unsafe code and is not run", unwatched.join(", "));
    let mut cargo = process::cargo();
    cargo.args(["test", "--locked", "--lib"]).args(TESTS.iter().flat_map(|name| ["--test", name]));
    cargo.args(["--target", &process::host_triple()?]);
    cargo.arg("--target-dir").arg(workspace.target().join("sanitized"));
    for name in CRATES {
        cargo.args(["-p", name]);
    }
    cargo.current_dir(workspace.root());
    cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Zsanitizer=address");
    process::run(&mut cargo, Deadline::in_seconds(SECONDS_MAX))
}

/// The crates whose own sources, tests and benchmarks left out, hold unsafe code.
fn unsafe_crates(workspace: &Workspace) -> Result<Vec<String>> {
    let files = workspace.tracked_files()?;
    let mut found = Vec::new();
    for member in workspace.members() {
        let sources = format!("{}/src/", workspace.folder_of(member));
        for file in files.iter().filter(|file| file.starts_with(&sources) && file.ends_with(".rs"))
        {
            let text = std::fs::read_to_string(workspace.root().join(file))?;
            if holds_unsafe(&text) {
                found.push(member.name.clone());
                break;
            }
        }
    }
    Ok(found)
}

fn holds_unsafe(text: &str) -> bool {
    paths(&tokens(text)).into_iter().any(|path| path.contains("unsafe"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_code_is_seen_and_talk_of_it_is_not() {
        assert!(holds_unsafe("fn f() { unsafe { g() } }"));
        assert!(holds_unsafe("unsafe impl Send for A {}"));
        assert!(!holds_unsafe("// unsafe\nconst A: &str = \"unsafe\";"));
    }
}
