//! The options of `cargo xtask conformance`.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};

use super::run::Subject;

/// What the options ask for.
#[derive(Debug)]
pub(crate) enum Options {
    /// To print the table and check it.
    Table,
    /// To take the suite's attributes over into the table.
    Write,
    /// To run the tests.
    Run {
        /// What they drive.
        subject: Subject,
        /// A file for the result as JSON.
        json: Option<PathBuf>,
    },
}

impl Options {
    pub(crate) fn parse(words: &[&str]) -> Result<Self> {
        let mut subject = None;
        let mut json = None;
        let mut write = false;
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            let mut value = || rest.next().with_context(|| format!("{word} wants a value"));
            let previous = match *word {
                "--write" => {
                    write = true;
                    None
                }
                "--run" => subject.replace(Subject::OurBinary),
                "--broker" => {
                    let address = *value()?;
                    ensure!(address.contains(':'), "--broker wants HOST:PORT, not `{address}`");
                    subject.replace(Subject::Address(address.to_owned()))
                }
                "--json" => {
                    json = Some(PathBuf::from(value()?));
                    None
                }
                other => {
                    bail!("`conformance` has no option `{other}`; `cargo xtask help` lists them")
                }
            };
            ensure!(previous.is_none(), "one of --run and --broker HOST:PORT is enough");
        }
        match (subject, write) {
            (Some(subject), false) => Ok(Self::Run { subject, json }),
            (None, _) if json.is_some() => bail!("--json goes with --run or --broker HOST:PORT"),
            (None, true) => Ok(Self::Write),
            (None, false) => Ok(Self::Table),
            (Some(_), true) => bail!("--write runs nothing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_options_the_table_is_printed() {
        assert!(matches!(Options::parse(&[]), Ok(Options::Table)));
        assert!(matches!(Options::parse(&["--write"]), Ok(Options::Write)));
    }

    #[test]
    fn tests_drive_our_binary_or_a_peer() {
        let parsed = Options::parse(&["--broker", "localhost:1883", "--json", "a.json"]).unwrap();
        let Options::Run { subject: Subject::Address(address), json } = parsed else {
            panic!("a run against an address expected, not {parsed:?}");
        };
        assert_eq!((address.as_str(), json), ("localhost:1883", Some("a.json".into())));
        let parsed = Options::parse(&["--run"]).unwrap();
        assert!(matches!(parsed, Options::Run { subject: Subject::OurBinary, json: None }));
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        for words in [
            &["--broker"][..],
            &["--broker", "localhost"],
            &["--json", "a"],
            &["--run", "--broker", "a:1"],
            &["--run", "--write"],
            &["--peer"],
        ] {
            assert!(Options::parse(words).is_err(), "{words:?}");
        }
    }
}
