//! `[plugins]`: which plugins start, and where their files are.

use std::path::PathBuf;

use rmqtt_keys::{Section, key};

/// `[plugins]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugins {
    /// `dir`: the folder of the plugins' files. Default `./plugins/`.
    pub dir: PathBuf,
    /// `default_startups`: plugins that start besides those that do so by default. Default none.
    pub default_startups: Vec<String>,
    /// `disabled_default_startups`: plugins that do not start with the node in any case. Default
    /// none.
    pub disabled_default_startups: Vec<String>,
}

/// The longest name of a plugin, in bytes.
const NAME_BYTES_MAX: usize = 255;

impl Plugins {
    /// The folder of the plugins' files where none is written.
    pub const DEFAULT_DIR: &'static str = "./plugins/";

    pub(crate) fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            dir: section.path(
                key("dir", "Folder of the plugins' files, NAME.toml each."),
                Self::DEFAULT_DIR,
            ),
            default_startups: section.texts(
                key(
                    "default_startups",
                    "Plugins that start with the node, besides those that do so by default.",
                ),
                NAME_BYTES_MAX,
                &[],
            ),
            disabled_default_startups: section.texts(
                key("disabled_default_startups", "Plugins that do not start with the node."),
                NAME_BYTES_MAX,
                &[],
            ),
        }
    }
}
