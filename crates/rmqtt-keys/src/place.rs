//! Where a value was written.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::problem::write_line;

/// Sections and lists that may stand in one another. Nobody needs as many; whoever follows them needs
/// room on the stack for each.
pub(crate) const DEPTH_MAX: usize = 64;

/// Where a value stands: in a file, in the environment or on the command line. Ordered as the
/// sources are, a later one winning over an earlier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A line of a file.
    File {
        /// The file as the user named it.
        file: Arc<Path>,
        /// The line, counted from 1; 0 speaks of the file as a whole.
        line: usize,
    },
    /// An environment variable, by its name.
    Environment(Arc<str>),
    /// A flag of the command line, such as `--id`.
    CommandLine(Arc<str>),
}

impl Place {
    /// The file as a whole.
    #[must_use]
    pub fn whole_file(file: &Path) -> Self {
        Self::File { file: Arc::from(file), line: 0 }
    }

    /// A flag of the command line.
    #[must_use]
    pub fn flag(flag: &str) -> Self {
        Self::CommandLine(Arc::from(flag))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, line } => {
                write_line(f, &file.display().to_string())?;
                if *line == 0 { Ok(()) } else { write!(f, ":{line}") }
            }
            Self::Environment(variable) => {
                f.write_str("environment variable ")?;
                write_line(f, variable)
            }
            Self::CommandLine(flag) => f.write_str(flag),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_as_its_reader_finds_it() {
        let file = Place::File { file: Arc::from(Path::new("a/rmqtt.toml")), line: 7 };
        assert_eq!(file.to_string(), "a/rmqtt.toml:7");
        assert_eq!(Place::whole_file(Path::new("rmqtt.toml")).to_string(), "rmqtt.toml");
        let variable = Place::Environment(Arc::from("RMQTT_NODE.ID"));
        assert_eq!(variable.to_string(), "environment variable RMQTT_NODE.ID");
        assert_eq!(Place::flag("--id").to_string(), "--id");
    }
}
