//! The programs and client libraries that the tests drive: looked for, installed where that is
//! allowed, and listed where they are missing.
//!
//! One file, `tools/xtask/requirements.toml`, names everything. The system's programs are found on
//! `PATH`; the Python and Node libraries are put into cargo's target directory at the versions that
//! the lock files under `clients/` fix, without root.
//!
//! | module | what it holds |
//! |---|---|
//! | [`requirements`] | the list, and how an entry is asked for |
//! | [`version`] | versions as numbers with dots |
//! | [`package_manager`] | the system's package manager and its words |
//! | [`clients`] | the Python and Node libraries |

use anyhow::{Result, bail};

use self::clients::Clients;
use self::package_manager::PackageManager;
use self::requirements::{Program, Requirements};
use crate::process::{self, Deadline};
use crate::workspace::Workspace;

pub(crate) mod clients;
mod package_manager;
mod requirements;
mod version;

/// The number of seconds within which everything must be in place when `setup` runs on its own.
const SECONDS_MAX: u64 = 900;

/// The deadline of a `setup` that begins now.
pub(crate) fn deadline() -> Deadline {
    Deadline::in_seconds(SECONDS_MAX)
}

/// Sees to it that all that the tests need is there. With `install`, or as root where `CI` is set,
/// what the system lacks is installed by its package manager; otherwise, and if that does not help,
/// fails with the list of what is missing and the line that installs it.
pub(crate) fn run(workspace: &Workspace, install: bool, deadline: Deadline) -> Result<()> {
    let requirements = Requirements::read()?;
    let is_root = is_root();
    let manager = PackageManager::of_this_system(is_root);
    let mut missing = requirements.missing_programs();
    let may_install = install || (is_root && std::env::var_os("CI").is_some());
    if may_install
        && let Some(manager) = &manager
        && !manager.packages_of(&missing).is_empty()
    {
        manager.install(&missing, deadline)?;
        missing = requirements.missing_programs();
    }
    if !missing.is_empty() {
        bail!("{}", complaint(&missing, manager.as_ref()));
    }
    let clients = Clients::new(workspace);
    clients.put_in_place(deadline)?;
    clients.check(&requirements.clients)?;
    println!("setup: all that the tests need is there");
    Ok(())
}

/// One list of what is missing and one line that installs it, as far as a package manager can.
fn complaint(missing: &[&Program], manager: Option<&PackageManager>) -> String {
    let mut text = String::from("the tests need what this system does not have:\n");
    for program in missing {
        text.push_str(&format!("  {}\n", program.description()));
    }
    match manager.map(|manager| (manager, manager.packages_of(missing))) {
        Some((manager, packages)) if !packages.is_empty() => {
            text.push_str(&format!(
                "install it with\n  {}\nor run `cargo xtask test --install`, which does the same",
                manager.install_line(&packages)
            ));
        }
        _ => text.push_str("install it, and see that it is on PATH"),
    }
    text
}

fn is_root() -> bool {
    process::ask(std::process::Command::new("id").arg("-u"))
        .is_ok_and(|answer| answer.text.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_one_list_and_one_line() {
        let requirements = Requirements::read().unwrap();
        let missing: Vec<&Program> = requirements
            .programs
            .iter()
            .filter(|program| program.name.starts_with("mosquitto_") || program.name == "make")
            .collect();
        let manager = PackageManager::named("apt-get", true).unwrap();
        let expected = "\
the tests need what this system does not have:
  make 3.81 or newer: builds the memory allocator
  mosquitto_pub 2.0 or newer: a client that the black-box tests drive
  mosquitto_sub 2.0 or newer: a client that the black-box tests drive
install it with
  apt-get install --yes --no-install-recommends make mosquitto-clients
or run `cargo xtask test --install`, which does the same";
        assert_eq!(complaint(&missing, Some(&manager)), expected);
    }

    #[test]
    fn without_a_package_manager_the_list_still_stands() {
        let requirements = Requirements::read().unwrap();
        let text = complaint(&[&requirements.programs[0]], None);
        assert!(text.contains(&requirements.programs[0].name), "{text}");
        assert!(text.ends_with("see that it is on PATH"), "{text}");
    }
}
