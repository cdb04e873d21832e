//! Files: how one is read, and which of those that nobody named are there.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Written;
use crate::place::Place;
use crate::problem::Problems;

/// How a file is read, by what its name ends with.
type Format = fn(&str, &Arc<Path>) -> Result<Written, Problems>;

const FORMATS: [(&str, Format); 4] = [
    ("toml", Written::from_toml),
    ("json", Written::from_json),
    ("yaml", Written::from_yaml),
    ("yml", Written::from_yaml),
];

/// Endings of files that the original reads: such a file is not passed over in silence.
const ENDINGS_NOT_READ: [&str; 3] = ["ini", "ron", "json5"];

impl Written {
    /// The endings of file names that [`Written::from_file`] reads, in the order in which a
    /// directory is searched for them.
    pub const EXTENSIONS: [&'static str; 4] =
        [FORMATS[0].0, FORMATS[1].0, FORMATS[2].0, FORMATS[3].0];

    /// Reads a file, in the format that the ending of its name says: `toml`, `json`, `yaml` or
    /// `yml`. A name without an ending is read as TOML.
    ///
    /// # Errors
    /// The file cannot be read, its name has another ending, or every syntax error in it. What a
    /// broken line meant is not guessed, so nothing else is judged before the syntax is right.
    pub fn from_file(path: &Path) -> Result<Self, Problems> {
        let extension = path.extension().map_or("toml".into(), |ending| ending.to_string_lossy());
        let format = FORMATS.iter().find(|(known, _)| extension.eq_ignore_ascii_case(known));
        let Some((_, read)) = format else {
            let message = format!(
                "a file that ends with .{extension} is not read, only .{}",
                Self::EXTENSIONS.join(", .")
            );
            return Err(Problems::one(Some(Place::whole_file(path)), message));
        };
        let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        read(&text, &Arc::from(path))
    }

    /// The files `STEM.toml`, `STEM.json` and so on that are there, whatever they are: also a folder,
    /// a link to nothing, and a format that is not read. [`Written::from_file`] says what is wrong
    /// with such a one; to pass it over would be to start with other settings than those written.
    ///
    /// # Errors
    /// It cannot be found out whether there are any, for another reason than that their folder is
    /// not there.
    pub fn files_of(stem: &Path) -> Result<Vec<PathBuf>, Problems> {
        let mut files = Vec::new();
        for ending in Self::EXTENSIONS.into_iter().chain(ENDINGS_NOT_READ) {
            let file = with_ending(stem, ending);
            match fs::symlink_metadata(&file) {
                Ok(_) => files.push(file),
                Err(error) if is_absence(&error) => {}
                // What stands in the way of one stands in the way of all.
                Err(error) => return Err(unreadable(&file, &error)),
            }
        }
        Ok(files)
    }
}

fn with_ending(stem: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(stem);
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// Is there no such file, as far as the system tells?
fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn unreadable(path: &Path, error: &io::Error) -> Problems {
    let advice = match error.kind() {
        ErrorKind::PermissionDenied => "; the user of the process has to be able to",
        ErrorKind::InvalidData => "; it has to be text in UTF-8",
        ErrorKind::NotFound if path.is_symlink() => "; it is a link to what is not there",
        _ => "",
    };
    let message = format!("cannot be read: {error}{advice}");
    Problems::one(Some(Place::whole_file(path)), message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeyPath, RawValue};

    #[test]
    fn a_file_that_is_missing_is_a_problem_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("none.toml");
        let problems = Written::from_file(&path).unwrap_err().to_string();
        let start = format!("{}: cannot be read: ", path.display());
        assert!(problems.starts_with(&start), "{problems}");
    }

    #[test]
    fn the_ending_of_a_name_says_how_a_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("a.toml", "[node]\nid = 7\n"),
            ("a", "[node]\nid = 7\n"),
            ("a.json", "{\"node\": {\n\"id\": 7}}"),
            ("a.yaml", "node:\n  id: 7\n"),
            ("a.YML", "node:\n  id: 7\n"),
        ] {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            let written = Written::from_file(&path).unwrap();
            let id = written.get(&KeyPath::from("node.id")).unwrap();
            assert_eq!(id.value, RawValue::Integer("7".into()), "{name}");
            let place = Place::File { file: Arc::from(path.as_path()), line: 2 };
            assert_eq!(id.place, place, "{name}");
        }
    }

    #[test]
    fn an_ending_that_is_not_read_is_a_problem_that_says_which_are() {
        let problems = Written::from_file(Path::new("rmqtt.ini")).unwrap_err();
        let expected =
            "rmqtt.ini: a file that ends with .ini is not read, only .toml, .json, .yaml, .yml";
        assert_eq!(problems.to_string(), expected);
    }

    #[test]
    fn the_files_of_a_stem_are_those_that_are_there_whatever_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let stem = folder.path().join("rmqtt");
        assert_eq!(Written::files_of(&stem), Ok(Vec::new()));
        assert_eq!(Written::files_of(&folder.path().join("none/rmqtt")), Ok(Vec::new()));
        let names = ["rmqtt.toml", "rmqtt.json", "rmqtt.ini"].map(|name| folder.path().join(name));
        fs::write(&names[0], "").unwrap();
        fs::create_dir(&names[1]).unwrap();
        fs::write(&names[2], "").unwrap();
        assert_eq!(Written::files_of(&stem).unwrap(), names);
        // A file where a folder would have to be holds no files.
        assert_eq!(Written::files_of(&names[0].join("rmqtt")), Ok(Vec::new()));
        let problem = Written::from_file(&names[1]).unwrap_err().to_string();
        assert!(problem.starts_with(&format!("{}: cannot be read: ", names[1].display())));
    }

    /// A configuration below a folder that the process may not enter counted as not written, so that
    /// the broker began with its defaults.
    #[cfg(unix)]
    #[test]
    fn what_cannot_be_reached_is_not_taken_for_absent() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let dangling = folder.path().join("rmqtt.yaml");
        symlink("nowhere", &dangling).unwrap();
        let files = Written::files_of(&folder.path().join("rmqtt")).unwrap();
        assert_eq!(files, std::slice::from_ref(&dangling));
        let problem = Written::from_file(&dangling).unwrap_err().to_string();
        assert!(problem.ends_with("; it is a link to what is not there"), "{problem}");

        // A circle of links fails as a folder does that is closed to the user of the test.
        let circle = folder.path().join("circle");
        symlink("circle", &circle).unwrap();
        let problem = Written::files_of(&circle.join("rmqtt")).unwrap_err().to_string();
        let start = format!("{}/rmqtt.toml: cannot be read: ", circle.display());
        assert!(problem.starts_with(&start), "{problem}");
        assert_eq!(problem.lines().count(), 1);
    }
}
