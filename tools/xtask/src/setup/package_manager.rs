//! The system's package manager and its words.

use std::process::Command;

use anyhow::{Context as _, Result};

use super::requirements::Program;
use crate::process::{self, Deadline};

/// The package managers that the list of requirements knows, in the order in which they are looked
/// for.
pub(super) const PROGRAMS: [&str; 5] = ["apt-get", "dnf", "pacman", "apk", "brew"];

/// A package manager that is on this system, and how it is called.
#[derive(Debug)]
pub(super) struct PackageManager {
    program: &'static str,
    /// The words that renew its lists, where it does not do so by itself.
    refresh: &'static [&'static str],
    /// The words before the packages to install.
    install: &'static [&'static str],
    /// Whether to call it through sudo.
    sudo: bool,
}

impl PackageManager {
    /// The first package manager that is found on `PATH`.
    pub(super) fn of_this_system(is_root: bool) -> Option<Self> {
        let is_there =
            |program: &&str| process::ask(Command::new(program).arg("--version")).is_ok();
        let program = PROGRAMS.into_iter().find(is_there)?;
        Self::named(program, is_root)
    }

    /// The package manager whose program has this name.
    pub(super) fn named(program: &str, is_root: bool) -> Option<Self> {
        let (program, refresh, install): (_, &[&str], &[&str]) = match program {
            "apt-get" => ("apt-get", &["update"], &["install", "--yes", "--no-install-recommends"]),
            "dnf" => ("dnf", &[], &["install", "--assumeyes"]),
            "pacman" => ("pacman", &[], &["-Sy", "--needed", "--noconfirm"]),
            "apk" => ("apk", &[], &["add", "--update-cache"]),
            "brew" => ("brew", &[], &["install"]),
            _ => return None,
        };
        // Homebrew refuses to run as root; the others need it.
        let sudo = !is_root && program != "brew";
        Some(Self { program, refresh, install, sudo })
    }

    /// The packages that bring the programs, each once, in the order of the list.
    pub(super) fn packages_of<'a>(&self, programs: &[&'a Program]) -> Vec<&'a str> {
        let mut packages = Vec::new();
        for program in programs {
            let names = program.packages.get(self.program).into_iter();
            for package in names.flat_map(|names| names.split_whitespace()) {
                if !packages.contains(&package) {
                    packages.push(package);
                }
            }
        }
        packages
    }

    /// Installs the packages that bring the programs.
    pub(super) fn install(&self, programs: &[&Program], deadline: Deadline) -> Result<()> {
        if !self.refresh.is_empty() {
            process::run(&mut self.command(self.refresh), deadline)
                .context("cannot renew the list of packages")?;
        }
        let mut install = self.command(self.install);
        install.args(self.packages_of(programs));
        process::run(&mut install, deadline).context("cannot install what is missing")
    }

    /// The line that a person would type to install the packages.
    pub(super) fn install_line(&self, packages: &[&str]) -> String {
        let mut install = self.command(self.install);
        install.args(packages);
        process::command_line(&install)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = if self.sudo {
            let mut command = Command::new("sudo");
            command.arg(self.program);
            command
        } else {
            Command::new(self.program)
        };
        // Nobody is there to answer the questions that Debian's packages may ask.
        command.env("DEBIAN_FRONTEND", "noninteractive").args(words);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::requirements::Requirements;

    #[test]
    fn every_package_manager_of_the_list_has_its_words() {
        for program in PROGRAMS {
            assert!(PackageManager::named(program, true).is_some(), "{program}");
        }
    }

    #[test]
    fn one_package_that_brings_two_programs_is_installed_once() {
        let requirements = Requirements::read().unwrap();
        let programs: Vec<&Program> = requirements
            .programs
            .iter()
            .filter(|program| program.name.starts_with("mosquitto_"))
            .collect();
        assert_eq!(programs.len(), 2);
        let manager = PackageManager::named("apt-get", true).unwrap();
        assert_eq!(manager.packages_of(&programs), ["mosquitto-clients"]);
    }

    #[test]
    fn who_is_not_root_asks_for_it() {
        let line = |program, is_root| {
            PackageManager::named(program, is_root).unwrap().install_line(&["valgrind"])
        };
        assert_eq!(line("dnf", false), "sudo dnf install --assumeyes valgrind");
        assert_eq!(line("dnf", true), "dnf install --assumeyes valgrind");
        assert_eq!(line("brew", false), "brew install valgrind");
    }
}
