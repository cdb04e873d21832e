//! The configuration files of a broker whose key is shown.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::ABSENT;

/// The name of the main file.
pub(super) const MAIN_FILE: &str = "rmqtt.toml";

/// The keys of the main file and of the plugins' files.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    address: SocketAddr,
    /// By the plugin's name, empty for the main file, and the key's path.
    values: BTreeMap<(String, String), String>,
}

impl Files {
    /// One listener where everybody may connect, and a data directory and plugins' files of its own.
    pub(super) fn of_an_open_broker(folder: &Path, address: SocketAddr) -> Self {
        let mut files = Self { folder: folder.to_owned(), address, values: BTreeMap::new() };
        files.set("node.data_dir", "\"{folder}/data\"");
        files.set("plugins.dir", "\"{folder}/plugins\"");
        files.set("listener.tcp.external.addr", "\"{address}\"");
        files.set("listener.tcp.external.allow_anonymous", "true");
        files
    }

    /// Sets a key, or removes it.
    pub(super) fn set(&mut self, key: &str, value: &str) {
        let (plugin, path) = key.split_once(": ").unwrap_or(("", key));
        let place = (plugin.to_owned(), path.to_owned());
        if value == ABSENT {
            self.values.remove(&place);
        } else {
            let folder = self.folder.to_string_lossy();
            let value = value
                .replace("{folder}", &folder)
                .replace("{address}", &self.address.to_string())
                .replace("{port}", &self.address.port().to_string());
            self.values.insert(place, value);
        }
    }

    /// Writes all files.
    pub(super) fn write(&self) -> io::Result<()> {
        let plugins = self.folder.join("plugins");
        fs::create_dir_all(&plugins)?;
        let mut texts: BTreeMap<PathBuf, String> = BTreeMap::new();
        for ((plugin, path), value) in &self.values {
            let file = match plugin.as_str() {
                "" => self.folder.join(MAIN_FILE),
                name => plugins.join(format!("{name}.toml")),
            };
            *texts.entry(file).or_default() += &format!("{path} = {value}\n");
        }
        texts.iter().try_for_each(|(file, text)| fs::write(file, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_to_the_file_that_they_are_of() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files::of_an_open_broker(folder.path(), "127.0.0.1:7".parse().unwrap());
        files.set("listener.tcp.external.allow_anonymous", ABSENT);
        files.set("node.data_dir", "\"/data\"");
        files.set("rmqtt-retainer: max_payload_size", "\"1K\"");
        files.write().unwrap();
        let main = fs::read_to_string(folder.path().join(MAIN_FILE)).unwrap();
        let plugins = folder.path().join("plugins");
        let expected = format!(
            "listener.tcp.external.addr = \"127.0.0.1:7\"\nnode.data_dir = \"/data\"\n\
             plugins.dir = \"{}\"\n",
            plugins.display()
        );
        assert_eq!(main, expected);
        let plugin = fs::read_to_string(plugins.join("rmqtt-retainer.toml")).unwrap();
        assert_eq!(plugin, "max_payload_size = \"1K\"\n");
    }
}
