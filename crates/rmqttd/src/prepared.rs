//! What there is before the node: its configuration, its log and its folder.

use crate::configuration::{Configuration, Invocation};
use crate::console::say;
use crate::data_dir::{DataDir, Surroundings};
use crate::files;
use crate::logging::Logging;

/// A process that is ready to begin.
pub(crate) struct Prepared {
    pub(crate) configuration: Configuration,
    pub(crate) logging: Logging,
    pub(crate) data: DataDir,
    /// The limit of open files; `None` for none.
    pub(crate) open_files: Option<u64>,
}

impl Prepared {
    /// Reads the configuration, begins the log and locks the data directory. It waits for files,
    /// which may be on a machine that does not answer. `None`: it has said what is wrong.
    pub(crate) fn of(invocation: &Invocation) -> Option<Self> {
        let configuration = Configuration::read(invocation).map_err(say).ok()?;
        let logging = Logging::start(&configuration.settings().log);
        configuration.log_warnings();
        let open_files = files::raise_limit();
        match data_dir(&configuration) {
            Ok(data) => Some(Self { configuration, logging, data, open_files }),
            Err(error) => {
                logging.end_with(&error);
                None
            }
        }
    }
}

fn data_dir(configuration: &Configuration) -> anyhow::Result<DataDir> {
    let path = match &configuration.settings().node.data_dir {
        Some(path) => path.clone(),
        None => Surroundings::of_this_process().data_dir()?,
    };
    DataDir::open(&path)
}
