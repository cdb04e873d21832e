//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;

/// What the command line says. A flag that it does not know is a usage error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Parser)]
#[command(
    name = "rmqttd",
    about = "MQTT broker for MQTT 3.1, 3.1.1 and 5.0",
    disable_version_flag = true
)]
pub struct Options {
    /// Configuration file (TOML); without it the built-in defaults hold
    #[arg(short = 'f', long = "config", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Print version, build time and compiler, then end
    #[arg(short = 'V', long = "version")]
    pub version: bool,
}

impl Options {
    /// The options of this process. `-h` prints the help and ends with 0, a usage error prints
    /// itself and ends with 2.
    #[must_use]
    pub fn from_command_line() -> Self {
        Self::parse()
    }

    /// The options in `arguments`, the first of which is the program's name.
    ///
    /// # Errors
    /// A usage error, or the help text when it was asked for.
    pub fn from_arguments<I, T>(arguments: I) -> Result<Self, clap::Error>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
    {
        Self::try_parse_from(arguments)
    }
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;

    use super::*;

    #[test]
    fn both_spellings_of_the_flags_are_read() {
        for arguments in [["rmqttd", "-f", "a.toml"], ["rmqttd", "--config", "a.toml"]] {
            let options = Options::from_arguments(arguments).unwrap();
            assert_eq!(options.config, Some(PathBuf::from("a.toml")));
            assert!(!options.version);
        }
        for arguments in [["rmqttd", "-V"], ["rmqttd", "--version"]] {
            assert!(Options::from_arguments(arguments).unwrap().version);
        }
    }

    #[test]
    fn an_unknown_flag_is_a_usage_error() {
        let error = Options::from_arguments(["rmqttd", "--no-such-flag"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownArgument);
        assert_eq!(error.exit_code(), 2);
    }
}
