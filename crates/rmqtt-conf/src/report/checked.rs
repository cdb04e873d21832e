//! What `--check-config`, `--print-default-config` and `--print-config-schema` print.

use std::fmt::Write;

use rmqtt_keys::{Catalogue, Read};

use crate::options::Options;
use crate::settings::Settings;
use crate::sources::Sources;

/// What `--check-config` prints of a reading without problems: its effective values with the source
/// of each, secrets masked, below a heading that names what they belong to.
#[must_use]
pub fn checked<T>(heading: &str, read: &Read<T>) -> String {
    let mut out = format!("# {heading}\n");
    for warning in &read.warnings {
        let _ = writeln!(out, "# warning: {warning}");
    }
    let _ = write!(out, "{}", read.effective);
    out
}

/// A commented configuration file with all defaults.
#[must_use]
pub fn default_config() -> String {
    format!(
        "# All keys of rmqttd with their defaults. A file needs only what it changes.\n\n{}",
        catalogue().to_toml()
    )
}

/// A JSON Schema of the configuration file.
#[must_use]
pub fn schema() -> String {
    catalogue().to_json_schema("Configuration of rmqttd")
}

/// Every key of the configuration file.
#[must_use]
pub fn catalogue() -> Catalogue {
    Settings::read(&Options::default(), &Sources::default())
        .expect("a configuration that says nothing has no problem")
        .catalogue
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rmqtt_keys::Written;

    use super::*;

    #[test]
    fn the_default_configuration_means_what_no_configuration_does() {
        let settings = Settings::from_toml(&default_config(), Path::new("default.toml")).unwrap();
        let nothing = Settings::from_written(&Written::default()).unwrap();
        assert_eq!(settings, nothing);
    }

    #[test]
    fn the_default_configuration_names_every_key_that_acts() {
        let text = default_config();
        for expected in [
            "[node]",
            "# Not set: 80 % of the memory of the machine or its control group.\n# memory_max =",
            "[node.busy]\n",
            "update_interval = \"2s\"\n",
            "# [listener.tcp.NAME]",
            "# max_mqueue_bytes = \"64M\"",
            "default_startups = []\n",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
        for absent in ["cookie", "exec_workers", "listener.tls", "rpc", "workers = 8"] {
            assert!(!text.contains(absent), "{absent}");
        }
    }

    #[test]
    fn what_was_checked_is_printed_with_its_sources() {
        let sources = Sources {
            environment: vec![("RMQTT_NODE.ID".to_owned(), "7".to_owned())],
            ..Sources::default()
        };
        let read = Settings::read(&Options::default(), &sources).unwrap();
        let text = checked("rmqtt", &read);
        assert!(text.starts_with("# rmqtt\ncircuit_breaker."), "{text}");
        assert!(text.contains("\nnode.id = 7   # environment variable RMQTT_NODE.ID\n"), "{text}");
        assert!(text.contains("\n# node.data_dir is not set: /var/lib/rmqtt"), "{text}");
    }

    #[test]
    fn the_schema_admits_listeners_with_any_name() {
        let text = schema();
        assert!(text.contains("\"max_mqueue_bytes\": {"), "{text}");
        assert!(text.contains("\"required\": [\"addr\"]"), "{text}");
    }
}
