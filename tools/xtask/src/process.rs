//! Running a program: with a deadline where it may hang, with its answer where it is asked.

use std::fs;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// A moment by which work must be over.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// The moment that is `seconds` from now.
    pub(crate) fn in_seconds(seconds: u64) -> Self {
        Self(Instant::now() + Duration::from_secs(seconds))
    }

    /// Whether the moment is in the past.
    pub(crate) fn has_passed(self) -> bool {
        self.remaining().is_zero()
    }

    fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

/// What a program printed on both of its streams, and how it ended.
#[derive(Debug)]
pub(crate) struct Answer {
    /// How the program ended.
    pub(crate) status: ExitStatus,
    /// Standard output followed by standard error; bytes that are not UTF-8 are replaced.
    pub(crate) text: String,
}

/// Runs the program with this process's own streams, except that it has nothing to read, and fails
/// if it cannot be started, ends with anything but 0, or is not over at the deadline. Then it and
/// all processes that it started are killed.
pub(crate) fn run(command: &mut Command, deadline: Deadline) -> Result<()> {
    let line = command_line(command);
    println!("$ {line}");
    let mut child =
        command.stdin(Stdio::null()).spawn().with_context(|| format!("cannot start `{line}`"))?;
    let pid = child.id();
    let (ended, end) = mpsc::sync_channel(1);
    let waiter = thread::spawn(move || ended.send(child.wait()));
    let status = match end.recv_timeout(deadline.remaining()) {
        Ok(status) => status?,
        Err(RecvTimeoutError::Disconnected) => bail!("nobody waited for `{line}`"),
        Err(RecvTimeoutError::Timeout) => {
            kill_with_descendants(pid);
            drop(waiter.join());
            bail!("`{line}` was not over when its time was up, and was stopped");
        }
    };
    if !status.success() {
        bail!("`{line}` ended with {status}");
    }
    Ok(())
}

/// Runs the program, which must be one that answers at once, and returns what it printed. Fails
/// only if it cannot be started.
pub(crate) fn ask(command: &mut Command) -> Result<Answer> {
    let line = command_line(command);
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{line}`"))?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Ok(Answer { status: output.status, text })
}

/// The cargo that runs this program, so that both use the same toolchain.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The system that the compiler builds for, as `x86_64-unknown-linux-gnu`. Named to cargo, flags are
/// for what it builds and not for what it runs while it builds.
pub(crate) fn host_triple() -> Result<String> {
    let answer = ask(Command::new("rustc").arg("-vV"))?;
    let triple = answer.text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(triple.context("`rustc -vV` names no host")?.to_owned())
}

/// The command as a person would type it.
pub(crate) fn command_line(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let program = program.rsplit('/').next().unwrap_or_default().to_owned();
    let words = command.get_args().map(|argument| {
        let word = argument.to_string_lossy();
        if word.is_empty() || word.contains([' ', '(', ')', ';', '"']) {
            format!("'{word}'")
        } else {
            word.into_owned()
        }
    });
    std::iter::once(program).chain(words).collect::<Vec<_>>().join(" ")
}

/// Kills the process and everything that descends from it. Cargo does not pass a signal on to the
/// tests that it runs, so killing it alone would leave them, and the brokers they started, behind.
///
/// All are stopped before any is killed: what is stopped starts no more processes, and what is not
/// dead yet is still known as the parent of its children.
fn kill_with_descendants(pid: u32) {
    let mut family = vec![pid];
    loop {
        signal("-STOP", &family);
        let known = std::mem::replace(&mut family, descendants(pid, &parents()));
        if family.iter().all(|process| known.contains(process)) {
            break;
        }
    }
    signal("-KILL", &family);
}

fn signal(signal: &str, processes: &[u32]) {
    let mut kill = Command::new("sh");
    kill.args(["-c", "kill \"$@\" 2>/dev/null", "sh", signal]);
    kill.args(processes.iter().map(u32::to_string));
    // A process that ended meanwhile is what this wants, so the answer does not matter.
    drop(kill.status());
}

/// The process and all that descend from it, parents first.
fn descendants(pid: u32, parents: &[(u32, u32)]) -> Vec<u32> {
    let mut family = vec![pid];
    let mut next = 0;
    while let Some(&parent) = family.get(next) {
        let children = parents.iter().filter(|(_, of)| *of == parent).map(|(child, _)| *child);
        let children: Vec<u32> = children.filter(|child| !family.contains(child)).collect();
        family.extend(children);
        next += 1;
    }
    family
}

/// Every process of the system with its parent, as (process, parent): from `/proc` where that is,
/// else from `ps`.
fn parents() -> Vec<(u32, u32)> {
    if let Ok(entries) = fs::read_dir("/proc") {
        return entries
            .filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("stat")).ok())
            .filter_map(|stat| parent_in_stat(&stat))
            .collect();
    }
    let Ok(answer) = ask(Command::new("ps").args(["-A", "-o", "pid=,ppid="])) else {
        return Vec::new();
    };
    let pair = |line: &str| {
        let mut numbers = line.split_whitespace().map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    };
    answer.text.lines().filter_map(pair).collect()
}

/// Reads `PID (NAME) STATE PARENT …`, where the name may hold blanks and parentheses.
fn parent_in_stat(stat: &str) -> Option<(u32, u32)> {
    let pid = stat.split_whitespace().next()?.parse().ok()?;
    let after_name = &stat[stat.rfind(')')? + 1..];
    let parent = after_name.split_whitespace().nth(1)?.parse().ok()?;
    Some((pid, parent))
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};

    use super::*;

    #[test]
    fn a_program_that_ends_with_another_number_than_0_is_a_failure() {
        let error = run(Command::new("sh").args(["-c", "exit 3"]), Deadline::in_seconds(60))
            .expect_err("exit 3 is a failure");
        assert!(error.to_string().contains("exit status: 3"), "{error}");
    }

    #[test]
    fn a_program_that_is_not_over_at_the_deadline_is_stopped() {
        let error = run(Command::new("sleep").arg("1000"), Deadline::in_seconds(0))
            .expect_err("it is not over by then");
        assert!(error.to_string().contains("was stopped"), "{error}");
    }

    #[test]
    fn a_program_is_killed_with_its_descendants() {
        let script = "sh -c 'echo started; sleep 1000; true'; true";
        let mut child =
            Command::new("sh").args(["-c", script]).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line, "started\n");
        kill_with_descendants(child.id());
        child.wait().unwrap();
        // The pipe ends when the last process that could write to it is gone.
        assert_eq!(output.read_line(&mut line).unwrap(), 0);
    }

    #[test]
    fn descendants_are_found_through_several_generations() {
        let parents = [(2, 1), (3, 2), (4, 3), (5, 1), (6, 5)];
        assert_eq!(descendants(2, &parents), [2, 3, 4]);
    }

    #[test]
    fn a_process_name_may_hold_blanks_and_parentheses() {
        assert_eq!(parent_in_stat("12 (a (b) c) S 7 12 12 0"), Some((12, 7)));
    }

    #[test]
    fn words_with_blanks_are_quoted_in_a_command_line() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["nextest", "run", "-E", "not package(x)"]);
        assert_eq!(command_line(&command), "cargo nextest run -E 'not package(x)'");
    }
}
