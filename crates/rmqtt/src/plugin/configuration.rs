//! Where plugins' configuration comes from, and how it is read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rmqtt_keys::{KeyPath, Place, Problems, Read, Reader, Section, Written};

/// Where the configuration of plugins is looked for. A plugin without any has its defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PluginsConfig {
    /// The folder of their files, `NAME.toml` each, or with another ending that is read; `None`:
    /// there are no files.
    pub dir: Option<PathBuf>,
    /// TOML text by the plugin's name, for those that have no file.
    pub texts: BTreeMap<String, String>,
    /// The environment: `RMQTT_PLUGIN_NAME_KEY` wins over file and text. Empty unless the program
    /// hands it over.
    pub environment: Vec<(String, String)>,
}

impl PluginsConfig {
    /// What was written for a plugin: its file, or else its text, and over both the environment.
    ///
    /// # Errors
    /// A file that cannot be read, a second one that only its ending distinguishes, and every syntax
    /// error.
    pub fn written(&self, name: &str) -> Result<Written, Problems> {
        let mut written = match self.file(name)? {
            Some(file) => Written::from_file(&file)?,
            None => match self.texts.get(name) {
                Some(text) => Written::from_toml(text, &Arc::from(Path::new(name)))?,
                None => Written::default(),
            },
        };
        let prefix = format!("RMQTT_PLUGIN_{}_", name.replace('-', "_").to_uppercase());
        written.add_environment(&prefix, self.environment.iter().cloned());
        Ok(written)
    }

    /// A plugin's file, if there is one.
    fn file(&self, name: &str) -> Result<Option<PathBuf>, Problems> {
        let Some(dir) = &self.dir else { return Ok(None) };
        let mut files = Written::files_of(&dir.join(name))?;
        if let [first, second, ..] = &files[..] {
            let message = format!("{} is there too: a plugin has one file", first.display());
            return Err(Problems::one(Some(Place::whole_file(second)), message));
        }
        Ok(files.pop())
    }

    /// Reads a plugin's configuration.
    ///
    /// # Errors
    /// Every problem of it.
    pub fn read<T>(
        &self,
        name: &str,
        read: impl FnOnce(&mut Section<'_, '_>) -> T,
    ) -> Result<Read<T>, Problems> {
        read_written(&self.written(name)?, read)
    }
}

/// What was written, as a plugin's keys.
///
/// # Errors
/// Every problem of it.
pub fn read_written<T>(
    written: &Written,
    read: impl FnOnce(&mut Section<'_, '_>) -> T,
) -> Result<Read<T>, Problems> {
    let mut reader = Reader::new(written);
    let value = read(&mut reader.section(KeyPath::default()));
    reader.finish(value)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rmqtt_keys::key;

    use super::*;

    fn number(section: &mut Section<'_, '_>) -> u32 {
        section.section("a").integer(key("b", "A number."), 0..=9, 1)
    }

    #[test]
    fn a_file_comes_before_a_text_and_the_environment_before_both() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = PluginsConfig {
            dir: Some(folder.path().to_owned()),
            texts: BTreeMap::from([("my-plugin".to_owned(), "a.b = 2".to_owned())]),
            environment: Vec::new(),
        };
        let value = |config: &PluginsConfig| config.read("my-plugin", number).unwrap().value;
        assert_eq!(config.read("other", number).unwrap().value, 1);
        assert_eq!(value(&config), 2);
        fs::write(folder.path().join("my-plugin.toml"), "[a]\nb = 3").unwrap();
        assert_eq!(value(&config), 3);
        for name in ["RMQTT_PLUGIN_MY_PLUGIN_A.B", "RMQTT_PLUGIN_MY_PLUGIN_A__B"] {
            config.environment = vec![(name.to_owned(), "4".to_owned())];
            assert_eq!(value(&config), 4);
        }
    }

    #[test]
    fn a_problem_names_file_line_and_key() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("p.toml");
        fs::write(&file, "\na.c = 3").unwrap();
        let config = PluginsConfig { dir: Some(folder.path().to_owned()), ..Default::default() };
        let problems = config.read("p", number).unwrap_err().to_string();
        assert!(
            problems.starts_with(&format!("{}:2: a.c: unknown key", file.display())),
            "{problems}"
        );
    }

    #[test]
    fn a_file_may_be_of_any_format_that_is_read_and_only_of_one() {
        for (ending, text) in [("json", "{\"a\": {\"b\": 5}}"), ("yaml", "a:\n  b: 5\n")] {
            let folder = tempfile::tempdir().unwrap();
            let config =
                PluginsConfig { dir: Some(folder.path().to_owned()), ..Default::default() };
            let second = folder.path().join(format!("p.{ending}"));
            fs::write(&second, text).unwrap();
            assert_eq!(config.read("p", number).unwrap().value, 5);
            let first = folder.path().join("p.toml");
            fs::write(&first, "a.b = 5").unwrap();
            let problems = config.read("p", number).unwrap_err().to_string();
            let (first, second) = (first.display(), second.display());
            let expected = format!("{second}: {first} is there too: a plugin has one file");
            assert_eq!(problems, expected);
        }
    }

    /// A plugin whose file could not be reached began with its defaults.
    #[test]
    fn what_cannot_be_read_is_not_taken_for_absent() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("p.toml");
        fs::create_dir(&file).unwrap();
        let config = PluginsConfig { dir: Some(folder.path().to_owned()), ..Default::default() };
        let problems = config.read("p", number).unwrap_err().to_string();
        let start = format!("{}: cannot be read: ", file.display());
        assert!(problems.starts_with(&start), "{problems}");
    }
}
