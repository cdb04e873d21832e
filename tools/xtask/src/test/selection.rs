//! The options of `cargo xtask test`.

use anyhow::{Result, bail, ensure};

use super::stages::{STAGES, Stage};

/// What the options ask for.
#[derive(Debug)]
pub(crate) enum Selection {
    /// To print the stages.
    List,
    /// To run stages, in their order.
    Run {
        /// The stages that were named and those they need; if none was named, all.
        stages: Vec<&'static Stage>,
        /// Whether the system's package manager may install what is missing.
        install: bool,
    },
}

impl Selection {
    /// Reads the options. Fails on one that is not known, and on a stage that does not exist.
    pub(crate) fn parse(options: &[&str]) -> Result<Self> {
        let mut install = false;
        let mut named: Option<Vec<&str>> = None;
        let mut options = options.iter();
        while let Some(option) = options.next() {
            match *option {
                "--list" => return Ok(Self::List),
                "--install" => install = true,
                "--only" => {
                    let words = options.clone().take_while(|word| !word.starts_with("--"));
                    let words: Vec<&str> = words.copied().collect();
                    ensure!(!words.is_empty(), "--only wants the name of a stage");
                    for _ in &words {
                        options.next();
                    }
                    let names = words.into_iter().flat_map(|word| word.split(','));
                    named.get_or_insert_default().extend(names);
                }
                other => bail!("`test` has no option `{other}`; `cargo xtask help` lists them"),
            }
        }
        let stages = match named {
            None => STAGES.iter().collect(),
            Some(names) => with_needs(&names)?,
        };
        Ok(Self::Run { stages, install })
    }
}

/// The named stages and those they need, in their order.
fn with_needs(names: &[&str]) -> Result<Vec<&'static Stage>> {
    let mut wanted = names.to_vec();
    let mut next = 0;
    while let Some(name) = wanted.get(next) {
        let Some(stage) = STAGES.iter().find(|stage| stage.name == *name) else {
            let known: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
            bail!("there is no stage `{name}`, only {}", known.join(", "));
        };
        wanted.extend(stage.needs);
        next += 1;
    }
    Ok(STAGES.iter().filter(|stage| wanted.contains(&stage.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(options: &[&str]) -> (Vec<&'static str>, bool) {
        match Selection::parse(options).unwrap() {
            Selection::List => panic!("no list was asked for"),
            Selection::Run { stages, install } => {
                (stages.iter().map(|stage| stage.name).collect(), install)
            }
        }
    }

    #[test]
    fn without_options_everything_runs() {
        let (stages, install) = names(&[]);
        assert_eq!(stages.len(), STAGES.len());
        assert!(!install);
    }

    #[test]
    fn stages_run_in_their_own_order_with_what_they_need() {
        assert_eq!(names(&["--only", "tests", "fmt"]).0, ["fmt", "build", "tests"]);
        assert_eq!(names(&["--only", "black-box"]).0, ["setup", "build", "black-box"]);
    }

    #[test]
    fn names_may_be_separated_by_commas_and_options_follow_them() {
        assert_eq!(names(&["--only", "tidy,fmt", "--install"]), (vec!["fmt", "tidy"], true));
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        for options in [&["--only", "everything"][..], &["--only"], &["--fast"], &["fmt"]] {
            assert!(Selection::parse(options).is_err(), "{options:?}");
        }
    }

    #[test]
    fn the_list_can_be_asked_for() {
        assert!(matches!(Selection::parse(&["--list"]), Ok(Selection::List)));
    }
}
