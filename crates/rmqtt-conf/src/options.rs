//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;
use rmqtt_keys::{KeyPath, Place, RawValue, Written};

/// What the command line says. A flag that it does not know is a usage error.
///
/// A flag that takes a list takes several values behind it, and may be repeated as well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Parser)]
#[command(
    name = "rmqttd",
    about = "MQTT broker for MQTT 3.1, 3.1.1 and 5.0",
    disable_version_flag = true
)]
pub struct Options {
    /// Configuration file (.toml, .json, .yaml), read after /etc/rmqtt/rmqtt.*, /etc/rmqtt.* and
    /// ./rmqtt.*
    #[arg(short = 'f', long = "config", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Node id, in place of node.id; 0 leaves it as it is
    #[arg(long = "id", value_name = "ID")]
    pub id: Option<u64>,

    /// Plugins to start, in place of plugins.default_startups
    #[arg(long = "plugins-default-startups", value_name = "NAME", num_args = 1..)]
    pub plugins_default_startups: Vec<String>,

    /// gRPC addresses of the cluster's nodes, for the raft cluster plugin
    #[arg(long = "node-grpc-addrs", value_name = "ID@HOST:PORT", num_args = 1..)]
    pub node_grpc_addrs: Vec<String>,

    /// Raft addresses of the cluster's nodes, for the raft cluster plugin
    #[arg(long = "raft-peer-addrs", value_name = "ID@HOST:PORT", num_args = 1..)]
    pub raft_peer_addrs: Vec<String>,

    /// First leader of the cluster, for the raft cluster plugin; 0 chooses one
    #[arg(long = "raft-leader-id", value_name = "ID")]
    pub raft_leader_id: Option<u64>,

    /// Check the configuration, print the effective values with the source of each, then end
    #[arg(long = "check-config")]
    pub check_config: bool,

    /// Print a commented configuration file with all defaults, then end
    #[arg(long = "print-default-config")]
    pub print_default_config: bool,

    /// Print a JSON Schema of the configuration file, then end
    #[arg(long = "print-config-schema")]
    pub print_config_schema: bool,

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

    /// The plugins to start, if the command line says which: values behind the flag, and names with
    /// blanks between them in one value.
    #[must_use]
    pub fn default_startups(&self) -> Option<Vec<String>> {
        let values = &self.plugins_default_startups;
        let names = values.iter().flat_map(|value| value.split_whitespace()).map(str::to_owned);
        (!values.is_empty()).then(|| names.collect())
    }

    /// The keys that the command line gives, as the last of the sources.
    pub(crate) fn written(&self) -> Written {
        let mut written = Written::default();
        if let Some(id) = self.id.filter(|id| *id > 0) {
            let value = RawValue::Integer(id.to_string());
            written.set(&KeyPath::from("node.id"), value, Place::flag("--id"));
        }
        if let Some(names) = self.default_startups() {
            let names = names.into_iter().map(RawValue::Text);
            let place = Place::flag("--plugins-default-startups");
            let path = KeyPath::from("plugins.default_startups");
            written.set(&path, RawValue::List(names.collect()), place);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;

    use super::*;

    fn options(arguments: &[&str]) -> Options {
        Options::from_arguments(["rmqttd"].iter().chain(arguments)).unwrap()
    }

    #[test]
    fn both_spellings_of_the_flags_are_read() {
        for flag in ["-f", "--config"] {
            let options = options(&[flag, "a.toml"]);
            assert_eq!(options.config, Some(PathBuf::from("a.toml")));
            assert!(!options.version);
        }
        for flag in ["-V", "--version"] {
            assert!(options(&[flag]).version);
        }
    }

    #[test]
    fn a_list_is_several_values_or_a_repeated_flag() {
        for arguments in [
            &["--node-grpc-addrs", "1@a:1", "2@b:2", "--id", "1"][..],
            &["--node-grpc-addrs", "1@a:1", "--id", "1", "--node-grpc-addrs", "2@b:2"],
            &["--node-grpc-addrs=1@a:1", "--node-grpc-addrs=2@b:2", "--id=1"],
        ] {
            let options = options(arguments);
            assert_eq!(options.node_grpc_addrs, ["1@a:1", "2@b:2"], "{arguments:?}");
            assert_eq!(options.id, Some(1));
        }
        let options = options(&[
            "--plugins-default-startups",
            "a",
            "b",
            "--raft-peer-addrs",
            "1@c:3",
            "--raft-peer-addrs",
            "2@d:4",
            "--raft-leader-id",
            "2",
        ]);
        assert_eq!(options.plugins_default_startups, ["a", "b"]);
        assert_eq!(options.raft_peer_addrs, ["1@c:3", "2@d:4"]);
        assert_eq!(options.raft_leader_id, Some(2));
    }

    #[test]
    fn names_of_plugins_may_stand_in_one_value() {
        for (arguments, names) in [
            (&[][..], None),
            (&["--plugins-default-startups", "a  b", "c"], Some(&["a", "b", "c"][..])),
            (&["--plugins-default-startups", ""], Some(&[])),
        ] {
            let expected = names.map(|names| names.iter().map(ToString::to_string).collect());
            assert_eq!(options(arguments).default_startups(), expected, "{arguments:?}");
        }
    }

    #[test]
    fn what_ends_at_once_is_a_flag() {
        assert!(options(&["--check-config"]).check_config);
        assert!(options(&["--print-default-config"]).print_default_config);
        assert!(options(&["--print-config-schema"]).print_config_schema);
    }

    #[test]
    fn what_is_not_understood_is_a_usage_error() {
        for (arguments, kind) in [
            (&["rmqttd", "--no-such-flag"][..], ErrorKind::UnknownArgument),
            (&["rmqttd", "--id", "x"], ErrorKind::ValueValidation),
            (&["rmqttd", "--node-grpc-addrs"], ErrorKind::InvalidValue),
            (&["rmqttd", "stray"], ErrorKind::UnknownArgument),
        ] {
            let error = Options::from_arguments(arguments).unwrap_err();
            assert_eq!(error.kind(), kind, "{arguments:?}");
            assert_eq!(error.exit_code(), 2);
        }
    }
}
